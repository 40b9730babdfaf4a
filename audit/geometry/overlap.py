"""How many pixels masks share, and how deep they overlap: exact, many pairs at once."""

from __future__ import annotations

import numpy as np

from audit.geometry.max_inscribed_square import largest_inscribed_square
from audit.geometry.run_intersections import IndexedRuns, intersect_runs
from audit.geometry.runs import IntArray, Runs, concatenate_runs, group_starts

_BATCH = 1 << 15
"""Runs of shared pixels whose depth is measured together."""


def count_intersections(one: IndexedRuns, other: IndexedRuns, a: IntArray, b: IntArray) -> IntArray:
    """Count the pixels that masks ``a`` of ``one`` share with masks ``b`` of ``other``.

    Parameters
    ----------
    one, other : IndexedRuns
    a, b : (p,) int64

    Returns
    -------
    (p,) int64

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> indexed = IndexedRuns.of(dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool)))
    >>> count_intersections(indexed, indexed, np.array([0]), np.array([1])).tolist()
    [1]
    >>> count_intersections(indexed, indexed, np.array([], dtype=int), np.array([], dtype=int)).tolist()
    []
    """
    return _measure(one, other, a, b, depth=False)[0]


def measure_overlaps(indexed: IndexedRuns, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Measure the overlap of masks ``a`` and ``b``.

    Parameters
    ----------
    indexed : IndexedRuns
    a, b : (p,) int64

    Returns
    -------
    pixels : (p,) int64
        Shared pixels.
    depth : (p,) int64
        Side of the largest square of shared pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = np.zeros((2, 3, 4), dtype=bool)
    >>> masks[0, :, :3] = masks[1, :2, 1:] = True
    >>> indexed = IndexedRuns.of(dense_to_runs(masks))
    >>> [v.tolist() for v in measure_overlaps(indexed, np.array([0]), np.array([1]))]
    [[4], [2]]
    >>> none = np.array([], dtype=int)
    >>> [v.tolist() for v in measure_overlaps(indexed, none, none)]
    [[], []]
    """
    return _measure(indexed, indexed, a, b, depth=True)


def _measure(
    one: IndexedRuns, other: IndexedRuns, a: IntArray, b: IntArray, *, depth: bool
) -> tuple[IntArray, IntArray]:
    pixels, deep = np.zeros(len(a), dtype=np.int64), np.zeros(len(a), dtype=np.int64)
    waiting: list[tuple[IntArray, Runs]] = []
    for met in intersect_runs(one, other, a, b):
        if len(met.which) == 0:
            continue
        y0 = np.maximum(one.runs.y0[met.i], other.runs.y0[met.j])
        y1 = np.minimum(one.runs.y1[met.i], other.runs.y1[met.j])
        first = group_starts(met.which)
        pixels[met.pairs[met.which[first]]] = np.add.reduceat(y1 - y0, first, dtype=np.int64)
        if depth:
            shared = Runs(met.which.astype(np.int32), one.runs.x[met.i], y0, y1, len(met.pairs))
            waiting.append((met.pairs, shared))
            if sum(len(runs) for _, runs in waiting) > _BATCH:
                _measure_depth(waiting, deep)
                waiting.clear()
    _measure_depth(waiting, deep)
    return pixels, deep


def _measure_depth(shared: list[tuple[IntArray, Runs]], depth: IntArray) -> None:
    """Fill in the depth of the pairs whose shared pixels are given, for some batches at once."""
    if shared:
        pairs, runs = zip(*shared, strict=True)
        depth[np.concatenate(pairs)] = largest_inscribed_square(concatenate_runs(runs))
