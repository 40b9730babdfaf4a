"""A label may be spurious: the model, which finds others like it, shows nothing there.

What it finds
-------------
Labels that no prediction of any score and category overlaps by an IoU of ``min_iou``, of a category and
size (COCO's small, medium, large) of which the model finds at least ``min_recall``. Fewer than
``least`` labels of a kind tell nothing. The score is the recall of the kind (its lower 95 % bound) times
the share by which the best prediction misses the label.

Why it matters
--------------
A label without an object teaches the model to see objects in the background.

When it is wrong
----------------
Objects that are unlike the others: rare views, poor light. The score says how much the model can be
relied on for this kind of label, not whether it is right about this one.

Example
-------
No prediction comes near annotation 12, though the model finds 94 % of the medium-sized `cell` labels.

Reference
---------
Bolya et al., "TIDE", 2020 (missed ground truth); Tkachenko et al., "ObjectLab", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.comparison.label_evidence import LabelEvidence
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval

SEVERITY = Severity.INFO
JUDGES = Judges.PREDICTIONS

_SIZES = (32.0**2, 96.0**2)
_SIZE_NAMES = ("small", "medium-sized", "large")


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_iou: float = option(0.1, unit="IoU", help="a prediction with at least this IoU shows the label")
    min_recall: float = option(0.8, unit="share", help="least share of such labels that the model finds")
    least: int = option(10, unit="count", help="least labels of a category and size")


def detect(evidence: LabelEvidence, o: Options) -> Iterator[Hit]:
    """Yield every label that the model should show but does not."""
    g, pairs = evidence.tables.labels, evidence.overlaps
    judged = evaluated_labels(evidence.tables)
    support = np.zeros(len(g))
    np.maximum.at(support, pairs.a, pairs.iou)
    found = np.zeros(len(g), dtype=np.bool_)
    found[evidence.matched_label[evidence.matched_label >= 0]] = True
    kind = np.maximum(g.category, 0) * len(_SIZE_NAMES) + np.searchsorted(_SIZES, g.area, side="right")
    of = np.bincount(kind[judged], minlength=int(kind.max(initial=0)) + 1)
    hit = np.bincount(kind[judged & found], minlength=len(of))
    recall = hit / np.maximum(of, 1)
    sure = wilson_interval(hit, np.maximum(of, 1))[0]
    alone = judged & (support < o.min_iou) & (recall[kind] >= o.min_recall) & (of[kind] >= o.least)
    for row in np.flatnonzero(alone).tolist():
        k = int(kind[row])
        size = _SIZE_NAMES[k % len(_SIZE_NAMES)]
        yield Hit(
            f"No prediction shows this {evidence.category_name(int(g.category[row]))}, "
            f"though the model finds {format_percent(float(recall[k]))} of the {size} ones.",
            score=float(sure[k] * (1 - support[row])),
            instances=(int(evidence.instance_row[row]),),
            evidence={
                "best_iou": float(support[row]),
                "recall_of_kind": float(recall[k]),
                "labels_of_kind": int(of[k]),
                "area_px": int(g.area[row]),
            },
        )
