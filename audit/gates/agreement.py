"""How far annotators of the same pictures agree: about objects, their shapes and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.diff.match_masks import MaskGroup, MaskMatches, match_masks
from audit.gates.grouping import NO_GROUP, Grouping
from audit.geometry.mask_pairs import MaskPairs
from audit.measure.cross_pairs import MaskSet, measure_cross_pairs
from audit.measure.schema import Measurements

MISSING = -2
"""Category of an object that the other annotator does not have."""
MAX_GROUPS = 30
"""Groups that are compared with each other at most: the largest ones."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators on the pictures that both have."""

    annotator_a: str
    annotator_b: str
    n_images: int
    n_instances_a: int
    n_instances_b: int
    n_matched: int
    """Objects of IoU 0.5 or more, one to one."""
    mean_iou: float
    """Of the matched; NaN where there are none."""
    n_same_category: int
    """Of the matched."""
    n_splits: int
    """One mask of the first annotator is several of the second."""
    n_merges: int
    """Several masks of the first annotator are one of the second."""
    alpha: float
    """Krippendorff's alpha of the categories, *missing* being one; NaN where there is one category."""

    @property
    def f1(self) -> float:
        """Matched objects by the mean number of objects; NaN where there are none."""
        n_instances = self.n_instances_a + self.n_instances_b
        return 2 * self.n_matched / n_instances if n_instances else float("nan")


def krippendorff_alpha(labels_a: IntArray, labels_b: IntArray) -> float:
    """Return Krippendorff's alpha of two raters for categories without an order.

    Parameters
    ----------
    labels_a, labels_b : (n,) int64
        What each rater called every unit.

    Returns
    -------
    float
        1 = they agree, 0 = as by chance; NaN where only one category occurs.

    References
    ----------
    Krippendorff, "Computing Krippendorff's alpha-reliability", 2011.

    Examples
    --------
    >>> round(krippendorff_alpha(np.array([1, 1, 2, 2]), np.array([1, 2, 2, 2])), 3)
    0.533
    >>> krippendorff_alpha(np.array([], dtype=int), np.array([], dtype=int))
    nan
    """
    _, frequency = np.unique(np.concatenate([labels_a, labels_b]), return_counts=True)
    n_labels = int(frequency.sum())
    if len(frequency) < 2:
        return float("nan")
    observed = float((labels_a != labels_b).mean())
    same_by_chance = float((frequency * (frequency - 1.0)).sum()) / (n_labels * (n_labels - 1.0))
    return 1.0 - observed / (1.0 - same_by_chance)


def compare_annotators(
    grouping: Grouping, data: Dataset, measurements: Measurements
) -> tuple[Agreement, ...]:
    """Compare every two groups that have pictures in common.

    Parameters
    ----------
    grouping : Grouping
    data : Dataset
    measurements : Measurements
        Of the dataset.

    Returns
    -------
    tuple of Agreement
        Sorted by names; pictures are the same where their file names are.

    Examples
    --------
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> grouping = Grouping("x", np.array(["A", "A", "B"], object), np.array(["A", "B"], object))
    >>> (agreement,) = compare_annotators(grouping, dataset(*scenes), measured(*scenes))
    >>> agreement.n_matched, agreement.f1 == 2 / 3, agreement.mean_iou
    (1, True, 1.0)
    >>> compare_annotators(Grouping("x", np.array([], object), np.array([], object)), dataset(), measured())
    ()
    """
    picture = _number_pictures(measurements)
    seen = _collect_pictures(grouping, measurements, picture)
    largest = sorted(seen, key=lambda name: (-len(seen[name]), name))[:MAX_GROUPS]
    agreements = []
    for names in combinations(sorted(largest), 2):
        shared = np.array(sorted(seen[names[0]] & seen[names[1]]), dtype=np.int64)
        if len(shared):
            agreements.append(_compare_two(grouping, names, shared, picture, data, measurements))
    return tuple(agreements)


