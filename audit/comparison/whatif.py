"""What another NMS would make of the stored predictions: a grid of methods and thresholds, in seconds.

A stored result can only be thinned out: what the model's own NMS removed is gone. So thresholds above the
model's own change nothing, and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from audit.comparison.average_precision import evaluate_detections, mask_candidates, rank_by_score
from audit.comparison.causes import select_overlapping_pairs
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.label_maps import LabelMapBuilder, LabelMaps
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.nms import greedy_nms, matrix_nms, soft_nms
from audit.comparison.options import CompareOptions
from audit.comparison.recall_upper_bound import find_conflicts, measure_overlap
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

MAP_SCORE = 0.5
"""Least score of predictions that are drawn into label maps."""
GRID = tuple(round(0.1 * k, 1) for k in range(1, 10))
SIGMAS = (0.3, 0.5, 1.0)
METHODS: tuple[tuple[str, bool], ...] = (
    ("box", True), ("box", False), ("mask", True), ("mask", False), ("mask_ios", True), ("mask_ios", False),
)  # fmt: skip
"""What is compared, and whether only within a category; simplest first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one setting makes of the predictions."""

    family: str
    """``none`` (as they are), ``nms``, ``soft_nms``, ``matrix_nms``, ``masks``."""
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
    pq: float
    boundary_iou: float
    """Mean over matches; NaN where outlines are not changed."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A range of thresholds that removes overlaps and costs nothing noticeable."""

    family: str
    method: str
    per_class: bool
    low: float
    high: float
    threshold: float
    """In the middle of the range."""
    overlapping_pairs: int
    """Left at that threshold."""
    removed_pairs: int
    objects_lost: int
    ap: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The predictions as they are, and what settings are judged by."""

    m: ComparisonTables
    layers: LabelMapBuilder
    options: CompareOptions
    candidates: MaskPairs
    matched: BoolArray
    """(labels,) matched by a prediction over the floor."""
    repeats: BoolArray
    """(predictions,) over the floor, and repeats a matched label."""
    maps: LabelMaps
    """Of the predictions as they are."""
    base: Outcome


def evaluate_baseline(
    m: ComparisonTables, layers: LabelMapBuilder, o: CompareOptions | None = None
) -> Baseline:
    """Judge the predictions as they are.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> m = measure_comparison(nothing, nothing)
    >>> evaluate_baseline(m, prepare_label_maps(nothing, nothing, m)).base.predictions
    0
    """
    o = o or CompareOptions()
    candidates = mask_candidates(m)
    p = m.predictions
    sure = p.score >= o.score_floor
    at = _at_half(m, candidates, sure, rank_by_score(m))
    near = candidates.take(candidates.iou >= 0.5)
    over = np.zeros(len(p), dtype=np.bool_)
    over[near.b] = True
    first = Outcome("none", "", False, float("nan"), 0, 0, 0, 0, float("nan"), float("nan"), float("nan"))
    maps = layers.maps(p.score >= MAP_SCORE, rank_by_score(m))
    found = Baseline(m, layers, o, candidates, _labels(m, at), sure & over & (at < 0), maps, first)
    return replace(found, base=_outcome(found, first, p.score))


def _at_half(m: ComparisonTables, candidates: MaskPairs, kept: BoolArray, rank: IntArray) -> IntArray:
    """Match at IoU 0.5 alone, all sizes together."""
    chosen, crowd = candidates.take(kept[candidates.b]), m.labels.iscrowd
    found: IntArray = match_detections(chosen, chosen.iou, rank, crowd[None], crowd, np.array([0.5]))[0]
    return found


def _labels(m: ComparisonTables, matched: IntArray) -> BoolArray:
    found = np.zeros(len(m.labels), dtype=np.bool_)
    found[matched[matched >= 0]] = True
    return found & ~m.labels.iscrowd


def _outcome(s: Baseline, setting: Outcome, score: FloatArray) -> Outcome:
    """Judge predictions with other scores; those of a removed one are -inf."""
    m, o = s.m, s.options
    there = np.isfinite(score)
    sure = there & (score >= o.score_floor)
    rank = rank_by_score(m, score)
    at = _at_half(m, s.candidates, sure, rank)
    whole = evaluate_detections(m, s.candidates, kept=there, rank=rank, areas=False)
    changed = replace(m, predictions=replace(m.predictions, score=np.where(there, score, -1.0)))
    maps = s.layers.maps(there & (score >= MAP_SCORE), rank, s.maps)
    return replace(
        setting,
        predictions=int(sure.sum()),
        overlapping_pairs=len(select_overlapping_pairs(changed, o)),
        duplicates_removed=int((s.repeats & ~sure).sum()),
        objects_lost=int((s.matched & ~_labels(m, at)).sum()),
        ap=whole.numbers()["AP"],
        pq=panoptic_quality(m, maps).numbers()["pq"],
    )


def evaluate_nms_grid(s: Baseline) -> tuple[Outcome, ...]:
    """Run every method at every threshold.

    Returns
    -------
    tuple of Outcome
        The predictions as they are first.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> m = measure_comparison(nothing, nothing)
    >>> len(evaluate_nms_grid(evaluate_baseline(m, prepare_label_maps(nothing, nothing, m))))
    73
    """
    known: dict[bytes, Outcome] = {}
    outcomes = [s.base]
    for setting, score in _settings(s):
        key = score.tobytes()
        if key not in known:
            known[key] = _outcome(s, setting, score)
        k = known[key]
        outcomes.append(
            replace(k, family=setting.family, method=setting.method, per_class=setting.per_class,
                    parameter=setting.parameter)
        )  # fmt: skip
    return tuple(outcomes)


def _settings(s: Baseline) -> Iterator[tuple[Outcome, FloatArray]]:
    """Yield every setting with the scores that it leaves; -inf = removed."""
    m, p = s.m, s.m.predictions
    rank = rank_by_score(m)
    for method, per_class in METHODS:
        for threshold in GRID:
            against = find_conflicts(m, m.prediction_pairs, method, threshold, per_class)
            kept = greedy_nms(rank, against.a, against.b)
            yield _setting(s, "nms", method, per_class, threshold), np.where(kept, p.score, -np.inf)
    pairs, same = _of_one_category(m)
    a, b = pairs.a, pairs.b
    for method in ("box", "mask"):
        iou = measure_overlap(m.prediction_pairs, method)[same]
        for threshold in (0.3, 0.5, 0.7):
            yield (
                _setting(s, "soft_nms", f"{method}_linear", True, threshold),
                soft_nms(p.score, a, b, iou, threshold=threshold),
            )
        for sigma in SIGMAS:
            yield (
                _setting(s, "soft_nms", f"{method}_gaussian", True, sigma),
                soft_nms(p.score, a, b, iou, sigma=sigma),
            )
        for name, sigma in (("linear", 0.0), ("gaussian", 1.0), ("gaussian", 2.0)):
            yield (
                _setting(s, "matrix_nms", f"{method}_{name}", True, sigma or float("nan")),
                matrix_nms(p.score, rank, a, b, iou, sigma=sigma),
            )


def _of_one_category(m: ComparisonTables) -> tuple[MaskPairs, BoolArray]:
    pairs = m.prediction_pairs
    same = m.predictions.category[pairs.a] == m.predictions.category[pairs.b]
    return pairs.take(same), same


def _setting(s: Baseline, family: str, method: str, per_class: bool, parameter: float) -> Outcome:
    return replace(s.base, family=family, method=method, per_class=per_class, parameter=parameter)


_AP_SLACK = 0.002
_LOST_SLACK = 0.005
_NEARLY = 0.8


def recommend_nms(s: Baseline, outcomes: tuple[Outcome, ...]) -> Recommendation | None:
    """Choose the method, and the range of thresholds, that removes most overlaps at no noticeable cost.

    A threshold is acceptable where AP falls by at most 0.002 and at most 0.5 % of the matched labels are
    lost. The range holds the neighbouring acceptable thresholds that remove at least 80 % of what the best
    of them removes. Of methods that remove equally many, the simplest is named.

    Returns
    -------
    Recommendation or None
        None where no acceptable threshold removes a pair.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> m = measure_comparison(nothing, nothing)
    >>> recommend_nms(evaluate_baseline(m, prepare_label_maps(nothing, nothing, m)), ()) is None
    True
    """
    best: Recommendation | None = None
    for method, per_class in METHODS:
        own = sorted(
            (o for o in outcomes if (o.family, o.method, o.per_class) == ("nms", method, per_class)),
            key=lambda o: o.parameter,
        )
        found = _stable_range(s, own)
        if found is not None and (best is None or found.removed_pairs > best.removed_pairs):
            best = found
    return best


def _stable_range(s: Baseline, own: list[Outcome]) -> Recommendation | None:
    most = _LOST_SLACK * s.matched.sum()
    fine = [o for o in own if o.ap >= s.base.ap - _AP_SLACK and o.objects_lost <= most]
    gain = {o.parameter: s.base.overlapping_pairs - o.overlapping_pairs for o in fine}
    top = max(gain.values(), default=0)
    if top <= 0:
        return None
    good = [o for o in fine if gain[o.parameter] >= _NEARLY * top]
    block = [good[0]]
    for o in good[1:]:
        if own.index(o) != own.index(block[-1]) + 1:
            break
        block.append(o)
    middle = block[(len(block) - 1) // 2]
    return Recommendation(
        middle.family, middle.method, middle.per_class, block[0].parameter, block[-1].parameter,
        middle.parameter, middle.overlapping_pairs, gain[middle.parameter], middle.objects_lost, middle.ap,
    )  # fmt: skip
