"""Objects left out of planted labels, laid beside the places where a label is said to be missing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.findings.finding import Finding
from audit.synthetic.ranking_metrics import rank_items
from audit.synthetic.truth import Truth

DROPS = "drops"
UNLABELLED_RULE = "image.unlabelled_object"
_MATCH_IOU = 0.3
"""Of the boxes: a place is found where threshold and outline differ by a few pixels, too."""


def rank_drops(truth: Truth, findings: Iterable[Finding]) -> pd.DataFrame:
    """Rank the places that were named; an object that was left out and not named ranks last.

    Each object is found by the surest finding whose box overlaps its own with an IoU of at least 0.3.

    Parameters
    ----------
    truth : Truth
    findings : iterable of Finding

    Returns
    -------
    DataFrame
        As of `audit.synthetic.ranking_metrics.rank_items`.

    Examples
    --------
    >>> len(rank_drops(Truth(), []))
    0
    """
    dropped = [error for error in truth.spoiled if error.kind == DROPS and error.box is not None]
    boxes = np.array([error.box for error in dropped], dtype=np.float64).reshape(-1, 4)
    image_ids = np.array([error.image_id for error in dropped], dtype=np.int64)
    score = np.full(len(dropped), np.nan)
    false_scores, false_images = [], []
    named = [finding for finding in findings if finding.rule == UNLABELLED_RULE]
    for finding in sorted(named, key=lambda finding: -finding.score):
        place = np.array([finding.evidence[name] for name in "xywh"], dtype=np.float64)
        matches = (image_ids == finding.image_id) & (_box_iou(boxes, place) >= _MATCH_IOU)
        if matches.any():
            score[matches & np.isnan(score)] = finding.score
        else:
            false_scores.append(finding.score)
            false_images.append(finding.image_id or 0)
    is_planted = np.r_[np.ones(len(dropped), dtype=bool), np.zeros(len(false_scores), dtype=bool)]
    return rank_items(
        is_planted, np.r_[score, false_scores], np.r_[image_ids, np.array(false_images, dtype=np.int64)]
    )


def _box_iou(boxes: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    low = np.maximum(boxes[:, :2], place[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], place[:2] + place[2:])
    shared = np.maximum(high - low, 0).prod(axis=1)
    iou: NDArray[np.float64] = shared / np.maximum(
        boxes[:, 2:].prod(axis=1) + place[2:].prod() - shared, 1e-9
    )
    return iou
