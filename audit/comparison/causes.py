"""Why two predictions overlap: one cause a pair, decided in a fixed order, or ``undetermined``.

The order, from the labels to the last step of the model. For two predictions that overlap:

1.  ``gt_overlaps``: they show two labels that themselves overlap about as much.
2.  ``gt_convention``: one shows a whole where the other shows a part, or one unites several labels, and
    the labels concerned are those that annotators draw now as one, now as several (rules ``touching.*``).
3.  ``region_covers_several``: one of them covers two or more labels, and the other shows one of these.
4.  ``object_cut_up``: both lie on one label as one category, at least one shows only a part of it, and they
    are not the same part.
5.  ``mask_spill``: they show two labels that do not overlap so much: a mask leaks over the neighbour.
6.  ``background``: neither shows any label.
7.  Both show one label as a whole, or the same part of it. ``nms_cross_category``: their categories differ,
    so NMS by category never compared them. ``nms_blind_spot``: their masks overlap strongly, but their boxes
    stayed under the model's threshold and tell far less of it (a thin spur makes a box large).
    ``nms_threshold``: their boxes overlap by more than NMS needs to allow on these labels, so a stricter,
    still safe threshold would have removed one. ``nms_blind_spot`` also where no safe threshold of boxes
    would have.
8.  ``undetermined``: the rest, for example one prediction on a label and one on background, or in a
    crowd region.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.carriers import dataclass
from audit.comparison.cause_names import CAUSE_GROUPS, Cause
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.conventions import LabelConventions
from audit.comparison.matching import BoolArray
from audit.comparison.nms_threshold import estimate_nms_threshold
from audit.comparison.options import CompareOptions
from audit.comparison.relations import (
    COVERED_SHARE,
    MATCH_IOU,
    LabelRelations,
    lookup_label_ios,
    relate_to_labels,
)
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

Step = tuple[Cause, BoolArray, FloatArray]
"""A cause, the pairs that have it, and how far beyond its limit the deciding number lies, 0 to 1."""


@dataclass(frozen=True, slots=True)
class OverlapCauses:
    """Pairs of predictions that overlap, each with the evidence and one cause; all arrays (k,)."""

    pairs: MaskPairs
    """Positions in ``ComparisonTables.predictions``."""
    image: IntArray
    """Position in ``Dataset.images``."""
    label_a: IntArray
    """Position in ``ComparisonTables.labels`` of what a shows; -1 = nothing."""
    label_b: IntArray
    label_iou_a: FloatArray
    label_iou_b: FloatArray
    label_ios: FloatArray
    """How much the two labels overlap, as a share of the smaller."""
    covered_a: IntArray
    """Labels that a covers."""
    covered_b: IntArray
    same_category: BoolArray
    convention: BoolArray
    """A label that one of them shows is drawn now as one, now as several."""
    cause: np.ndarray
    """(k,) text: values of `Cause`."""
    confidence: FloatArray
    """0.5 where a deciding number just reaches its limit, 1 where all are far beyond; 0 = undetermined."""

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def group(self) -> np.ndarray:
        """(k,) text: values of `CauseGroup`."""
        group_names = {cause.value: group.value for cause, group in CAUSE_GROUPS.items()}
        return np.array([group_names[name] for name in self.cause.tolist()], dtype=object)


def select_overlapping_pairs(tables: ComparisonTables, options: CompareOptions) -> MaskPairs:
    """Return the pairs of predictions that overlap enough to be asked about.

    Parameters
    ----------
    tables : ComparisonTables
    options : CompareOptions
        ``score_floor``, ``min_iou`` and ``min_ios`` count; all limits are included.

    Returns
    -------
    MaskPairs
        Of predictions.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("......"), scene("ppppp.", "..qqqq", "rr...."))))
    >>> pairs = select_overlapping_pairs(tables, CompareOptions(min_iou=0.5, min_ios=0.75))
    >>> list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
    [(0, 1), (0, 2)]
    >>> len(select_overlapping_pairs(measure_comparison(*compared()), CompareOptions()))
    0
    """
    score, pairs = tables.predictions.score, tables.prediction_pairs
    is_sure = (score[pairs.a] >= options.score_floor) & (score[pairs.b] >= options.score_floor)
    return pairs.take(is_sure & overlaps_enough(pairs, options))


def overlaps_enough(pairs: MaskPairs, options: CompareOptions) -> BoolArray:
    """Say which pairs overlap enough to be asked about, whatever their scores.

    Parameters
    ----------
    pairs : MaskPairs
    options : CompareOptions
        ``min_iou`` and ``min_ios`` count; both limits are included.

    Examples
    --------
    >>> pixels = np.array([1, 3])
    >>> pairs = MaskPairs.of(pixels, pixels, pixels, np.array([4, 4]), np.array([4, 4]))
    >>> overlaps_enough(pairs, CompareOptions(min_iou=0.5, min_ios=0.75)).tolist()
    [False, True]
    >>> overlaps_enough(pairs.take(np.array([], dtype=int)), CompareOptions()).tolist()
    []
    """
    is_enough: BoolArray = (pairs.iou >= options.min_iou) | (pairs.ios >= options.min_ios)
    return is_enough


def find_overlap_causes(
    tables: ComparisonTables,
    conventions: LabelConventions,
    safe_threshold: float,
    options: CompareOptions | None = None,
) -> OverlapCauses:
    """Find the cause of every pair of predictions that overlaps.

    Parameters
    ----------
    tables : ComparisonTables
    conventions : LabelConventions
    safe_threshold : float
        The strictest box IoU at which NMS still keeps (nearly) all labels
        (`audit.comparison.nms_threshold.find_safe_threshold`).
    options : CompareOptions, optional

    Returns
    -------
    OverlapCauses
        Sorted by (image, a, b).

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaabbbb"), scene("pppppp..", "....qqqq"))))
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> overlaps.cause.tolist(), overlaps.group.tolist(), overlaps.confidence.round(2).tolist()
    (['region_covers_several'], ['proposals'], [0.75])
    >>> nothing = measure_comparison(*compared())
    >>> len(find_overlap_causes(nothing, unknown_conventions(nothing), 0.5))
    0
    """
    options = options or CompareOptions()
    predictions, pairs = tables.predictions, select_overlapping_pairs(tables, options)
    relations = relate_to_labels(tables, predictions.score >= options.score_floor)
    label_a, label_b = relations.matched_label[pairs.a], relations.matched_label[pairs.b]
    label_ios = lookup_label_ios(tables, label_a, label_b)
    same_category = predictions.category[pairs.a] == predictions.category[pairs.b]
    maybe_merged, maybe_split = _find_doubtful_labels(tables, conventions)
    nms_threshold = options.nms_threshold
    if nms_threshold is None:
        nms_threshold, _ = estimate_nms_threshold(tables)
    cause, confidence = _take_first(
        [
            *_judge_labels(relations, pairs, label_ios, same_category, maybe_merged, maybe_split, options),
            *_judge_nms(relations, pairs, same_category, nms_threshold, safe_threshold, options),
        ],
        len(pairs),
    )
    is_doubtful = maybe_merged | maybe_split
    return OverlapCauses(
        pairs=pairs, image=predictions.image[pairs.a], label_a=label_a, label_b=label_b,
        label_iou_a=relations.iou[pairs.a], label_iou_b=relations.iou[pairs.b], label_ios=label_ios,
        covered_a=relations.n_covered_labels[pairs.a], covered_b=relations.n_covered_labels[pairs.b],
        same_category=same_category, convention=is_doubtful[label_a] | is_doubtful[label_b],
        cause=cause, confidence=confidence,
    )  # fmt: skip


def _find_doubtful_labels(
    tables: ComparisonTables, conventions: LabelConventions
) -> tuple[BoolArray, BoolArray]:
    """Say which labels may hold several objects, and which may be parts; (labels + 1,), the last is no label.

    In a category that is drawn now so, now so, every label that touches another may be either.
    """
    is_mixed = conventions.touching & np.r_[conventions.mixed, False][tables.labels.category]
    return np.r_[conventions.merged | is_mixed, False], np.r_[conventions.split | is_mixed, False]


def _judge_labels(
    relations: LabelRelations,
    pairs: MaskPairs,
    label_ios: FloatArray,
    same_category: BoolArray,
    maybe_merged: BoolArray,
    maybe_split: BoolArray,
    options: CompareOptions,
) -> list[Step]:
    """Judge pairs by what they show: two labels, one in parts, several at once, or none. Steps 1 to 6."""
    a, b = pairs.a, pairs.b
    label_a, label_b = relations.matched_label[a], relations.matched_label[b]
    show_both = (label_a >= 0) & (label_b >= 0)
    two_labels = show_both & (label_a != label_b)
    label_fit = _min_label_fit(relations, pairs)
    # How much the labels overlap as a part of how much the predictions do.
    overlap_ratio = label_ios / np.maximum(pairs.ios, 1e-12)
    as_much = overlap_ratio >= options.label_overlap_ratio
    a_unites_b, b_unites_a = _covers_label_of(relations, a, b), _covers_label_of(relations, b, a)
    unites_parts = (a_unites_b & maybe_split[label_b]) | (b_unites_a & maybe_split[label_a])
    is_cut = show_both & (label_a == label_b) & same_category
    is_cut &= relations.is_fragment[a] | relations.is_fragment[b]
    is_cut &= pairs.iou < options.duplicate_iou  # two masks of one place are a repetition, not two parts
    cuts_merged = is_cut & maybe_merged[label_a]
    n_covered = np.maximum(relations.n_covered_labels[a], relations.n_covered_labels[b])
    fragment_margin = np.maximum(
        *(
            np.where(relations.is_fragment[k], _margin(relations.share_inside[k], COVERED_SHARE), 0)
            for k in (a, b)
        )
    )
    apart_margin = _margin(1 - overlap_ratio, 1 - options.label_overlap_ratio)
    on_background = (label_a < 0) & (label_b < 0) & ~relations.in_crowd[a] & ~relations.in_crowd[b]
    return [
        (
            Cause.GT_OVERLAPS,
            two_labels & as_much,
            np.minimum(label_fit, _margin(overlap_ratio, options.label_overlap_ratio)),
        ),
        # What annotators mean is learned, not measured, so half of the confidence is withheld.
        (Cause.GT_CONVENTION, same_category & (unites_parts | cuts_merged), np.full(len(pairs), 0.5)),
        # Two labels give half of what is possible, three and more all of it.
        (Cause.REGION_COVERS_SEVERAL, a_unites_b | b_unites_a, np.minimum((n_covered - 1) / 2, 1.0)),
        (Cause.OBJECT_CUT_UP, is_cut, fragment_margin),
        (Cause.MASK_SPILL, two_labels & ~as_much, np.minimum(label_fit, apart_margin)),
        (Cause.BACKGROUND, on_background, np.ones(len(pairs))),
    ]


def _judge_nms(
    relations: LabelRelations,
    pairs: MaskPairs,
    same_category: BoolArray,
    nms_threshold: float,
    safe_threshold: float,
    options: CompareOptions,
) -> list[Step]:
    """Judge pairs that show one label as a whole: what would have kept NMS from removing one? Step 7."""
    label_a, label_b = relations.matched_label[pairs.a], relations.matched_label[pairs.b]
    iou, box_iou = pairs.iou, pairs.box_iou
    show_one = (label_a >= 0) & (label_a == label_b)
    show_one &= (relations.is_whole[pairs.a] & relations.is_whole[pairs.b]) | (iou >= options.duplicate_iou)
    is_duplicate = show_one & (iou >= options.duplicate_iou)
    hidden_by_boxes = (box_iou <= nms_threshold) & (box_iou < options.box_mask_ratio * iou)
    duplicate_margin = _margin(iou, options.duplicate_iou)
    return [
        (Cause.NMS_CROSS_CATEGORY, show_one & ~same_category, _min_label_fit(relations, pairs)),
        (Cause.NMS_BLIND_SPOT, is_duplicate & hidden_by_boxes, duplicate_margin),
        (Cause.NMS_THRESHOLD, show_one & (box_iou > safe_threshold), _margin(box_iou, safe_threshold)),
        (Cause.NMS_BLIND_SPOT, is_duplicate, duplicate_margin),
    ]


def _take_first(steps: Sequence[Step], n_pairs: int) -> tuple[np.ndarray, FloatArray]:
    """Return the cause of the first step that holds for each pair, and how sure it is."""
    cause = np.full(n_pairs, Cause.UNDETERMINED.value, dtype=object)
    confidence = np.zeros(n_pairs)
    # From the last to the first, so that the first one that holds is written last.
    for name, holds, margin in reversed(steps):
        cause[holds] = name.value
        confidence[holds] = 0.5 + 0.5 * np.clip(margin[holds], 0, 1)
    return cause, np.round(confidence, 6)


def _covers_label_of(relations: LabelRelations, united: IntArray, shown: IntArray) -> BoolArray:
    """Say whether the first prediction covers several labels, one of which the second shows."""
    label = relations.matched_label[shown]
    is_covered = relations.covers(united, np.maximum(label, 0))
    covers_several: BoolArray = (relations.n_covered_labels[united] >= 2) & (label >= 0) & is_covered
    return covers_several


def _min_label_fit(relations: LabelRelations, pairs: MaskPairs) -> FloatArray:
    """Return how well the worse of two predictions shows its label."""
    return np.minimum(_margin(relations.iou[pairs.a], MATCH_IOU), _margin(relations.iou[pairs.b], MATCH_IOU))


def _margin(value: FloatArray, limit: float) -> FloatArray:
    """Return how far a value lies beyond its limit, as a share of what is possible."""
    return np.clip((value - limit) / max(1 - limit, 1e-12), 0, 1)
