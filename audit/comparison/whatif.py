"""What another NMS would make of the stored predictions: a grid of methods and thresholds, in seconds.

A stored result can only be thinned out: what the model's NMS removed is gone. So thresholds above the
model's change nothing, and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from audit.carriers import dataclass
from audit.comparison.average_precision import (
    DetectionEvaluator,
    mask_candidates,
    prepare_evaluation,
    rank_by_score,
)
from audit.comparison.causes import overlaps_enough
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.label_maps import LabelMapBuilder, LabelMaps
from audit.comparison.matching import BoolArray, list_in_order, match_in_order
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.nms import greedy_nms, matrix_nms, soft_nms
from audit.comparison.options import CompareOptions
from audit.comparison.recall_upper_bound import find_conflicts, measure_overlap
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

MAP_SCORE = 0.5
"""Least score of predictions that are drawn into label maps: the default of Detectron2's panoptic head."""
MATCH_IOU = 0.5
"""IoU from which on a label counts as found: the lowest of COCO's thresholds."""
NMS_THRESHOLDS = tuple(round(0.1 * k, 1) for k in range(1, 10))
SOFT_THRESHOLDS = (0.3, 0.5, 0.7)
"""Of linear soft-NMS: Bodla et al. (2017) use 0.3, beside it what NMS itself is often set to."""
SOFT_SIGMAS = (0.3, 0.5, 1.0)
"""Of Gaussian soft-NMS: Bodla et al. (2017) use 0.5, beside it a milder and a harder one."""
MATRIX_KERNELS = (("linear", 0.0), ("gaussian", 1.0), ("gaussian", 2.0))
"""Name and sigma of matrix NMS: Wang et al. (2020) use the Gaussian with 2."""
METHODS: tuple[tuple[str, bool], ...] = (
    ("box", True), ("box", False), ("mask", True), ("mask", False), ("mask_ios", True), ("mask_ios", False),
)  # fmt: skip
"""What is compared, and whether only within a category; simplest first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one setting makes of the predictions."""

    family: str
    """``none`` (as they are), ``nms``, ``soft_nms``, ``matrix_nms``, ``merge``, ``masks``."""
    method: str
    """``box``, ``mask``, ``mask_ios``; of masks ``open``, ``close`` ..."""
    per_class: bool
    parameter: float
    """Threshold, sigma or radius; NaN where there is none."""
    predictions: int
    """Left with at least the score floor."""
    overlapping_pairs: int
    duplicates_removed: int
    """Removed predictions that repeated a label which another one matches."""
    objects_lost: int
    """Labels that were matched (IoU 0.5) and are no longer."""
    ap: float
    f1: float
    """At IoU 0.5, of the predictions over the floor; NaN without any, and without labels."""
    pq: float
    boundary_iou: float
    """Mean over matches; NaN where outlines are not changed."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The predictions as they are, and what settings are judged by."""

    tables: ComparisonTables
    map_builder: LabelMapBuilder
    options: CompareOptions
    candidates: MaskPairs
    evaluator: DetectionEvaluator
    """Of these candidates."""
    is_reportable: BoolArray
    """(prediction pairs,) overlap enough to be asked about, whatever their scores."""
    rank: IntArray
    """(predictions,) by the scores of the file."""
    is_matched: BoolArray
    """(labels,) matched by a prediction over the floor."""
    is_duplicate: BoolArray
    """(predictions,) over the floor, and repeats a matched label."""
    maps: LabelMaps
    """Of the predictions as they are."""
    outcome: Outcome


