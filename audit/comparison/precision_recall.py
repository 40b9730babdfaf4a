"""The curve of precision over recall, as COCO draws it."""

from __future__ import annotations

import numpy as np

from audit.comparison.matching import BoolArray
from audit.dataset.model import FloatArray

RECALL_THRESHOLDS = np.linspace(0.0, 1.0, 101)
"""Recalls at which COCO reads the precision: Params.recThrs of pycocotools."""


def interpolate_precision(
    true_positive: BoolArray,
    false_positive: BoolArray,
    n_labels: int,
    recalls: FloatArray = RECALL_THRESHOLDS,
) -> FloatArray:
    """Return the precision at given recalls: the largest that is reached at that recall or a higher one.

    Parameters
    ----------
    true_positive, false_positive : (layers, n) bool
        In descending order of score.
    n_labels : int
        At least 1.
    recalls : (r,) float64
        COCO's 101 by default.

    Returns
    -------
    (layers, r) float64
        0 where a recall is not reached.

    References
    ----------
    COCOeval.accumulate of the COCO API.

    Examples
    --------
    >>> curve = interpolate_precision(np.array([[True, False]]), np.array([[False, True]]), 2)
    >>> curve[0, [0, 50, 51]].round(6).tolist()
    [1.0, 1.0, 0.0]
    >>> interpolate_precision(np.zeros((1, 0), dtype=bool), np.zeros((1, 0), dtype=bool), 1).sum()
    np.float64(0.0)
    """
    n_right = np.cumsum(true_positive, axis=1, dtype=float)
    n_wrong = np.cumsum(false_positive, axis=1, dtype=float)
    precision = n_right / (n_right + n_wrong + np.spacing(1))
    # The largest precision from each place on, so that the curve never rises with recall.
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    result = np.zeros((len(true_positive), len(recalls)))
    for layer, reached in enumerate(n_right / n_labels):
        at = np.searchsorted(reached, recalls, side="left")
        is_reached = at < true_positive.shape[1]
        result[layer, is_reached] = envelope[layer, at[is_reached]]
    return result
