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

    min_score: float = option(0.5, unit="score", help="least score of each prediction")
    min_inside: float = option(0.75, unit="share", help="least share of each prediction inside the label")
    min_part: float = option(0.12, unit="share", help="least share of the label that each covers")
    max_part: float = option(0.85, unit="share", help="largest share of the label that each covers")
    min_covered: float = option(0.7, unit="share", help="least share of the label that they cover together")
    max_overlap: float = option(
        0.25, unit="share", help="largest share of the smaller that two have in common"
    )
    whole_iou: float = option(0.75, unit="IoU", help="from this IoU on a prediction shows the whole label")


def detect(evidence: LabelEvidence, o: Options) -> Iterator[Hit]:
    """Yield every label that several predictions share among them."""
    p, g, pairs = evidence.tables.predictions, evidence.tables.labels, evidence.overlaps
    part = (
        evidence.same_category
        & evaluated_labels(evidence.tables)[pairs.a]
        & (p.score[pairs.b] >= o.min_score)
    )
    part &= (pairs.ioa_b >= o.min_inside) & (pairs.ioa_a >= o.min_part) & (pairs.ioa_a <= o.max_part)
    whole = max_score_by_label(evidence, evidence.same_category & (pairs.iou >= o.whole_iou))
    n = len(p)
    shared = index_intersections(evidence.tables.prediction_pairs, n)
    rows = np.flatnonzero(part)
    for label, touches in group_rows(pairs.a[rows], rows):
        kept: list[int] = []
        common = 0
        for k in sorted(touches, key=lambda k: (-p.score[pairs.b[k]], pairs.b[k])):
            own = int(pairs.b[k])
            met = [shared.get(min(own, q) * n + max(own, q), 0) for q in (int(pairs.b[j]) for j in kept)]
            if all(
                px <= o.max_overlap * min(p.area[own], p.area[pairs.b[j]])
                for px, j in zip(met, kept, strict=True)
            ):
                kept.append(k)
                common += sum(met)
        covered = min((int(pairs.intersection[kept].sum()) - common) / int(g.area[label]), 1.0)
        if len(kept) < 2 or covered < o.min_covered:
            continue
        ids = sorted(int(pairs.b[k]) for k in kept)
        least = float(min(p.score[i] for i in ids))
        yield Hit(
            f"{len(ids)} predictions share this {evidence.category_name(int(g.category[label]))} "
            f"among them and cover {format_percent(covered)} of it "
            f"(scores from {least:.2f} on): it may be several objects.",
            score=float(min(least, 1.0) * covered * (1 - 0.5 * whole[label])),
            instances=(int(evidence.instance_row[label]),),
            evidence={
                "prediction_ids": evidence.result_positions(ids),
                "least_score": least,
                "covered": covered,
                "overlap_px": common,
                "whole_score": float(whole[label]),
            },
        )
