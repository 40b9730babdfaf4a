"""How far annotators of the same pictures agree: about objects, their shapes and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import in_order
from audit.diff.cross_overlaps import Overlaps, Side, cross_overlaps
from audit.diff.match_masks import Assignment, Group, assign
from audit.gates.grouping import NONE, Grouping
from audit.measure.schema import Measurements

MISSING = -2
"""Category of an object that the other annotator does not have."""
MAX_GROUPS = 30
"""Groups that are compared with each other at most: the largest ones."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators on the pictures that both have."""

    one: str
    other: str
    images: int
    instances_one: int
    instances_other: int
    matched: int
    """Objects of IoU 0.5 or more, one to one."""
    mean_iou: float
    """Of the matched; NaN where there are none."""
    same_category: int
    """Of the matched."""
    splits: int
    """One mask of the one is several of the other."""
    merges: int
    """Several masks of the one are one of the other."""
    alpha: float
    """Krippendorff's alpha of the categories, *missing* being one; NaN where there is one category."""

    @property
    def f1(self) -> float:
        """Matched objects by the mean number of objects; NaN where there are none."""
        both = self.instances_one + self.instances_other
        return 2 * self.matched / both if both else float("nan")


def nominal_alpha(one: IntArray, other: IntArray) -> float:
    """Return Krippendorff's alpha of two raters for categories without an order.

    Parameters
    ----------
    one, other : (n,) int64
        What each said of every unit.

    Returns
    -------
    float
        1 = they agree, 0 = as by chance; NaN where only one category occurs.

    References
    ----------
    Krippendorff, "Computing Krippendorff's alpha-reliability", 2011.

    Examples
    --------
    >>> round(nominal_alpha(np.array([1, 1, 2, 2]), np.array([1, 2, 2, 2])), 3)
    0.533
    >>> nominal_alpha(np.array([], dtype=int), np.array([], dtype=int))
    nan
    """
    _, count = np.unique(np.concatenate([one, other]), return_counts=True)
    n = int(count.sum())
    if len(count) < 2:
        return float("nan")
    observed = float((one != other).mean())
    expected = 1.0 - float((count * (count - 1.0)).sum()) / (n * (n - 1.0))
    return 1.0 - observed / expected


def agreements(groups: Grouping, data: Dataset, m: Measurements) -> tuple[Agreement, ...]:
    """Compare every two groups that have pictures in common.

    Parameters
    ----------
    groups : Grouping
    data : Dataset
    m : Measurements
        Of the dataset.

    Returns
    -------
    tuple of Agreement
        Sorted by names; pictures are the same where their file names are.

    Examples
    --------
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> groups = Grouping("x", np.array(["A", "A", "B"], object), np.array(["A", "B"], object))
    >>> (found,) = agreements(groups, dataset(*scenes), measured(*scenes))
    >>> found.matched, found.f1 == 2 / 3, found.mean_iou
    (1, True, 1.0)
    >>> agreements(Grouping("x", np.array([], object), np.array([], object)), dataset(), measured())
    ()
    """
    picture = _pictures(m)
    seen = _seen(groups, m, picture)
    largest = sorted(seen, key=lambda name: (-len(seen[name]), name))[:MAX_GROUPS]
    found = []
    for one, other in combinations(sorted(largest), 2):
        shared = np.array(sorted(seen[one] & seen[other]), dtype=np.int64)
        if len(shared):
            found.append(_compare(groups, (one, other), shared, picture, data, m))
    return tuple(found)


def _pictures(m: Measurements) -> IntArray:
    """Number the file names of the images table."""
    names = m.images["file_name"].tolist()
    number: dict[str, int] = {}
    return np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)


def _seen(groups: Grouping, m: Measurements, picture: IntArray) -> dict[str, set[int]]:
    """Return the pictures of every group: those given to it, and those with an annotation of it."""
    seen: dict[str, set[int]] = {}
    image = m.instances["image"].to_numpy()
    given = [
        *zip(groups.images.tolist(), picture.tolist(), strict=True),
        *(
            (g, int(picture[i]))
            for g, i in zip(groups.annotations.tolist(), image.tolist(), strict=True)
            if i >= 0
        ),
    ]
    for name, number in given:
        if name != NONE:
            seen.setdefault(name, set()).add(number)
    return seen


def _compare(
    groups: Grouping,
    names: tuple[str, str],
    shared: IntArray,
    picture: IntArray,
    data: Dataset,
    m: Measurements,
) -> Agreement:
    position = in_order(data)
    image = m.instances["image"].to_numpy()
    at = np.where(image >= 0, np.append(picture, -1)[image], -1)
    usable = (m.instances["mask_hash"].to_numpy() != 0) & np.isin(at, shared)
    rows = []
    for name in names:
        own = np.flatnonzero(usable & (groups.annotations == name))
        rows.append(own[np.argsort(at[own], kind="stable")])
    one, other = (Side(data, position[own], at[own]) for own in rows)
    overlaps = cross_overlaps(one, other)
    found = assign(overlaps)
    category = [m.instances["category"].to_numpy()[own] for own in rows]
    same = category[0][found.one] == category[1][found.other]
    said = _units(found, overlaps, category[0], category[1])
    return Agreement(
        one=names[0],
        other=names[1],
        images=len(shared),
        instances_one=len(rows[0]),
        instances_other=len(rows[1]),
        matched=len(found.one),
        mean_iou=float(found.iou.mean()) if len(found.iou) else float("nan"),
        same_category=int(same.sum()),
        splits=len(found.splits),
        merges=len(found.merges),
        alpha=nominal_alpha(*said),
    )


def _units(
    found: Assignment, o: Overlaps, category_one: IntArray, category_other: IntArray
) -> tuple[IntArray, IntArray]:
    """Lay out what both say of every object.

    A split or merge is one object that both saw, named as its largest part is; what has no counterpart is
    *missing* for the other.
    """
    one = [found.one, *_representatives(found.splits, found.merges, o, whole_first=True)]
    other = [found.other, *_representatives(found.splits, found.merges, o, whole_first=False)]
    a, b = np.concatenate(one).astype(np.int64), np.concatenate(other).astype(np.int64)
    used_one = np.concatenate([a, _members(found.merges)])
    used_other = np.concatenate([b, _members(found.splits)])
    alone_one = np.delete(category_one, used_one)
    alone_other = np.delete(category_other, used_other)
    return (
        np.concatenate([category_one[a], alone_one, np.full(len(alone_other), MISSING)]),
        np.concatenate([category_other[b], np.full(len(alone_one), MISSING), alone_other]),
    )


def _members(groups: Sequence[Group]) -> IntArray:
    return np.array([part for g in groups for part in g.parts], dtype=np.int64)


def _representatives(
    splits: Sequence[Group], merges: Sequence[Group], o: Overlaps, *, whole_first: bool
) -> list[IntArray]:
    """Return one mask of either side for every split and every merge: the whole, or its largest part."""
    shared = dict(zip(zip(o.one.tolist(), o.other.tolist(), strict=True), o.shared.tolist(), strict=True))
    largest_of_split = [max(g.parts, key=lambda p: (shared.get((g.whole, p), 0), -p)) for g in splits]
    largest_of_merge = [max(g.parts, key=lambda p: (shared.get((p, g.whole), 0), -p)) for g in merges]
    wholes = [[g.whole for g in groups] for groups in (splits, merges)]
    chosen = (wholes[0], largest_of_merge) if whole_first else (largest_of_split, wholes[1])
    return [np.array(side, dtype=np.int64) for side in chosen]
