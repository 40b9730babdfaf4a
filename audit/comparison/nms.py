"""Non-maximum suppression, run again on stored predictions: all images at once, from measured pairs.

Greedy NMS walks through objects in descending order of score. The other methods settle in every round all
objects that wait for no better one, in all images together: the outcome is that of the textbook loops, and
there are as many rounds as the longest chain of overlaps has objects.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray
from audit.geometry.native_runs import int64_array
from audit.native.library import array, declare

_greedy_nms = declare("maskaudit_greedy_nms", array("i8"), c_int64, array("i8"), array("i8"), c_int64)

BoolArray = NDArray[np.bool_]


def greedy_nms(rank: IntArray, a: IntArray, b: IntArray) -> BoolArray:
    """Keep each object that no kept one of lower rank conflicts with: greedy NMS.

    Parameters
    ----------
    rank : (n,) int64
        0 to n - 1, all different; the lower is kept first.
    a, b : (k,) int64
        Pairs that conflict: overlap by more than a threshold.

    Returns
    -------
    (n,) bool

    Examples
    --------
    The second overlaps the first and is removed, so the third, which overlaps only the second, stays:

    >>> greedy_nms(np.arange(3), np.array([0, 1]), np.array([1, 2])).tolist()
    [True, False, True]
    >>> greedy_nms(np.arange(0), np.arange(0), np.arange(0)).tolist()
    []
    """
    columns = _greedy_nms(int64_array(rank), len(rank), int64_array(a), int64_array(b), len(a))
    return columns["kept"].astype(np.bool_)


def find_suppressors(rank: IntArray, a: IntArray, b: IntArray) -> IntArray:
    """Return for each object the best kept one that it conflicts with under greedy NMS.

    Parameters
    ----------
    rank : (n,) int64
        0 to n - 1, all different; the lower is kept first.
    a, b : (k,) int64
        Pairs that conflict.

    Returns
    -------
    (n,) int64
        Positions; an object's own where it is kept.

    Examples
    --------
    >>> find_suppressors(np.arange(3), np.array([0, 1]), np.array([1, 2])).tolist()
    [0, 0, 2]
    >>> find_suppressors(np.arange(0), np.arange(0), np.arange(0)).tolist()
    []
    """
    kept = greedy_nms(rank, a, b)
    better, worse = np.where(rank[a] < rank[b], a, b), np.where(rank[a] < rank[b], b, a)
    decides = kept[better] & ~kept[worse]
    best_rank = np.where(kept, rank, len(rank))
    np.minimum.at(best_rank, worse[decides], rank[better[decides]])
    order = np.empty_like(rank)
    order[rank] = np.arange(len(rank))
    suppressor: IntArray = order[best_rank]
    return suppressor


def find_independent_set(n_objects: int, a: IntArray, b: IntArray) -> BoolArray:
    """Keep as many objects without conflicts as any NMS could, whatever the scores.

    The object with the fewest conflicts is kept first. That is the largest possible set where conflicts
    form pairs, chains, trees or cliques; elsewhere it may be short of it.

    Parameters
    ----------
    n_objects : int
    a, b : (k,) int64
        Pairs that conflict.

    Returns
    -------
    (n_objects,) bool

    Examples
    --------
    >>> find_independent_set(3, np.array([0, 1]), np.array([1, 2])).tolist()
    [True, False, True]
    >>> find_independent_set(0, np.arange(0), np.arange(0)).tolist()
    []
    """
    kept = np.ones(n_objects, dtype=np.bool_)
    decided = np.zeros(n_objects, dtype=np.bool_)
    while len(a):
        degree = np.bincount(np.r_[a, b], minlength=n_objects)
        # A conflict is won by the smaller (degree, position); who wins all of its conflicts is kept.
        a_wins = (degree[a] < degree[b]) | ((degree[a] == degree[b]) & (a < b))
        winner, loser = np.where(a_wins, a, b), np.where(a_wins, b, a)
        is_beaten = np.zeros(n_objects, dtype=np.bool_)
        is_beaten[loser] = True
        unbeaten = ~is_beaten[winner]
        kept[loser[unbeaten]] = False
        decided[winner[unbeaten]] = decided[loser[unbeaten]] = True
        still_open = ~decided[a] & ~decided[b]
        a, b = a[still_open], b[still_open]
    return kept


def soft_nms(
    score: FloatArray,
    a: IntArray,
    b: IntArray,
    iou: FloatArray,
    *,
    threshold: float = 0.0,
    sigma: float = 0.0,
) -> FloatArray:
    """Lower the scores of objects that overlap better ones: soft-NMS.

    Parameters
    ----------
    score : (n,) float64
    a, b : (k,) int64
        Pairs that overlap.
    iou : (k,) float64
    threshold : float
        Linear: a score is multiplied by 1 - IoU where the IoU is larger than this.
    sigma : float
        Where it is more than 0, Gaussian instead: multiplied by exp(-IoU^2 / sigma).

    Returns
    -------
    (n,) float64
        The new scores.

    References
    ----------
    Bodla et al., "Soft-NMS: improving object detection with one line of code", 2017, equations 2 and 3.

    Examples
    --------
    >>> first, second, iou = np.array([0]), np.array([1]), np.array([0.5])
    >>> soft_nms(np.array([0.9, 0.8]), first, second, iou, threshold=0.3).tolist()
    [0.9, 0.4]
    >>> soft_nms(np.array([0.9, 0.8]), first, second, iou, sigma=0.5).round(3).tolist()
    [0.9, 0.485]
    >>> soft_nms(np.zeros(0), np.arange(0), np.arange(0), np.zeros(0), sigma=0.5).tolist()
    []
    """
    score = score.copy()
    factor = np.exp(-(iou**2) / sigma) if sigma else np.where(iou > threshold, 1 - iou, 1.0)
    lowers = factor < 1
    a, b, factor = a[lowers], b[lowers], factor[lowers]
    while len(a):
        # Scores only fall, so who is better than all that are left around it stays so: its turn has come.
        a_is_better = (score[a] > score[b]) | ((score[a] == score[b]) & (a < b))
        better, worse = np.where(a_is_better, a, b), np.where(a_is_better, b, a)
        is_waiting = np.zeros(len(score), dtype=np.bool_)
        is_waiting[worse] = True
        settled = ~is_waiting[better]
        np.multiply.at(score, worse[settled], factor[settled])
        a, b, factor = a[~settled], b[~settled], factor[~settled]
    return score


def matrix_nms(
    score: FloatArray, rank: IntArray, a: IntArray, b: IntArray, iou: FloatArray, *, sigma: float = 0.0
) -> FloatArray:
    """Lower the scores of objects that overlap better ones, all at once: matrix NMS.

    Parameters
    ----------
    score : (n,) float64
    rank : (n,) int64
        All different; lower = better.
    a, b : (k,) int64
        Pairs that overlap.
    iou : (k,) float64
    sigma : float
        Where it is more than 0, the Gaussian kernel exp(-sigma (IoU^2 - max^2)); else the linear one,
        (1 - IoU) / (1 - max), where max is the largest IoU of the better object with a still better one.

    Returns
    -------
    (n,) float64
        The new scores.

    References
    ----------
    Wang et al., "SOLOv2: dynamic and fast instance segmentation", 2020, equations 4 and 5.

    Examples
    --------
    >>> first, second = np.array([0]), np.array([1])
    >>> matrix_nms(np.array([0.9, 0.8]), np.array([0, 1]), first, second, np.array([0.5])).tolist()
    [0.9, 0.4]
    >>> matrix_nms(np.zeros(0), np.arange(0), np.arange(0), np.arange(0), np.zeros(0)).tolist()
    []
    """
    a_is_better = rank[a] < rank[b]
    better, worse = np.where(a_is_better, a, b), np.where(a_is_better, b, a)
    # An object that is itself overlapped by a better one was probably suppressed, so it suppresses less.
    max_iou = np.zeros(len(score))
    np.maximum.at(max_iou, worse, iou)
    if sigma:
        decay = np.exp(-sigma * (iou**2 - max_iou[better] ** 2))
    else:
        decay = (1 - iou) / np.maximum(1 - max_iou[better], 1e-12)
    factor = np.ones(len(score))
    np.minimum.at(factor, worse, decay)
    return score * factor
