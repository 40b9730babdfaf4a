"""Why two predictions overlap: one cause a pair, decided in a fixed order, or ``undetermined``.

The order, from the labels to the last step of the model. For two predictions that overlap:

1.  ``gt_overlaps``: they show two labels that themselves overlap about as much.
2.  ``gt_convention``: one shows a whole where the other shows a part, or one unites several labels, and
    the labels concerned are those that annotators draw now as one, now as several (rules ``touching.*``).
3.  ``region_covers_several``: one of them covers two or more labels, and the other shows one of these.
4.  ``object_cut_up``: both lie on one label as one category, and at least one shows only a part of it.
5.  ``mask_spill``: they show two labels that do not overlap so much: a mask leaks over the neighbour.
6.  ``background``: neither shows any label.
7.  Both show one label as a whole. ``nms_cross_category``: their categories differ, so NMS by category
    never compared them. ``nms_blind_spot``: their masks overlap strongly, but their boxes stayed under the
    model's threshold and tell far less of it (a thin spur makes a box large). ``nms_threshold``: their
    boxes overlap by more than NMS needs to allow on these labels, so a stricter, still safe threshold
    would have removed one. ``nms_blind_spot`` also where no safe threshold of boxes would have.
8.  ``undetermined``: the rest, for example one prediction on a label and one on background, or in a
    crowd region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
import pandas as pd

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.comparison.options import CompareOptions
from audit.comparison.relations import MATCH_IOU, LabelRelations, lookup_label_ios, relate_to_labels
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs


class Cause(StrEnum):
    """Why two predictions overlap."""

    GT_OVERLAPS = "gt_overlaps"
    GT_CONVENTION = "gt_convention"
    REGION_COVERS_SEVERAL = "region_covers_several"
    OBJECT_CUT_UP = "object_cut_up"
    MASK_SPILL = "mask_spill"
    BACKGROUND = "background"
    NMS_BLIND_SPOT = "nms_blind_spot"
    NMS_THRESHOLD = "nms_threshold"
    NMS_CROSS_CATEGORY = "nms_cross_category"
    UNDETERMINED = "undetermined"


class Group(StrEnum):
    """Which part of the pipeline a cause belongs to."""

    LABELS = "labels"
    PROPOSALS = "proposals"
    TRAINING = "training"
    NMS = "nms"
    UNDETERMINED = "undetermined"


GROUP: Mapping[Cause, Group] = {
    Cause.GT_OVERLAPS: Group.LABELS,
    Cause.GT_CONVENTION: Group.LABELS,
    Cause.REGION_COVERS_SEVERAL: Group.PROPOSALS,
    Cause.OBJECT_CUT_UP: Group.PROPOSALS,
    Cause.MASK_SPILL: Group.TRAINING,
    Cause.BACKGROUND: Group.TRAINING,
    Cause.NMS_BLIND_SPOT: Group.NMS,
    Cause.NMS_THRESHOLD: Group.NMS,
    Cause.NMS_CROSS_CATEGORY: Group.NMS,
    Cause.UNDETERMINED: Group.UNDETERMINED,
}


@dataclass(frozen=True, slots=True)
class LabelConventions:
    """Labels at which annotators disagree about one or several: from the rules ``touching.*``."""

    merged: BoolArray
    """(labels,) may hold several objects: named by a finding, or of a form that speaks for it."""
    split: BoolArray
    """(labels,) may be a part of an object: named by a finding, or likely."""
    touching: BoolArray
    """(labels,) has a neighbour that it touches."""
    mixed: BoolArray
    """(categories,) draws touching objects now as one, now as several."""


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
        """(k,) text: values of `Group`."""
        return np.array([GROUP[Cause(c)].value for c in self.cause.tolist()], dtype=object)


def unknown_conventions(m: ComparisonTables) -> LabelConventions:
    """Know nothing about how touching objects are drawn.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> unknown_conventions(measure_comparison(empty_dataset(), empty_dataset())).merged.tolist()
    []
    """
    no = np.zeros(len(m.labels), dtype=np.bool_)
    return LabelConventions(no, no, no, np.zeros(m.categories, dtype=np.bool_))


def select_overlapping_pairs(m: ComparisonTables, o: CompareOptions) -> MaskPairs:
    """Return the pairs of predictions that overlap enough to be asked about.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> len(select_overlapping_pairs(measure_comparison(empty_dataset(), empty_dataset()), CompareOptions()))
    0
    """
    p, pairs = m.predictions, m.prediction_pairs
    sure = (p.score[pairs.a] >= o.score_floor) & (p.score[pairs.b] >= o.score_floor)
    return pairs.take(sure & ((pairs.iou >= o.min_iou) | (pairs.ios >= o.min_ios)))


def find_overlap_causes(
    m: ComparisonTables, conventions: LabelConventions, safe_threshold: float, o: CompareOptions | None = None
) -> OverlapCauses:
    """Find the cause of every pair of predictions that overlaps.

    Parameters
    ----------
    m : ComparisonTables
    conventions : LabelConventions
    safe_threshold : float
        The strictest box IoU at which NMS still keeps (nearly) all labels
        (`audit.comparison.recall_upper_bound.find_safe_threshold`).
    o : CompareOptions, optional

    Returns
    -------
    OverlapCauses
        Sorted by (image, a, b).

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> len(find_overlap_causes(m, unknown_conventions(m), 0.5))
    0
    """
    o = o or CompareOptions()
    p, pairs = m.predictions, select_overlapping_pairs(m, o)
    r = relate_to_labels(m, p.score >= o.score_floor)
    a, b = pairs.a, pairs.b
    label_ios = lookup_label_ios(m, r.matched_label[a], r.matched_label[b])
    doubtful = _mixed(m, conventions)
    facts = _Facts(
        m, r, pairs,
        label_ios=label_ios,
        merged=np.r_[conventions.merged | doubtful, False],
        split=np.r_[conventions.split | doubtful, False],
    )  # fmt: skip
    cause, confidence = _decide(facts, safe_threshold, o)
    doubted = facts.merged | facts.split
    concerned = doubted[r.matched_label[a]] | doubted[r.matched_label[b]]
    return OverlapCauses(
        pairs=pairs, image=p.image[a],
        label_a=r.matched_label[a], label_b=r.matched_label[b], label_iou_a=r.iou[a], label_iou_b=r.iou[b],
        label_ios=label_ios, covered_a=r.n_covered_labels[a], covered_b=r.n_covered_labels[b],
        same_category=p.category[a] == p.category[b], convention=concerned,
        cause=cause, confidence=confidence,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known about each pair."""

    m: ComparisonTables
    r: LabelRelations
    pairs: MaskPairs
    label_ios: FloatArray
    merged: BoolArray
    """(labels + 1,) which labels may hold several objects; the last is no label."""
    split: BoolArray
    """(labels + 1,) which may be a part of an object."""


