"""Several objects may be labelled as one: several sure predictions share the label among them.

What it finds
-------------
Labels in which at least two predictions of the same category lie (each by ``min_inside`` of itself, with
``min_part`` to ``max_part`` of the label, and a score of at least ``min_score``), which together cover
``min_covered`` of it and hardly overlap (``max_overlap`` of the smaller). The score is the lowest score of
these predictions times what they cover, lowered by as much as a prediction shows the label as a whole.

Why it matters
--------------
Touching objects that are labelled now as one, now as several, are the main reason why a model predicts
masks that lie on each other: it learns both, and predicts both. Metrics do not show it: one part may count
as a match, the others as errors of the model.

When it is wrong
----------------
Where the model cuts objects up. A category of which many labels are flagged is a model's habit rather than
the labels'.

Example
-------
Results 3 and 8 (0.97 and 0.94) cover 96 % of annotation 17 and share nothing: two cells labelled as one.

Reference
---------
Caicedo et al., "Evaluation of deep learning strategies for nucleus segmentation", 2019 (merges).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.WARNING
IMPORTANCE = 1.0
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.5, unit="score", help="least score of each prediction")
    min_inside: float = option(0.75, unit="share", help="least share of each prediction inside the label")
    min_part: float = option(0.12, unit="share", help="least share of the label that each covers")
    max_part: float = option(0.85, unit="share", help="largest share of the label that each covers")
    min_covered: float = option(0.7, unit="share", help="least share of the label that they cover together")
    max_overlap: float = option(
        0.25, unit="share", help="largest share of the smaller that two have in common"
    )
    whole_iou: float = option(0.75, unit="IoU", help="from this IoU on a prediction shows the whole label")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every label that several predictions share among them.

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
    from audit.comparison.label_evidence import group_rows, index_intersections, max_score_by_label
    from audit.comparison.recall_upper_bound import evaluated_labels

    predictions, labels, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    is_part = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (predictions.score[pairs.b] >= options.min_score)
    )
    is_part &= (
        (pairs.ioa_b >= options.min_inside)
        & (pairs.ioa_a >= options.min_part)
        & (pairs.ioa_a <= options.max_part)
    )
    whole_scores = max_score_by_label(evidence, evidence.same_category & (pairs.iou >= options.whole_iou))
    intersections = index_intersections(evidence.tables.prediction_pairs, len(predictions))
    rows = np.flatnonzero(is_part)
    for label, pair_rows in group_rows(pairs.a[rows], rows):
        kept, overlap_px = _choose_parts(evidence, pair_rows, intersections, options.max_overlap)
        covered = min((int(pairs.intersection[kept].sum()) - overlap_px) / int(labels.area[label]), 1.0)
        if len(kept) < 2 or covered < options.min_covered:
            continue
        prediction_rows = sorted(int(pairs.b[pair_row]) for pair_row in kept)
        min_score = float(min(predictions.score[i] for i in prediction_rows))
        yield Hit(
            f"{len(prediction_rows)} predictions share this "
            f"{evidence.category_name(int(labels.category[label]))} "
            f"among them and cover {format_percent(covered)} of it "
            f"(scores from {min_score:.2f} on): it may be several objects.",
            score=float(min(min_score, 1.0) * covered * (1 - 0.5 * whole_scores[label])),
            instances=(int(evidence.instance_row[label]),),
            evidence={
                "prediction_ids": evidence.result_positions(prediction_rows),
                "least_score": min_score,
                "covered": covered,
                "overlap_px": overlap_px,
                "whole_score": float(whole_scores[label]),
            },
        )


def _choose_parts(
    evidence: LabelEvidence, pair_rows: list[int], intersections: Mapping[int, int], max_overlap: float
) -> tuple[list[int], int]:
    """Choose predictions that hardly share a pixel, the best score first.

    Two predictions of one object would count its pixels twice.

    Returns
    -------
    list of int
        Of the rows of pairs, those that were chosen.
    int
        Pixels that these predictions share.
    """
    predictions, pairs = evidence.tables.predictions, evidence.overlaps
    chosen: list[int] = []
    shared_px = 0
    for pair_row in sorted(pair_rows, key=lambda row: (-predictions.score[pairs.b[row]], pairs.b[row])):
        candidate = int(pairs.b[pair_row])
        parts = [int(pairs.b[chosen_row]) for chosen_row in chosen]
        intersections_px = [
            intersections.get(min(candidate, part) * len(predictions) + max(candidate, part), 0)
            for part in parts
        ]
        if all(
            intersection_px <= max_overlap * min(predictions.area[candidate], predictions.area[part])
            for intersection_px, part in zip(intersections_px, parts, strict=True)
        ):
            chosen.append(pair_row)
            shared_px += sum(intersections_px)
    return chosen, shared_px
