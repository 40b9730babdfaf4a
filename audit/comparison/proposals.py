"""What the region proposals of a model already show: recall, and regions that hold several objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.causes import Overlaps
from audit.comparison.measuring import measure_both
from audit.comparison.objects import Crossed, Measured, Objects
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import Dataset, FloatArray, IntArray

IOUS = (0.5, 0.7, 0.9)
_HELD = 0.9
_SOURCE_IOU = 0.3
"""Box IoU below which a prediction cannot be traced to a proposal."""


@dataclass(frozen=True, slots=True)
class ProposalEvaluation:
    """What is known of the proposals."""

    proposals: int
    unusable: int
    """Without a known image, a box or a score."""
    labels: int
    recall: dict[float, float]
    """Share of the labels whose box a proposal reaches, by IoU of boxes."""
    holding_several: int
    """Proposals in which the boxes of at least two labels lie, each by 90 %."""
    one_source: IntArray
    """(pairs,) 1 = both predictions of an overlapping pair came from one proposal, 0 = from two,
    -1 = not known."""


def evaluate_proposals(
    labels: Dataset, predictions: Dataset, proposals: Dataset, m: Measured, found: Overlaps
) -> ProposalEvaluation:
    """Compare proposals with the labels, and trace overlapping predictions back to them.

    Parameters
    ----------
    labels, predictions, proposals : Dataset
        With the same rows of images.
    m : Measured
        Of labels and predictions.
    found : Overlaps

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes, unknown_conventions
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> m = measure_both(nothing, nothing)
    >>> overlaps = find_overlap_causes(m, unknown_conventions(m), 0.5)
    >>> evaluate_proposals(nothing, nothing, nothing, m, overlaps).proposals
    0
    """
    against = measure_both(labels, proposals)
    judged = evaluated_labels(m)
    best = np.zeros(len(m.labels))
    np.maximum.at(best, against.across.a, against.across.box_iou)
    recall = {t: float((best[judged] >= t).mean()) if judged.any() else float("nan") for t in IOUS}
    held = _held(against, against.across) & judged[against.across.a]
    several = np.bincount(against.across.b[held], minlength=len(against.predictions)) >= 2
    return ProposalEvaluation(
        proposals=len(proposals.annotations),
        unusable=len(proposals.annotations) - len(against.predictions),
        labels=int(judged.sum()),
        recall=recall,
        holding_several=int(several.sum()),
        one_source=_sources(predictions, proposals, m, found),
    )


def _held(m: Measured, pairs: Crossed) -> np.ndarray:
    mine, theirs = _sizes(m.labels)[pairs.a], _sizes(m.predictions)[pairs.b]
    shared = pairs.box_iou * (mine + theirs) / (1 + pairs.box_iou)
    held: np.ndarray = shared >= _HELD * np.maximum(mine, 1e-12)
    return held


def _sizes(side: Objects) -> FloatArray:
    return side.box[:, 2] * side.box[:, 3]


def _sources(predictions: Dataset, proposals: Dataset, m: Measured, found: Overlaps) -> IntArray:
    traced = measure_both(predictions, proposals)
    pairs = traced.across
    order = np.lexsort((-pairs.b, pairs.box_iou))
    order = order[pairs.box_iou[order] >= _SOURCE_IOU]
    source = np.full(len(predictions.annotations), -1, dtype=np.int64)
    source[traced.labels.row[pairs.a[order]]] = pairs.b[order]  # the last assignment of each stays
    a, b = source[m.predictions.row[found.a]], source[m.predictions.row[found.b]]
    return np.where((a >= 0) & (b >= 0), (a == b).astype(np.int64), -1)
