"""Growing and shrinking masks by a square, closing gaps, filling holes: many masks at once, on runs.

The square of radius r has 2 r + 1 pixels a side, so growing by it reaches all pixels at a Chebyshev
distance of at most r. Down the columns that is a change of two numbers a run; across the columns, masks
are joined with themselves moved by 1, 2, 4 ... columns.
"""

from __future__ import annotations

import numpy as np

from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.run_set_ops import common
from audit.geometry.runs import IntArray, Runs, interleave, unite
from audit.geometry.shape import components, holes, links, parts


def erode(runs: Runs, radius: IntArray) -> Runs:
    """Shrink masks by a square; what lies outside of the image counts as background.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Pixels, not negative.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs, to_dense
    >>> shrunk = erode(from_dense(np.ones((1, 3, 4), dtype=bool)), np.array([1]))
    >>> to_dense(shrunk, 3, 4)[0].astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    >>> erode(no_runs(0), np.array([], dtype=int)).count
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
        shrunk = common(indexed, indexed, number, number, step)
        width += step
    return _moved(shrunk, radius, 0)


def dilate(runs: Runs, radius: IntArray, height: IntArray, width: IntArray) -> Runs:
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
    >>> from audit.geometry.runs import from_dense, no_runs, to_dense
    >>> dot = from_dense(np.array([[[1, 0, 0]]], dtype=bool))
    >>> to_dense(dilate(dot, np.array([1]), np.array([1]), np.array([3])), 1, 3)[0].astype(int).tolist()
    [[1, 1, 0]]
    >>> none = np.array([], dtype=int)
    >>> dilate(no_runs(0), none, none, none).count
    0
    """
    margin = int(radius.max(initial=0))
    return _clipped(_grown(runs, radius, margin), margin, height, width)


def opened(runs: Runs, radius: IntArray) -> Runs:
    """Drop what is thinner than a square: shrink, then grow again.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs, to_dense
    >>> spur = np.zeros((1, 3, 5), dtype=bool)
    >>> spur[0, :, :3] = spur[0, 1] = True
    >>> int(to_dense(opened(from_dense(spur), np.array([1])), 3, 5).sum())
    9
    >>> opened(no_runs(0), np.array([], dtype=int)).count
    0
    """
    margin = int(radius.max(initial=0))
    return _moved(_grown(erode(runs, radius), radius, margin), np.full(runs.count, -margin), -margin)


def closed(runs: Runs, radius: IntArray) -> Runs:
    """Fill what is narrower than a square: grow, then shrink again.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs, to_dense
    >>> slit = np.ones((1, 3, 5), dtype=bool)
    >>> slit[0, :, 2] = False
    >>> int(to_dense(closed(from_dense(slit), np.array([1])), 3, 5).sum())
    15
    >>> closed(no_runs(0), np.array([], dtype=int)).count
    0
    """
    margin = int(radius.max(initial=0))
    return _moved(erode(_grown(runs, radius, margin), radius), np.full(runs.count, -margin), -margin)


def filled(runs: Runs) -> Runs:
    """Fill all holes.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs, to_dense
    >>> ring = np.ones((1, 3, 3), dtype=bool)
    >>> ring[0, 1, 1] = False
    >>> int(to_dense(filled(from_dense(ring)), 3, 3).sum())
    9
    >>> filled(no_runs(0)).count
    0
    """
    near = links(runs)
    inside, _ = holes(runs, near, parts(runs, near))
    both = interleave(runs, inside)
    return unite(both.mask, both.x, both.y0, both.y1, runs.count)


def largest_part(runs: Runs) -> Runs:
    """Keep the largest 8-connected part of each mask; of equal ones, the first.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs
    >>> largest_part(from_dense(np.array([[[1, 0, 1, 1]]], dtype=bool))).x.tolist()
    [2, 3]
    >>> largest_part(no_runs(0)).count
    0
    """
    if len(runs) == 0:
        return runs
    part, size, mask = components(runs, links(runs))
    order = np.lexsort((-np.arange(len(size)), size, mask))
    best = np.zeros(runs.count, dtype=np.int64)
    best[mask[order]] = order  # the last assignment of each mask stays
    return runs.keep(best[runs.mask] == part)


def _grown(runs: Runs, radius: IntArray, margin: int) -> Runs:
    """Grow masks, moved right and down by a margin so that nothing is negative."""
    r = radius[runs.mask].astype(np.int32)
    grown = unite(runs.mask, runs.x, runs.y0 + margin - r, runs.y1 + margin + r, runs.count)
    width, wanted = np.ones(runs.count, dtype=np.int64), 2 * radius + 1
    while (width < wanted).any():
        step = np.minimum(width, wanted - width).astype(np.int32)
        right = np.flatnonzero(step[grown.mask] > 0)
        mask = grown.mask[right]
        grown = unite(
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
