"""COCO's average precision and recall, for masks and boxes, exactly as pycocotools computes them.

The twelve numbers come from pairs that are already measured, so that a what-if with dozens of variants
costs seconds: an evaluator that takes files would read and measure the masks anew for each, and those
that are fast (hotcoco, faster-coco-eval) refuse real files for a year written as text, or see masks
before they are checked. The tests hold the numbers against pycocotools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray, match_detections
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import heads

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
MOST = (1, 10, 100)
"""Detections an image and category that AR is given for."""
RANGES: tuple[tuple[str, float, float], ...] = (
    ("all", 0.0, 1e10),
    ("small", 0.0, 32.0**2),
    ("medium", 32.0**2, 96.0**2),
    ("large", 96.0**2, 1e10),
)
"""Name, least and largest area in pixels, both included."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What matching and counting gave, before it is averaged."""

    precision: FloatArray
    """(ranges, categories, thresholds, recalls); -1 = no labels."""
    recall: FloatArray
    """(ranges, maxima, categories, thresholds); -1 = no labels."""
    matched: IntArray
    """(thresholds, predictions) the label of each prediction, over all areas; -1 = none."""

    def numbers(self) -> dict[str, float]:
        """Return COCO's twelve numbers (AP alone where sizes were not told apart); NaN = nothing to average.

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.dataset.model import empty_dataset
        >>> m = measure_comparison(empty_dataset(), empty_dataset())
        >>> evaluation = evaluate_detections(m, mask_candidates(m))
        >>> list(evaluation.numbers())[:3], bool(np.isnan(evaluation.numbers()["AP"]))
        (['AP', 'AP50', 'AP75'], True)
        """
        at_50, at_75 = (int(np.argmin(np.abs(THRESHOLDS - t))) for t in (0.5, 0.75))
        p, r = self.precision, self.recall
        found = {"AP": _mean(p[0]), "AP50": _mean(p[0, :, at_50]), "AP75": _mean(p[0, :, at_75])}
        sizes = range(1, len(p))
        found |= {f"AP_{RANGES[k][0]}": _mean(p[k]) for k in sizes}
        found |= {f"AR{most}": _mean(r[0, k]) for k, most in enumerate(MOST)}
        return found | {f"AR_{RANGES[k][0]}": _mean(r[k, -1]) for k in sizes}

    def by_category(self) -> FloatArray:
        """Return AP of each category; NaN without labels."""
        ap = self.precision[0].mean(axis=(1, 2))
        return np.where(ap < 0, np.nan, ap)


def _mean(values: FloatArray) -> float:
    known = values[values > -1]
    return float(known.mean()) if len(known) else float("nan")


def mask_candidates(m: ComparisonTables) -> MaskPairs:
    """Return the pairs of a prediction and a label of one category whose masks overlap.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> len(mask_candidates(measure_comparison(empty_dataset(), empty_dataset())).iou)
    0
    """
    return _same_category(m, m.cross_pairs.iou)


def box_candidates(m: ComparisonTables) -> MaskPairs:
    """Return the pairs of a prediction and a label of one category whose boxes overlap.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> len(box_candidates(measure_comparison(empty_dataset(), empty_dataset())).iou)
    0
    """
    return _same_category(m, m.cross_pairs.box_iou)


def _same_category(m: ComparisonTables, iou: FloatArray) -> MaskPairs:
    pairs, category = m.cross_pairs, m.labels.category[m.cross_pairs.a]
    return pairs.take((category == m.predictions.category[pairs.b]) & (category >= 0) & (iou > 0))


def rank_by_score(m: ComparisonTables, score: FloatArray | None = None) -> IntArray:
    """Return the rank of each prediction: descending score, then image id, then place in the file.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> rank_by_score(measure_comparison(empty_dataset(), empty_dataset())).tolist()
    []
    """
    p = m.predictions
    score = p.score if score is None else score
    order = np.lexsort((p.row, m.image_id[p.image], -score))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def evaluate_detections(
    m: ComparisonTables,
    candidates: MaskPairs,
    *,
    iou: FloatArray | None = None,
    boxes: bool = False,
    kept: BoolArray | None = None,
    rank: IntArray | None = None,
    prediction_area: IntArray | None = None,
    areas: bool = True,
    labels_too: BoolArray | None = None,
) -> Evaluation:
    """Match and count predictions against labels as COCO does.

    Parameters
    ----------
    m : ComparisonTables
    candidates : MaskPairs
        Of masks or of boxes.
    iou : (candidates,) float64, optional
        What decides about a match, where it is neither the masks' IoU nor the boxes'.
    boxes : bool
        Whether boxes are judged: then a prediction is as large as its box.
    kept : (predictions,) bool, optional
        Predictions to look at; all where it is left out.
    rank : (predictions,) int64, optional
        Another order than that of the file's scores, as `rank_by_score` gives it.
    prediction_area : (predictions,) int64, optional
        Other areas than those measured.
    areas : bool
        Whether small, medium and large objects are told apart, and recall is counted; a what-if needs
        no more than AP over all.
    labels_too : (labels,) bool, optional
        Labels to look at; all with a mask (or box) and a category where it is left out.

    Returns
    -------
    Evaluation

    References
    ----------
    Lin et al., "Microsoft COCO", 2014; COCOeval of the COCO API.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> evaluate_detections(m, mask_candidates(m)).matched.shape
    (10, 0)
    """
    g, p = m.labels, m.predictions
    usable = p.category >= 0 if boxes else (p.category >= 0) & p.has_mask
    usable = usable if kept is None else usable & kept
    counted = g.category >= 0 if boxes else (g.category >= 0) & g.has_mask
    counted = counted if labels_too is None else counted & labels_too
    rank = rank_by_score(m) if rank is None else rank
    place = _place_in_group(p.image, p.category, rank, usable, m.categories)
    usable &= place < MOST[-1]
    if iou is None:
        iou = candidates.box_iou if boxes else candidates.iou
    fine = usable[candidates.b] & counted[candidates.a]
    ranges = RANGES if areas else RANGES[:1]
    size = p.box[:, 2] * p.box[:, 3] if boxes else (p.area if prediction_area is None else prediction_area)
    ignored = np.stack(
        [g.iscrowd | (g.declared_area < low) | (g.declared_area > high) for _, low, high in ranges]
    )
    layers = np.repeat(np.arange(len(ranges)), len(THRESHOLDS))
    matched = match_detections(
        candidates.take(fine), iou[fine], rank, ignored[layers], g.iscrowd, np.tile(THRESHOLDS, len(ranges))
    ).reshape(len(ranges), len(THRESHOLDS), len(p))
    outside = np.stack([(size < low) | (size > high) for _, low, high in ranges])
    hit = matched >= 0
    excused = np.take_along_axis(_padded(ignored), matched.reshape(len(ranges), -1), axis=1)
    aside = np.where(hit, excused.reshape(hit.shape), outside[:, None, :])
    precision, recall = _count(m, usable, counted, rank, place, hit, aside, ignored)
    return Evaluation(precision, recall, matched[0])


