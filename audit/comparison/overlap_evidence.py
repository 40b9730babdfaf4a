"""Evidence about a whole comparison: numbers that tell apart labels, proposals, training and NMS.

Each is a rate or a share over all images, with an interval, beside what is usual (`usual_values`). What NMS
at its usual threshold would have removed is left out first, so that a lax NMS is not mistaken for more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.carriers import dataclass
from audit.comparison.average_precision import rank_by_score
from audit.comparison.cause_names import Cause
from audit.comparison.causes import OverlapCauses
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.conventions import LabelConventions
from audit.comparison.matching import BoolArray
from audit.comparison.nms import greedy_nms
from audit.comparison.nms_threshold import DUPLICATE_LABEL_IOU
from audit.comparison.options import CompareOptions
from audit.comparison.pair_symptoms import find_twins
from audit.comparison.proposals import ProposalEvaluation
from audit.comparison.rate_interval import NOTHING, bound_quantile, bound_rate, bound_share
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.comparison.relations import LOOSE_IOU
from audit.comparison.straight_cuts import find_straight_cuts
from audit.comparison.tile_seams import find_seam_cuts
from audit.comparison.trusted_boxes import measure_box_fit
from audit.comparison.usual_values import LAX_NMS_IOU, MIN_CASES, USUAL_NMS_IOU, USUAL_VALUES
from audit.comparison.whole_parts import find_wholes
from audit.dataset.model import FloatArray, IntArray

SAME_OBJECT_IOU = 0.5
"""Mask IoU from which on two predictions of a category show one object, as in COCO's matching."""
SHOWN_IOU = 0.6
"""IoU from which on a label agrees with a whole or with a part: high enough that none agrees with both."""
LABEL_OVERLAP_IOS = 0.1
"""Share of the smaller label from which on two labels overlap more than at a ragged border."""
FITTING_BOX = 0.7
"""IoU of a box with its mask's own from which on the box tells where the mask is: nine in ten of a healthy
model's, four in ten where box regression failed."""
MASK_BOX_FIT = 0.97
"""IoU of a box with its mask's own (worst tenth) from which on the boxes were made from the masks: a
model's own
reach .91."""
REACH_IOU = 0.5
"""IoU of boxes at which a region has come near an object: the least that the box head calls foreground."""
RECALL_IOU = 0.7
"""IoU of boxes at which proposals are judged: what Faster R-CNN calls a good region (Ren et al., 2015)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number about all images, beside what is usual."""

    name: str
    """A key of `USUAL_VALUES`."""
    value: float
    """NaN where nothing could be measured."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    count: int
    """Cases that it was seen in."""
    of: int
    """What they were counted among."""

    @property
    def is_high(self) -> bool:
        """Whether the whole interval lies above what is usual."""
        return self.count >= MIN_CASES and self.low > USUAL_VALUES[self.name].high

    @property
    def is_low(self) -> bool:
        """Whether the whole interval lies below what is usual."""
        return self.of >= MIN_CASES and self.high < USUAL_VALUES[self.name].low


def measure_evidence(
    tables: ComparisonTables,
    overlaps: OverlapCauses,
    conventions: LabelConventions,
    matched_label: IntArray,
    proposals: ProposalEvaluation | None = None,
    options: CompareOptions | None = None,
    training: Sequence[Evidence] = (),
) -> tuple[Evidence, ...]:
    """Measure all evidence about why predictions overlap.

    Parameters
    ----------
    tables : ComparisonTables
    overlaps : OverlapCauses
    conventions : LabelConventions
        What the rules ``touching.*`` say of the labels.
    matched_label : (predictions,) int64
        COCO's match at IoU 0.5, within categories; -1 = none.
    proposals : ProposalEvaluation, optional
    options : CompareOptions, optional
        ``score_floor`` counts.
    training : sequence of Evidence
        About the training, where its labels or its loss curve are known.

    Returns
    -------
    tuple of Evidence
        One for every name in `USUAL_VALUES`, in that order.

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aabb"), scene("pppp", "qq..", "..rr"))))
    >>> unknown, none = unknown_conventions(tables), np.array([-1, 0, 1])
    >>> overlaps = find_overlap_causes(tables, unknown, 0.5)
    >>> evidence = {e.name: e for e in measure_evidence(tables, overlaps, unknown, none)}
    >>> evidence["whole_and_parts"].count, evidence["whole_and_parts"].is_high
    (1, False)
    >>> tables = measure_comparison(*compared())
    >>> unknown = unknown_conventions(tables)
    >>> overlaps = find_overlap_causes(tables, unknown, 0.5)
    >>> {e.count for e in measure_evidence(tables, overlaps, unknown, none[:0])}
    {0}
    """
    options = options or CompareOptions()
    is_sure = tables.predictions.score >= options.score_floor
    at_seam = find_seam_cuts(tables)
    seams = _rate(
        "at_tile_seams",
        overlaps.image[at_seam[overlaps.pairs.a] | at_seam[overlaps.pairs.b]],
        tables.predictions.image[is_sure],
    )
    if seams.is_high:  # what tiles cut off says nothing of the model
        is_sure &= ~at_seam
    survives = is_sure & _survives_usual_nms(tables, is_sure)
    measured = {
        evidence.name: evidence
        for evidence in (
            seams,
            *_measure_pairs(tables, overlaps, is_sure, survives, options),
            *_measure_wholes(tables, survives),
            *_measure_masks(tables, matched_label, is_sure, survives),
            *_measure_labels(tables, conventions),
            *_measure_proposals(proposals),
            *training,
        )
    }
    return tuple(measured.get(name, Evidence(name, *NOTHING, 0, 0)) for name in USUAL_VALUES)


def _survives_usual_nms(tables: ComparisonTables, is_sure: BoolArray) -> BoolArray:
    pairs = tables.prediction_pairs
    pairs = pairs.take(is_sure[pairs.a] & is_sure[pairs.b] & (pairs.box_iou > LAX_NMS_IOU))
    return greedy_nms(rank_by_score(tables), pairs.a, pairs.b)


def _measure_pairs(
    tables: ComparisonTables,
    overlaps: OverlapCauses,
    is_sure: BoolArray,
    survives: BoolArray,
    options: CompareOptions,
) -> list[Evidence]:
    """Measure evidence that lies in pairs of predictions."""
    predictions, pairs = tables.predictions, tables.prediction_pairs
    pairs = pairs.take(is_sure[pairs.a] & is_sure[pairs.b])
    is_one_category = predictions.category[pairs.a] == predictions.category[pairs.b]
    is_one_object = pairs.iou >= SAME_OBJECT_IOU
    both_survive = survives[pairs.a] & survives[pairs.b]
    is_twin = is_one_category & both_survive & find_twins(pairs, predictions.trusted_box)
    both_kept = survives[overlaps.pairs.a] & survives[overlaps.pairs.b]
    is_own = overlaps.cause != Cause.GT_OVERLAPS.value
    both_sure = is_sure[overlaps.pairs.a] & is_sure[overlaps.pairs.b]
    images, sure_images = predictions.image[pairs.a], predictions.image[is_sure]
    kept_images = predictions.image[survives]
    on_label = _best_label_iou(tables) >= LOOSE_IOU
    missed = is_one_category & is_one_object & (pairs.box_iou > LAX_NMS_IOU)
    missed &= on_label[pairs.a] | on_label[pairs.b]
    apart = is_one_category & is_one_object & (pairs.box_iou <= USUAL_NMS_IOU)
    # A box may be too large for its mask, or rightly large for a mask with a spur: then no NMS by boxes
    # sees it.
    hidden = apart & (pairs.box_iou < options.box_mask_ratio * pairs.iou)
    hidden &= _boxes_fit(predictions)[pairs.a] & _boxes_fit(predictions)[pairs.b]
    return [
        _rate("overlapping_pairs", overlaps.image[is_own & both_sure], sure_images),
        _rate("missed_by_nms", images[missed], sure_images),
        _rate("two_categories", images[~is_one_category & is_one_object], sure_images),
        _rate("boxes_apart", images[apart & ~hidden], sure_images),
        _rate("hidden_from_boxes", images[hidden], sure_images),
        _rate("concentric_twins", images[is_twin], kept_images),
        _rate("spills", overlaps.image[both_kept & (overlaps.cause == Cause.MASK_SPILL.value)], kept_images),
        _rate(
            "parts_of_object",
            overlaps.image[both_kept & (overlaps.cause == Cause.OBJECT_CUT_UP.value)],
            kept_images,
        ),
        _rate(
            "nothing_there",
            overlaps.image[both_sure & (overlaps.cause == Cause.BACKGROUND.value)],
            sure_images,
        ),
        _rate("overlaps_as_labels", overlaps.image[both_sure & ~is_own], sure_images),
    ]


def _boxes_fit(predictions: Instances) -> BoolArray:
    fits: BoolArray = (
        measure_box_fit(predictions.trusted_box, predictions.mask_box.astype(float)) >= FITTING_BOX
    )
    return fits


def _best_label_iou(tables: ComparisonTables) -> FloatArray:
    """Return the IoU of each prediction with the label that it fits best, of any category."""
    pairs, best_iou = tables.cross_pairs, np.zeros(len(tables.predictions))
    pairs = pairs.take(~pairs.iscrowd)
    np.maximum.at(best_iou, pairs.b, pairs.iou)
    return best_iou


def _measure_wholes(tables: ComparisonTables, survives: BoolArray) -> list[Evidence]:
    """Measure where predictions, or predictions and labels, disagree about one object or several."""
    labels, predictions, inner = tables.labels, tables.predictions, tables.prediction_pairs
    kept_images = predictions.image[survives]
    inner = inner.take(survives[inner.a] & survives[inner.b])
    inner = inner.take(predictions.category[inner.a] == predictions.category[inner.b])
    part, whole = np.r_[inner.a, inner.b], np.r_[inner.b, inner.a]
    share_inside = np.r_[inner.ioa_a, inner.ioa_b]
    wholes, is_part = find_wholes(part, whole, share_inside, predictions.area, predictions.area, inner)
    cross = tables.cross_pairs
    cross = cross.take((cross.intersection > 0) & ~cross.iscrowd & survives[cross.b])
    agrees = _best_label_iou(tables) >= SHOWN_IOU
    n_right_parts = np.bincount(whole[is_part], weights=agrees[part[is_part]], minlength=len(predictions))
    takes_whole = agrees[wholes] & (n_right_parts[wholes] < 2)
    takes_parts = ~agrees[wholes] & (n_right_parts[wholes] >= 2)
    cross = cross.take(labels.category[cross.a] == predictions.category[cross.b])
    uniting, _ = find_wholes(cross.a, cross.b, cross.ioa_a, labels.area, predictions.area, tables.label_pairs)
    divided, _ = find_wholes(
        cross.b, cross.a, cross.ioa_b, predictions.area, labels.area, tables.prediction_pairs
    )
    n_sides = int(takes_whole.sum() + takes_parts.sum())
    return [
        _rate("whole_and_parts", predictions.image[wholes], kept_images),
        _share("labels_take_whole", int(takes_whole.sum()), n_sides),
        _rate("unites_labels", predictions.image[uniting], kept_images),
        _rate("divides_labels", labels.image[divided], kept_images),
    ]


def _measure_masks(
    tables: ComparisonTables, matched_label: IntArray, is_sure: BoolArray, survives: BoolArray
) -> list[Evidence]:
    """Measure how masks stand to their boxes and to their labels."""
    labels, predictions = tables.labels, tables.predictions
    mask_box = predictions.mask_box.astype(float)
    has_box = is_sure & (predictions.area > 0) & np.isfinite(predictions.declared_box).all(axis=1)
    box_fit = measure_box_fit(predictions.trusted_box[has_box], mask_box[has_box])
    fit_bounds = bound_quantile(box_fit, 0.1)
    has_own_boxes = 2 * len(box_fit) >= is_sure.sum() and fit_bounds[0] < MASK_BOX_FIT
    cuts, nothing = _measure_straight_cuts(tables, survives), (*NOTHING, 0, 0)
    is_match = (matched_label >= 0) & survives & ~np.r_[labels.iscrowd, False][matched_label]
    ratio = predictions.area[is_match] / np.maximum(labels.area[matched_label[is_match]], 1)
    return [
        Evidence("box_fit", *fit_bounds, len(box_fit), int(is_sure.sum())),
        Evidence("cut_by_box", *(cuts if has_own_boxes else nothing)),
        Evidence("straight_sides", *(nothing if has_own_boxes else cuts)),
        Evidence("mask_size", *bound_quantile(ratio, 0.5), len(ratio), int(survives.sum())),
        _measure_size_recall(tables, matched_label[is_match]),
    ]


def _measure_straight_cuts(
    tables: ComparisonTables, survives: BoolArray
) -> tuple[float, float, float, int, int]:
    """Measure the share of masks that are cut straight beyond that of the labels: value, bounds, counts."""
    labels, predictions = tables.labels, tables.predictions
    label_box = labels.mask_box.astype(float)
    is_label = (labels.area > 0) & ~labels.iscrowd
    label_cut = find_straight_cuts(labels, label_box, tables.width, tables.height)[is_label]
    usual_cut = float(label_cut.mean()) if len(label_cut) else 0.0
    is_cut = find_straight_cuts(predictions, predictions.trusted_box, tables.width, tables.height)
    is_cut = is_cut[survives & (predictions.area > 0)]
    value, low, high = bound_share(int(is_cut.sum()), len(is_cut))
    return value - usual_cut, low - usual_cut, high - usual_cut, int(is_cut.sum()), len(is_cut)


def _measure_size_recall(tables: ComparisonTables, found: IntArray) -> Evidence:
    """Compare the recall of labels of middling size with that of the largest fifth."""
    is_expected, is_found = evaluated_labels(tables), np.zeros(len(tables.labels), dtype=np.bool_)
    is_found[found] = True
    by_size = np.flatnonzero(is_expected)
    by_size = by_size[np.argsort(tables.labels.area[by_size], kind="stable")]
    fifths = np.array_split(is_found[by_size], 5)
    middle, largest = fifths[2], fifths[4]
    recall_of_largest = float(largest.mean()) if len(largest) else 0.0
    if recall_of_largest == 0:
        return Evidence("size_recall", *NOTHING, 0, len(by_size))
    value, low, high = (bound / recall_of_largest for bound in bound_share(int(middle.sum()), len(middle)))
    return Evidence("size_recall", value, low, high, int(middle.sum()), len(middle))


def _measure_labels(tables: ComparisonTables, conventions: LabelConventions) -> list[Evidence]:
    """Measure what the labels themselves show."""
    labels, pairs = tables.labels, tables.label_pairs
    pairs = pairs.take(~labels.iscrowd[pairs.a] & ~labels.iscrowd[pairs.b])
    pairs = pairs.take(labels.category[pairs.a] == labels.category[pairs.b])
    label_images = labels.image[~labels.iscrowd]
    is_duplicate, is_overlap = pairs.iou >= DUPLICATE_LABEL_IOU, pairs.ios >= LABEL_OVERLAP_IOS
    is_flagged = conventions.merged | conventions.split
    return [
        _rate("label_duplicates", labels.image[pairs.a[is_duplicate]], label_images),
        _rate("label_overlaps", labels.image[pairs.a[is_overlap & ~is_duplicate]], label_images),
        _share("label_conventions", int(is_flagged.sum()), int((is_flagged | conventions.touching).sum())),
    ]


def _measure_proposals(proposals: ProposalEvaluation | None) -> list[Evidence]:
    """Measure how many labels the regions come near, and how many they fit."""
    evidence = []
    for name, iou in (("proposal_reach", REACH_IOU), ("proposal_recall", RECALL_IOU)):
        if proposals is None or proposals.n_labels == 0:
            evidence.append(Evidence(name, *NOTHING, 0, 0))
        else:
            evidence.append(
                _share(name, round(proposals.recall[iou] * proposals.n_labels), proposals.n_labels)
            )
    return evidence


def _rate(name: str, event_images: IntArray, unit_images: IntArray) -> Evidence:
    value, low, high = (100 * bound for bound in bound_rate(event_images, unit_images))
    return Evidence(name, value, low, high, len(event_images), len(unit_images))


def _share(name: str, count: int, of: int) -> Evidence:
    return Evidence(name, *bound_share(count, of), count, of)