def evaluate_baseline(
    tables: ComparisonTables, map_builder: LabelMapBuilder, options: CompareOptions | None = None
) -> Baseline:
    """Judge the predictions as they are.

    Parameters
    ----------
    tables : ComparisonTables
    map_builder : LabelMapBuilder
        Of these.
    options : CompareOptions, optional

    Returns
    -------
    Baseline

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa"), scene("pppp", "qqq.")), scores={"q": 0.8})
    >>> tables = measure_comparison(*data)
    >>> baseline = evaluate_baseline(tables, prepare_label_maps(tables))
    >>> baseline.is_duplicate.tolist(), baseline.outcome.overlapping_pairs, baseline.outcome.pq
    ([False, True], 1, 1.0)
    >>> nothing = compared()
    >>> tables = measure_comparison(*nothing)
    >>> evaluate_baseline(tables, prepare_label_maps(tables)).outcome.predictions
    0
    """
    options = options or CompareOptions()
    candidates, predictions = mask_candidates(tables), tables.predictions
    rank, is_sure = rank_by_score(tables), predictions.score >= options.score_floor
    evaluator = prepare_evaluation(tables, candidates, by_area=False)
    matched = match_at_half(evaluator, is_sure, rank)
    shows_label = np.zeros(len(predictions), dtype=np.bool_)
    shows_label[candidates.b[candidates.iou >= MATCH_IOU]] = True
    nan = float("nan")
    baseline = Baseline(
        tables=tables,
        map_builder=map_builder,
        options=options,
        candidates=candidates,
        evaluator=evaluator,
        is_reportable=overlaps_enough(tables.prediction_pairs, options),
        rank=rank,
        is_matched=_find_matched_labels(tables, matched),
        is_duplicate=is_sure & shows_label & (matched < 0),
        maps=map_builder.draw(predictions.score >= MAP_SCORE, rank),
        outcome=Outcome("none", "", False, nan, 0, 0, 0, 0, nan, nan, nan, nan),
    )
    outcome, _ = _evaluate_scores(baseline, predictions.score, rank, baseline.maps)
    return replace(baseline, outcome=outcome)


def match_at_half(evaluator: DetectionEvaluator, is_kept: BoolArray, rank: IntArray) -> IntArray:
    """Match at IoU 0.5 alone, all sizes together, and however many predictions an image has.

    Parameters
    ----------
    evaluator : DetectionEvaluator
    is_kept : (predictions,) bool
    rank : (predictions,) int64
        The lower chooses first.

    Returns
    -------
    (predictions,) int64
        The label that each matches; -1 = none.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa"), scene("pppp", "qqq.")), scores={"q": 0.8}))
    >>> evaluator = prepare_evaluation(tables, mask_candidates(tables), by_area=False)
    >>> match_at_half(evaluator, np.array([True, True]), np.array([0, 1])).tolist()
    [0, -1]
    >>> tables = measure_comparison(*compared())
    >>> evaluator = prepare_evaluation(tables, mask_candidates(tables), by_area=False)
    >>> match_at_half(evaluator, np.zeros(0, dtype=bool), np.arange(0)).tolist()
    []
    """
    is_crowd = evaluator.tables.labels.iscrowd
    matched: IntArray = match_in_order(
        evaluator.candidates, list_in_order(rank, is_kept), is_crowd[None], is_crowd, np.array([MATCH_IOU])
    )[0]
    return matched


def _find_matched_labels(tables: ComparisonTables, matched: IntArray) -> BoolArray:
    is_matched = np.zeros(len(tables.labels), dtype=np.bool_)
    is_matched[matched[matched >= 0]] = True
    return is_matched & ~tables.labels.iscrowd


def _evaluate_scores(
    baseline: Baseline, score: FloatArray, rank: IntArray, previous: LabelMaps
) -> tuple[Outcome, LabelMaps]:
    """Judge predictions with other scores, in their order; those of a removed one are -inf."""
    tables, options = baseline.tables, baseline.options
    is_left = np.isfinite(score)
    is_sure = is_left & (score >= options.score_floor)
    matched = match_at_half(baseline.evaluator, is_sure, rank)
    pairs = tables.prediction_pairs
    is_matched = _find_matched_labels(tables, matched)
    maps = baseline.map_builder.draw(is_left & (score >= MAP_SCORE), rank, previous)
    pq, _, _ = panoptic_quality(maps)
    outcome = replace(
        baseline.outcome,
        predictions=int(is_sure.sum()),
        overlapping_pairs=int((baseline.is_reportable & is_sure[pairs.a] & is_sure[pairs.b]).sum()),
        duplicates_removed=int((baseline.is_duplicate & ~is_sure).sum()),
        objects_lost=int((baseline.is_matched & ~is_matched).sum()),
        ap=baseline.evaluator.evaluate(rank, is_left).summarize()["AP"],
        f1=measure_f1(tables, is_matched, int(is_sure.sum())),
        pq=pq,
    )
    return outcome, maps


