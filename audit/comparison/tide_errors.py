"""What each wrong prediction and each missed label is, and how much average precision it costs: TIDE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from audit.carriers import dataclass
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.federated_detections import MAX_DETECTIONS_PER_IMAGE
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.precision_recall import interpolate_precision
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.ranges import group_starts
from audit.geometry.sort_keys import stable_lexsort

ERROR_TYPES = ("cls", "loc", "both", "dupe", "bkg", "miss")
"""Wrong category; poor localisation; both; one label again; background; missed label."""
POSITIVE_IOU, BACKGROUND_IOU = 0.5, 0.1
"""IoU from which on a prediction is right, and up to which it shows background: tf and tb of the paper."""
_RECALLS = np.arange(101) / 100
"""As the reference has them; COCO's differ in the last bit, which can move a recall by one place."""
_MAX_DETECTIONS = 100
"""Predictions of an image, all categories together, as in the reference; LVIS has more."""


@dataclass(frozen=True, slots=True)
class TideErrors:
    """One row a wrong prediction, then one a missed label; all arrays (k,)."""

    error_type: np.ndarray
    """Text: values of `ERROR_TYPES`."""
    prediction: IntArray
    """Position in ``ComparisonTables.predictions``; -1 for a missed label."""
    label: IntArray
    """Position in ``ComparisonTables.labels``: the missed one, or what the error is about; -1 = none."""
    iou: FloatArray
    """Of the two; for background the largest with any label."""
    ap_cost: Mapping[str, float]
    """AP (IoU 0.5, 0 to 1) that is gained where all errors of a type are mended, at least 0, and of
    ``false_positives`` and ``false_negatives`` as a whole."""
    ap50: float
    """AP at IoU 0.5, over all categories that have labels or predictions; NaN without any."""

    def __len__(self) -> int:
        return len(self.error_type)


@dataclass(frozen=True, slots=True)
class _Detections:
    """What average precision is computed from; all arrays (predictions,)."""

    category: IntArray
    score: FloatArray
    is_right: BoolArray
    counts: BoolArray
    """Used, and not excused by a crowd region."""
    order: IntArray
    """Order among equal scores."""


def find_tide_errors(tables: ComparisonTables, *, boxes: bool = False) -> TideErrors:
    """Sort the errors of predictions by type, each into the first that fits.

    A prediction that matches no label of its category (greedy, IoU at least 0.5) is *loc* if its best label
    of that category has an IoU of 0.1 to 0.5; *cls* if one of another category reaches 0.5; *dupe* if a label
    of its category reaches 0.5 but is taken; *bkg* if no label exceeds 0.1; else *both*. A label that is
    neither matched nor would be by mending a *loc* or *cls* is a *miss*.

    Parameters
    ----------
    tables : ComparisonTables
    boxes : bool
        Compare boxes and not masks, as for results that are boxes alone.

    Returns
    -------
    TideErrors

    References
    ----------
    Bolya et al., "TIDE: a general toolbox for identifying object detection errors", 2020.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> pair = scene("aaaa..bb"), scene("pppp....", "qqqq....")
    >>> errors = find_tide_errors(measure_comparison(*compared(pair, scores={"q": 0.8})))
    >>> errors.error_type.tolist(), errors.prediction.tolist(), errors.label.tolist()
    (['dupe', 'miss'], [1, -1], [0, 1])
    >>> round(errors.ap50, 3), round(errors.ap_cost["miss"], 3)
    (0.505, 0.495)
    >>> len(find_tide_errors(measure_comparison(*compared())))
    0
    """
    labels, predictions = tables.labels, tables.predictions
    # A label without pixels is missed, as in the reference and in COCO.
    is_expected = ~labels.iscrowd & (labels.has_mask | boxes) & (labels.category >= 0)
    is_usable = (predictions.category >= 0) & (predictions.has_mask | boxes)
    order, place = _order_predictions(predictions, is_usable)
    is_used = is_usable & (place < (MAX_DETECTIONS_PER_IMAGE if tables.is_federated else _MAX_DETECTIONS))
    pairs = tables.cross_pairs
    iou = pairs.box_iou if boxes else pairs.iou
    is_possible = (iou > 0) & is_used[pairs.b] & (is_expected[pairs.a] | pairs.iscrowd)
    pairs, iou = pairs.take(is_possible), iou[is_possible]
    same_category = labels.category[pairs.a] == predictions.category[pairs.b]
    without_crowds = ~pairs.iscrowd
    may_match = same_category & without_crowds
    matched = _match_labels(pairs.take(may_match), iou[may_match], order, len(labels))
    is_right = matched >= 0
    is_taken = np.zeros(len(labels), dtype=np.bool_)
    is_taken[matched[is_right]] = True
    is_excused = ~predictions.is_verified | predictions.is_excusable
    is_excused[pairs.b[same_category & pairs.iscrowd & (iou > POSITIVE_IOU)]] = True
    is_excused &= ~is_right  # what is right counts, in a crowd region too
    has_labels = np.bincount(labels.image[is_expected], minlength=len(tables.image_id)) > 0
    kind, label, nearest_iou = _classify_predictions(
        pairs.take(without_crowds), iou[without_crowds], same_category[without_crowds], is_taken,
        has_labels[predictions.image],
    )  # fmt: skip
    wrong = np.flatnonzero(is_used & ~is_right)
    wrong = wrong[np.argsort(order[wrong], kind="stable")]
    mended = _find_mendable(kind, label, is_taken, wrong)
    is_missed = is_expected & ~is_taken
    is_missed[label[mended]] = False
    missed = np.flatnonzero(is_missed)
    detections = _Detections(predictions.category, predictions.score, is_right, is_used & ~is_excused, order)
    n_labels = np.bincount(labels.category[is_expected], minlength=tables.categories)
    n_missed = np.bincount(labels.category[missed], minlength=tables.categories)
    is_wrong = np.zeros(len(predictions), dtype=np.bool_)
    is_wrong[wrong] = True
    cost, average_precision = _measure_costs(
        detections, np.where(is_wrong, kind, ""), mended, labels.category[label[mended]], n_labels, n_missed
    )
    return TideErrors(
        error_type=np.concatenate([kind[wrong], np.full(len(missed), "miss", dtype=object)]),
        prediction=np.concatenate([wrong, np.full(len(missed), -1)]),
        label=np.concatenate([label[wrong], missed]),
        iou=np.concatenate([nearest_iou[wrong], np.zeros(len(missed))]),
        ap_cost=cost,
        ap50=average_precision,
    )


