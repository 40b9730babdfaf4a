"""What other masks would make of the predictions: smoothed, filled, or with every pixel given to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from audit.comparison.average_precision import evaluate_detections, mask_candidates, rank_by_score
from audit.comparison.causes import select_overlapping_pairs
from audit.comparison.label_maps import make_exclusive, prepare_label_maps
from audit.comparison.measuring import Change, measure_comparison, redrawn
from audit.comparison.metrics.boundary import measure_boundary_ious
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.whatif import MAP_SCORE, Baseline, Outcome, evaluate_baseline
from audit.dataset.model import Dataset, IntArray
from audit.findings.sanitize import encodable
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.morphology import closed, filled, largest_part, opened
from audit.geometry.runs import Runs

RADII = (1, 3)
"""Pixels."""
MOST = 5_000
"""Predictions whose masks are changed; of larger results, those of some images stand for all."""


@dataclass(frozen=True, slots=True)
class MaskVariants:
    """What changed masks would do."""

    outcomes: tuple[Outcome, ...]
    """Of family ``masks``; the first, ``as_is``, is what the others are compared with."""
    images: int
    """Images with predictions that were looked at."""
    of: int
    """Images with predictions."""


def mask_variants(labels: Dataset, predictions: Dataset, s: Baseline, most: int = MOST) -> MaskVariants:
    """Judge the predictions with their masks as they are, and changed.

    Parameters
    ----------
    labels, predictions : Dataset
    s : Baseline
        Of these.
    most : int
        Where there are more predictions, images are drawn by their file names until there are so many.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.comparison.whatif import evaluate_baseline
    >>> nothing = empty_dataset()
    >>> m = measure_comparison(nothing, nothing)
    >>> found = mask_variants(nothing, nothing, evaluate_baseline(m, prepare_label_maps(nothing, nothing, m)))
    >>> [o.method for o in found.outcomes][:3], found.images
    (['as_is', 'open', 'open'], 0)
    """
    image, size = np.unique(s.tables.predictions.image, return_counts=True)
    chosen = image
    if size.sum() > most:
        chosen = _drawn_images(labels, image, size, most)
        labels, predictions = _of_images(labels, chosen), _of_images(predictions, chosen)
        m = measure_comparison(labels, predictions)
        s = evaluate_baseline(m, prepare_label_maps(labels, predictions, m), s.options)
    outcomes = tuple(
        _judged(labels, predictions, s, name, parameter, change) for name, parameter, change in _changes(s)
    )
    return MaskVariants(outcomes, len(chosen), len(image))


def _drawn_images(labels: Dataset, image: IntArray, size: IntArray, most: int) -> IntArray:
    """Draw images by the hashes of their names: neither ids nor the order of the file decide."""
    names = [encodable(labels.images.file_name[row]) for row in image.tolist()]
    order = np.lexsort((image, pd.util.hash_array(np.array(names, dtype=object))))
    number = int(np.searchsorted(np.cumsum(size[order]), most, side="right"))
    return image[np.sort(order[: max(number, 1)])]


def _of_images(dataset: Dataset, images: IntArray) -> Dataset:
    rows = np.flatnonzero(np.isin(dataset.annotations.image, images))
    return replace(dataset, annotations=dataset.annotations.take(rows))


def _changes(s: Baseline) -> Iterator[tuple[str, float, Change | None]]:
    none = float("nan")
    yield "as_is", none, None
    for radius in RADII:
        yield "open", float(radius), _opened(radius)
    for radius in RADII:
        yield "close", float(radius), _closed(radius)
    yield "fill_holes", none, lambda runs, _: filled(runs)
    yield "largest_part", none, lambda runs, _: largest_part(runs)
    p = s.tables.predictions
    sure = p.score >= s.options.score_floor
    smaller = np.empty(len(p), dtype=np.int64)
    smaller[np.lexsort((np.arange(len(p)), p.area))] = np.arange(len(p))
    pairs = s.tables.prediction_pairs
    pairs = pairs.take(sure[pairs.a] & sure[pairs.b])
    yield "exclusive_by_score", none, _exclusive(pairs, rank_by_score(s.tables))
    yield "exclusive_smaller", none, _exclusive(pairs, smaller)


def _opened(radius: int) -> Change:
    return lambda runs, _: opened(runs, np.full(runs.count, radius))


def _closed(radius: int) -> Change:
    return lambda runs, _: closed(runs, np.full(runs.count, radius))


def _exclusive(pairs: MaskPairs, rank: IntArray) -> Change:
    def change(runs: Runs, where: slice) -> Runs:
        low, high = np.searchsorted(pairs.a, [where.start, where.stop])
        return make_exclusive(runs, pairs.take(np.arange(low, high)), rank[where], where.start)

    return change


def _judged(
    labels: Dataset, predictions: Dataset, s: Baseline, name: str, parameter: float, change: Change | None
) -> Outcome:
    m, flat = s.tables, s.map_builder
    if change is not None:
        predictions = redrawn(predictions, s.tables.predictions, change)
        m = measure_comparison(labels, predictions)
        flat = prepare_label_maps(labels, predictions, m)
    candidates, o = mask_candidates(m), s.options
    sure = m.predictions.score >= o.score_floor
    at = evaluate_detections(m, candidates, kept=sure, by_area=False).matched_label[0]
    found = np.zeros(len(m.labels), dtype=np.bool_)
    hit = np.flatnonzero((at >= 0) & ~np.r_[m.labels.iscrowd, True][at])
    found[at[hit]] = True
    outline = measure_boundary_ious(labels, predictions, m, at[hit], hit)
    maps = flat.draw(m.predictions.score >= MAP_SCORE, rank_by_score(m))
    return replace(
        s.outcome,
        family="masks",
        method=name,
        parameter=parameter,
        predictions=int((sure & (m.predictions.area > 0)).sum()),
        overlapping_pairs=len(select_overlapping_pairs(m, o)),
        objects_lost=int((s.is_matched & ~found).sum()),
        ap=evaluate_detections(m, candidates, by_area=False).summarize()["AP"],
        pq=panoptic_quality(maps)[0],
        boundary_iou=float(outline.mean()) if len(hit) else float("nan"),
    )