def _number_pictures(measurements: Measurements) -> IntArray:
    """Number the file names of the images table."""
    numbers: dict[str, int] = {}
    names = measurements.images["file_name"].tolist()
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def _collect_pictures(
    grouping: Grouping, measurements: Measurements, picture: IntArray
) -> dict[str, set[int]]:
    """Return the pictures of every group: those given to it, and those with an annotation of it."""
    image = measurements.instances["image"].to_numpy()
    with_image = image >= 0
    groups = [*grouping.image_groups.tolist(), *grouping.instance_groups[with_image].tolist()]
    numbers = [*picture.tolist(), *picture[image[with_image]].tolist()]
    pictures: dict[str, set[int]] = {}
    for name, number in zip(groups, numbers, strict=True):
        if name != NO_GROUP:
            pictures.setdefault(name, set()).add(number)
    return pictures


def _compare_two(
    grouping: Grouping,
    names: tuple[str, str],
    shared: IntArray,
    picture: IntArray,
    data: Dataset,
    measurements: Measurements,
) -> Agreement:
    instances = measurements.instances
    image = instances["image"].to_numpy()
    number = np.where(image >= 0, np.append(picture, -1)[image], -1)
    usable = (instances["mask_hash"].to_numpy() != 0) & np.isin(number, shared)
    rows = []
    for name in names:
        members = np.flatnonzero(usable & (grouping.instance_groups == name))
        rows.append(members[np.argsort(number[members], kind="stable")])
    position = instance_order(data)
    masks_a, masks_b = (MaskSet.of(data, position[members], number[members]) for members in rows)
    pairs = measure_cross_pairs(masks_a, masks_b)
    overlaps = pairs.take(pairs.intersection > 0)
    matches = match_masks(overlaps)
    category_a, category_b = (instances["category"].to_numpy()[members] for members in rows)
    same = category_a[matches.a] == category_b[matches.b]
    return Agreement(
        annotator_a=names[0],
        annotator_b=names[1],
        n_images=len(shared),
        n_instances_a=len(rows[0]),
        n_instances_b=len(rows[1]),
        n_matched=len(matches.a),
        mean_iou=float(matches.iou.mean()) if len(matches.iou) else float("nan"),
        n_same_category=int(same.sum()),
        n_splits=len(matches.splits),
        n_merges=len(matches.merges),
        alpha=krippendorff_alpha(*_label_units(matches, overlaps, category_a, category_b)),
    )


def _label_units(
    matches: MaskMatches, overlaps: MaskPairs, category_a: IntArray, category_b: IntArray
) -> tuple[IntArray, IntArray]:
    """Lay out what both annotators call every object.

    A split or merge is one object that both saw, named as its largest part is; what has no counterpart is
    *missing* for the other annotator.
    """
    groups = matches.splits, matches.merges
    a = np.concatenate([matches.a, *_representatives(*groups, overlaps, whole_first=True)])
    b = np.concatenate([matches.b, *_representatives(*groups, overlaps, whole_first=False)])
    used_a = np.concatenate([a, _list_parts(matches.merges)]).astype(np.int64)
    used_b = np.concatenate([b, _list_parts(matches.splits)]).astype(np.int64)
    unmatched_a, unmatched_b = np.delete(category_a, used_a), np.delete(category_b, used_b)
    return (
        np.concatenate([category_a[a], unmatched_a, np.full(len(unmatched_b), MISSING)]),
        np.concatenate([category_b[b], np.full(len(unmatched_a), MISSING), unmatched_b]),
    )


def _list_parts(groups: Sequence[MaskGroup]) -> IntArray:
    return np.array([part for group in groups for part in group.parts], dtype=np.int64)


def _representatives(
    splits: Sequence[MaskGroup], merges: Sequence[MaskGroup], overlaps: MaskPairs, *, whole_first: bool
) -> list[IntArray]:
    """Return one mask of either side for every split and every merge: the whole, or its largest part."""
    pairs = zip(overlaps.a.tolist(), overlaps.b.tolist(), strict=True)
    shared = dict(zip(pairs, overlaps.intersection.tolist(), strict=True))
    part_of_split = [
        max(split.parts, key=lambda part: (shared.get((split.whole, part), 0), -part)) for split in splits
    ]
    part_of_merge = [
        max(merge.parts, key=lambda part: (shared.get((part, merge.whole), 0), -part)) for merge in merges
    ]
    wholes = [[group.whole for group in groups] for groups in (splits, merges)]
    chosen = (wholes[0], part_of_merge) if whole_first else (part_of_split, wholes[1])
    return [np.array(rows, dtype=np.int64) for rows in chosen]
