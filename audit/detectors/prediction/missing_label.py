"""A label may be missing: the model is sure of an object where nothing is labelled.

What it finds
-------------
Predictions of at least ``min_score`` that lie by less than ``max_over`` in any label or crowd region.
Of several predictions of one place only the best is said. The score is how often predictions of that
score match a label in this dataset, times the share of the prediction that lies outside of labels.

Why it matters
--------------
What is not labelled counts as background: the model is punished for finding it, and learns to miss
such objects, or to be unsure.

When it is wrong
----------------
Where the model is sure of something that is none: a reflection, a drawing, a category that is not to be
labelled here. A model that was trained on these very labels finds fewer of them.

Example
-------
Result 34 shows a `cell` with a score of 0.97, and no label lies there.

Reference
---------
Tkachenko et al., "ObjectLab", 2023 (overlooked boxes); Bolya et al., "TIDE", 2020 (background errors).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.7, unit="score", help="least score of a prediction that counts as sure")
    min_right: float = option(
        0.5, unit="share", help="least share of predictions of that score that match a label"
    )
    max_over: float = option(0.2, unit="share", help="largest share of the prediction inside one label")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every sure prediction where nothing is labelled.

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
    predictions, pairs = evidence.tables.predictions, evidence.overlaps
    is_cover = np.zeros(len(predictions), dtype=np.bool_)
    is_cover[pairs.b[pairs.ioa_a >= 0.5]] = True
    is_sure = (predictions.score >= options.min_score) & (predictions.area > 0) & (predictions.category >= 0)
    # Federated labels (LVIS): where nobody looked for the category, or not for all of it, none is missing.
    is_sure &= predictions.is_verified & ~predictions.is_excusable
    is_alone = is_sure & (evidence.max_share_in_label <= options.max_over) & evidence.nms_survivor & ~is_cover
    is_trusted = evidence.calibrated_score >= options.min_right
    yield from _say_once(evidence, np.flatnonzero(is_alone & ~is_trusted))
    for row in np.flatnonzero(is_alone & is_trusted).tolist():
        yield Hit(
            f"Prediction {int(evidence.result_position[row])} shows a "
            f"{evidence.category_name(int(predictions.category[row]))} here (score "
            f"{predictions.score[row]:.2f}), "
            "but no label does.",
            score=float(evidence.calibrated_score[row] * (1 - evidence.max_share_in_label[row])),
            image=int(predictions.image[row]),
            categories=(int(predictions.category[row]),),
            evidence={
                "prediction_ids": evidence.result_positions([row]),
                "prediction_score": float(predictions.score[row]),
                "share_in_labels": float(evidence.max_share_in_label[row]),
                "share_right_at_this_score": float(evidence.calibrated_score[row]),
                "x": float(predictions.box[row, 0]),
                "y": float(predictions.box[row, 1]),
                "w": float(predictions.box[row, 2]),
                "h": float(predictions.box[row, 3]),
                "area_px": int(predictions.area[row]),
            },
            identity=(f"{int(predictions.mask_hash[row]):016x}",),
        )


def _say_once(evidence: LabelEvidence, rows: IntArray) -> Iterator[Hit]:
    """Say that there are places which the model is too weak to speak about: one hit for all."""
    if len(rows) == 0:
        return
    share = float(evidence.calibrated_score[rows].mean())
    noun = "prediction shows" if len(rows) == 1 else "predictions show"
    yield Hit(
        f"{len(rows):,} sure {noun} an object where no label is, but only {format_percent(share)} of "
        "predictions with such scores match a label: the model is too weak to tell, or most labels are "
        "missing.",
        score=min(share, 1.0),
        evidence={"predictions": len(rows), "share_right_at_this_score": share},
        severity=Severity.INFO,
    )
