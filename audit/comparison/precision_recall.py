"""The curve of precision over recall, as COCO draws it."""

from __future__ import annotations

from ctypes import c_double, c_int64

import numpy as np

from audit.comparison.matching import BoolArray
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.native_runs import int64_array
from audit.native.library import array, declare

RECALL_THRESHOLDS = np.linspace(0.0, 1.0, 101)
"""Recalls at which COCO reads the precision: Params.recThrs of pycocotools."""

_interpolate_precision = declare(
    "maskaudit_interpolate_precision",
    array("u1"), array("i8"), array("i8"), c_int64, array("f8"), c_int64, c_double,
)  # fmt: skip


def interpolate_precision(
    is_right: BoolArray, start: IntArray, n_labels: IntArray, recalls: FloatArray = RECALL_THRESHOLDS
) -> FloatArray:
    """Return the precision at given recalls: the largest that is reached at that recall or a higher one.

    Parameters
    ----------
    is_right : (n,) bool
        Of detections that are right or wrong, those of one category after the other, each in descending
        order of score.
    start : (categories + 1,) int64
        Where the detections of each category begin.
    n_labels : (categories,) int64
    recalls : (r,) float64
        Ascending; COCO's 101 by default.

    Returns
    -------
    (categories, r) float64
        0 where a recall is not reached, or a category has no labels.

    References
    ----------
    COCOeval.accumulate of the COCO API.

    Examples
    --------
    >>> curve = interpolate_precision(np.array([True, False]), np.array([0, 2]), np.array([2]))
    >>> curve[0, [0, 50, 51]].round(6).tolist()
    [1.0, 1.0, 0.0]
    >>> interpolate_precision(np.zeros(0, dtype=bool), np.array([0]), np.zeros(0, dtype=np.int64)).shape
    (0, 101)
    """
    columns = _interpolate_precision(
        np.ascontiguousarray(is_right).view(np.uint8), int64_array(start), int64_array(n_labels),
        len(n_labels), np.ascontiguousarray(recalls, dtype=np.float64), len(recalls), np.spacing(1),
    )  # fmt: skip
    return columns["precision"].reshape(len(n_labels), len(recalls))
