"""The convex hulls of masks, all masks at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, RunArray, Runs


def convex_hull_areas(runs: Runs) -> NDArray[np.float64]:
    """Measure the convex hull of each mask's pixel squares.

    Per pixel column the outermost corners are taken; then every corner that its two neighbours do not
    leave outside is dropped, for all masks at once, until none is left to drop.

    Returns
    -------
    (count,) float64
        Square pixels, at least the mask's area; 0 for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> convex_hull_areas(dense_to_runs(np.eye(2, dtype=bool)[None])).tolist()
    [3.0]
    >>> convex_hull_areas(no_runs(1)).tolist()
    [0.0]
    """
    if len(runs) == 0:
        return np.zeros(runs.count)
    first = np.flatnonzero(runs.opens_column)
    last = np.append(first[1:], len(runs)) - 1
    mask, x = runs.mask[first], runs.x[first]
    top = _chain_area(mask, x, -runs.y0[first], runs.count)
    bottom = _chain_area(mask, x, runs.y1[last], runs.count)
    return top + bottom


def _chain_area(mask: RunArray, x: RunArray, y: RunArray, n: int) -> NDArray[np.float64]:
    """Integrate the upper hull of the columns' corners (x, y) and (x + 1, y)."""
    # Corner positions: between two neighbouring columns the higher one counts.
    ends = np.ones(len(x), dtype=bool)
    np.logical_or(mask[1:] != mask[:-1], x[1:] != x[:-1] + 1, out=ends[:-1])
    left = y.copy()
    np.maximum(y[1:], y[:-1], out=left[1:], where=~ends[:-1])
    last, slot = np.flatnonzero(ends), np.arange(len(x))
    slot[1:] += np.cumsum(ends[:-1])
    size, tail = len(x) + len(last), slot[last] + 1
    mask, x, y = (
        _scatter(size, slot, inner, tail, outer[last])
        for inner, outer in ((mask, mask), (x, x + 1), (left, y))
    )
    while True:
        keep = np.ones(len(mask), dtype=bool)
        along, up = x[1:] - x[:-1], y[1:] - y[:-1]  # their product is at most an image's pixels, < 2^31
        # The corner between two steps stays if the second step turns down, or if a mask ends there.
        turns = along[:-1] * up[1:] < up[:-1] * along[1:]
        np.logical_or(turns, mask[:-2] != mask[2:], out=keep[1:-1])
        kept = np.flatnonzero(keep)
        if len(kept) == len(keep):
            break
        mask, x, y = mask[kept], x[kept], y[kept]
    inside = np.flatnonzero(mask[1:] == mask[:-1])
    strip = (x[1:] - x[:-1])[inside] * (y[1:] + y[:-1])[inside] * 0.5
    return np.bincount(mask[1:][inside], weights=strip, minlength=n).astype(np.float64)


def _scatter(size: int, slot: IntArray, value: RunArray, other_slot: IntArray, other: RunArray) -> RunArray:
    result = np.empty(size, dtype=np.int32)
    result[slot] = value
    result[other_slot] = other
    return result
