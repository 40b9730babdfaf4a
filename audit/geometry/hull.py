"""The convex hulls of masks, all masks at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, RunArray, Runs


def hulls(runs: Runs) -> NDArray[np.float64]:
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
    >>> from audit.geometry.runs import from_dense, no_runs
    >>> hulls(from_dense(np.eye(2, dtype=bool)[None])).tolist()
    [3.0]
    >>> hulls(no_runs(1)).tolist()
    [0.0]
    """
    if len(runs) == 0:
        return np.zeros(runs.count)
    head = np.r_[True, (runs.x[1:] != runs.x[:-1]) | (runs.mask[1:] != runs.mask[:-1])]
    first = np.flatnonzero(head)
    last = np.r_[first[1:], len(runs)] - 1
    mask, x = runs.mask[first], runs.x[first]
    top = _chain_area(mask, x, -runs.y0[first], runs.count)
    bottom = _chain_area(mask, x, runs.y1[last], runs.count)
    return top + bottom


def _chain_area(mask: RunArray, x: RunArray, y: RunArray, n: int) -> NDArray[np.float64]:
    """Integrate the upper hull of the columns' corners (x, y) and (x + 1, y)."""
    # Corner positions: between two neighbouring columns the higher one counts.
    joined = np.r_[False, (mask[1:] == mask[:-1]) & (x[1:] == x[:-1] + 1)]
    ends = ~np.r_[joined[1:], False]
    left = np.where(joined, np.maximum(y, np.r_[y[:1], y[:-1]]), y)
    slot = np.arange(len(x)) + np.r_[0, np.cumsum(ends)[:-1]]
    size = len(x) + int(ends.sum())
    tail, last = slot[ends] + 1, np.flatnonzero(ends)
    mask, x, y = (
        _scatter(size, slot, inner, tail, outer[last])
        for inner, outer in ((mask, mask), (x, x + 1), (left, y))
    )
    while True:
        keep = np.ones(len(mask), dtype=bool)
        along, up = x[1:] - x[:-1], y[1:] - y[:-1]  # their product is at most an image's pixels, < 2^31
        # The corner between two steps stays if the second step turns down, or if a mask ends there.
        keep[1:-1] = (along[:-1] * up[1:] < up[:-1] * along[1:]) | (mask[:-2] != mask[2:])
        keep[1:-1] |= mask[:-2] != mask[1:-1]
        kept = np.flatnonzero(keep)
        if len(kept) == len(keep):
            break
        mask, x, y = mask[kept], x[kept], y[kept]
    inside = mask[1:] == mask[:-1]
    strip = (x[1:] - x[:-1])[inside] * (y[1:] + y[:-1])[inside] * 0.5
    return np.bincount(mask[1:][inside], weights=strip, minlength=n).astype(np.float64)


def _scatter(size: int, slot: IntArray, value: RunArray, other_slot: IntArray, other: RunArray) -> RunArray:
    result = np.empty(size, dtype=np.int32)
    result[slot] = value
    result[other_slot] = other
    return result
