"""COCO's average precision and recall, for masks and boxes, exactly as pycocotools computes them.

The twelve numbers come from pairs that are already measured, so that a what-if with dozens of variants
costs seconds: an evaluator that takes files would read and measure the masks again for each, and those
that are fast (hotcoco, faster-coco-eval) refuse real files for a year written as text, or see masks
before they are checked. The tests hold the numbers against pycocotools.
"""

from __future__ import annotations

from ctypes import c_double, c_int64
from dataclasses import dataclass

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.precision_recall import RECALL_THRESHOLDS
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import int64_array, thread_count
from audit.geometry.runs import group_starts
from audit.native.library import array, declare

_accumulate_detections = declare(
    "maskaudit_accumulate_detections",
    array("i8"), array("i8"), c_int64, array("i8"), array("u1"), array("u1"), c_int64, array("i8"), c_int64,
    c_int64, array("f8"), c_int64, array("i8"), c_int64, c_double, c_int64,
)  # fmt: skip

# The settings of COCOeval, which pycocotools calls Params.iouThrs, maxDets and areaRng.
IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
MAX_DETECTIONS = (1, 10, 100)
"""Detections of an image and category that AR is given for; beyond the last, they are left out."""
AREA_RANGES: tuple[tuple[str, float, float], ...] = (
    ("all", 0.0, 1e10),
    ("small", 0.0, 32.0**2),
    ("medium", 32.0**2, 96.0**2),
    ("large", 96.0**2, 1e10),
)
"""Name, least and largest area in pixels, both included: an object of 32 x 32 is small and medium."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What matching and counting gave, before it is averaged."""

    precision: FloatArray
    """(ranges, categories, thresholds, recalls); -1 = no labels."""
    recall: FloatArray
    """(ranges, maxima, categories, thresholds); -1 = no labels."""
    matched_label: IntArray
    """(thresholds, predictions) the label of each prediction, over all areas; -1 = none."""

    def summarize(self) -> dict[str, float]:
        """Return COCO's twelve numbers (AP alone where sizes were not told apart); NaN = nothing to average.

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> tables = measure_comparison(*compared((scene("aabb"), scene("pp.."))))
        >>> metrics = evaluate_detections(tables, mask_candidates(tables)).summarize()
        >>> round(metrics["AP50"], 3), metrics["AR100"]
        (0.505, 0.5)
        >>> tables = measure_comparison(*compared())
        >>> metrics = evaluate_detections(tables, mask_candidates(tables)).summarize()
        >>> list(metrics)[:3], bool(np.isnan(metrics["AP"]))
        (['AP', 'AP50', 'AP75'], True)
        """
        at_50, at_75 = (int(np.argmin(np.abs(IOU_THRESHOLDS - iou))) for iou in (0.5, 0.75))
        precision, recall = self.precision, self.recall
        metrics = {
            "AP": _mean_defined(precision[0]),
            "AP50": _mean_defined(precision[0, :, at_50]),
            "AP75": _mean_defined(precision[0, :, at_75]),
        }
        sizes = range(1, len(precision))
        metrics |= {f"AP_{AREA_RANGES[k][0]}": _mean_defined(precision[k]) for k in sizes}
        metrics |= {f"AR{most}": _mean_defined(recall[0, k]) for k, most in enumerate(MAX_DETECTIONS)}
        return metrics | {f"AR_{AREA_RANGES[k][0]}": _mean_defined(recall[k, -1]) for k in sizes}

    def ap_by_category(self) -> FloatArray:
        """Return AP of each category; NaN without labels.

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> tables = measure_comparison(*compared((scene("aa.b", categories={"b": "x"}), scene("pp.."))))
        >>> evaluate_detections(tables, mask_candidates(tables)).ap_by_category().round(3).tolist()
        [1.0, 0.0]
        """
        average = self.precision[0].mean(axis=(1, 2))
        return np.where(average < 0, np.nan, average)


def _mean_defined(values: FloatArray) -> float:
    """Average what is not -1, which is how COCOeval marks what has no labels."""
    defined = values[values > -1]
    return float(defined.mean()) if len(defined) else float("nan")


def mask_candidates(tables: ComparisonTables) -> MaskPairs:
    """Return the pairs of a label and a prediction of one category whose masks overlap.

    Parameters
    ----------
    tables : ComparisonTables

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aab"), scene("ppp"))))
    >>> mask_candidates(tables).iou.round(3).tolist()
    [0.667, 0.333]
    >>> len(mask_candidates(measure_comparison(*compared())))
    0
    """
    return _within_category(tables, tables.cross_pairs.iou)


