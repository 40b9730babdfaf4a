"""The close look at shapes that conventions are learned from: instances, unions of pairs, cut singles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import IntArray, Runs
from audit.geometry.split_features import (
    measure_cut_features,
    measure_split_features,
    measure_union_features,
)
from audit.measure.schema import CUTS, SHAPES, UNIONS, Column

MAX_GAP_PX = 1
"""Background pixels between two masks up to which they touch, and may be one object drawn as two. Pairs
that overlap are not: they are what the overlap rules are about."""
LEAST_CUT_PX = 90
"""Least area of a single that is cut in two for comparison."""

Columns = dict[str, NDArray[Any]]


def zero_columns(schema: Mapping[str, Column], n_rows: int) -> Columns:
    """Make columns of zeros.

    Parameters
    ----------
    schema : mapping of str to Column
    n_rows : int
        Rows.

    Examples
    --------
    >>> [len(value) for value in zero_columns({"slit": CUTS["slit"]}, 2).values()]
    [2]
    """
    return {name: np.zeros(n_rows, dtype=column.dtype) for name, column in schema.items()}


def measure_shapes(runs: Runs, boxes: IntArray, *, threads: int = 1) -> Columns:
    """Measure the columns of `SHAPES` of each mask.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
        xywh; w = h = 0 for a mask without pixels.
    threads : int
        The result is the same for any number.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> found = measure_shapes(dense_to_runs(np.ones((1, 9, 9), dtype=bool)), np.array([[0, 0, 9, 9]]))
    >>> round(float(found["major_px"][0]), 1), found["shape_measured"].tolist()
    (10.4, [True])
    >>> len(measure_shapes(no_runs(0), np.zeros((0, 4), dtype=int))["misfit"])
    0
    """
    return {**zero_columns(SHAPES, runs.count), **measure_split_features(runs, boxes, threads=threads)}


def measure_unions(
    runs: Runs,
    boxes: IntArray,
    pairs: MaskPairs,
    category: IntArray,
    iscrowd: NDArray[np.bool_],
    *,
    threads: int = 1,
) -> Columns:
    """Measure the columns of `UNIONS` of every pair that could be one object drawn as two.

    These touch, have one known category and are no crowd regions.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
    pairs : MaskPairs
        Sorted by (a, b), with gaps.
    category, iscrowd : (count,)
    threads : int
        The result is the same for any number.

    Returns
    -------
    dict
        ``pair`` is a position in ``pairs``.

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> from audit.geometry.runs import no_runs
    >>> none = np.zeros(0, dtype=int)
    >>> found = measure_unions(no_runs(0), none.reshape(0, 4), no_pairs(), none, none > 0)
    >>> found["pair"].tolist()
    []
    """
    a, b = pairs.a, pairs.b
    is_touching = (pairs.intersection == 0) & (pairs.gap <= MAX_GAP_PX)
    is_candidate = (category[a] == category[b]) & ~iscrowd[a] & ~iscrowd[b] & is_touching
    pair_rows = np.flatnonzero(is_candidate)
    return {
        **zero_columns(UNIONS, len(pair_rows)),
        **measure_union_features(runs, boxes, a, b, pair_rows, threads=threads),
        "pair": pair_rows,
    }


def measure_cuts(
    runs: Runs,
    boxes: IntArray,
    pairs: MaskPairs,
    is_whole: NDArray[np.bool_],
    mask_hashes: NDArray[np.uint64],
    *,
    threads: int = 1,
) -> Columns:
    """Cut singles in two by chance and measure the columns of `CUTS`.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
    pairs : MaskPairs
        Masks in any pair do not stand alone.
    is_whole : (count,) bool
        The masks that are fit for it: in one part, no crowd regions, large enough.
    mask_hashes : (count,) uint64
        Of the masks: they decide how each is cut.
    threads : int
        The result is the same for any number.

    Returns
    -------
    dict
        ``instance`` is the number of a mask.

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> from audit.geometry.runs import no_runs
    >>> none = np.zeros(0, dtype=int)
    >>> found = measure_cuts(no_runs(0), none.reshape(0, 4), no_pairs(), none > 0, none.astype("u8"))
    >>> found["instance"].tolist()
    []
    """
    # A mask with a near neighbour may itself be half an object; an isolated one is surely whole.
    is_isolated = is_whole.copy()
    is_isolated[pairs.a] = is_isolated[pairs.b] = False
    isolated_masks = np.flatnonzero(is_isolated)
    # The hash of the mask decides: so a mask is cut alike in any shard, in any order, on any machine.
    seams = measure_cut_features(runs, boxes, isolated_masks, mask_hashes[isolated_masks], threads=threads)
    return {**zero_columns(CUTS, len(isolated_masks)), **seams, "instance": isolated_masks}
