"""What the region proposals of a model already show: recall, and regions that hold several objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.causes import OverlapCauses
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.measuring import measure_comparison
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

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
    labels: Dataset, predictions: Dataset, proposals: Dataset, m: ComparisonTables, found: OverlapCauses
) -> ProposalEvaluation:
    """Compare proposals with the labels, and trace overlapping predictions back to them.

    Parameters
    ----------
    labels, predictions, proposals : Dataset
        With the same rows of images.
    m : ComparisonTables
        Of labels and predictions.
    found : OverlapCauses

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes, unknown_conventions
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> m = measure_comparison(nothing, nothing)
    >>> overlaps = find_overlap_causes(m, unknown_conventions(m), 0.5)
    >>> evaluate_proposals(nothing, nothing, nothing, m, overlaps).proposals
    0
    """
    against = measure_comparison(labels, proposals)
    judged = evaluated_labels(m)
    best = np.zeros(len(m.labels))
    np.maximum.at(best, against.cross_pairs.a, against.cross_pairs.box_iou)
    recall = {t: float((best[judged] >= t).mean()) if judged.any() else float("nan") for t in IOUS}
    held = _held(against, against.cross_pairs) & judged[against.cross_pairs.a]
    several = np.bincount(against.cross_pairs.b[held], minlength=len(against.predictions)) >= 2
    return ProposalEvaluation(
        proposals=len(proposals.annotations),
        unusable=len(proposals.annotations) - len(against.predictions),
        labels=int(judged.sum()),
        recall=recall,
        holding_several=int(several.sum()),
        one_source=_sources(predictions, proposals, m, found),
    )


def _held(m: ComparisonTables, pairs: MaskPairs) -> np.ndarray:
    mine, theirs = _sizes(m.labels)[pairs.a], _sizes(m.predictions)[pairs.b]
    shared = pairs.box_iou * (mine + theirs) / (1 + pairs.box_iou)
    held: np.ndarray = shared >= _HELD * np.maximum(mine, 1e-12)
    return held


def _sizes(side: Instances) -> FloatArray:
    return side.box[:, 2] * side.box[:, 3]


def _sources(predictions: Dataset, proposals: Dataset, m: ComparisonTables, found: OverlapCauses) -> IntArray:
    traced = measure_comparison(predictions, proposals)
    pairs = traced.cross_pairs
    order = np.lexsort((-pairs.b, pairs.box_iou))
    order = order[pairs.box_iou[order] >= _SOURCE_IOU]
    source = np.full(len(predictions.annotations), -1, dtype=np.int64)
    source[traced.labels.row[pairs.a[order]]] = pairs.b[order]  # the last assignment of each stays
    a, b = source[m.predictions.row[found.pairs.a]], source[m.predictions.row[found.pairs.b]]
    return np.where((a >= 0) & (b >= 0), (a == b).astype(np.int64), -1)