def evaluate_nms_grid(baseline: Baseline) -> tuple[Outcome, ...]:
    """Run every method at every threshold.

    Parameters
    ----------
    baseline : Baseline

    Returns
    -------
    tuple of Outcome
        The predictions as they are first.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa"), scene("pppp", "qqq.")), scores={"q": 0.8})
    >>> tables = measure_comparison(*data)
    >>> grid = evaluate_nms_grid(evaluate_baseline(tables, prepare_label_maps(tables)))
    >>> [(o.parameter, o.predictions) for o in grid if (o.method, o.per_class) == ("box", True)][6:8]
    [(0.7, 1), (0.8, 2)]
    >>> nothing = compared()
    >>> tables = measure_comparison(*nothing)
    >>> len(evaluate_nms_grid(evaluate_baseline(tables, prepare_label_maps(tables))))
    73
    """
    # Neighbouring thresholds often leave the same scores, which are judged once.
    outcome_by_score: dict[bytes, Outcome] = {}
    outcomes, maps = [baseline.outcome], baseline.maps
    for family, method, per_class, parameter, score in _rescore(baseline):
        key = score.tobytes()
        if key not in outcome_by_score:
            # Removing leaves the order of the others as it is.
            rank = baseline.rank if family == "nms" else rank_by_score(baseline.tables, score)
            # Neighbouring settings differ little, so each starts from the maps of the one before.
            outcome_by_score[key], maps = _evaluate_scores(baseline, score, rank, maps)
        outcomes.append(
            replace(
                outcome_by_score[key], family=family, method=method, per_class=per_class, parameter=parameter
            )
        )
    return tuple(outcomes)


def _rescore(baseline: Baseline) -> Iterator[tuple[str, str, bool, float, FloatArray]]:
    """Yield family, method, per class, parameter and the scores of every setting; -inf = removed."""
    tables, score = baseline.tables, baseline.tables.predictions.score
    rank = baseline.rank
    for method, per_class in METHODS:
        for threshold in NMS_THRESHOLDS:
            conflicts = find_conflicts(tables, tables.prediction_pairs, method, threshold, per_class)
            kept = greedy_nms(rank, conflicts.a, conflicts.b)
            yield "nms", method, per_class, threshold, np.where(kept, score, -np.inf)
    category, pairs = tables.predictions.category, tables.prediction_pairs
    pairs = pairs.take(category[pairs.a] == category[pairs.b])
    a, b = pairs.a, pairs.b
    for method in ("box", "mask"):
        iou = measure_overlap(pairs, method)
        for threshold in SOFT_THRESHOLDS:
            rescored = soft_nms(score, a, b, iou, threshold=threshold)
            yield "soft_nms", f"{method}_linear", True, threshold, rescored
        for sigma in SOFT_SIGMAS:
            yield "soft_nms", f"{method}_gaussian", True, sigma, soft_nms(score, a, b, iou, sigma=sigma)
        for kernel, sigma in MATRIX_KERNELS:
            rescored = matrix_nms(score, rank, a, b, iou, sigma=sigma)
            yield "matrix_nms", f"{method}_{kernel}", True, sigma or float("nan"), rescored


def measure_f1(tables: ComparisonTables, is_matched: BoolArray, n_predictions: int) -> float:
    """Return the F1 of predictions, from the labels that they match.

    Parameters
    ----------
    tables : ComparisonTables
    is_matched : (labels,) bool
        Crowd regions are none.
    n_predictions : int

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aabb"), scene("...."))))
    >>> round(measure_f1(tables, np.array([True, False]), 1), 3)
    0.667
    >>> measure_f1(measure_comparison(*compared()), np.zeros(0, dtype=bool), 0)
    nan
    """
    n_all = n_predictions + int((~tables.labels.iscrowd).sum())
    return 2 * int(is_matched.sum()) / n_all if n_all else float("nan")
