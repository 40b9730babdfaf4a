"""How close masks lie that share no pixel: their gap and the border they share."""

from __future__ import annotations

import numpy as np

from audit.geometry.run_intersections import IndexedRuns, intersect_runs
from audit.geometry.runs import IntArray, group_starts, split_batches

MAX_GAP = 2
"""Pixels between two masks up to which they count as close."""
REACH = MAX_GAP + 1
"""Columns or rows from a pixel to one that far apart."""

_BATCH = 1 << 14
"""Pairs looked at together."""


def measure_gaps_and_contacts(indexed: IndexedRuns, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Measure the gap and the shared border of masks ``a`` and ``b`` that do not overlap.

    A run of the one meets runs of the other in its own column and in those up to three away.

    Parameters
    ----------
    indexed : IndexedRuns
    a, b : (p,) int64

    Returns
    -------
    gap : (p,) int64
        Pixels between the two, counted as a king moves (Chebyshev distance - 1): 0 = neighbours,
        also across a corner; `REACH` where it is more than `MAX_GAP`.
    contact : (p,) int64
        Unit pixel edges with a on one side and b on the other.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> indexed = IndexedRuns.of(dense_to_runs(np.array([[[1, 0, 0]], [[0, 1, 1]]], dtype=bool)))
    >>> [v.tolist() for v in measure_gaps_and_contacts(indexed, np.array([0]), np.array([1]))]
    [[0], [1]]
    >>> none = np.array([], dtype=int)
    >>> [v.tolist() for v in measure_gaps_and_contacts(indexed, none, none)]
    [[], []]
    """
    gap, contact = np.full(len(a), REACH), np.zeros(len(a), dtype=np.int64)
    for part in split_batches(np.ones(len(a), dtype=np.int64), _BATCH):
        gap[part], contact[part] = _contacts(indexed, a[part], b[part])
    return gap, contact


def _contacts(indexed: IndexedRuns, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    runs, shifts = indexed.runs, np.arange(-REACH, REACH + 1)
    near = np.full(len(shifts) * len(a), REACH)
    edges = np.zeros(len(near), dtype=np.int64)
    shift = np.repeat(shifts, len(a))
    a, b = np.tile(a, len(shifts)), np.tile(b, len(shifts))
    for met in intersect_runs(indexed, indexed, a, b, shift, REACH):
        if len(met.which) == 0:
            continue
        top = np.maximum(runs.y0[met.i], runs.y0[met.j])
        rows = top - np.minimum(runs.y1[met.i], runs.y1[met.j])  # between the two; not positive = shared
        first = group_starts(met.which)
        pair = met.pairs[met.which[first]]
        beside = np.abs(shift[pair])
        near[pair] = np.maximum(np.minimum.reduceat(rows, first), beside - 1)
        shared = np.add.reduceat(np.maximum(-rows, 0), first, dtype=np.int64)
        stacked = np.add.reduceat(rows == 0, first, dtype=np.int64)
        edges[pair] = np.where(beside == 0, stacked, np.where(beside == 1, shared, 0))
    return near.reshape(len(shifts), -1).min(axis=0), edges.reshape(len(shifts), -1).sum(axis=0)
