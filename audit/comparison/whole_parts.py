"""Masks that hold several others: one mask takes for a whole what others take for its parts."""

from __future__ import annotations

import numpy as np

from audit.comparison.matching import BoolArray
from audit.comparison.nms import greedy_nms
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.ranges import expand_ranges, group_starts, repeat_indices

PART_SHARE = 0.8
"""Share of a part that must lie in the whole: all but a ragged edge."""
MIN_PART_SIZE = 0.08
"""Least size of a part beside the whole: smaller ones are specks."""
MAX_PART_SIZE = 0.8
"""A part from this size on is the whole itself, drawn a little tighter."""
DIFFERENT_IOU = 0.2
"""IoU below which two parts of a whole are different ones."""
FILLED_SHARE = 0.7
"""What all parts together must fill of the whole."""


def find_wholes(
    part: IntArray,
    whole: IntArray,
    share_inside: FloatArray,
    part_area: IntArray,
    whole_area: IntArray,
    part_pairs: MaskPairs,
) -> tuple[IntArray, BoolArray]:
    """Find masks that hold at least two others which do not overlap each other and fill them.

    Parameters
    ----------
    part, whole : (k,) int64
        Pairs of masks, as positions: of the smaller ones, and of those that may hold them.
    share_inside : (k,) float64
        Share of the part inside the whole.
    part_area : (parts,) int64
        Pixels of every mask that may be a part.
    whole_area : (wholes,) int64
    part_pairs : MaskPairs
        Pairs of parts that overlap, sorted by (a, b).

    Returns
    -------
    wholes : (w,) int64
        Positions, ascending.
    is_chosen : (k,) bool
        Pairs of those wholes and their parts.

    Examples
    --------
    >>> nothing = MaskPairs.of(*(np.zeros(0, dtype=np.int64) for _ in range(5)))
    >>> part, whole = np.array([0, 1]), np.array([0, 0])
    >>> wholes, is_chosen = find_wholes(
    ...     part, whole, np.array([1.0, 0.9]), np.array([4, 4]), np.array([9]), nothing
    ... )
    >>> wholes.tolist(), is_chosen.tolist()
    ([0], [True, True])
    >>> find_wholes(part[:0], whole[:0], np.zeros(0), part, whole, nothing)[0].tolist()
    []
    """
    is_chosen = np.zeros(len(part), dtype=np.bool_)
    size = part_area[part] / np.maximum(whole_area[whole], 1)
    rows = np.flatnonzero((share_inside >= PART_SHARE) & (size >= MIN_PART_SIZE) & (size < MAX_PART_SIZE))
    # The largest parts of a whole come first: a part of a part is none of the whole.
    rows = rows[np.lexsort((part[rows], -part_area[part[rows]], whole[rows]))]
    first, second = _pair_up(whole[rows])
    overlaps = _lookup_iou(part_pairs, part[rows[first]], part[rows[second]], len(part_area)) >= DIFFERENT_IOU
    rows = rows[greedy_nms(np.arange(len(rows)), first[overlaps], second[overlaps])]
    n_parts = np.bincount(whole[rows], minlength=len(whole_area))
    filled = np.bincount(whole[rows], weights=part_area[part[rows]], minlength=len(whole_area))
    is_whole = (n_parts >= 2) & (filled >= FILLED_SHARE * whole_area)
    is_chosen[rows[is_whole[whole[rows]]]] = True
    return np.flatnonzero(is_whole), is_chosen


def _pair_up(owner: IntArray) -> tuple[IntArray, IntArray]:
    """List all pairs of positions that have one owner; owners lie together."""
    start = group_starts(owner)
    length = np.diff(np.r_[start, len(owner)])
    last = np.repeat(start + length, length)
    n_later = last - np.arange(len(owner)) - 1
    return repeat_indices(n_later), expand_ranges(np.arange(len(owner)) + 1, n_later)


def _lookup_iou(pairs: MaskPairs, first: IntArray, second: IntArray, n_masks: int) -> FloatArray:
    """Look up the IoU of pairs of one set; 0 where they do not overlap."""
    if len(pairs) == 0 or len(first) == 0:
        return np.zeros(len(first))
    key = pairs.a * n_masks + pairs.b
    wanted = np.minimum(first, second) * n_masks + np.maximum(first, second)
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[at] == wanted, pairs.iou[at], 0.0)
