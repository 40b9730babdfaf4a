"""Many masks as concatenated runs: the form in which everything is measured.

A *run* is a vertical strip of one pixel column, rows ``y0`` to ``y1 - 1``. The runs of many masks lie
one after the other in flat arrays, sorted by (mask, column, row), and within one column of one mask
they are disjoint and do not touch. So every mask has exactly one form, and all masks of many images
can be measured by a few array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int64
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.ranges import expand_ranges
from audit.native.library import array, declare

IntArray = NDArray[np.int64]
RunArray = NDArray[np.int32]

_unite = declare("maskaudit_unite_strips", *(array("i4"),) * 4, c_int64, c_int64)


@dataclass(frozen=True)
class Runs:
    """The runs of ``count`` masks.

    Without slots, so that ``start``, which every kernel asks for, is worked out once.

    Examples
    --------
    >>> import numpy as np
    >>> runs = dense_to_runs(np.array([[[0, 1], [1, 1]]], dtype=bool))
    >>> runs.x.tolist(), runs.y0.tolist(), runs.y1.tolist()
    ([0, 1], [1, 0], [2, 2])
    >>> len(no_runs(0))
    0
    """

    mask: RunArray
    """(r,) which mask, 0..count-1, ascending."""
    x: RunArray
    """(r,) column."""
    y0: RunArray
    """(r,) first row."""
    y1: RunArray
    """(r,) row after the last."""
    count: int
    """Masks, including those without pixels."""

    def __len__(self) -> int:
        return len(self.mask)

    @cached_property
    def start(self) -> IntArray:
        """(count + 1,) where each mask's runs begin."""
        return np.searchsorted(self.mask, np.arange(self.count + 1, dtype=np.int32)).astype(np.int64)

    @property
    def number(self) -> IntArray:
        """(count,) runs of each mask."""
        start = self.start
        return start[1:] - start[:-1]

    def keep(self, chosen: NDArray[np.bool_] | IntArray) -> Runs:
        """Select runs (not masks): the masks keep their numbers."""
        if chosen.dtype == np.bool_:
            chosen = np.flatnonzero(chosen)  # once for four arrays
        return Runs(self.mask[chosen], self.x[chosen], self.y0[chosen], self.y1[chosen], self.count)


def no_runs(count: int) -> Runs:
    """Make ``count`` masks without pixels.

    Examples
    --------
    >>> no_runs(2).count
    2
    """
    none = np.zeros(0, dtype=np.int32)
    return Runs(none, none, none, none, count)


def take_masks(runs: Runs, masks: IntArray) -> Runs:
    """Select masks; mask ``masks[i]`` gets the number i.

    Parameters
    ----------
    runs : Runs
    masks : (m,) int64
        Any order; repeats allowed.

    Examples
    --------
    >>> import numpy as np
    >>> runs = dense_to_runs(np.eye(2, dtype=bool)[:, None, :])
    >>> take_masks(runs, np.array([1])).x.tolist()
    [1]
    >>> len(take_masks(runs, np.array([], dtype=np.int64)))
    0
    """
    first = runs.start[masks]
    length = runs.start[masks + 1] - first
    where = expand_ranges(first, length)
    mask = np.repeat(np.arange(len(masks), dtype=np.int32), length)
    return Runs(mask, runs.x[where], runs.y0[where], runs.y1[where], len(masks))


def slice_masks(runs: Runs, part: slice) -> Runs:
    """Select neighbouring masks, numbered from 0; their runs are not copied, but for the masks' numbers.

    Parameters
    ----------
    runs : Runs
    part : slice
        With a start and a stop.

    Examples
    --------
    >>> import numpy as np
    >>> runs = dense_to_runs(np.eye(3, dtype=bool)[:, None, :])
    >>> slice_masks(runs, slice(1, 3)).mask.tolist(), slice_masks(runs, slice(1, 3)).x.tolist()
    ([0, 1], [1, 2])
    >>> slice_masks(runs, slice(1, 1)).count
    0
    """
    if part.start == 0 and part.stop == runs.count:
        return runs
    chosen = slice(int(runs.start[part.start]), int(runs.start[part.stop]))
    mask = runs.mask[chosen] - np.int32(part.start)
    return Runs(mask, runs.x[chosen], runs.y0[chosen], runs.y1[chosen], part.stop - part.start)


def crop_runs(runs: Runs, mask: int, x: int, y: int) -> Runs:
    """Move one mask so that the pixel (x, y) becomes the first.

    Parameters
    ----------
    runs : Runs
    mask : int
        Which one.
    x, y : int
        Column and row; no pixel of the mask lies left of or above them.

    Returns
    -------
    Runs
        Of one mask.

    Examples
    --------
    >>> runs = dense_to_runs(np.array([[[False, False], [False, True]]]))
    >>> runs_to_dense(crop_runs(runs, 0, 1, 1), 1, 1).tolist()
    [[[True]]]
    >>> len(crop_runs(no_runs(1), 0, 3, 3).x)
    0
    """
    chosen = take_masks(runs, np.array([mask]))
    down = np.asarray(y, dtype=chosen.y0.dtype)
    return Runs(chosen.mask, chosen.x - np.asarray(x, chosen.x.dtype), chosen.y0 - down, chosen.y1 - down, 1)


