"""The rims of masks, and how well two of them agree: boundary IoU."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, int64_array, run_arguments, thread_count
from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

FloatArray = NDArray[np.float64]

_measure_boundary_iou = declare(
    "maskaudit_measure_boundary_iou",
    *RUNS, *RUNS, array("i8"), array("i8"), array("i8"), c_int64, c_int64,
)  # fmt: skip

RIM = 0.02
"""Width of a rim as a share of the image's diagonal."""


def rim_width(diagonal: FloatArray) -> IntArray:
    """Return the width of the rims of an image's masks, pixels: 2 % of its diagonal, at least 1.

    Parameters
    ----------
    diagonal : (n,) float64
        Pixels.

    Examples
    --------
    >>> rim_width(np.array([30.0, 500.0])).tolist()
    [1, 10]
    >>> rim_width(np.zeros(0)).tolist()
    []
    """
    return np.maximum(np.rint(RIM * np.asarray(diagonal)), 1).astype(np.int64)


def boundary_iou(
    first_masks: Runs, second_masks: Runs, a: IntArray, b: IntArray, diagonal: FloatArray
) -> FloatArray:
    """Compare the rims of masks ``a`` of one set with those of masks ``b`` of another.

    The rim of a mask is what lies inside it, at most 2 % of the image's diagonal (at least a pixel) from
    its outline; the image's border is outline too. Where the pairs of a
    mask lie side by side, its rim is made once.

    Parameters
    ----------
    first_masks, second_masks : Runs
    a, b : (p,) int64
        Positions of each pair's masks in the first and in the second set.
    diagonal : (p,) float64
        Of the image of each pair, pixels; the same for all pairs of a mask.

    Returns
    -------
    (p,) float64
        Intersection by union of the two rims; 0 where neither mask has pixels.

    References
    ----------
    Cheng et al., "Boundary IoU: improving object-centric image segmentation evaluation", 2021.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = dense_to_runs(np.ones((1, 9, 9), dtype=bool))
    >>> boundary_iou(masks, masks, np.array([0]), np.array([0]), np.array([12.7])).tolist()
    [1.0]
    >>> none = np.array([], dtype=int)
    >>> boundary_iou(masks, masks, none, none, none).tolist()
    []
    """
    agreement: FloatArray = _measure_boundary_iou(
        *run_arguments(first_masks), *run_arguments(second_masks),
        int64_array(a), int64_array(b), rim_width(diagonal), len(a), thread_count(),
    )["iou"]  # fmt: skip
    return agreement
