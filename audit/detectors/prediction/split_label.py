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

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.comparison.label_evidence import LabelEvidence, group_rows, index_intersections, max_score_by_label
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent

SEVERITY = Severity.WARNING
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


def detect(evidence: LabelEvidence, o: Options) -> Iterator[Hit]:
    """Yield every group of labels that one prediction unites."""
    p, g, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    held = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (p.score[pairs.b] >= o.min_score)
    )
    held &= (pairs.ioa_a >= o.min_inside) & (pairs.ioa_b >= o.min_part)
    n = len(g)
    shared = index_intersections(evidence.tables.label_pairs, n)
    rows = np.flatnonzero(held)
    uniting = held.copy()
    uniting[rows] = np.bincount(pairs.b[rows], minlength=len(p))[pairs.b[rows]] >= 2
    single = max_score_by_label(evidence, evidence.same_category & (pairs.iou >= o.single_iou) & ~uniting)
    best: dict[tuple[int, ...], Hit] = {}
    for row, touches in group_rows(pairs.b[rows], rows):
        labels = sorted(int(pairs.a[k]) for k in touches)
        united = [(i, j) for i in labels for j in labels if i < j]
        common = [shared.get(i * n + j, 0) for i, j in united]
        if any(
            px > o.max_overlap * min(g.area[i], g.area[j]) for px, (i, j) in zip(common, united, strict=True)
        ):
            continue
        filled = min((int(pairs.intersection[touches].sum()) - sum(common)) / int(p.area[row]), 1.0)
        rival = float(np.mean(single[labels]))
        score = float(min(p.score[row], 1.0) * filled * (1 - 0.5 * rival))
        key = tuple(labels)
        if filled >= o.min_covered and (key not in best or score > best[key].score):
            best[key] = Hit(
                f"One prediction (score {p.score[row]:.2f}) unites these {len(labels)} labels of "
                f"{evidence.category_name(int(g.category[labels[0]]))}, "
                f"which fill {format_percent(filled)} of it: they may be one object.",
                score=score,
                instances=tuple(int(i) for i in evidence.instance_row[labels]),
                evidence={
                    "prediction_ids": evidence.result_positions([row]),
                    "prediction_score": float(p.score[row]),
                    "covered": filled,
                    "overlap_px": int(sum(common)),
                    "single_score": rival,
                },
            )
    yield from (best[key] for key in sorted(best))
