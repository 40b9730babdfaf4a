"""The AP that labels leave: what one rater would score, judged by another one's labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from audit.agreement.raters import NO_CATEGORY, Rater
from audit.dataset.model import FloatArray, IntArray
from audit.diff.match_masks import MIN_IOU, match_one_to_one
from audit.measure.cross_pairs import measure_cross_pairs

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_THRESHOLDS = np.linspace(0.0, 1.0, 101)
"""Both as in COCO's evaluation."""


def measure_label_ceilings(raters: Sequence[Rater]) -> FloatArray:
    """Return the mask AP (0.5 to 0.95) of every rater's labels, judged by every other's.

    A model cannot be told from a better one above the AP that people reach among themselves. People give no
    scores, so every category has one point of precision and recall: AP is the precision at all recalls up to
    its recall, in COCO's 101 steps.

    Parameters
    ----------
    raters : sequence of Rater

    Returns
    -------
    (raters, raters) float64
        Row: whose labels are the truth; column: whose are judged. NaN on the diagonal, and where two have no
        picture in common or the truth has no object.

    References
    ----------
    Tschirschwitz and Rodehorst, "Label convergence: defining an upper performance bound in object recognition
    through contradictory annotations", 2025.

    Examples
    --------
    >>> from audit.agreement.raters import raters_of_files
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> panel = raters_of_files("AB", [(dataset(one), measured(one)) for one in scenes])
    >>> measure_label_ceilings(panel.raters).round(3).tolist()
    [[nan, 0.505], [0.5, nan]]
    >>> measure_label_ceilings([]).shape
    (0, 0)
    """
    ceilings = np.full((len(raters), len(raters)), np.nan)
    for (i, truth), (j, judged) in permutations(enumerate(raters), 2):
        shared = np.intersect1d(truth.pictures, judged.pictures)
        if len(shared):
            ceilings[i, j] = _unscored_average_precision(truth.take(shared), judged.take(shared))
    return ceilings


def _unscored_average_precision(truth: Rater, judged: Rater) -> float:
    """Return the mean AP over categories of the truth and IoU thresholds; NaN where the truth is empty."""
    pairs = measure_cross_pairs(truth.masks, judged.masks)
    category = truth.category[pairs.a]
    pairs = pairs.take((category == judged.category[pairs.b]) & (category != NO_CATEGORY))
    # Best matches once for all thresholds: a mask has rarely two counterparts of IoU 0.5 or more.
    matched, _, iou = match_one_to_one(pairs, MIN_IOU)
    n_categories = int(max(truth.category.max(initial=-1), judged.category.max(initial=-1))) + 1
    n_truth = _count(truth.category, n_categories)
    n_judged = _count(judged.category, n_categories)
    # The same rounding as COCO's: an IoU equal to the threshold is a match.
    is_match = iou[:, None] >= IOU_THRESHOLDS - 1e-10
    n_matched = np.zeros((n_categories, len(IOU_THRESHOLDS)))
    np.add.at(n_matched, truth.category[matched], is_match)
    asked = n_truth > 0
    if not asked.any():
        return float("nan")
    recall = n_matched[asked] / n_truth[asked, None]
    precision = n_matched[asked] / np.maximum(n_judged[asked, None], 1)
    reached = np.searchsorted(RECALL_THRESHOLDS, recall, side="right") / len(RECALL_THRESHOLDS)
    return float((precision * reached).mean())


def _count(category: IntArray, n_categories: int) -> IntArray:
    return np.bincount(category[category != NO_CATEGORY], minlength=n_categories).astype(np.int64)
