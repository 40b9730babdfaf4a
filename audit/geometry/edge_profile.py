"""Whether a picture changes most under an outline, or a few pixels inside or outside of it.

A mask that was grown or shrunk by some pixels has its strongest edge beside its outline. The gradient of a
picture is averaged over three bands: under the outline, and 2 to 3 px inside and outside of it.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import Runs
from audit.native.library import array, declare

_compare_edges_beside = declare(
    "maskaudit_compare_edges_beside",
    *(*RUNS, c_int64),
    *(array("u1"), c_int64, c_int64, c_int64, c_int64, c_int64),
)

Floats = NDArray[np.float64]

LEAST_PX = 16
"""Pixels of each band: fewer are noise."""


def compare_edges_beside(runs: Runs, picture: NDArray[np.uint8], n_threads: int = 1) -> Floats:
    """Compare the change of a picture beside each outline with that under it.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    picture : (H, W, 1) or (H, W, 3) uint8
    n_threads : int
        Threads that share the masks.

    Returns
    -------
    (count,) float64
        The larger mean gradient of the inner and the outer band, by that under the outline; NaN where a
        mask has no inner band, or the picture is flat.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> square = np.zeros((1, 30, 30), dtype=bool)
    >>> square[0, 5:25, 5:25] = True
    >>> picture = square[0, :, :, None] * np.uint8(100)
    >>> bool(compare_edges_beside(dense_to_runs(square), picture)[0] < 0.5)
    True
    >>> compare_edges_beside(no_runs(1), picture).tolist()
    [nan]
    """
    height, width, channels = picture.shape
    columns = _compare_edges_beside(
        *(*run_arguments(runs), runs.count),
        *(np.ascontiguousarray(picture), height, width, channels, LEAST_PX, n_threads),
    )
    return columns["ratio"]
