"""Which masks overlap, by how many pixels, and how deep: exact, for many images at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, expand, interleave, no_runs

_CHUNK = 2_000_000
"""Pairs of runs handled at once: bounds memory on deeply nested masks."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of masks that share pixels, sorted by (a, b)."""

    a: IntArray
    b: IntArray
    """b > a."""
    pixels: IntArray
    """Shared pixels, at least 1."""
    depth: IntArray
    """Side of the largest square of shared pixels, at least 1."""

    def __len__(self) -> int:
        return len(self.a)


def overlaps(runs: Runs, image: IntArray) -> Overlaps:
    """Find every pair of masks of one image that share pixels.

    Runs are sorted by column and first row; a run overlaps exactly those later runs of its column
    that begin before it ends, so all overlapping pairs of runs come from one binary search.

    Parameters
    ----------
    runs : Runs
    image : (count,) int64
        The image of each mask; masks of different images never overlap.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import from_dense
    >>> masks = np.zeros((2, 3, 4), dtype=bool)
    >>> masks[0, :, :3] = masks[1, :2, 1:] = True
    >>> found = overlaps(from_dense(masks), np.array([0, 0]))
    >>> found.pixels.tolist(), found.depth.tolist()
    ([4], [2])
    >>> len(overlaps(no_runs(0), np.array([], dtype=np.int64)))
    0
    """
    found = shared_pixels(runs, image)
    a, b = np.divmod(found.key, max(runs.count, 1))
    return Overlaps(a, b, found.pixels, deepest_square(found.runs))


@dataclass(frozen=True, slots=True)
class Shared:
    """The pixels that pairs of masks share."""

    key: IntArray
    """(p,) a * count + b, ascending, a < b."""
    pixels: IntArray
    """(p,)"""
    runs: Runs
    """p masks: the shared pixels of each pair."""


def shared_pixels(runs: Runs, image: IntArray) -> Shared:
    """Intersect every pair of masks of one image that overlap.

    Parameters
    ----------
    runs : Runs
    image : (count,) int64

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import from_dense
    >>> twice = from_dense(np.ones((2, 1, 3), dtype=bool))
    >>> shared_pixels(twice, np.array([7, 7])).runs.x.tolist()
    [0, 1, 2]
    >>> len(shared_pixels(no_runs(0), np.array([], dtype=np.int64)).key)
    0
    """
    lay = Layout.of(runs, image)
    found = [_shared_chunk(runs, lay, i, j) for i, j in lay.overlapping()]
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Shared(none, none, no_runs(0))
    key = np.concatenate([f[0] for f in found])
    x, y0, y1 = (np.concatenate([f[k] for f in found]) for k in (1, 2, 3))
    order = np.argsort(key, kind="stable")
    key, x, y0, y1 = key[order], x[order], y0[order], y1[order]
    head = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, dtype=bool)
    first = np.flatnonzero(head)
    pair = (np.cumsum(head) - 1).astype(np.int32)
    pixels = np.add.reduceat(y1 - y0, first, dtype=np.int64) if len(first) else first
    return Shared(key[first], pixels, Runs(pair, x, y0, y1, len(first)))