def box_candidates(tables: ComparisonTables) -> MaskPairs:
    """Return the pairs of a label and a prediction of one category whose boxes overlap.

    Parameters
    ----------
    tables : ComparisonTables

    Examples
    --------
    The masks share no pixel, the boxes do:

    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> boxes = {"p": (1.0, 0.0, 3.0, 1.0)}
    >>> tables = measure_comparison(*compared((scene("aa.."), scene("...p", boxes=boxes))))
    >>> box_candidates(tables).box_iou.tolist(), len(mask_candidates(tables))
    ([0.25], 0)
    >>> len(box_candidates(measure_comparison(*compared())))
    0
    """
    return _within_category(tables, tables.cross_pairs.box_iou)


def _within_category(tables: ComparisonTables, iou: FloatArray) -> MaskPairs:
    pairs, category = tables.cross_pairs, tables.labels.category[tables.cross_pairs.a]
    is_same = (category == tables.predictions.category[pairs.b]) & (category >= 0)
    return pairs.take(is_same & (iou > 0))


def rank_by_score(tables: ComparisonTables, score: FloatArray | None = None) -> IntArray:
    """Return the rank of each prediction: descending score, then image id, then place in the file.

    Parameters
    ----------
    tables : ComparisonTables
    score : (predictions,) float64, optional
        Other scores than those of the file.

    Returns
    -------
    (predictions,) int64
        0 = best.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aa"), scene("pq")), scores={"p": 0.5}))
    >>> rank_by_score(tables).tolist()
    [1, 0]
    >>> rank_by_score(measure_comparison(*compared())).tolist()
    []
    """
    predictions = tables.predictions
    score = predictions.score if score is None else score
    order = np.lexsort((predictions.row, tables.image_id[predictions.image], -score))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def evaluate_detections(
    tables: ComparisonTables,
    candidates: MaskPairs,
    *,
    iou: FloatArray | None = None,
    boxes: bool = False,
    kept: BoolArray | None = None,
    rank: IntArray | None = None,
    by_area: bool = True,
) -> Evaluation:
    """Match and count predictions against labels as COCO does.

    Parameters
    ----------
    tables : ComparisonTables
    candidates : MaskPairs
        Of masks or of boxes, as `mask_candidates` and `box_candidates` give them.
    iou : (candidates,) float64, optional
        What decides about a match, where it is neither the masks' IoU nor the boxes'.
    boxes : bool
        Whether boxes are judged: then a prediction is as large as its box.
    kept : (predictions,) bool, optional
        Predictions to look at; all where it is left out.
    rank : (predictions,) int64, optional
        Another order than that of the file's scores, as `rank_by_score` gives it.
    by_area : bool
        Whether small, medium and large objects are told apart, and recall is counted; a what-if needs
        no more than AP over all.

    Returns
    -------
    Evaluation

    References
    ----------
    Lin et al., "Microsoft COCO", 2014; COCOeval of the COCO API.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaab"), scene("pp.q"))))
    >>> evaluation = evaluate_detections(tables, mask_candidates(tables))
    >>> evaluation.matched_label[[0, -1]].tolist()  # p has an IoU of 2/3 with a
    [[0, 1], [-1, 1]]
    >>> nothing = measure_comparison(*compared())
    >>> evaluate_detections(nothing, mask_candidates(nothing)).matched_label.shape
    (10, 0)
    """
    labels, predictions = tables.labels, tables.predictions
    is_counted, is_used = labels.category >= 0, predictions.category >= 0
    if not boxes:
        is_counted, is_used = is_counted & labels.has_mask, is_used & predictions.has_mask
    if kept is not None:
        is_used = is_used & kept
    rank = rank_by_score(tables) if rank is None else rank
    place = _place_in_group(predictions, rank, is_used, tables.categories)
    is_used = is_used & (place < MAX_DETECTIONS[-1])
    if iou is None:
        iou = candidates.box_iou if boxes else candidates.iou
    is_possible = is_used[candidates.b] & is_counted[candidates.a]
    ranges = AREA_RANGES if by_area else AREA_RANGES[:1]
    is_ignored_label = labels.iscrowd | _is_outside(labels.declared_area, ranges)
    matched = _match_by_area(
        candidates.take(is_possible), iou[is_possible], rank, is_ignored_label, labels.iscrowd
    )
    size = predictions.box[:, 2] * predictions.box[:, 3] if boxes else predictions.area
    is_ignored = _ignore_predictions(matched, is_ignored_label, _is_outside(size, ranges))
    precision, recall = _accumulate(
        tables, is_used, is_counted, rank, place, matched >= 0, is_ignored, is_ignored_label
    )
    return Evaluation(precision, recall, matched[0])


