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
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.7, unit="score", help="least score of the prediction")
    min_iou: float = option(0.7, unit="IoU", help="least IoU of label and prediction")
    own: float = option(
        0.5, unit="share", help="own category counts as comparable from this part of the score"
    )


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every label that is sure to be of another category.

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
    from audit.comparison.label_evidence import max_score_by_label
    from audit.comparison.recall_upper_bound import evaluated_labels

    predictions, labels, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    iou = pairs.iou
    if evidence.category_reading is not None:
        return  # the ids mean other categories: prediction.category_ids says so, once
    same_category_score = max_score_by_label(evidence, evidence.same_category & (iou >= 0.5))
    is_evaluated = evaluated_labels(evidence.tables)[pairs.a]
    is_swapped = (
        is_evaluated
        & ~evidence.same_category
        & (iou >= options.min_iou)
        & (predictions.category[pairs.b] >= 0)
    )
    is_swapped &= (predictions.score[pairs.b] >= options.min_score) & (evidence.matched_label[pairs.b] < 0)
    is_swapped &= same_category_score[pairs.a] < options.own * predictions.score[pairs.b]
    strength = np.clip(predictions.score[pairs.b], 0, 1) * iou * (1 - same_category_score[pairs.a])
    best_pair: dict[int, int] = {}
    for pair_row in np.flatnonzero(is_swapped)[np.argsort(strength[is_swapped], kind="stable")].tolist():
        best_pair[int(pairs.a[pair_row])] = pair_row
    for label, pair_row in sorted(best_pair.items()):
        prediction_row = int(pairs.b[pair_row])
        yield Hit(
            f"This is labelled {evidence.category_name(int(labels.category[label]))}, but prediction "
            f"{int(evidence.result_position[prediction_row])} shows a "
            f"{evidence.category_name(int(predictions.category[prediction_row]))} "
            f"with the same outline (score {predictions.score[prediction_row]:.2f}, IoU "
            f"{iou[pair_row]:.2f}).",
            score=float(strength[pair_row]),
            instances=(int(evidence.instance_row[label]),),
            categories=(int(labels.category[label]), int(predictions.category[prediction_row])),
            evidence={
                "prediction_ids": evidence.result_positions([prediction_row]),
                "prediction_score": float(predictions.score[prediction_row]),
                "iou": float(iou[pair_row]),
                "own_category_score": float(same_category_score[label]),
            },
            field="category_id",
        )
