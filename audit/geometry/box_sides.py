"""Pixels of masks that lie along the sides of their boxes."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, int64_array, run_arguments, thread_count
from audit.geometry.runs import Runs
from audit.native.library import array, declare

_count_side_pixels = declare("maskaudit_count_side_pixels", *RUNS, array("i8"), c_int64, c_int64)


def count_side_pixels(runs: Runs, lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the pixels of each mask on two columns and two rows of its own.

    Parameters
    ----------
    runs : Runs
    lines : (count, 4) int64
        Columns left and right, rows top and bottom; outside the mask there is nothing to count.

    Returns
    -------
    (count, 4) int64

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> corner = dense_to_runs(np.array([[[1, 1, 1], [1, 0, 0]]], dtype=bool))
    >>> count_side_pixels(corner, np.array([[0, 2, 0, 1]])).tolist()
    [[2, 1, 3, 1]]
    >>> count_side_pixels(no_runs(0), np.zeros((0, 4), dtype=np.int64)).shape
    (0, 4)
    """
    columns = _count_side_pixels(
        *run_arguments(runs), int64_array(lines).reshape(-1), runs.count, thread_count()
    )
    return columns["pixels"].reshape(-1, 4)
