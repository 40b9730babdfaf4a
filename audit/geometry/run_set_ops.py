"""Masks cut out of masks: what two have in common, and what is left without another one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.geometry.run_intersections import IndexedRuns, intersect_runs
from audit.geometry.runs import IntArray, Runs, no_runs


def intersect_masks(
    one: IndexedRuns, other: IndexedRuns, a: IntArray, b: IntArray, shift: IntArray | None = None
) -> Runs:
    """Return what masks ``a`` of ``one`` and ``b`` of ``other`` have in common.

    Parameters
    ----------
    one, other : IndexedRuns
    a, b : (p,) int64
    shift : (p,) int64, optional
        How many columns further right the runs of ``b`` lie; 0 where it is left out.

    Returns
    -------
    Runs
        p masks, where ``a`` lies.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> indexed = IndexedRuns.of(dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool)))
    >>> intersect_masks(indexed, indexed, np.array([0]), np.array([1])).x.tolist()
    [1]
    >>> none = np.array([], dtype=int)
    >>> intersect_masks(indexed, indexed, none, none).count
    0
    """
    found: list[tuple[NDArray[np.integer], ...]] = []
    for met in intersect_runs(one, other, a, b, shift):
        i, j = met.i, met.j
        y0 = np.maximum(one.runs.y0[i], other.runs.y0[j])
        y1 = np.minimum(one.runs.y1[i], other.runs.y1[j])
        found.append((met.pairs[met.which], one.runs.x[i], y0, y1))
    if not found:
        return no_runs(len(a))
    mask, x, y0, y1 = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(mask, kind="stable")
    return _sorted(order, (mask, x, y0, y1), len(a))


def subtract_runs(runs: Runs, pieces: Runs) -> Runs:
    """Take pieces out of masks.

    Parameters
    ----------
    runs : Runs
    pieces : Runs
        As many masks; each lies inside the mask of its number.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> whole = dense_to_runs(np.array([[[1], [1], [1]]], dtype=bool))
    >>> hole = dense_to_runs(np.array([[[0], [1], [0]]], dtype=bool))
    >>> left = subtract_runs(whole, hole)
    >>> left.y0.tolist(), left.y1.tolist()
    ([0, 2], [1, 3])
    >>> len(subtract_runs(whole, whole))
    0
    """
    if len(pieces) == 0:
        return runs
    touched = np.zeros(runs.count, dtype=np.bool_)
    touched[pieces.mask] = True
    at = np.flatnonzero(touched[runs.mask])
    wide = np.int64(max(runs.x.max(initial=0), pieces.x.max(initial=0))) + 1
    tall = np.int64(max(runs.y1.max(initial=0), pieces.y1.max(initial=0))) + 1
    column = (runs.mask[at] * wide + runs.x[at]) * tall
    hole = (pieces.mask * wide + pieces.x) * tall
    # What is left lies between the begins and ends of both, taken in turns along the line of columns.
    begin = np.sort(np.concatenate([column + runs.y0[at], hole + pieces.y1]))
    end = np.sort(np.concatenate([column + runs.y1[at], hole + pieces.y0]))
    some = end > begin
    begin, end = begin[some], end[some]
    mask, x = np.divmod(begin // tall, wide)
    rest = np.flatnonzero(~touched[runs.mask])
    parts = (
        (runs.mask[rest], mask), (runs.x[rest], x),
        (runs.y0[rest], begin % tall), (runs.y1[rest], begin % tall + (end - begin)),
    )  # fmt: skip
    whole = [np.concatenate(pair) for pair in parts]
    return _sorted(np.argsort(whole[0], kind="stable"), whole, runs.count)


def _sorted(order: IntArray, columns: Sequence[NDArray[np.integer]], count: int) -> Runs:
    mask, x, y0, y1 = (column[order].astype(np.int32, copy=False) for column in columns)
    return Runs(mask, x, y0, y1, count)
