"""A label's mask may be drawn badly: the model is sure of the object, but outlines it quite differently.

What it finds
-------------
Labels whose prediction (same category, score at least ``min_score``) has an IoU that is unusually low for
this dataset: at least ``min_drop`` below the median of its category, and ``min_deviations`` robust
standard deviations. Fewer than ``least`` matches of a category are judged by all categories together.
Labels of which several predictions show parts, and those that share their prediction with another label,
are left to `prediction.merged_label` and `prediction.split_label`. The score is how often predictions of
that score are right, times the drop as a share of the median.

Why it matters
--------------
Loose outlines teach the mask head to be loose, and every one costs average precision at high IoU.

When it is wrong
----------------
Objects that are hard to outline, and models that are poor at this kind of shape (thin, with holes).

Example
-------
Annotation 5 and its prediction (score 0.98) have an IoU of 0.55; of this category 0.91 is usual.

Reference
---------
Tkachenko et al., "ObjectLab", 2023 (badly located boxes); Bolya et al., "TIDE", 2020 (localisation).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import median_and_sigma
from audit.detectors.rule import Judges
from audit.findings.finding import Severity

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.INFO
IMPORTANCE = 0.4
JUDGES = Judges.PREDICTIONS

_FLOOR = 0.02
"""IoU: outlines differ by that much even where all agree."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.7, unit="score", help="least score of the prediction")
    min_iou: float = option(0.3, unit="IoU", help="below it the prediction is of something else")
    min_drop: float = option(0.15, unit="IoU", help="least distance from the median")
    min_deviations: float = option(3.0, unit="-", help="least distance in robust standard deviations")
    least: int = option(10, unit="count", help="least matches of a category")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every label that its prediction outlines unusually differently.

    Parameters
    ----------
    evidence : LabelEvidence
        Of all labels and predictions.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    # late: a scan without predictions loads every rule, but nothing of the comparison
    from audit.comparison.average_precision import rank_by_score
    from audit.comparison.matching import match_detections
    from audit.comparison.recall_upper_bound import evaluated_labels

    predictions, labels, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    is_candidate = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (predictions.score[pairs.b] >= options.min_score)
    )
    candidates = pairs.take(is_candidate)
    no_flags = np.zeros(len(labels), dtype=np.bool_)
    matched_labels = match_detections(
        candidates,
        candidates.iou,
        rank_by_score(evidence.tables),
        no_flags[None],
        no_flags,
        np.array([options.min_iou]),
    )[0]
    matches = pairs.take(np.flatnonzero(matched_labels[pairs.b] == pairs.a))
    label_rows, prediction_rows, iou = matches.a, matches.b, matches.iou
    if len(label_rows) < options.least:
        return
    usual_iou, iou_spread = _usual(labels.category[label_rows], iou, options.least)
    is_part = evidence.same_category & (pairs.ioa_b >= 0.7) & (pairs.ioa_a <= 0.85)
    is_part &= predictions.score[pairs.b] >= 0.5 * options.min_score
    part_counts = np.bincount(pairs.a[is_part], minlength=len(labels))
    cover_counts = np.bincount(pairs.b[pairs.ioa_a >= 0.5], minlength=len(predictions))
    is_loose = (usual_iou - iou >= options.min_drop) & (
        usual_iou - iou >= options.min_deviations * iou_spread
    )
    is_loose &= (part_counts[label_rows] < 2) & (cover_counts[prediction_rows] < 2)
    for row in np.flatnonzero(is_loose)[np.argsort(label_rows[is_loose], kind="stable")].tolist():
        label, prediction = int(label_rows[row]), int(prediction_rows[row])
        yield _describe(
            evidence, label, prediction, float(iou[row]), float(usual_iou[row]), float(iou_spread[row])
        )


def _describe(
    evidence: LabelEvidence, label: int, prediction: int, iou: float, usual_iou: float, iou_spread: float
) -> Hit:
    predictions, labels = evidence.tables.predictions, evidence.tables.labels
    return Hit(
        f"Prediction {int(evidence.result_position[prediction])} is sure of this "
        f"{evidence.category_name(int(labels.category[label]))} "
        f"(score {predictions.score[prediction]:.2f}) but outlines it differently: "
        f"IoU {iou:.2f}, where {usual_iou:.2f} is usual.",
        score=float(evidence.calibrated_score[prediction] * (usual_iou - iou) / usual_iou),
        instances=(int(evidence.instance_row[label]),),
        evidence={
            "prediction_ids": evidence.result_positions([prediction]),
            "prediction_score": float(predictions.score[prediction]),
            "iou": iou,
            "usual_iou": usual_iou,
            "deviations": (usual_iou - iou) / iou_spread,
        },
    )


def _usual(category: IntArray, iou: FloatArray, least: int) -> tuple[FloatArray, FloatArray]:
    """Return the median and the robust deviation of the IoU for each match, by category if it has enough."""
    median, sigma = median_and_sigma(iou)
    usual_iou, iou_spread = np.full(len(iou), median), np.full(len(iou), sigma)
    for category_id in np.unique(category).tolist():
        rows = category == category_id
        if rows.sum() >= least:
            usual_iou[rows], iou_spread[rows] = median_and_sigma(iou[rows])
    return usual_iou, iou_spread + _FLOOR
