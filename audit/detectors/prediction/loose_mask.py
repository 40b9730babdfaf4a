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
from dataclasses import dataclass

import numpy as np

from audit.comparison.average_precision import rank_by_score
from audit.comparison.label_evidence import LabelEvidence
from audit.comparison.matching import match_detections
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import median_and_sigma
from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
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


def detect(evidence: LabelEvidence, o: Options) -> Iterator[Hit]:
    """Yield every label that its prediction outlines unusually differently."""
    p, g, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    fine = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (p.score[pairs.b] >= o.min_score)
    )
    clear = pairs.take(fine)
    matched = match_detections(
        clear, clear.iou, rank_by_score(evidence.tables),
        np.zeros((1, len(g)), dtype=np.bool_), np.zeros(len(g), dtype=np.bool_), np.array([o.min_iou]),
    )[0]  # fmt: skip
    chosen = pairs.take(np.flatnonzero(matched[pairs.b] == pairs.a))
    label, row, iou = chosen.a, chosen.b, chosen.iou
    if len(label) < o.least:
        return
    usual, spread = _usual(g.category[label], iou, o.least)
    piece = evidence.same_category & (pairs.ioa_b >= 0.7) & (pairs.ioa_a <= 0.85)
    piece &= p.score[pairs.b] >= 0.5 * o.min_score
    parts = np.bincount(pairs.a[piece], minlength=len(g))
    covers = np.bincount(pairs.b[pairs.ioa_a >= 0.5], minlength=len(p))
    low = (usual - iou >= o.min_drop) & (usual - iou >= o.min_deviations * spread)
    low &= (parts[label] < 2) & (covers[row] < 2)
    for k in np.flatnonzero(low)[np.argsort(label[low], kind="stable")].tolist():
        yield Hit(
            f"Prediction {int(evidence.result_position[row[k]])} is sure of this "
            f"{evidence.category_name(int(g.category[label[k]]))} "
            f"(score {p.score[row[k]]:.2f}) but outlines it differently: IoU {iou[k]:.2f}, "
            f"where {usual[k]:.2f} is usual.",
            score=float(evidence.calibrated_score[row[k]] * (usual[k] - iou[k]) / usual[k]),
            instances=(int(evidence.instance_row[label[k]]),),
            evidence={
                "prediction_ids": evidence.result_positions([int(row[k])]),
                "prediction_score": float(p.score[row[k]]),
                "iou": float(iou[k]),
                "usual_iou": float(usual[k]),
                "deviations": float((usual[k] - iou[k]) / spread[k]),
            },
        )


def _usual(category: IntArray, iou: FloatArray, least: int) -> tuple[FloatArray, FloatArray]:
    """Return the median and the robust deviation of the IoU for each match, by category if it has enough."""
    median, sigma = median_and_sigma(iou)
    usual, spread = np.full(len(iou), median), np.full(len(iou), sigma)
    for k in np.unique(category).tolist():
        rows = category == k
        if rows.sum() >= least:
            usual[rows], spread[rows] = median_and_sigma(iou[rows])
    return usual, spread + _FLOOR
