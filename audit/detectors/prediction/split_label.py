"""One object may be labelled as several: one sure prediction unites the labels.

What it finds
-------------
Predictions of at least ``min_score`` that hold at least two labels of the same category, each by
``min_inside`` of the label and with at least ``min_part`` of the prediction, which together fill
``min_covered`` of it and hardly overlap (``max_overlap`` of the smaller). Of several predictions of the same
labels the best is said. The score is the prediction's score times what the labels fill, lowered by as much
as other predictions show the labels one by one.

Why it matters
--------------
Objects that are labelled now as one, now as several, are the main reason why a model predicts masks that
lie on each other: it learns both, and predicts both. Metrics do not show it: the larger piece may count as
a match, the others as missed.

When it is wrong
----------------
Where the model itself runs touching objects together.

Example
-------
Result 5 (score 0.96) holds annotations 8 and 9, which fill 98 % of it: one cell labelled as two.

Reference
---------
Caicedo et al., "Evaluation of deep learning strategies for nucleus segmentation", 2019 (splits).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence
    from audit.geometry.runs import IntArray

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.5, unit="score", help="least score of the prediction")
    min_inside: float = option(0.75, unit="share", help="least share of each label inside the prediction")
    min_part: float = option(0.12, unit="share", help="least share of the prediction that each label fills")
    min_covered: float = option(
        0.7, unit="share", help="least share of the prediction that all fill together"
    )
    max_overlap: float = option(
        0.25, unit="share", help="largest share of the smaller that two have in common"
    )
    single_iou: float = option(0.6, unit="IoU", help="from this IoU on another prediction shows one label")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every group of labels that one prediction unites.

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
    is_inside = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (predictions.score[pairs.b] >= options.min_score)
    )
    is_inside &= (pairs.ioa_a >= options.min_inside) & (pairs.ioa_b >= options.min_part)
    n_labels = len(labels)
    intersections = index_intersections(evidence.tables.label_pairs, n_labels)
    rows = np.flatnonzero(is_inside)
    is_uniting = is_inside.copy()
    is_uniting[rows] = np.bincount(pairs.b[rows], minlength=len(predictions))[pairs.b[rows]] >= 2
    single_scores = max_score_by_label(
        evidence, evidence.same_category & (pairs.iou >= options.single_iou) & ~is_uniting
    )
    best_hits: dict[tuple[int, ...], Hit] = {}
    for row, pair_rows in group_rows(pairs.b[rows], rows):
        label_rows = tuple(sorted(int(pairs.a[pair_row]) for pair_row in pair_rows))
        overlap_px = _count_shared_pixels(label_rows, labels.area, intersections, options.max_overlap)
        if overlap_px is None:
            continue
        covered_px = int(pairs.intersection[pair_rows].sum()) - overlap_px
        filled_share = min(covered_px / int(predictions.area[row]), 1.0)
        if filled_share < options.min_covered:
            continue
        rival_score = float(np.mean(single_scores[list(label_rows)]))
        hit = _describe(evidence, row, label_rows, filled_share, overlap_px, rival_score)
        if label_rows not in best_hits or hit.score > best_hits[label_rows].score:
            best_hits[label_rows] = hit
    yield from (best_hits[label_rows] for label_rows in sorted(best_hits))


def _count_shared_pixels(
    label_rows: Sequence[int], area: IntArray, intersections: Mapping[int, int], max_overlap: float
) -> int | None:
    """Count the pixels that labels share by twos; None where two of them share too much to be parts."""
    total_px = 0
    for label_a, label_b in combinations(label_rows, 2):
        shared_px = intersections.get(label_a * len(area) + label_b, 0)
        if shared_px > max_overlap * min(area[label_a], area[label_b]):
            return None
        total_px += shared_px
    return total_px


def _describe(
    evidence: LabelEvidence,
    prediction: int,
    label_rows: Sequence[int],
    filled_share: float,
    overlap_px: int,
    rival_score: float,
) -> Hit:
    predictions, labels = evidence.tables.predictions, evidence.tables.labels
    prediction_score = float(predictions.score[prediction])
    return Hit(
        f"One prediction (score {prediction_score:.2f}) unites these {len(label_rows)} labels of "
        f"{evidence.category_name(int(labels.category[label_rows[0]]))}, "
        f"which fill {format_percent(filled_share)} of it: they may be one object.",
        score=float(min(prediction_score, 1.0) * filled_share * (1 - 0.5 * rival_score)),
        instances=tuple(int(instance) for instance in evidence.instance_row[list(label_rows)]),
        evidence={
            "prediction_ids": evidence.result_positions([prediction]),
            "prediction_score": prediction_score,
            "covered": filled_share,
            "overlap_px": overlap_px,
            "single_score": rival_score,
        },
    )
