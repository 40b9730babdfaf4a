"""COCO's greedy matching, for all images and thresholds at once, from pairs that are already measured.

Evaluators walk through every image, category, area range, threshold and detection in turn. Here the
detections are cut into groups that compete for the same labels (connected parts of the graph of
candidate pairs, nearly all of one detection), and the k-th detections of all groups choose together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import group_starts

BoolArray = NDArray[np.bool_]


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
    result = np.full((len(thresholds), len(order)), -1, dtype=np.int64)
    if len(thresholds) == 0:
        return result
    high = iou >= thresholds.min()
    label, detection, iou = pairs.a[high], pairs.b[high], iou[high]
    if len(iou) == 0:
        return result
    turn = _count_turns(label, detection, order, crowd)
    in_turn = np.lexsort((label, iou, order[detection], turn))
    label, detection, iou, turn = label[in_turn], detection[in_turn], iou[in_turn], turn[in_turn]
    taken = np.zeros(ignored.shape, dtype=np.bool_)
    start = np.r_[group_starts(turn), len(turn)]
    for first, stop in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        now = slice(first, stop)
        _choose_labels(label[now], detection[now], iou[now], ignored, crowd, thresholds, taken, result)
    return result


def _choose_labels(
    label: IntArray,
    detection: IntArray,
    iou: FloatArray,
    ignored: BoolArray,
    crowd: BoolArray,
    thresholds: FloatArray,
    taken: BoolArray,
    result: IntArray,
) -> None:
    """Let one detection of each group choose; candidates of a detection lie together, best last."""
    first = group_starts(detection)
    possible = (iou >= thresholds[:, None]) & ~taken[:, label]
    # Candidates of a detection lie in ascending order of IoU, so the largest position is the best one.
    position = np.where(possible, np.arange(1, len(label) + 1), 0)
    excused = ignored[:, label]
    best = np.maximum.reduceat(np.where(excused, 0, position), first, axis=1)
    if excused.any():
        second = np.maximum.reduceat(np.where(excused, position, 0), first, axis=1)
        best = np.where(best > 0, best, second)
    layer, group = np.nonzero(best)
    chosen = label[best[layer, group] - 1]
    result[layer, detection[first][group]] = chosen
    taken_once = ~crowd[chosen]
    taken[layer[taken_once], chosen[taken_once]] = True


def _count_turns(label: IntArray, detection: IntArray, order: IntArray, crowd: BoolArray) -> IntArray:
    """Return, for each pair, how many detections of its group choose before its detection."""
    from scipy.sparse import coo_array  # slow to import, and rules are listed without it
    from scipy.sparse.csgraph import connected_components

    detections, detection_node = np.unique(detection, return_inverse=True)
    labels, label_node = np.unique(label, return_inverse=True)
    competes = ~crowd[label]  # a crowd region has room for all, so it makes nobody wait
    nodes = len(detections) + len(labels)
    edges = detection_node[competes], len(detections) + label_node[competes]
    graph = coo_array((np.ones(int(competes.sum()), dtype=np.int8), edges), shape=(nodes, nodes))
    group = connected_components(graph, directed=False)[1][: len(detections)]
    by_turn = np.lexsort((order[detections], group))
    first = group_starts(group[by_turn])
    group_size = np.diff(np.r_[first, len(detections)])
    turn = np.empty(len(detections), dtype=np.int64)
    turn[by_turn] = np.arange(len(detections)) - np.repeat(first, group_size)
    return turn[detection_node]
