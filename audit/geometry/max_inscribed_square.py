"""How deep masks are: the largest square of pixels that fits into each, all masks at once."""

from __future__ import annotations

from ctypes import c_int64

from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import declare

_inscribed_squares = declare("maskaudit_inscribed_squares", *RUNS, c_int64)


def largest_inscribed_square(runs: Runs) -> IntArray:
    """Measure the side of the largest square of pixels that fits into each mask.

    Parameters
    ----------
    runs : Runs

    Returns
    -------
    (count,) int64
        Pixels; 0 for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> largest_inscribed_square(dense_to_runs(np.ones((1, 3, 5), dtype=bool))).tolist()
    [3]
    >>> largest_inscribed_square(no_runs(2)).tolist()
    [0, 0]
    """
    return _inscribed_squares(*run_arguments(runs), runs.count)["side"]
