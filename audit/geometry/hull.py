"""The convex hulls of masks, all masks at once."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import Runs
from audit.native.library import declare

_measure_hulls = declare("maskaudit_measure_hulls", *RUNS, c_int64)


def convex_hull_areas(runs: Runs) -> NDArray[np.float64]:
    """Measure the convex hull of each mask's pixel squares.

    Returns
    -------
    (count,) float64
        Square pixels, at least the mask's area; 0 for a mask without pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> convex_hull_areas(dense_to_runs(np.eye(2, dtype=bool)[None])).tolist()
    [3.0]
    >>> convex_hull_areas(no_runs(1)).tolist()
    [0.0]
    """
    return _measure_hulls(*run_arguments(runs), runs.count)["area"]