def _padded(ignored: BoolArray) -> BoolArray:
    """Add a column that position -1 (no label) reads."""
    return np.concatenate([ignored, np.zeros((len(ignored), 1), dtype=np.bool_)], axis=1)


def _place_in_group(
    image: IntArray, category: IntArray, rank: IntArray, usable: BoolArray, categories: int
) -> IntArray:
    """Return how many better predictions of its image and category each prediction has."""
    place = np.zeros(len(rank), dtype=np.int64)
    rows = np.flatnonzero(usable)
    group = image[rows] * (categories + 1) + category[rows]
    order = np.lexsort((rank[rows], group))
    first = heads(group[order])
    place[rows[order]] = np.arange(len(rows)) - np.repeat(first, np.diff(np.r_[first, len(rows)]))
    return place


def _count(
    m: ComparisonTables,
    usable: BoolArray,
    counted: BoolArray,
    rank: IntArray,
    place: IntArray,
    hit: BoolArray,
    aside: BoolArray,
    ignored: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """Turn matches into precision at 101 recalls, and into recall, category by category."""
    ranges = len(ignored)
    precision = np.full((ranges, m.categories, len(THRESHOLDS), len(RECALLS)), -1.0)
    recall = np.full((ranges, len(MOST), m.categories, len(THRESHOLDS)), -1.0)
    wanted = np.stack(
        [np.bincount(m.labels.category[counted & ~ignored[k]], minlength=m.categories) for k in range(ranges)]
    )
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((rank[rows], m.predictions.category[rows]))]
    bounds = np.searchsorted(m.predictions.category[rows], np.arange(m.categories + 1))
    for category in np.flatnonzero(wanted.any(axis=0)).tolist():
        own = rows[bounds[category] : bounds[category + 1]]
        for k in np.flatnonzero(wanted[:, category]).tolist():
            right = hit[k][:, own] & ~aside[k][:, own]
            wrong = ~hit[k][:, own] & ~aside[k][:, own]
            number = int(wanted[k, category])
            for i, most in enumerate(MOST if ranges > 1 else ()):
                recall[k, i, category] = right[:, place[own] < most].sum(axis=1) / number
            precision[k, category] = interpolate_precision(right, wrong, number)
    return precision, recall


def interpolate_precision(
    right: BoolArray, wrong: BoolArray, number: int, recalls: FloatArray = RECALLS
) -> FloatArray:
    """Return the precision at 101 recalls.

    Parameters
    ----------
    right, wrong : (layers, n) bool
        True and false positives, in descending order of score.
    number : int
        Labels, at least 1.
    recalls : (r,) float64
        COCO's by default.

    Returns
    -------
    (layers, r) float64

    Examples
    --------
    >>> curve = interpolate_precision(np.array([[True, False]]), np.array([[False, True]]), 2)
    >>> curve[0, [0, 50, 51]].round(6).tolist()
    [1.0, 1.0, 0.0]
    >>> interpolate_precision(np.zeros((1, 0), dtype=bool), np.zeros((1, 0), dtype=bool), 1).sum()
    np.float64(0.0)
    """
    tp, fp = np.cumsum(right, axis=1, dtype=float), np.cumsum(wrong, axis=1, dtype=float)
    precision = tp / (tp + fp + np.spacing(1))
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    result = np.zeros((len(right), len(recalls)))
    for layer, reached in enumerate(tp / number):
        at = np.searchsorted(reached, recalls, side="left")
        inside = at < right.shape[1]
        result[layer, inside] = envelope[layer, at[inside]]
    return result


def mean_precision(values: Sequence[float]) -> float:
    """Average over categories that have labels.

    Examples
    --------
    >>> mean_precision([0.5, float("nan"), 1.0])
    0.75
    >>> np.isnan(mean_precision([]))
    np.True_
    """
    known = [v for v in values if v == v]
    return float(np.mean(known)) if known else float("nan")