def _order_predictions(predictions: Instances, is_usable: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the rank of each prediction by image and score, and its place within its image.

    What is not usable comes after all others of its image, so that it takes none of their places.
    """
    by_rank = stable_lexsort((predictions.row, -predictions.score, ~is_usable, predictions.image))
    rank, place = (np.empty(len(by_rank), dtype=np.int64) for _ in range(2))
    rank[by_rank] = np.arange(len(by_rank))
    first = group_starts(predictions.image[by_rank])
    place[by_rank] = np.arange(len(by_rank)) - np.repeat(first, np.diff(np.r_[first, len(by_rank)]))
    return rank, place


def _match_labels(pairs: MaskPairs, iou: FloatArray, order: IntArray, n_labels: int) -> IntArray:
    """Match greedily; of labels with equal IoU the reference takes the first, where COCO takes the last."""
    nothing_ignored = np.zeros(n_labels, dtype=np.bool_)
    backwards = replace(pairs, a=n_labels - 1 - pairs.a)
    matched = match_detections(
        backwards, iou, order, nothing_ignored[None], nothing_ignored, np.array([POSITIVE_IOU])
    )[0]
    return np.where(matched >= 0, n_labels - 1 - matched, -1)


def _classify_predictions(
    pairs: MaskPairs,
    iou_of_pair: FloatArray,
    same_category: BoolArray,
    is_taken: BoolArray,
    image_has_labels: BoolArray,
) -> tuple[np.ndarray, IntArray, FloatArray]:
    """Return the type of error that each prediction would be, were it wrong; with its label and IoU."""
    n_predictions = len(image_has_labels)
    (same, same_iou), (different, different_iou), (dupe, dupe_iou) = (
        _find_best_label(n_predictions, pairs.take(chosen), iou_of_pair[chosen])
        for chosen in (same_category, ~same_category, same_category & is_taken[pairs.a])
    )
    nearest = np.where(same_iou >= different_iou, same, different)
    nearest_iou = np.maximum(same_iou, different_iou)
    no_label = np.full(n_predictions, -1)
    steps = [
        ("bkg", ~image_has_labels, no_label, np.zeros(n_predictions)),
        ("loc", (same_iou >= BACKGROUND_IOU) & (same_iou <= POSITIVE_IOU), same, same_iou),
        ("cls", different_iou >= POSITIVE_IOU, different, different_iou),
        ("dupe", dupe_iou >= POSITIVE_IOU, dupe, dupe_iou),
        ("bkg", nearest_iou <= BACKGROUND_IOU, no_label, nearest_iou),
        ("both", np.ones(n_predictions, dtype=np.bool_), nearest, nearest_iou),
    ]
    kind = np.full(n_predictions, "", dtype=object)
    label, iou = np.full(n_predictions, -1, dtype=np.int64), np.zeros(n_predictions)
    # From the last to the first, so that the first one that holds is written last.
    for name, holds, label_of, iou_of in reversed(steps):
        kind[holds], label[holds], iou[holds] = name, label_of[holds], iou_of[holds]
    return kind, label, iou


def _find_best_label(
    n_predictions: int, pairs: MaskPairs, pair_iou: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the label with the largest IoU for each prediction; of equal ones the first."""
    order = stable_lexsort((-pairs.a, pair_iou, pairs.b))
    label, iou = np.full(n_predictions, -1, dtype=np.int64), np.zeros(n_predictions)
    # The last assignment of each prediction stays.
    label[pairs.b[order]], iou[pairs.b[order]] = pairs.a[order], pair_iou[order]
    return label, iou


def _find_mendable(kind: np.ndarray, label: IntArray, is_taken: BoolArray, wrong: IntArray) -> IntArray:
    """Return the predictions that would match if they were mended: the best one of each free label."""
    mendable = wrong[np.isin(kind[wrong], ("loc", "cls"))]
    mendable = mendable[~is_taken[label[mendable]]]
    _, first = np.unique(label[mendable], return_index=True)  # in order of score in each image
    return mendable[np.sort(first)]


def _measure_costs(
    detections: _Detections,
    kind: np.ndarray,
    mended: IntArray,
    mended_category: IntArray,
    n_labels: IntArray,
    n_missed: IntArray,
) -> tuple[dict[str, float], float]:
    """Compute AP, and what it gains where the errors of each type are mended.

    ``kind`` is empty where a prediction is no error.
    """
    base = _mean_ap(detections, n_labels)
    # Mended data lists errors first, then what was right: so equal scores are ordered.
    n_detections = len(detections.order)
    order = detections.order + np.where(detections.is_right, n_detections, 0)
    cost: dict[str, float] = {}
    for name in ERROR_TYPES[:-1]:
        is_of_type = kind == name
        is_mended = np.zeros(n_detections, dtype=np.bool_)
        is_mended[mended] = is_of_type[mended]
        category = detections.category.copy()
        category[mended[is_of_type[mended]]] = mended_category[is_of_type[mended]]
        # Those that win a label become right, the others of the type go.
        fixed = _Detections(
            category,
            detections.score,
            detections.is_right | is_mended,
            (detections.counts & ~is_of_type) | is_mended,
            order,
        )
        cost[name] = max(_mean_ap(fixed, n_labels) - base, 0.0)
    reordered = _Detections(
        detections.category, detections.score, detections.is_right, detections.counts, order
    )
    cost["miss"] = max(_mean_ap(reordered, n_labels - n_missed) - base, 0.0)
    perfectly_scored = _Detections(
        detections.category, detections.is_right.astype(float), detections.is_right, detections.counts, order
    )
    cost["false_positives"] = _mean_ap(perfectly_scored, n_labels) - base
    found_category = detections.category[detections.is_right & detections.counts]
    n_found = np.bincount(found_category, minlength=len(n_labels))
    cost["false_negatives"] = _mean_ap(reordered, n_found) - base
    return cost, base


def _mean_ap(detections: _Detections, n_labels: IntArray) -> float:
    """Average AP over the categories that have labels or predictions."""
    category_of_row = detections.category
    rows = np.flatnonzero(detections.counts)
    rows = rows[stable_lexsort((detections.order[rows], -detections.score[rows], category_of_row[rows]))]
    bounds = np.searchsorted(category_of_row[rows], np.arange(len(n_labels) + 1))
    curves = interpolate_precision(detections.is_right[rows], bounds, n_labels, _RECALLS)
    averaged = curves[(np.diff(bounds) > 0) | (n_labels > 0)]
    return float(averaged.mean(axis=1).mean()) if len(averaged) else float("nan")
