"""What the region proposals of a model already show: recall, and regions that hold several objects."""

from __future__ import annotations

import numpy as np

from audit.carriers import dataclass
from audit.comparison.causes import OverlapCauses
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.matching import BoolArray
from audit.comparison.measuring import draw_instances
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.measure.cross_pairs import measure_cross_pairs

RECALL_IOUS = (0.5, 0.7, 0.9)
"""IoU of boxes at which recall is given: the ends and the middle of what COCO averages over."""
_HELD_SHARE = 0.9
"""Share of a label's box that must lie in a proposal for it to hold the label: all but its edges."""
_SOURCE_IOU = 0.3
"""Box IoU below which a prediction cannot be traced to a proposal: below it, Faster R-CNN's region proposal
network calls an anchor background (Ren et al., 2015, section 3.1.2)."""


@dataclass(frozen=True, slots=True)
class ProposalEvaluation:
    """What is known of the proposals."""

    n_proposals: int
    n_unusable: int
    """Without a known image, a box or a score."""
    n_labels: int
    recall: dict[float, float]
    """Share of the labels whose box a proposal reaches, by IoU of boxes."""
    n_holding_several: int
    """Proposals in which the boxes of at least two labels lie, each by 90 %."""
    same_proposal: IntArray
    """(pairs,) 1 = both predictions of an overlapping pair came from one proposal, 0 = from two,
    -1 = not known."""


def evaluate_proposals(
    proposals: Dataset, tables: ComparisonTables, overlaps: OverlapCauses
) -> ProposalEvaluation:
    """Compare proposals with the labels, and trace overlapping predictions back to them.

    Parameters
    ----------
    proposals : Dataset
        With the same rows of images.
    tables : ComparisonTables
        Of labels and predictions.
    overlaps : OverlapCauses

    Returns
    -------
    ProposalEvaluation

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.testing import compared, scene
    >>> from audit.comparison.measuring import measure_comparison
    >>> labels, predictions = compared((scene("aaaabb"), scene("pppppp", "q.....")))
    >>> _, proposals = compared((scene("aaaabb"), scene("rrrrrr")))
    >>> tables = measure_comparison(labels, predictions)
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> found = evaluate_proposals(proposals, tables, overlaps)
    >>> found.recall, found.n_holding_several
    ({0.5: 0.5, 0.7: 0.0, 0.9: 0.0}, 1)
    >>> nothing, _ = compared()
    >>> tables = measure_comparison(nothing, nothing)
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> evaluate_proposals(nothing, tables, overlaps).n_proposals
    0
    """
    regions = draw_instances(proposals, scored=True)
    pairs, is_expected = measure_cross_pairs(tables.labels, regions), evaluated_labels(tables)
    best_iou = np.zeros(len(tables.labels))
    np.maximum.at(best_iou, pairs.a, pairs.box_iou)
    recall = {
        iou: float((best_iou[is_expected] >= iou).mean()) if is_expected.any() else float("nan")
        for iou in RECALL_IOUS
    }
    is_held = _holds_label(pairs, tables.labels, regions) & is_expected[pairs.a]
    n_held = np.bincount(pairs.b[is_held], minlength=len(regions))
    return ProposalEvaluation(
        n_proposals=len(proposals.annotations),
        n_unusable=len(proposals.annotations) - len(regions),
        n_labels=int(is_expected.sum()),
        recall=recall,
        n_holding_several=int((n_held >= 2).sum()),
        same_proposal=_compare_sources(tables.predictions, regions, overlaps),
    )


def _holds_label(pairs: MaskPairs, labels: Instances, regions: Instances) -> BoolArray:
    """Say of each pair of a label and a proposal whether the label's box lies in the proposal."""
    label_area, proposal_area = _box_areas(labels)[pairs.a], _box_areas(regions)[pairs.b]
    # From IoU = shared / (label + proposal - shared).
    shared = pairs.box_iou * (label_area + proposal_area) / (1 + pairs.box_iou)
    is_held: BoolArray = shared >= _HELD_SHARE * np.maximum(label_area, 1e-12)
    return is_held


def _box_areas(instances: Instances) -> FloatArray:
    return instances.box[:, 2] * instances.box[:, 3]


def _compare_sources(predictions: Instances, regions: Instances, overlaps: OverlapCauses) -> IntArray:
    """Say for each overlapping pair whether both came from the proposal that they resemble most."""
    pairs = measure_cross_pairs(predictions, regions)
    order = np.lexsort((-pairs.b, pairs.box_iou))
    order = order[pairs.box_iou[order] >= _SOURCE_IOU]
    source = np.full(len(predictions), -1, dtype=np.int64)
    source[pairs.a[order]] = pairs.b[order]  # the last assignment of each stays
    source_a, source_b = source[overlaps.pairs.a], source[overlaps.pairs.b]
    return np.where((source_a >= 0) & (source_b >= 0), (source_a == source_b).astype(np.int64), -1)
