"""COCO's average precision and recall, for masks and boxes, exactly as pycocotools computes them.

The twelve numbers come from pairs that are already measured, so that a what-if with dozens of variants
costs seconds: an evaluator that takes files would read and measure the masks again for each, and those
that are fast (hotcoco, faster-coco-eval) refuse real files for a year written as text, or see masks
before they are checked. The tests hold the numbers against pycocotools.
"""

from __future__ import annotations

from ctypes import c_double, c_int64

import numpy as np

from audit.carriers import dataclass
from audit.comparison.coco_metrics import AREA_RANGES, IOU_THRESHOLDS, MAX_DETECTIONS, Evaluation
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.federated_detections import MAX_DETECTIONS_PER_IMAGE, keep_best_of_images
from audit.comparison.matching import (
    BoolArray,
    MatchCandidates,
    clip_thresholds,
    list_in_order,
    sort_candidates,
)
from audit.comparison.precision_recall import RECALL_THRESHOLDS
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import int64_array, thread_count
from audit.geometry.sort_keys import stable_lexsort
from audit.native.library import array, declare

_evaluate_detections = declare(
    "maskaudit_evaluate_detections",
    array("i8"), c_int64, array("i8"), array("i8"), array("f8"), array("i8"), array("i8"), c_int64, c_int64,
    array("u1"), array("u1"), c_int64, array("u1"), array("i8"), c_int64, c_int64, array("f8"), c_int64,
    array("f8"), c_int64, array("i8"), c_int64, c_int64, c_double, c_int64,
)  # fmt: skip


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
    order = stable_lexsort((predictions.row, tables.image_id[predictions.image], -score))
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
        Whether small, medium and large objects are told apart, and recall and matches are returned; a
        what-if needs no more than AP over all.

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
    evaluator = prepare_evaluation(tables, candidates, iou=iou, boxes=boxes, by_area=by_area)
    return evaluator.evaluate(rank_by_score(tables) if rank is None else rank, kept)


@dataclass(frozen=True, slots=True)
class DetectionEvaluator:
    """What evaluating needs besides the order of predictions, so that dozens of orders cost little."""

    tables: ComparisonTables
    candidates: MatchCandidates
    is_usable: BoolArray
    """(predictions,) which can be judged at all."""
    is_ignored_label: BoolArray
    """(ranges, labels) which count neither way."""
    is_outside: BoolArray
    """(ranges, predictions) outside by their area, or excused: unmatched, they count neither way."""
    n_labels: IntArray
    """(ranges, categories) that count."""

    def evaluate(self, rank: IntArray, kept: BoolArray | None = None) -> Evaluation:
        """Match and count predictions in an order.

        Parameters
        ----------
        rank : (predictions,) int64
            As `rank_by_score` gives it.
        kept : (predictions,) bool, optional
            Predictions to look at; all where it is left out.

        Returns
        -------
        Evaluation

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> tables = measure_comparison(*compared((scene("aaab"), scene("pp.q"))))
        >>> evaluator = prepare_evaluation(tables, mask_candidates(tables))
        >>> evaluator.evaluate(np.array([1, 0]), np.array([False, True])).matched_label[0].tolist()
        [-1, 1]
        """
        labels, predictions = self.tables.labels, self.tables.predictions
        maxima: tuple[int, ...] = MAX_DETECTIONS
        if self.tables.is_federated:
            # LVIS cuts before it leaves out what nobody looked for.
            maxima = (*MAX_DETECTIONS, MAX_DETECTIONS_PER_IMAGE)
            order = list_in_order(rank, np.ones(len(rank), dtype=np.bool_) if kept is None else kept)
            order = keep_best_of_images(order, predictions.image)
            order = int64_array(order[self.is_usable[order]])
        else:
            order = list_in_order(rank, self.is_usable if kept is None else self.is_usable & kept)
        n_ranges, n_categories, n_thresholds = len(self.n_labels), self.tables.categories, len(IOU_THRESHOLDS)
        # A what-if, which tells no sizes apart, needs neither recall nor matches.
        counts_all = n_ranges > 1
        columns = _evaluate_detections(
            order, len(order), self.candidates.start, self.candidates.label, self.candidates.iou,
            int64_array(predictions.category), int64_array(predictions.image), len(predictions),
            len(self.tables.image_id), self.is_ignored_label.view(np.uint8),
            np.ascontiguousarray(labels.iscrowd).view(np.uint8), len(labels), self.is_outside.view(np.uint8),
            self.n_labels, n_ranges, n_categories, clip_thresholds(IOU_THRESHOLDS), n_thresholds,
            RECALL_THRESHOLDS, len(RECALL_THRESHOLDS), int64_array(maxima), len(maxima),
            counts_all, np.spacing(1), thread_count(),
        )  # fmt: skip
        precision = columns["precision"].reshape(n_ranges, n_categories, n_thresholds, len(RECALL_THRESHOLDS))
        recall_shape = (n_ranges, len(maxima), n_categories, n_thresholds)
        recall = columns["recall"].reshape(recall_shape) if counts_all else np.full(recall_shape, -1.0)
        matched_label = columns["label"].reshape(n_thresholds if counts_all else 0, len(predictions))
        return Evaluation(precision, recall, matched_label, maxima)


def prepare_evaluation(
    tables: ComparisonTables,
    candidates: MaskPairs,
    *,
    iou: FloatArray | None = None,
    boxes: bool = False,
    by_area: bool = True,
) -> DetectionEvaluator:
    """Sort candidates, and find out what counts in each range of areas; see `evaluate_detections`.

    Parameters
    ----------
    tables : ComparisonTables
    candidates : MaskPairs
    iou : (candidates,) float64, optional
    boxes, by_area : bool

    Returns
    -------
    DetectionEvaluator

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaab"), scene("pp.q"))))
    >>> prepare_evaluation(tables, mask_candidates(tables)).n_labels.tolist()  # both are small
    [[2], [2], [0], [0]]
    >>> nothing = measure_comparison(*compared())
    >>> prepare_evaluation(nothing, mask_candidates(nothing)).n_labels.shape
    (4, 0)
    """
    labels, predictions = tables.labels, tables.predictions
    is_counted = (labels.category >= 0) & labels.is_verified
    is_usable = (predictions.category >= 0) & predictions.is_verified
    if not boxes:
        is_counted, is_usable = is_counted & labels.has_mask, is_usable & predictions.has_mask
    if iou is None:
        iou = candidates.box_iou if boxes else candidates.iou
    is_possible = is_counted[candidates.a]
    least_iou = float(clip_thresholds(IOU_THRESHOLDS).min())
    ranges = AREA_RANGES if by_area else AREA_RANGES[:1]
    is_ignored_label = labels.iscrowd | _is_outside(labels.declared_area, ranges)
    size = predictions.box[:, 2] * predictions.box[:, 3] if boxes else predictions.area
    n_labels = np.stack(
        [
            np.bincount(labels.category[is_counted & ~ignored], minlength=tables.categories)
            for ignored in is_ignored_label
        ]
    )
    return DetectionEvaluator(
        tables=tables,
        candidates=sort_candidates(
            candidates.take(is_possible), iou[is_possible], len(predictions), least_iou
        ),
        is_usable=is_usable,
        is_ignored_label=is_ignored_label,
        is_outside=_is_outside(size, ranges) | predictions.is_excusable,
        n_labels=int64_array(n_labels),
    )


def _is_outside(area: FloatArray | IntArray, ranges: tuple[tuple[str, float, float], ...]) -> BoolArray:
    """Say for each range which areas lie outside: (ranges, n)."""
    return np.stack([(area < low) | (area > high) for _, low, high in ranges])