def _mixed(m: ComparisonTables, c: LabelConventions) -> BoolArray:
    """Return the touching labels of categories that are drawn now as one, now as several."""
    found: BoolArray = c.touching & np.r_[c.mixed, False][m.labels.category]
    return found


def _decide(f: _Facts, safe: float, o: CompareOptions) -> tuple[np.ndarray, FloatArray]:
    r, p, pairs = f.r, f.m.predictions, f.pairs
    a, b, iou, box_iou = pairs.a, pairs.b, pairs.iou, pairs.box_iou
    home_a, home_b = r.matched_label[a], r.matched_label[b]
    both = (home_a >= 0) & (home_b >= 0)
    one = both & (home_a == home_b)
    two = both & (home_a != home_b)
    whole = r.is_match[a] & r.is_match[b]
    first, second = _unites(r, a, b), _unites(r, b, a)
    unites = first | second
    halves = (first & f.split[home_b]) | (second & f.split[home_a])
    same = p.category[a] == p.category[b]
    cut = one & same & (r.is_fragment[a] | r.is_fragment[b])
    neither = (home_a < 0) & (home_b < 0) & ~r.crowded[a] & ~r.crowded[b]
    fit = np.minimum(_margin(r.iou[a], MATCH_IOU), _margin(r.iou[b], MATCH_IOU))
    share = f.label_ios / np.maximum(pairs.ios, 1e-12)
    more = np.maximum(r.n_covered_labels[a], r.n_covered_labels[b])
    small = np.maximum(
        np.where(r.is_fragment[a], _margin(r.inside[a], 0.5), 0),
        np.where(r.is_fragment[b], _margin(r.inside[b], 0.5), 0),
    )
    apart = _margin(1 - share, 1 - o.as_much)
    allowed = estimate_nms_threshold(f.m)[0] if o.nms_threshold is None else o.nms_threshold
    blind = (iou >= o.high_iou) & (box_iou <= allowed) & (box_iou < o.blind_ratio * iou)
    steps: list[tuple[Cause, BoolArray, FloatArray]] = [
        (Cause.GT_OVERLAPS, two & (share >= o.as_much), np.minimum(fit, _margin(share, o.as_much))),
        (Cause.GT_CONVENTION, same & (halves | (cut & f.merged[home_a])), np.full(len(a), 0.5)),
        (Cause.REGION_COVERS_SEVERAL, unites, np.minimum((more - 1) / 2, 1.0)),
        (Cause.OBJECT_CUT_UP, cut, small),
        (Cause.MASK_SPILL, two & (share < o.as_much), np.minimum(fit, apart)),
        (Cause.BACKGROUND, neither, np.ones(len(a))),
        (Cause.NMS_CROSS_CATEGORY, one & whole & ~same, fit),
        (Cause.NMS_BLIND_SPOT, one & whole & blind, _margin(iou, o.high_iou)),
        (Cause.NMS_THRESHOLD, one & whole & (box_iou > safe), _margin(box_iou, safe)),
        (Cause.NMS_BLIND_SPOT, one & whole & (iou >= o.high_iou), _margin(iou, o.high_iou)),
    ]
    cause = np.full(len(a), Cause.UNDETERMINED.value, dtype=object)
    confidence = np.zeros(len(a))
    for name, holds, margin in reversed(steps):
        cause[holds] = name.value
        confidence[holds] = 0.5 + 0.5 * np.clip(margin[holds], 0, 1)
    return cause, np.round(confidence, 6)


