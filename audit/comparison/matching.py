"""COCO's greedy matching, for all images and thresholds at once, from pairs that are already measured.

Evaluators walk through every image, category, area range, threshold and detection in turn. Here the
detections are cut into groups that compete for the same labels (connected parts of the graph of
candidate pairs, nearly all of one detection), and the k-th detections of all groups choose together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray
from audit.geometry.runs import heads

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs that may match: a detection and a label of one image; all arrays (k,)."""

    detection: IntArray
    label: IntArray
    iou: FloatArray
    """With a crowd region, the detection's share inside it."""

    def take(self, chosen: BoolArray | IntArray) -> Candidates:
        """Select some.

        Examples
        --------
        >>> none = np.zeros(0, dtype=np.int64)
        >>> len(Candidates(none, none, np.zeros(0)).take(none).iou)
        0
        """
        return Candidates(self.detection[chosen], self.label[chosen], self.iou[chosen])


def match(
    pairs: Candidates,
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
    pairs : Candidates
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
    >>> pairs = Candidates(np.array([0, 1]), np.array([0, 0]), np.array([0.6, 0.9]))
    >>> no = np.zeros((2, 1), dtype=bool)
    >>> match(pairs, np.array([0, 1]), no, no[0], np.array([0.5, 0.75])).tolist()
    [[0, -1], [-1, 0]]
    >>> match(pairs.take(np.zeros(2, dtype=bool)), np.array([0]), no[:1], no[0], np.array([0.5])).tolist()
    [[-1]]
    """
    thresholds = np.minimum(thresholds, 1 - 1e-10)
    result = np.full((len(thresholds), len(order)), -1, dtype=np.int64)
    if len(thresholds) == 0:
        return result
    pairs = pairs.take(pairs.iou >= thresholds.min())
    if len(pairs.iou) == 0:
        return result
    turn = _turns(pairs, order, crowd)
    in_turn = np.lexsort((pairs.label, pairs.iou, order[pairs.detection], turn))
    pairs, turn = pairs.take(in_turn), turn[in_turn]
    taken = np.zeros(ignored.shape, dtype=np.bool_)
    start = np.r_[heads(turn), len(turn)]
    for k in range(len(start) - 1):
        _choose(pairs.take(np.arange(start[k], start[k + 1])), ignored, crowd, thresholds, taken, result)
    return result


def _choose(
    pairs: Candidates,
    ignored: BoolArray,
    crowd: BoolArray,
    thresholds: FloatArray,
    taken: BoolArray,
    result: IntArray,
) -> None:
    """Let one detection of each group choose; candidates of a detection lie together, best last."""
    first = heads(pairs.detection)
    g = pairs.label
    possible = (pairs.iou >= thresholds[:, None]) & ~taken[:, g]
    place = np.where(possible, np.arange(1, len(g) + 1), 0)
    aside = ignored[:, g]
    best = np.maximum.reduceat(np.where(aside, 0, place), first, axis=1)
    if aside.any():
        second = np.maximum.reduceat(np.where(aside, place, 0), first, axis=1)
        best = np.where(best > 0, best, second)
    layer, which = np.nonzero(best)
    chosen = g[best[layer, which] - 1]
    result[layer, pairs.detection[first][which]] = chosen
    once = ~crowd[chosen]
    taken[layer[once], chosen[once]] = True


def _turns(pairs: Candidates, order: IntArray, crowd: BoolArray) -> IntArray:
    """Return, for each pair, how many detections of its group choose before its own."""
    from scipy.sparse import coo_array  # slow to import, and rules are listed without it
    from scipy.sparse.csgraph import connected_components

    d, group_of = np.unique(pairs.detection, return_inverse=True)
    label, g = np.unique(pairs.label, return_inverse=True)
    joins = ~crowd[pairs.label]  # a crowd region has room for all, so it makes nobody wait
    n = len(d) + len(label)
    graph = coo_array(
        (np.ones(int(joins.sum()), dtype=np.int8), (group_of[joins], len(d) + g[joins])), shape=(n, n)
    )
    group = connected_components(graph, directed=False)[1][: len(d)]
    sorted_ = np.lexsort((order[d], group))
    first = heads(group[sorted_])
    size = np.diff(np.r_[first, len(d)])
    turn = np.empty(len(d), dtype=np.int64)
    turn[sorted_] = np.arange(len(d)) - np.repeat(first, size)
    return turn[group_of]
