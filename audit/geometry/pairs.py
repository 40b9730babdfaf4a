"""Every two masks of an image that overlap or come close, measured: for many images at once."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np

from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, array, declare

MAX_GAP = 2
"""Pixels between two masks up to which they count as close."""

_measure_runs = declare("maskaudit_measure_runs", *RUNS, array("i8"), c_int64, c_int64)


def find_mask_pairs(runs: Runs, image: IntArray) -> MaskPairs:
    """Measure every pair of masks of one image that overlap or lie close together.

    Parameters
    ----------
    runs : Runs
    image : (count,) int64
        The image of each mask, ascending; masks of different images never make a pair.

    Returns
    -------
    MaskPairs
        Those that overlap or lie at most `MAX_GAP` pixels apart, a < b, sorted; no boxes, no crowd regions.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> runs = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> found = find_mask_pairs(runs, np.array([0, 0]))
    >>> found.intersection.tolist(), found.depth.tolist(), found.gap.tolist()
    ([1], [1], [0])
    >>> len(find_mask_pairs(runs, np.array([0, 1])))
    0
    """
    columns = _measure_runs(*run_arguments(runs), np.ascontiguousarray(image, dtype=np.int64), runs.count, 1)
    return read_pair_columns(columns)


def read_pair_columns(columns: Columns) -> MaskPairs:
    """Make pairs of what the core measured.

    Parameters
    ----------
    columns : dict of str to array
        With the columns of pairs, and ``area_px`` of all masks.

    Examples
    --------
    >>> names = ("a", "b", "intersection_px", "depth_px", "gap_px", "contact_px", "area_px")
    >>> len(read_pair_columns({name: np.zeros(0, dtype=np.int64) for name in names}))
    0
    """
    a, b, area = columns["a"], columns["b"], columns["area_px"]
    return MaskPairs.of(
        a,
        b,
        columns["intersection_px"],
        area[a],
        area[b],
        depth=columns["depth_px"],
        gap=columns["gap_px"],
        contact=columns["contact_px"],
    )