def concatenate_runs(parts: Sequence[Runs]) -> Runs:
    """Put masks of several `Runs` one after the other.

    Examples
    --------
    >>> concatenate_runs([no_runs(2), no_runs(1)]).count
    3
    >>> concatenate_runs([]).count
    0
    """
    if len(parts) <= 1:
        return parts[0] if parts else no_runs(0)
    before = np.cumsum([0, *(p.count for p in parts)])
    shifted = [p.mask + np.int32(n) for p, n in zip(parts, before, strict=False)]
    return Runs(
        np.concatenate(shifted),
        np.concatenate([p.x for p in parts]),
        np.concatenate([p.y0 for p in parts]),
        np.concatenate([p.y1 for p in parts]),
        int(before[-1]),
    )


def runs_to_counts(runs: Runs, height: IntArray, width: IntArray) -> tuple[NDArray[np.uint32], IntArray]:
    """Write COCO's uncompressed run lengths.

    Parameters
    ----------
    runs : Runs
    height, width : (count,) int64
        Of each mask's image.

    Returns
    -------
    counts : (c,) uint32
    count_start : (count + 1,) int64

    Examples
    --------
    >>> import numpy as np
    >>> runs = dense_to_runs(np.array([[[1, 1], [1, 0]]], dtype=bool))
    >>> runs_to_counts(runs, np.array([2]), np.array([2]))[0].tolist()
    [0, 3, 1]
    >>> runs_to_counts(no_runs(1), np.array([2]), np.array([2]))[0].tolist()
    [4]
    """
    h = np.asarray(height, dtype=np.int64)
    begin = runs.x.astype(np.int64) * h[runs.mask] + runs.y0
    stop = begin + (runs.y1 - runs.y0)
    joins = np.zeros(len(runs), dtype=bool)
    joins[1:] = (runs.mask[1:] == runs.mask[:-1]) & (begin[1:] == stop[:-1])
    head = np.flatnonzero(~joins)
    tail = np.r_[head[1:] - 1, len(runs) - 1] if len(head) else head
    owner, begin, stop = runs.mask[head], begin[head], stop[tail]
    number = np.bincount(owner, minlength=runs.count)
    pixels = h * np.asarray(width, dtype=np.int64)
    last = np.zeros(runs.count, dtype=np.int64)
    last[owner] = stop  # the last assignment of each owner stays
    open_end = last < pixels
    size = 2 * number + open_end
    start = np.r_[0, np.cumsum(size)]
    rank = np.arange(len(owner)) - np.r_[0, np.cumsum(number)][owner]
    slot = start[owner] + 2 * rank
    previous = np.where(rank > 0, np.r_[0, stop[:-1]], 0) if len(stop) else stop
    counts = np.zeros(int(start[-1]), dtype=np.uint32)
    counts[slot], counts[slot + 1] = begin - previous, stop - begin
    counts[start[1:][open_end] - 1] = (pixels - last)[open_end]
    return counts, start


def dense_to_runs(masks: NDArray[np.bool_]) -> Runs:
    """Read masks given as pixels.

    Parameters
    ----------
    masks : (N, H, W) bool

    Examples
    --------
    >>> import numpy as np
    >>> dense_to_runs(np.ones((1, 2, 1), dtype=bool)).y1.tolist()
    [2]
    >>> len(dense_to_runs(np.zeros((0, 5, 5), dtype=bool)))
    0
    """
    n, h, w = masks.shape
    columns = np.zeros((n, w, h + 2), dtype=np.int8)
    columns[:, :, 1:-1] = np.moveaxis(masks, 1, 2)
    change = np.diff(columns, axis=2)
    mask, x, y0 = np.nonzero(change == 1)
    y1 = np.nonzero(change == -1)[2]
    return Runs(mask.astype(np.int32), x.astype(np.int32), y0.astype(np.int32), y1.astype(np.int32), n)


def runs_to_dense(runs: Runs, height: int, width: int) -> NDArray[np.bool_]:
    """Paint masks of one size as pixels.

    Parameters
    ----------
    runs : Runs
    height, width : int
        Pixels; no run reaches beyond.

    Returns
    -------
    (count, height, width) bool

    Examples
    --------
    >>> runs_to_dense(no_runs(1), 1, 2).tolist()
    [[[False, False]]]
    """
    change = np.zeros((runs.count, width, height + 1), dtype=np.int8)
    change[runs.mask, runs.x, runs.y0] = 1
    change[runs.mask, runs.x, runs.y1] -= 1
    return np.moveaxis(np.cumsum(change, axis=2, dtype=np.int8)[:, :, :height], 2, 1).astype(bool)


def unite_runs(mask: RunArray, x: RunArray, y0: RunArray, y1: RunArray, count: int) -> Runs:
    """Make canonical runs of any strips: sort them and join those that overlap or touch.

    Parameters
    ----------
    mask, x, y0, y1 : (s,) int32
        Strips in any order; empty ones (``y1 <= y0``) are dropped.
    count : int
        Masks.

    Examples
    --------
    >>> import numpy as np
    >>> strips = [np.array(v, dtype=np.int32) for v in ([0, 0], [3, 3], [4, 0], [6, 5])]
    >>> united = unite_runs(*strips, count=1)
    >>> united.y0.tolist(), united.y1.tolist()
    ([0], [6])
    >>> len(unite_runs(*[s[:0] for s in strips], count=1))
    0
    """
    strips = (np.ascontiguousarray(values) for values in (mask, x, y0, y1))
    return Runs(**_unite(*strips, len(mask), count), count=count)
