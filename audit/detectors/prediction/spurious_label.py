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
from typing import TYPE_CHECKING

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.INFO
IMPORTANCE = 0.6
JUDGES = Judges.PREDICTIONS

_SIZES = (32.0**2, 96.0**2)
_SIZE_NAMES = ("small", "medium-sized", "large")


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_iou: float = option(0.1, unit="IoU", help="a prediction with at least this IoU shows the label")
    min_recall: float = option(0.8, unit="share", help="least share of such labels that the model finds")
    least: int = option(10, unit="count", help="least labels of a category and size")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield every label that the model should show but does not.

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
    from audit.comparison.recall_upper_bound import evaluated_labels

    labels, pairs = evidence.tables.labels, evidence.overlaps
    is_evaluated = evaluated_labels(evidence.tables)
    best_iou = np.zeros(len(labels))
    np.maximum.at(best_iou, pairs.a, pairs.iou)
    is_found = np.zeros(len(labels), dtype=np.bool_)
    is_found[evidence.matched_label[evidence.matched_label >= 0]] = True
    size_class = np.maximum(labels.category, 0) * len(_SIZE_NAMES) + np.searchsorted(
        _SIZES, labels.area, side="right"
    )
    class_totals = np.bincount(size_class[is_evaluated], minlength=int(size_class.max(initial=0)) + 1)
    class_found = np.bincount(size_class[is_evaluated & is_found], minlength=len(class_totals))
    recall = class_found / np.maximum(class_totals, 1)
    recall_bound = wilson_interval(class_found, np.maximum(class_totals, 1))[0]
    is_spurious = (
        is_evaluated
        & (best_iou < options.min_iou)
        & (recall[size_class] >= options.min_recall)
        & (class_totals[size_class] >= options.least)
    )
    for row in np.flatnonzero(is_spurious).tolist():
        label_class = int(size_class[row])
        size_name = _SIZE_NAMES[label_class % len(_SIZE_NAMES)]
        yield Hit(
            f"No prediction shows this {evidence.category_name(int(labels.category[row]))}, "
            f"though the model finds {format_percent(float(recall[label_class]))} of the {size_name} ones.",
            score=float(recall_bound[label_class] * (1 - best_iou[row])),
            instances=(int(evidence.instance_row[row]),),
            evidence={
                "best_iou": float(best_iou[row]),
                "recall_of_kind": float(recall[label_class]),
                "labels_of_kind": int(class_totals[label_class]),
                "area_px": int(labels.area[row]),
            },
        )
