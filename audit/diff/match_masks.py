"""Who became whom: masks of two sides matched one to one, one to many and many to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.diff.cross_overlaps import Overlaps

MIN_IOU = 0.5
"""IoU from which on two masks are one object."""
PART_INSIDE = 0.5
"""Share of a part's pixels that must lie in the whole."""
PART_SHARE = 0.1
"""Share of the whole that a part must cover."""
WHOLE_COVERED = 0.5
"""Share of the whole that its parts must cover together."""
NEARLY_THE_WHOLE = 0.9
"""IoU from which on a part is the whole, and the other parts are additions."""


@dataclass(frozen=True, slots=True)
class Group:
    """A whole of one side and its parts of the other, as positions among the sides' rows."""

    whole: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """How the masks of two sides belong together; every mask occurs at most once."""

    one: IntArray
    """(p,) masks of the one side that have a counterpart, ascending."""
    other: IntArray
    """(p,) their counterparts."""
    iou: NDArray[np.float64]
    splits: tuple[Group, ...]
    """One mask of the one side became several of the other."""
    merges: tuple[Group, ...]
    """Several masks of the one side became one of the other."""


def assign(o: Overlaps, min_iou: float = MIN_IOU) -> Assignment:
    """Match masks by how much they overlap.

    Splits and merges are looked for first: parts that lie mostly inside a whole, and cover most of it
    together. Of what is left, the pairs with the highest IoU belong together.

    Parameters
    ----------
    o : Overlaps
    min_iou : float

    Examples
    --------
    >>> from audit.diff.cross_overlaps import Side, cross_overlaps
    >>> from audit.testing import dataset, scene
    >>> old = Side(dataset(scene("aaaaaa.")), np.array([0]), np.array([0]))
    >>> new = Side(dataset(scene("bbbccc.")), np.array([0, 1]), np.array([0, 0]))
    >>> assign(cross_overlaps(old, new)).splits
    (Group(whole=0, parts=(0, 1)),)
    >>> assign(cross_overlaps(new, old)).merges
    (Group(whole=0, parts=(0, 1)),)
    >>> none = np.zeros(0, dtype=np.int64)
    >>> len(assign(Overlaps(none, none, none, none, none)).one)
    0
    """
    splits = _groups(o.one, o.other, o.share_one, o.share_other, o.iou)
    merges = _groups(o.other, o.one, o.share_other, o.share_one, o.iou)
    splits, merges = _without_conflicts(splits, merges)
    ones = {g.whole for g in splits} | {part for g in merges for part in g.parts}
    others = {g.whole for g in merges} | {part for g in splits for part in g.parts}
    pairs = _best_pairs(o, min_iou, ones, others)
    columns = np.array([(a, b) for a, b, _ in pairs], dtype=np.int64).reshape(-1, 2).T
    return Assignment(columns[0], columns[1], np.array([iou for _, _, iou in pairs]), splits, merges)


def _groups(
    whole: IntArray,
    part: IntArray,
    covers: NDArray[np.float64],
    inside: NDArray[np.float64],
    iou: NDArray[np.float64],
) -> tuple[Group, ...]:
    candidate = np.flatnonzero((inside >= PART_INSIDE) & (covers >= PART_SHARE) & (iou < NEARLY_THE_WHOLE))
    candidate = candidate[np.argsort(whole[candidate], kind="stable")]
    owners, first, number = np.unique(whole[candidate], return_index=True, return_counts=True)
    if not len(owners):
        return ()
    covered = np.add.reduceat(covers[candidate], first)
    several = np.flatnonzero((number > 1) & (covered >= WHOLE_COVERED))
    return tuple(
        Group(int(owners[k]), tuple(sorted(part[candidate[first[k] : first[k] + number[k]]].tolist())))
        for k in several.tolist()
    )


def _without_conflicts(
    splits: tuple[Group, ...], merges: tuple[Group, ...]
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Keep of groups that share a mask the first one: splits before merges, in order."""
    used: tuple[set[int], set[int]] = (set(), set())
    kept: tuple[list[Group], list[Group]] = ([], [])
    for k, groups in enumerate((splits, merges)):
        wholes, parts = used if k == 0 else used[::-1]
        for g in groups:
            if g.whole not in wholes and parts.isdisjoint(g.parts):
                kept[k].append(g)
                wholes.add(g.whole)
                parts.update(g.parts)
    return tuple(kept[0]), tuple(kept[1])


def _best_pairs(
    o: Overlaps, min_iou: float, ones: set[int], others: set[int]
) -> list[tuple[int, int, float]]:
    good = np.flatnonzero(o.iou >= min_iou)
    order = good[np.lexsort((o.other[good], o.one[good], -o.iou[good]))]
    taken, received = set(ones), set(others)
    found = []
    columns = (o.one[order].tolist(), o.other[order].tolist(), o.iou[order].tolist())
    for a, b, iou in zip(*columns, strict=True):
        if a not in taken and b not in received:
            taken.add(a)
            received.add(b)
            found.append((a, b, iou))
    return sorted(found)
