"""Who became whom: masks of two sides matched one to one, one to many and many to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.geometry.mask_pairs import MaskPairs

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
class MaskGroup:
    """A whole of one side and its parts of the other, as positions in the two sets."""

    whole: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MaskMatches:
    """How the masks of two sets belong together; every mask occurs at most once."""

    a: IntArray
    """(p,) masks of the first set that have a counterpart, ascending."""
    b: IntArray
    """(p,) their counterparts in the second."""
    iou: NDArray[np.float64]
    splits: tuple[MaskGroup, ...]
    """A mask of the first set is several of the second."""
    merges: tuple[MaskGroup, ...]
    """Several masks of the first set are one of the second."""


def match_masks(pairs: MaskPairs, min_iou: float = MIN_IOU) -> MaskMatches:
    """Match masks by how much they overlap.

    Splits and merges are looked for first: parts that lie mostly inside a whole, and cover most of it
    together. Of what is left, the pairs with the highest IoU belong together.

    Parameters
    ----------
    pairs : MaskPairs
        That share pixels: a of the first set, b of the second.
    min_iou : float
        Least IoU of two masks that are one object.

    Returns
    -------
    MaskMatches

    Examples
    --------
    >>> from audit.measure.cross_pairs import MaskSet, measure_cross_pairs
    >>> from audit.testing import dataset, scene
    >>> old = MaskSet.of(dataset(scene("aaaaaa.")), np.array([0]), np.array([0]))
    >>> new = MaskSet.of(dataset(scene("bbbccc.")), np.array([0, 1]), np.array([0, 0]))
    >>> match_masks(measure_cross_pairs(old, new)).splits
    (MaskGroup(whole=0, parts=(0, 1)),)
    >>> match_masks(measure_cross_pairs(new, old)).merges
    (MaskGroup(whole=0, parts=(0, 1)),)
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> len(match_masks(no_pairs()).a)
    0
    """
    splits = _group_parts(pairs.a, pairs.b, pairs.ioa_a, pairs.ioa_b, pairs.iou)
    merges = _group_parts(pairs.b, pairs.a, pairs.ioa_b, pairs.ioa_a, pairs.iou)
    splits, merges = _drop_conflicts(splits, merges)
    grouped_a = {split.whole for split in splits} | {part for merge in merges for part in merge.parts}
    grouped_b = {merge.whole for merge in merges} | {part for split in splits for part in split.parts}
    matched = _match_greedily(pairs, min_iou, grouped_a, grouped_b)
    columns = np.array([(a, b) for a, b, _ in matched], dtype=np.int64).reshape(-1, 2).T
    return MaskMatches(columns[0], columns[1], np.array([iou for _, _, iou in matched]), splits, merges)


def _group_parts(
    whole: IntArray,
    part: IntArray,
    whole_share: NDArray[np.float64],
    part_share: NDArray[np.float64],
    iou: NDArray[np.float64],
) -> tuple[MaskGroup, ...]:
    """Find the wholes that at least two parts cover; shares are of each mask, in the other of its pair."""
    candidate = np.flatnonzero(
        (part_share >= PART_INSIDE) & (whole_share >= PART_SHARE) & (iou < NEARLY_THE_WHOLE)
    )
    candidate = candidate[np.argsort(whole[candidate], kind="stable")]
    wholes, first, n_parts = np.unique(whole[candidate], return_index=True, return_counts=True)
    if not len(wholes):
        return ()
    covered = np.add.reduceat(whole_share[candidate], first)
    fulfilled = np.flatnonzero((n_parts > 1) & (covered >= WHOLE_COVERED))
    return tuple(
        MaskGroup(int(wholes[k]), tuple(sorted(part[candidate[first[k] : first[k] + n_parts[k]]].tolist())))
        for k in fulfilled.tolist()
    )


def _drop_conflicts(
    splits: tuple[MaskGroup, ...], merges: tuple[MaskGroup, ...]
) -> tuple[tuple[MaskGroup, ...], tuple[MaskGroup, ...]]:
    """Keep of groups that share a mask the first one: splits before merges, in order."""
    used_a: set[int] = set()
    used_b: set[int] = set()
    kept_splits = _keep_disjoint(splits, used_a, used_b)
    kept_merges = _keep_disjoint(merges, used_b, used_a)
    return kept_splits, kept_merges


def _keep_disjoint(
    groups: tuple[MaskGroup, ...], used_wholes: set[int], used_parts: set[int]
) -> tuple[MaskGroup, ...]:
    """Keep groups none of whose masks is used yet, and note theirs as used."""
    kept = []
    for group in groups:
        if group.whole not in used_wholes and used_parts.isdisjoint(group.parts):
            kept.append(group)
            used_wholes.add(group.whole)
            used_parts.update(group.parts)
    return tuple(kept)


def match_one_to_one(
    pairs: MaskPairs, min_iou: float = MIN_IOU
) -> tuple[IntArray, IntArray, NDArray[np.float64]]:
    """Match masks one to one, the highest IoU first, whatever is split or merged.

    Parameters
    ----------
    pairs : MaskPairs
    min_iou : float
        Least IoU of two masks that are one object.

    Returns
    -------
    a, b : (p,) int64
        Ascending in a.
    iou : (p,) float64

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> [column.tolist() for column in match_one_to_one(no_pairs())]
    [[], [], []]
    """
    matched = _match_greedily(pairs, min_iou, set(), set())
    columns = np.array([(a, b) for a, b, _ in matched], dtype=np.int64).reshape(-1, 2).T
    return columns[0], columns[1], np.array([iou for _, _, iou in matched], dtype=np.float64)


def _match_greedily(
    pairs: MaskPairs, min_iou: float, used_a: set[int], used_b: set[int]
) -> list[tuple[int, int, float]]:
    """Match what no group uses one to one, the highest IoU first; ties go to the earlier masks."""
    alike = pairs.take(pairs.iou >= min_iou)
    alike = alike.take(np.lexsort((alike.b, alike.a, -alike.iou)))
    used_a, used_b = set(used_a), set(used_b)
    matched = []
    # One by one, as each match rules out later ones; only masks that nothing else explains come here.
    for a, b, iou in zip(alike.a.tolist(), alike.b.tolist(), alike.iou.tolist(), strict=True):
        if a not in used_a and b not in used_b:
            used_a.add(a)
            used_b.add(b)
            matched.append((a, b, iou))
    return sorted(matched)
