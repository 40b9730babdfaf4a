"""The best recall and AP that a network can reach which reproduces its targets exactly."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import FloatArray, IntArray

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Of COCO's evaluation."""
RECALL_POINTS = 101
"""At which COCO's evaluation reads precision."""


def recall_ceiling(iou: FloatArray) -> float:
    """Return the mean over COCO's thresholds of the share of labels that reach them.

    Parameters
    ----------
    iou : (n,) float64
        Of each label and its target drawn back; 0 for a label that is not taught.

    Returns
    -------
    float
        NaN without labels.

    Examples
    --------
    >>> recall_ceiling(np.array([1.0, 0.5, 0.0]))
    0.36666666666666664
    >>> recall_ceiling(np.array([]))
    nan
    """
    if not len(iou):
        return float("nan")
    return float((iou[:, None] >= THRESHOLDS - 1e-12).mean())


def average_precision_ceiling(iou: FloatArray, category: IntArray) -> float:
    """Return the AP of a network that draws every target, the best ones with the highest scores.

    A target that misses a threshold is a wrong prediction below all right ones: precision is 1 up to the
    share of labels that reach it, and nothing is read beyond.

    Parameters
    ----------
    iou : (n,) float64
        Of each label and its target drawn back; 0 for a label that is not taught.
    category : (n,) int64

    Returns
    -------
    float
        Mean over the categories that have labels; NaN without labels.

    Examples
    --------
    >>> round(average_precision_ceiling(np.array([1.0, 0.0]), np.array([0, 0])) * 101, 6)
    51.0
    >>> average_precision_ceiling(np.array([]), np.array([], dtype=int))
    nan
    """
    if not len(iou):
        return float("nan")
    _, group, size = np.unique(category, return_inverse=True, return_counts=True)
    reached = np.zeros((len(size), len(THRESHOLDS)))
    np.add.at(reached, group, (iou[:, None] >= THRESHOLDS - 1e-12).astype(float))
    recall = reached / size[:, None]
    points = np.where(reached > 0, np.floor(recall * (RECALL_POINTS - 1) + 1e-9) + 1, 0)
    return float((points / RECALL_POINTS).mean())
