"""Growing and shrinking masks by a square, closing gaps, filling holes: many masks at once, on runs.

The square of radius r has 2 r + 1 pixels a side, so growing by it reaches all pixels at a Chebyshev
distance of at most r. Down the columns that is a change of two numbers a run; across the columns, masks
are joined with themselves moved by 1, 2, 4 ... columns.
"""

from __future__ import annotations

import numpy as np

from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.run_set_ops import intersect_masks
from audit.geometry.runs import IntArray, Runs, merge_runs, unite_runs
from audit.geometry.shape import find_holes, label_components


def erode_masks(runs: Runs, radius: IntArray) -> Runs:
    """Shrink masks by a square; what lies outside of the image counts as background.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Pixels, not negative.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> shrunk = erode_masks(dense_to_runs(np.ones((1, 3, 4), dtype=bool)), np.array([1]))
    >>> runs_to_dense(shrunk, 3, 4)[0].astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    >>> erode_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    r = radius[runs.mask].astype(np.int32)
    y0, y1 = runs.y0 + r, runs.y1 - r
    some = np.flatnonzero(y1 > y0)
    shrunk = Runs(runs.mask[some], runs.x[some], y0[some], y1[some], runs.count)
    number = np.arange(runs.count)
    width, wanted = np.ones(runs.count, dtype=np.int64), 2 * radius + 1
    while (width < wanted).any():
        step = np.minimum(width, wanted - width)
        indexed = IndexedRuns.of(shrunk)
        shrunk = intersect_masks(indexed, indexed, number, number, step)
        width += step
    return _moved(shrunk, radius, 0)


def dilate_masks(runs: Runs, radius: IntArray, height: IntArray, width: IntArray) -> Runs:
    """Grow masks by a square, inside their images.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Pixels, not negative.
    height, width : (count,) int64
        Of each mask's image.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> dot = dense_to_runs(np.array([[[1, 0, 0]]], dtype=bool))
    >>> grown = dilate_masks(dot, np.array([1]), np.array([1]), np.array([3]))
    >>> runs_to_dense(grown, 1, 3)[0].astype(int).tolist()
    [[1, 1, 0]]
    >>> none = np.array([], dtype=int)
    >>> dilate_masks(no_runs(0), none, none, none).count
    0
    """
    margin = int(radius.max(initial=0))
    return _clipped(_grown(runs, radius, margin), margin, height, width)


def open_masks(runs: Runs, radius: IntArray) -> Runs:
    """Drop what is thinner than a square: shrink, then grow again.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Half the side of each mask's square, less half a pixel.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> spur = np.zeros((1, 3, 5), dtype=bool)
    >>> spur[0, :, :3] = spur[0, 1] = True
    >>> int(runs_to_dense(open_masks(dense_to_runs(spur), np.array([1])), 3, 5).sum())
    9
    >>> open_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    margin = int(radius.max(initial=0))
    return _moved(_grown(erode_masks(runs, radius), radius, margin), np.full(runs.count, -margin), -margin)


def close_masks(runs: Runs, radius: IntArray) -> Runs:
    """Fill what is narrower than a square: grow, then shrink again.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Half the side of each mask's square, less half a pixel.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> slit = np.ones((1, 3, 5), dtype=bool)
    >>> slit[0, :, 2] = False
    >>> int(runs_to_dense(close_masks(dense_to_runs(slit), np.array([1])), 3, 5).sum())
    15
    >>> close_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    margin = int(radius.max(initial=0))
    return _moved(erode_masks(_grown(runs, radius, margin), radius), np.full(runs.count, -margin), -margin)


def fill_holes(runs: Runs) -> Runs:
    """Fill all holes.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> ring = np.ones((1, 3, 3), dtype=bool)
    >>> ring[0, 1, 1] = False
    >>> int(runs_to_dense(fill_holes(dense_to_runs(ring)), 3, 3).sum())
    9
    >>> fill_holes(no_runs(0)).count
    0
    """
    both = merge_runs(runs, find_holes(runs))
    return unite_runs(both.mask, both.x, both.y0, both.y1, runs.count)


def keep_largest_component(runs: Runs) -> Runs:
    """Keep the largest 8-connected part of each mask; of equal ones, the first.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> keep_largest_component(dense_to_runs(np.array([[[1, 0, 1, 1]]], dtype=bool))).x.tolist()
    [2, 3]
    >>> keep_largest_component(no_runs(0)).count
    0
    """
    if len(runs) == 0:
        return runs
    part, size, mask = label_components(runs)
    order = np.lexsort((-np.arange(len(size)), size, mask))
    best = np.zeros(runs.count, dtype=np.int64)
    best[mask[order]] = order  # the last assignment of each mask stays
    return runs.keep(best[runs.mask] == part)


def _grown(runs: Runs, radius: IntArray, margin: int) -> Runs:
    """Grow masks, moved right and down by a margin so that nothing is negative."""
    r = radius[runs.mask].astype(np.int32)
    grown = unite_runs(runs.mask, runs.x, runs.y0 + margin - r, runs.y1 + margin + r, runs.count)
    width, wanted = np.ones(runs.count, dtype=np.int64), 2 * radius + 1
    while (width < wanted).any():
        step = np.minimum(width, wanted - width).astype(np.int32)
        right = np.flatnonzero(step[grown.mask] > 0)
        mask = grown.mask[right]
        grown = unite_runs(
            np.concatenate([grown.mask, mask]),
            np.concatenate([grown.x, grown.x[right] + step[mask]]),
            np.concatenate([grown.y0, grown.y0[right]]),
            np.concatenate([grown.y1, grown.y1[right]]),
            runs.count,
        )
        width += step
    return _moved(grown, margin - radius, 0)


def _moved(runs: Runs, right: IntArray, down: int) -> Runs:
    x = runs.x + right[runs.mask].astype(np.int32)
    return Runs(runs.mask, x, runs.y0 + np.int32(down), runs.y1 + np.int32(down), runs.count)


def _clipped(runs: Runs, margin: int, height: IntArray, width: IntArray) -> Runs:
    x = runs.x - np.int32(margin)
    y0 = np.maximum(runs.y0 - margin, 0)
    y1 = np.minimum(runs.y1 - margin, height[runs.mask])
    kept = np.flatnonzero((x >= 0) & (x < width[runs.mask]) & (y1 > y0))
    return Runs(runs.mask[kept], x[kept], y0[kept].astype(np.int32), y1[kept].astype(np.int32), runs.count)
