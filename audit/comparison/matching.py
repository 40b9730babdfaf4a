"""COCO's greedy matching, for all images and thresholds at once, from pairs that are already measured."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import int64_array, thread_count
from audit.native.library import array, declare

BoolArray = NDArray[np.bool_]

_match_detections = declare(
    "maskaudit_match_detections",
    array("i8"), array("i8"), array("f8"), c_int64, array("u1"), array("u1"), c_int64, array("f8"),
    c_int64, c_int64, c_int64,
)  # fmt: skip


def match_detections(
    pairs: MaskPairs,
    iou: FloatArray,
    order: IntArray,
    ignored: BoolArray,
    crowd: BoolArray,
    thresholds: FloatArray,
) -> IntArray:
    """Match detections to labels as COCO does.

    In descending order of score, each detection takes the free label with the largest IoU that reaches
    the threshold; labels that are ignored only where no other one reaches it. A crowd region may be
    taken many times. Of equal IoUs, the later label wins.

    Parameters
    ----------
    pairs : MaskPairs
        That may match: a = label, b = detection.
    iou : (pairs,) float64
        What decides: IoU of masks, boxes or outlines; with a crowd region the detection's share inside it.
    order : (detections,) int64
        Rank of each detection: the lower chooses first.
    ignored : (layers, labels) bool
        Labels that count neither way; a layer is an area range.
    crowd : (labels,) bool
    thresholds : (layers,) float64
        IoU of each layer.

    Returns
    -------
    (layers, detections) int64
        The label of each detection; -1 = none.

    References
    ----------
    COCOeval.evaluateImg of the COCO API (cocoapi, PythonAPI/pycocotools/cocoeval.py).

    Examples
    --------
    >>> label, detection = np.array([0, 0]), np.array([0, 1])
    >>> shared, area = np.array([6, 9]), np.array([10, 10])
    >>> pairs = MaskPairs.of(label, detection, shared, area, shared)
    >>> no = np.zeros((2, 1), dtype=bool)
    >>> match_detections(pairs, pairs.iou, np.array([0, 1]), no, no[0], np.array([0.5, 0.75])).tolist()
    [[0, -1], [-1, 0]]
    >>> none = pairs.take(np.zeros(2, dtype=bool))
    >>> match_detections(none, none.iou, np.array([0]), no[:1], no[0], np.array([0.5])).tolist()
    [[-1]]
    """
    thresholds = np.minimum(thresholds, 1 - 1e-10)
    if len(thresholds) == 0 or len(iou) == 0:
        return np.full((len(thresholds), len(order)), -1, dtype=np.int64)
    reaches_any = np.flatnonzero(iou >= thresholds.min())
    label, detection, iou = pairs.a[reaches_any], pairs.b[reaches_any], iou[reaches_any]
    in_turn = np.lexsort((label, iou, order[detection]))
    columns = _match_detections(
        int64_array(label[in_turn]), int64_array(detection[in_turn]), np.ascontiguousarray(iou[in_turn]),
        len(in_turn),
        np.ascontiguousarray(ignored).view(np.uint8), np.ascontiguousarray(crowd).view(np.uint8), len(crowd),
        np.ascontiguousarray(thresholds), len(thresholds), len(order), thread_count(),
    )  # fmt: skip
    return columns["label"].reshape(len(thresholds), len(order))
