"""A label may have the wrong category: the model is sure of another one, with nearly the same mask.

What it finds
-------------
Labels that a prediction of another category, of at least ``min_score``, matches with a mask IoU of at least
``min_iou``, where no prediction of the label's own category with a comparable score does. Predictions
that match a label of their own category are left out: two objects may lie on each other. The score is
the prediction's score times the IoU, less the score of the best prediction of the own category.

Why it matters
--------------
A swapped category is wrong twice: the model learns that the one looks like the other.

When it is wrong
----------------
Categories that even experts mistake for each other; and a model that has seen too few of one of them.

Example
-------
Annotation 7 is a `cell`, but result 12 shows a `nucleus` with a score of 0.96 and an IoU of 0.91.

Reference
---------
Bolya et al., "TIDE", 2020 (classification errors); Tkachenko et al., "ObjectLab", 2023 (swapped labels).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.comparison.label_evidence import LabelEvidence, max_score_by_label
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.7, unit="score", help="least score of the prediction")
    min_iou: float = option(0.7, unit="IoU", help="least IoU of label and prediction")
    own: float = option(
        0.5, unit="share", help="own category counts as comparable from this part of the score"
    )


def detect(evidence: LabelEvidence, o: Options) -> Iterator[Hit]:
    """Yield every label that is sure to be of another category."""
    p, g, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    iou = pairs.iou
    own = max_score_by_label(evidence, evidence.same_category & (iou >= 0.5))
    judged = evaluated_labels(evidence.tables)[pairs.a]
    other = judged & ~evidence.same_category & (iou >= o.min_iou) & (p.category[pairs.b] >= 0)
    other &= (p.score[pairs.b] >= o.min_score) & (evidence.matched_label[pairs.b] < 0)
    other &= own[pairs.a] < o.own * p.score[pairs.b]
    strength = np.clip(p.score[pairs.b], 0, 1) * iou * (1 - own[pairs.a])
    best: dict[int, int] = {}
    for k in np.flatnonzero(other)[np.argsort(strength[other], kind="stable")].tolist():
        best[int(pairs.a[k])] = k
    for label, k in sorted(best.items()):
        row = int(pairs.b[k])
        yield Hit(
            f"This is labelled {evidence.category_name(int(g.category[label]))}, but prediction "
            f"{int(evidence.result_position[row])} shows a {evidence.category_name(int(p.category[row]))} "
            f"with the same outline (score {p.score[row]:.2f}, IoU {iou[k]:.2f}).",
            score=float(strength[k]),
            instances=(int(evidence.instance_row[label]),),
            categories=(int(g.category[label]), int(p.category[row])),
            evidence={
                "prediction_ids": evidence.result_positions([row]),
                "prediction_score": float(p.score[row]),
                "iou": float(iou[k]),
                "own_category_score": float(own[label]),
            },
            field="category_id",
        )