def _shared_chunk(
    runs: Runs, lay: Layout, i: IntArray, j: IntArray
) -> tuple[IntArray, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Intersect runs i and j (positions in the layout's order; j begins inside i)."""
    i, j = lay.order[i], lay.order[j]
    low, high = np.minimum(runs.mask[i], runs.mask[j]), np.maximum(runs.mask[i], runs.mask[j])
    key = low.astype(np.int64) * runs.count + high
    return key, runs.x[i], runs.y0[j], np.minimum(runs.y1[i], runs.y1[j])


@dataclass(frozen=True, slots=True)
class Layout:
    """All runs of many images on one line: images side by side, column after column.

    Columns and images are kept ``margin`` apart, so that runs a few pixels longer, or columns shifted
    by a few, never reach into a neighbouring column or image by accident.
    """

    order: IntArray
    """Runs sorted by place."""
    begin: IntArray
    """(r,) ascending: first place of each run."""
    end: IntArray
    """(r,) place after the last."""
    stride: int
    """Places from one column to the next."""

    @staticmethod
    def of(runs: Runs, image: IntArray, margin: int = 4) -> Layout:
        """Lay runs out.

        Parameters
        ----------
        runs : Runs
        image : (count,) int64
        margin : int
            Free rows after each column, and free columns after each image.

        Examples
        --------
        >>> import numpy as np
        >>> len(Layout.of(no_runs(0), np.array([], dtype=np.int64)).begin)
        0
        """
        if len(runs) == 0:
            none = np.zeros(0, dtype=np.int64)
            return Layout(none, none, none, margin + 1)
        stride = int(runs.y1.max()) + margin
        _, place = np.unique(image, return_inverse=True)
        wide = np.int64(runs.x.max()) + 1 + margin
        column = (place[runs.mask] * wide + runs.x) * stride
        begin = column + runs.y0
        order = np.argsort(begin, kind="stable")
        return Layout(order, begin[order], (column + runs.y1)[order], stride)

    def overlapping(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield positions (i, j), in chunks, of runs of one column where j begins inside i."""
        r = len(self.begin)
        later = np.searchsorted(self.begin, self.end, side="left") - np.arange(1, r + 1)
        yield from self.pairs(np.arange(1, r + 1), later)

    def pairs(self, first: IntArray, number: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (i, j) for every run i and ``number[i]`` runs j from ``first[i]`` on, in chunks."""
        some = np.flatnonzero(number > 0)
        first, number = first[some], number[some]
        total = np.cumsum(number)
        cuts = np.searchsorted(total, np.arange(_CHUNK, (total[-1] if len(total) else 0), _CHUNK)) + 1
        for part in np.split(np.arange(len(some)), cuts):
            if len(part):
                yield np.repeat(some[part], number[part]), expand(first[part], number[part])


def deepest_square(runs: Runs) -> IntArray:
    """Measure the side of the largest square of pixels that fits into each mask.

    The corners at which a square of side s + t fits (t <= s) are those at which squares of side s fit
    there, t further right, t further down, and both. So each mask doubles its s while it can, then
    adds halves: about 2 log2(side) steps for all masks together.

    Parameters
    ----------
    runs : Runs

    Returns
    -------
    (count,) int64
        Pixels; 0 for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import from_dense
    >>> deepest_square(from_dense(np.ones((1, 3, 5), dtype=bool))).tolist()
    [3]
    >>> deepest_square(no_runs(2)).tolist()
    [0, 0]
    """
    side = np.zeros(runs.count, dtype=np.int64)
    side[runs.mask] = 1
    step = side.copy()
    doubling = side > 0
    corners = runs
    while len(corners):
        grown = _shift_and_meet(corners, step)
        fits = np.zeros(runs.count, dtype=bool)
        fits[grown.mask] = True
        side[fits] += step[fits]
        doubling &= fits
        step = np.where(doubling, side, step // 2)
        old = corners.keep(~fits[corners.mask] & (step[corners.mask] > 0))
        corners = interleave(grown.keep(step[grown.mask] > 0), old)
    return side


def _shift_and_meet(runs: Runs, step: IntArray) -> Runs:
    """Intersect each mask with itself moved by its step left, up, and both."""
    by = step[runs.mask]
    y1 = runs.y1 - by
    some = np.flatnonzero(y1 > runs.y0)
    runs, y1, by = runs.keep(some), y1[some], by[some]
    if len(runs) == 0:
        return runs
    tall = np.int64(y1.max()) + 1
    wide = np.int64(runs.x.max()) + 1 + by.max()  # a step never leads into the next mask's columns
    column = (runs.mask * wide + runs.x) * tall
    begin, end = column + runs.y0, column + y1
    first = np.searchsorted(end, begin + by * tall, side="right")
    number = np.searchsorted(begin, end + by * tall, side="left") - first
    i, j = np.repeat(np.arange(len(runs)), number), expand(first, number)
    y0 = np.maximum(runs.y0[i], runs.y0[j])
    return Runs(runs.mask[i], runs.x[i], y0, np.minimum(y1[i], y1[j]).astype(np.int32), runs.count)
