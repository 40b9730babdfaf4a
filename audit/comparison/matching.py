"""COCO's greedy matching, for all images and thresholds at once, from pairs that are already measured."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import int64_array, thread_count
from audit.geometry.sort_keys import stable_lexsort
from audit.native.library import array, declare

BoolArray = NDArray[np.bool_]

_match_detections = declare(
    "maskaudit_match_detections",
    array("i8"), c_int64, array("i8"), array("i8"), array("f8"), c_int64, array("u1"), array("u1"), c_int64,
    array("f8"), c_int64, c_int64,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MatchCandidates:
    """Pairs that may match, those of one detection side by side; sorted once for any order of detections."""

    start: IntArray
    """(detections + 1,) where the pairs of each detection begin."""
    label: IntArray
    """(pairs,)"""
    iou: FloatArray
    """(pairs,) ascending within a detection; of equal ones, the later label is last."""


def sort_candidates(
    pairs: MaskPairs, iou: FloatArray, n_detections: int, least_iou: float
) -> MatchCandidates:
    """Bring the pairs of each detection together.

    Parameters
    ----------
    pairs : MaskPairs
        That may match: a = label, b = detection.
    iou : (pairs,) float64
        What decides; NaN never matches.
    n_detections : int
    least_iou : float
        Pairs below it are left out.

    Returns
    -------
    MatchCandidates

    Examples
    --------
    >>> label, detection, pixels = np.array([0, 1]), np.array([1, 1]), np.array([2, 2])
    >>> pairs = MaskPairs.of(label, detection, pixels, pixels, pixels)
    >>> candidates = sort_candidates(pairs, np.array([0.9, 0.5]), 2, 0.5)
    >>> candidates.start.tolist(), candidates.label.tolist()
    ([0, 0, 2], [1, 0])
    >>> sort_candidates(pairs, np.zeros(2), 0, 0.5).start.tolist()
    [0]
    """
    reaches = np.flatnonzero(iou >= least_iou)
    label, detection, iou = pairs.a[reaches], pairs.b[reaches], iou[reaches]
    by_detection = stable_lexsort((label, iou, detection))
    start = np.concatenate([[0], np.cumsum(np.bincount(detection, minlength=n_detections))])
    return MatchCandidates(int64_array(start), int64_array(label[by_detection]), iou[by_detection])


def match_in_order(
    candidates: MatchCandidates,
    order: IntArray,
    ignored: BoolArray,
    crowd: BoolArray,
    thresholds: FloatArray,
) -> IntArray:
    """Match detections that choose one after another; see `match_detections`.

    Parameters
    ----------
    candidates : MatchCandidates
    order : (k,) int64
        Detections that take part; the first chooses first.
    ignored : (layers, labels) bool
    crowd : (labels,) bool
    thresholds : (layers,) float64

    Returns
    -------
    (layers, detections) int64
        The label of each detection; -1 = none.

    Examples
    --------
    >>> candidates = MatchCandidates(np.array([0, 1, 2]), np.array([0, 0]), np.array([0.8, 0.9]))
    >>> no = np.zeros(1, dtype=bool)
    >>> match_in_order(candidates, np.array([1, 0]), no[None], no, np.array([0.5])).tolist()
    [[-1, 0]]
    >>> match_in_order(candidates, np.array([], dtype=int), no[None], no, np.array([0.5])).tolist()
    [[-1, -1]]
    """
    n_detections = len(candidates.start) - 1
    columns = _match_detections(
        int64_array(order), len(order), candidates.start, candidates.label, candidates.iou, n_detections,
        np.ascontiguousarray(ignored).view(np.uint8), np.ascontiguousarray(crowd).view(np.uint8), len(crowd),
        clip_thresholds(thresholds), len(thresholds), thread_count(),
    )  # fmt: skip
    return columns["label"].reshape(len(thresholds), n_detections)


def clip_thresholds(thresholds: FloatArray) -> FloatArray:
    """Return the IoUs that COCOeval really asks for: none is quite 1.

    Parameters
    ----------
    thresholds : (layers,) float64

    Examples
    --------
    >>> clip_thresholds(np.array([0.5, 1.0])).tolist()
    [0.5, 0.9999999999]
    >>> clip_thresholds(np.array([])).tolist()
    []
    """
    return np.ascontiguousarray(np.minimum(thresholds, 1 - 1e-10))


def list_in_order(rank: IntArray, is_used: BoolArray | None = None) -> IntArray:
    """Return positions by ascending rank.

    Parameters
    ----------
    rank : (n,) int64
        0 to n - 1, all different.
    is_used : (n,) bool, optional
        Which to list; all where it is left out.

    Examples
    --------
    >>> list_in_order(np.array([2, 0, 1])).tolist()
    [1, 2, 0]
    >>> list_in_order(np.array([2, 0, 1]), np.array([True, False, True])).tolist()
    [2, 0]
    >>> list_in_order(np.array([], dtype=int)).tolist()
    []
    """
    order = np.empty(len(rank), dtype=np.int64)
    order[rank] = np.arange(len(rank))
    return order if is_used is None else order[is_used[order]]


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
    if len(thresholds) == 0 or len(iou) == 0:
        return np.full((len(thresholds), len(order)), -1, dtype=np.int64)
    least_iou = float(clip_thresholds(thresholds).min())
    candidates = sort_candidates(pairs, iou, len(order), least_iou)
    return match_in_order(candidates, list_in_order(order), ignored, crowd, thresholds)