def _is_outside(area: FloatArray | IntArray, ranges: tuple[tuple[str, float, float], ...]) -> BoolArray:
    """Say for each range which areas lie outside: (ranges, n)."""
    return np.stack([(area < low) | (area > high) for _, low, high in ranges])


def _match_by_area(
    pairs: MaskPairs, iou: FloatArray, rank: IntArray, is_ignored_label: BoolArray, is_crowd: BoolArray
) -> IntArray:
    """Match at every threshold in every range of areas: (ranges, thresholds, predictions)."""
    n_ranges, n_thresholds = len(is_ignored_label), len(IOU_THRESHOLDS)
    range_of_layer = np.repeat(np.arange(n_ranges), n_thresholds)
    matched: IntArray = match_detections(
        pairs, iou, rank, is_ignored_label[range_of_layer], is_crowd, np.tile(IOU_THRESHOLDS, n_ranges)
    ).reshape(n_ranges, n_thresholds, len(rank))
    return matched


def _ignore_predictions(matched: IntArray, is_ignored_label: BoolArray, is_outside: BoolArray) -> BoolArray:
    """Say which predictions count neither way: matched to an ignored label, or unmatched and out of range."""
    # Position -1 (no label) reads the column that is added here.
    padded = np.concatenate([is_ignored_label, np.zeros((len(matched), 1), dtype=np.bool_)], axis=1)
    excused = np.take_along_axis(padded, matched.reshape(len(matched), -1), axis=1)
    return np.where(matched >= 0, excused.reshape(matched.shape), is_outside[:, None, :])


def _place_in_group(
    predictions: Instances, rank: IntArray, is_used: BoolArray, n_categories: int
) -> IntArray:
    """Return how many better predictions of its image and category each prediction has."""
    place = np.zeros(len(rank), dtype=np.int64)
    rows = np.flatnonzero(is_used)
    group = predictions.image[rows] * (n_categories + 1) + predictions.category[rows]
    order = np.lexsort((rank[rows], group))
    first = group_starts(group[order])
    place[rows[order]] = np.arange(len(rows)) - np.repeat(first, np.diff(np.r_[first, len(rows)]))
    return place


def _accumulate(
    tables: ComparisonTables,
    is_used: BoolArray,
    is_counted: BoolArray,
    rank: IntArray,
    place: IntArray,
    is_matched: BoolArray,
    is_ignored: BoolArray,
    is_ignored_label: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """Turn matches into precision at 101 recalls, and into recall, category by category."""
    n_ranges, n_categories, n_thresholds = len(is_ignored_label), tables.categories, len(IOU_THRESHOLDS)
    n_labels = np.stack(
        [
            np.bincount(tables.labels.category[is_counted & ~ignored], minlength=n_categories)
            for ignored in is_ignored_label
        ]
    )
    rows = np.flatnonzero(is_used)
    category_of_row = tables.predictions.category
    rows = rows[np.lexsort((rank[rows], category_of_row[rows]))]
    bounds = np.searchsorted(category_of_row[rows], np.arange(n_categories + 1))
    maxima = MAX_DETECTIONS if n_ranges > 1 else ()
    columns = _accumulate_detections(
        int64_array(rows), int64_array(bounds), n_categories, int64_array(place),
        (is_matched & ~is_ignored).view(np.uint8), (~is_matched & ~is_ignored).view(np.uint8), len(rank),
        int64_array(n_labels), n_ranges, n_thresholds, RECALL_THRESHOLDS, len(RECALL_THRESHOLDS),
        int64_array(maxima), len(maxima), np.spacing(1), thread_count(),
    )  # fmt: skip
    precision = columns["precision"].reshape(n_ranges, n_categories, n_thresholds, len(RECALL_THRESHOLDS))
    recall = np.full((n_ranges, len(MAX_DETECTIONS), n_categories, n_thresholds), -1.0)
    recall[:, : len(maxima)] = columns["recall"].reshape(n_ranges, len(maxima), n_categories, n_thresholds)
    return precision, recall
