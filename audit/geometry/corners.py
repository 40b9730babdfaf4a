"""Corners of outlines: how many points a mask's outline needs, to within a pixel."""

from __future__ import annotations

from ctypes import c_double, c_int64

from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import declare

_count_corners = declare("maskaudit_count_corners", *RUNS, c_int64, c_double, c_int64)

TOLERANCE = 1.0
"""Pixels: a digital straight line lies within one of the true line."""


def count_corners(runs: Runs, *, tolerance: float = TOLERANCE, threads: int = 1) -> IntArray:
    """Count the corners of each mask's outer outlines after simplification.

    Outlines run through the centres of the outermost pixels; corners are those that Ramer's and Douglas and
    Peucker's algorithm keeps. A box of more than 67 million pixels is not looked at.

    Parameters
    ----------
    runs : Runs
    tolerance : float
        Pixels that the simplified outline may lie off.
    threads : int
        How many masks are looked at side by side.

    Returns
    -------
    (count,) int64
        Of all parts together; 0 for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> count_corners(dense_to_runs(np.ones((1, 9, 20), dtype=bool))).tolist()
    [4]
    >>> count_corners(no_runs(1)).tolist()
    [0]
    """
    return _count_corners(*run_arguments(runs), runs.count, tolerance, threads)["corners"]
