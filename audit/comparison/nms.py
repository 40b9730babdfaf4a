"""Non-maximum suppression, run again on stored predictions: all images at once, from measured pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


def greedy_nms(rank: IntArray, a: IntArray, b: IntArray) -> BoolArray:
    """Keep each object that no kept one of lower rank conflicts with: greedy NMS.

    Parameters
    ----------
    rank : (n,) int64
        All different; the lower is kept first.
    a, b : (k,) int64
        Pairs that conflict: overlap by more than a threshold.

    Returns
    -------
    (n,) bool

    Examples
    --------
    >>> greedy_nms(np.arange(3), np.array([0, 1]), np.array([1, 2])).tolist()
    [True, False, True]
    >>> greedy_nms(np.arange(0), np.arange(0), np.arange(0)).tolist()
    []
    """
    first = rank[a] < rank[b]
    high, low = np.where(first, a, b), np.where(first, b, a)
    kept = np.ones(len(rank), dtype=np.bool_)
    while len(high):
        # Who waits for nobody is kept, and takes those that wait for it away.
        waits = np.zeros(len(rank), dtype=np.bool_)
        waits[low] = True
        settled = ~waits[high]
        kept[low[settled]] = False
        open_ = kept[high] & kept[low] & ~settled
        high, low = high[open_], low[open_]
    return kept


def find_independent_set(n: int, a: IntArray, b: IntArray) -> BoolArray:
    """Keep as many objects without conflicts as any NMS could, whatever the scores.

    The object with the fewest conflicts is kept first. That is the largest possible set where conflicts
    form pairs, chains, trees or cliques; elsewhere it may be short of it.

    Parameters
    ----------
    n : int
    a, b : (k,) int64
        Pairs that conflict.

    Returns
    -------
    (n,) bool

    Examples
    --------
    >>> find_independent_set(3, np.array([0, 1]), np.array([1, 2])).tolist()
    [True, False, True]
    >>> find_independent_set(0, np.arange(0), np.arange(0)).tolist()
    []
    """
    kept = np.ones(n, dtype=np.bool_)
    decided = np.zeros(n, dtype=np.bool_)
    while len(a):
        degree = np.bincount(np.r_[a, b], minlength=n)
        # A conflict is won by the smaller (degree, position); who wins all of its own is kept.
        a_wins = (degree[a] < degree[b]) | ((degree[a] == degree[b]) & (a < b))
        winner, loser = np.where(a_wins, a, b), np.where(a_wins, b, a)
        beaten = np.zeros(n, dtype=np.bool_)
        beaten[loser] = True
        sure = ~beaten[winner]
        kept[loser[sure]] = False
        decided[winner[sure]] = decided[loser[sure]] = True
        open_ = ~decided[a] & ~decided[b]
        a, b = a[open_], b[open_]
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
    >>> soft_nms(np.array([0.9, 0.8]), np.array([0]), np.array([1]), np.array([0.5]), threshold=0.3).tolist()
    [0.9, 0.4]
    >>> soft_nms(np.zeros(0), np.arange(0), np.arange(0), np.zeros(0), sigma=0.5).tolist()
    []
    """
    score = score.copy()
    factor = np.exp(-(iou**2) / sigma) if sigma else np.where(iou > threshold, 1 - iou, 1.0)
    some = factor < 1
    a, b, factor = a[some], b[some], factor[some]
    while len(a):
        # Scores only fall, so who is better than all that are left around it will stay so: it is chosen.
        first = (score[a] > score[b]) | ((score[a] == score[b]) & (a < b))
        winner, loser = np.where(first, a, b), np.where(first, b, a)
        beaten = np.zeros(len(score), dtype=np.bool_)
        beaten[loser] = True
        chosen = ~beaten[winner]
        np.multiply.at(score, loser[chosen], factor[chosen])
        a, b, factor = a[~chosen], b[~chosen], factor[~chosen]
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
        (1 - IoU) / (1 - max).

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
    first = rank[a] < rank[b]
    high, low = np.where(first, a, b), np.where(first, b, a)
    worst = np.zeros(len(score))  # how much each one is itself overlapped by a better one
    np.maximum.at(worst, low, iou)
    if sigma:
        decay = np.exp(-sigma * (iou**2 - worst[high] ** 2))
    else:
        decay = (1 - iou) / np.maximum(1 - worst[high], 1e-12)
    factor = np.ones(len(score))
    np.minimum.at(factor, low, decay)
    return score * factor