def _unites(r: LabelRelations, one: IntArray, other: IntArray) -> BoolArray:
    """Say whether the first covers several labels, one of which the second shows."""
    home = r.matched_label[other]
    shown = np.asarray(r.covers[one, np.maximum(home, 0)]).ravel() > 0 if len(one) else one > 0
    united: BoolArray = (r.n_covered_labels[one] >= 2) & (home >= 0) & shown
    return united


def _margin(value: FloatArray, limit: float) -> FloatArray:
    """Return how far a value lies beyond its limit, as a share of what is possible."""
    return np.clip((value - limit) / max(1 - limit, 1e-12), 0, 1)


def estimate_nms_threshold(m: ComparisonTables) -> tuple[float, int]:
    """Estimate the threshold of the model's NMS: the largest box IoU that two results of a category have.

    Returns
    -------
    threshold : float
        NaN where no two results of one category and image overlap.
    pairs : int
        How many pairs it is seen from.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> estimate_nms_threshold(measure_comparison(empty_dataset(), empty_dataset()))
    (nan, 0)
    """
    p, pairs = m.predictions, m.prediction_pairs
    iou = pairs.box_iou[(p.category[pairs.a] == p.category[pairs.b]) & (pairs.box_iou > 0)]
    return (float(iou.max()), len(iou)) if len(iou) else (float("nan"), 0)


def overlaps_table(
    m: ComparisonTables, found: OverlapCauses, positions: IntArray, annotation_ids: IntArray
) -> pd.DataFrame:
    """Lay the pairs out as a table, one row each.

    Parameters
    ----------
    m : ComparisonTables
    found : OverlapCauses
    positions : (predictions' annotations,) int64
        Place of each prediction in its results file, by position in the dataset.
    annotation_ids : (labels' annotations,) int64
        Ids of the labels, by position in the dataset.

    Returns
    -------
    DataFrame
        Sorted by (image, prediction_a, prediction_b); ids are -1 where there is none.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m, none = measure_comparison(empty_dataset(), empty_dataset()), np.zeros(0, dtype=np.int64)
    >>> overlaps = find_overlap_causes(m, unknown_conventions(m), 0.5)
    >>> overlaps_table(m, overlaps, none, none).columns[:6].tolist()
    ['image_id', 'prediction_a', 'prediction_b', 'iou', 'ios', 'box_iou']
    """
    p, pairs = m.predictions, found.pairs
    ids = np.r_[annotation_ids[m.labels.row], -1]
    columns: dict[str, np.ndarray] = {
        "image_id": m.image_id[found.image],
        "prediction_a": positions[p.row[pairs.a]],
        "prediction_b": positions[p.row[pairs.b]],
        "iou": pairs.iou,
        "ios": pairs.ios,
        "box_iou": pairs.box_iou,
        "cause": found.cause,
        "group": found.group,
        "confidence": found.confidence,
        "score_a": p.score[pairs.a],
        "score_b": p.score[pairs.b],
        "annotation_a": ids[found.label_a],
        "annotation_b": ids[found.label_b],
    }
    plain = {f.name for f in fields(found)} - set(columns) - {"image", "pairs", "label_a", "label_b"}
    return pd.DataFrame(columns | {f.name: getattr(found, f.name) for f in fields(found) if f.name in plain})
