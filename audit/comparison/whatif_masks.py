"""What other masks would make of the predictions: smoothed, filled, united with their duplicates, or with
every pixel given to one mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from audit.comparison.average_precision import mask_candidates, prepare_evaluation
from audit.comparison.causes import select_overlapping_pairs
from audit.comparison.label_maps import make_exclusive, prepare_label_maps
from audit.comparison.matching import BoolArray
from audit.comparison.measuring import ChangeMasks, replace_predictions
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.nms import find_suppressors
from audit.comparison.recall_upper_bound import find_conflicts
from audit.comparison.whatif import MAP_SCORE, Baseline, Outcome, evaluate_baseline, match_at_half, measure_f1
from audit.dataset.model import IntArray
from audit.findings.sanitize import encodable
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.morphology import close_masks, fill_holes, keep_largest_component, open_masks
from audit.geometry.runs import Runs, unite_runs
from audit.geometry.text_hash import hash_texts
from audit.measure.cross_pairs import measure_boundary_ious

RADII = (1, 3)
"""Pixels of opening and closing: what removes spurs, and what rounds whole outlines."""
MERGE_SETTINGS = (("mask", 0.3), ("mask", 0.5), ("mask_ios", 0.5))
"""Overlap and threshold of non-maximum merging: duplicates, badly outlined ones, and parts of a whole."""
MAX_PREDICTIONS = 5_000
"""Predictions whose masks are changed; of larger results, those of some images stand for all."""


def evaluate_mask_variants(
    baseline: Baseline, max_predictions: int = MAX_PREDICTIONS
) -> tuple[tuple[Outcome, ...], tuple[int, int]]:
    r"""Judge the predictions with their masks as they are, and changed.

    Parameters
    ----------
    baseline : Baseline
    max_predictions : int
        Where there are more predictions, images are drawn by their file names until there are so many.

    Returns
    -------
    outcomes : tuple of Outcome
        Of families ``masks`` and ``merge``; the first, ``as_is``, is what the others are compared with.
    images : tuple of int
        How many images with predictions were looked at, and how many there are.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaa\naaa\naaa"), scene("ppp\np.p\nppp")))
    >>> tables = measure_comparison(*data)
    >>> outcomes, images = evaluate_mask_variants(evaluate_baseline(tables, prepare_label_maps(tables)))
    >>> [round(o.pq, 2) for o in outcomes if o.method in ("as_is", "fill_holes")], images
    ([0.89, 1.0], (1, 1))
    >>> tables = measure_comparison(*compared())
    >>> evaluate_mask_variants(evaluate_baseline(tables, prepare_label_maps(tables)))[1]
    (0, 0)
    """
    images, counts = np.unique(baseline.tables.predictions.image, return_counts=True)
    chosen = images
    if counts.sum() > max_predictions:
        file_names = baseline.tables.labels.dataset.images.file_name
        chosen = _draw_images(file_names, images, counts, max_predictions)
        tables = baseline.tables.take_images(chosen)
        baseline = evaluate_baseline(tables, prepare_label_maps(tables), baseline.options)
    outcomes = tuple(
        _evaluate_variant(baseline, *variant)
        for variants in (_mask_variants, _merged_variants)
        for variant in variants(baseline)
    )
    return outcomes, (len(chosen), len(images))


def _draw_images(
    file_names: Sequence[str], images: IntArray, counts: IntArray, max_predictions: int
) -> IntArray:
    """Draw images by the hashes of their names: neither ids nor the order of the file decide."""
    names = [encodable(file_names[image]) for image in images.tolist()]
    order = np.lexsort((images, hash_texts(names)))
    number = int(np.searchsorted(np.cumsum(counts[order]), max_predictions, side="right"))
    return images[np.sort(order[: max(number, 1)])]


Variant = tuple[str, str, float, ChangeMasks | None, BoolArray | None]
"""Family, method, parameter, change of the masks, and which predictions are left; None = as they are, all."""


def _mask_variants(baseline: Baseline) -> Iterator[Variant]:
    """Yield every other treatment of the masks."""
    for method, parameter, change in _list_treatments(baseline):
        yield "masks", method, parameter, change, None


def _list_treatments(baseline: Baseline) -> Iterator[tuple[str, float, ChangeMasks | None]]:
    nan = float("nan")
    yield "as_is", nan, None
    for radius in RADII:
        yield "open", float(radius), _open_masks(radius)
    for radius in RADII:
        yield "close", float(radius), _close_masks(radius)
    yield "fill_holes", nan, lambda runs, _: fill_holes(runs)
    yield "largest_part", nan, lambda runs, _: keep_largest_component(runs)
    predictions, pairs = baseline.tables.predictions, baseline.tables.prediction_pairs
    is_sure = predictions.score >= baseline.options.score_floor
    # Unsure predictions keep their pixels: they are on no map, and must take none from sure ones.
    pairs = pairs.take(is_sure[pairs.a] & is_sure[pairs.b])
    smaller_first = np.empty(len(predictions), dtype=np.int64)
    smaller_first[np.argsort(predictions.area, kind="stable")] = np.arange(len(predictions))
    yield "exclusive_by_score", nan, _exclude_losers(pairs, baseline.rank)
    yield "exclusive_smaller", nan, _exclude_losers(pairs, smaller_first)


def _merged_variants(baseline: Baseline) -> Iterator[Variant]:
    """Yield every setting of non-maximum merging: what NMS keeps takes in what it would remove."""
    tables, rank = baseline.tables, baseline.rank
    for method, threshold in MERGE_SETTINGS:
        conflicts = find_conflicts(tables, tables.prediction_pairs, method, threshold, per_class=True)
        suppressor = find_suppressors(rank, conflicts.a, conflicts.b)
        yield (
            "merge",
            method,
            threshold,
            _unite_with_suppressor(suppressor),
            suppressor == np.arange(len(rank)),
        )


def _unite_with_suppressor(suppressor: IntArray) -> ChangeMasks:
    """Give the pixels of suppressed masks to what suppresses them; they are left without any."""

    def change(runs: Runs, part: slice) -> Runs:
        owner = (suppressor[part] - part.start)[runs.mask].astype(np.int32)
        return unite_runs(owner, runs.x, runs.y0, runs.y1, runs.count)

    return change


def _open_masks(radius: int) -> ChangeMasks:
    return lambda runs, _: open_masks(runs, np.full(runs.count, radius))


def _close_masks(radius: int) -> ChangeMasks:
    return lambda runs, _: close_masks(runs, np.full(runs.count, radius))


def _exclude_losers(pairs: MaskPairs, rank: IntArray) -> ChangeMasks:
    """Give shared pixels to the mask of the lower rank."""

    def change(runs: Runs, part: slice) -> Runs:
        first, stop = np.searchsorted(pairs.a, [part.start, part.stop])
        return make_exclusive(runs, pairs.take(np.arange(first, stop)), rank[part], part.start)

    return change


def _evaluate_variant(
    baseline: Baseline,
    family: str,
    method: str,
    parameter: float,
    change: ChangeMasks | None,
    is_left: BoolArray | None,
) -> Outcome:
    tables, map_builder = baseline.tables, baseline.map_builder
    candidates, options = baseline.candidates, baseline.options
    if change is not None:
        tables = replace_predictions(tables, change)
        map_builder, candidates = prepare_label_maps(tables, map_builder), mask_candidates(tables)
    predictions, iscrowd = tables.predictions, tables.labels.iscrowd
    if is_left is None:
        is_left = np.ones(len(predictions), dtype=np.bool_)
    is_sure = is_left & (predictions.score >= options.score_floor)
    # Other masks have the same scores.
    rank, evaluator = baseline.rank, prepare_evaluation(tables, candidates, by_area=False)
    matched = match_at_half(evaluator, is_sure, rank)
    hits = np.flatnonzero((matched >= 0) & ~np.r_[iscrowd, True][matched])
    is_matched = np.zeros(len(iscrowd), dtype=np.bool_)
    is_matched[matched[hits]] = True
    boundary_iou = measure_boundary_ious(tables.labels, predictions, matched[hits], hits)
    maps = map_builder.draw(is_left & (predictions.score >= MAP_SCORE), rank)
    return replace(
        baseline.outcome,
        family=family,
        method=method,
        per_class=family == "merge",
        parameter=parameter,
        predictions=int((is_sure & (predictions.area > 0)).sum()),
        overlapping_pairs=len(select_overlapping_pairs(tables, options)),
        duplicates_removed=int((baseline.is_duplicate & ~is_left).sum()),
        objects_lost=int((baseline.is_matched & ~is_matched).sum()),
        ap=evaluator.evaluate(rank, is_left).summarize()["AP"],
        f1=measure_f1(tables, is_matched, int((is_sure & (predictions.area > 0)).sum())),
        pq=panoptic_quality(maps)[0],
        boundary_iou=float(boundary_iou.mean()) if len(hits) else float("nan"),
    )
