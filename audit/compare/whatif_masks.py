"""What other masks would make of the predictions: smoothed, filled, or with every pixel given to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from audit.compare.average_precision import by_score, evaluate, mask_candidates
from audit.compare.causes import overlapping
from audit.compare.flat import exclusive, layers
from audit.compare.measuring import Change, measure_both, redrawn
from audit.compare.metrics.boundary import boundary_ious
from audit.compare.metrics.panoptic import panoptic_quality
from audit.compare.objects import Crossed
from audit.compare.whatif import MAP_SCORE, Outcome, Stand
from audit.dataset.model import Dataset, IntArray
from audit.geometry.morphology import closed, filled, largest_part, opened
from audit.geometry.runs import Runs

RADII = (1, 3)
"""Pixels."""


def mask_variants(labels: Dataset, predictions: Dataset, s: Stand) -> tuple[Outcome, ...]:
    """Judge the predictions with their masks as they are, and changed.

    Parameters
    ----------
    labels, predictions : Dataset
    s : Stand
        Of these.

    Returns
    -------
    tuple of Outcome
        Of family ``masks``; the first, ``as_is``, tells the boundary IoU to compare with.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.compare.whatif import stand
    >>> nothing = empty_dataset()
    >>> m = measure_both(nothing, nothing)
    >>> [o.method for o in mask_variants(nothing, nothing, stand(m, layers(nothing, nothing, m)))][:3]
    ['as_is', 'open', 'open']
    """
    return tuple(
        _judged(labels, predictions, s, name, parameter, change) for name, parameter, change in _changes(s)
    )


def _changes(s: Stand) -> Iterator[tuple[str, float, Change | None]]:
    none = float("nan")
    yield "as_is", none, None
    for radius in RADII:
        yield "open", float(radius), _opened(radius)
    for radius in RADII:
        yield "close", float(radius), _closed(radius)
    yield "fill_holes", none, lambda runs, _: filled(runs)
    yield "largest_part", none, lambda runs, _: largest_part(runs)
    p = s.m.predictions
    sure = p.score >= s.options.score_floor
    smaller = np.empty(len(p), dtype=np.int64)
    smaller[np.lexsort((np.arange(len(p)), p.area))] = np.arange(len(p))
    pairs = s.m.among_predictions
    pairs = pairs.take(sure[pairs.a] & sure[pairs.b])
    yield "exclusive_by_score", none, _exclusive(pairs, by_score(s.m))
    yield "exclusive_smaller", none, _exclusive(pairs, smaller)


def _opened(radius: int) -> Change:
    return lambda runs, _: opened(runs, np.full(runs.count, radius))


def _closed(radius: int) -> Change:
    return lambda runs, _: closed(runs, np.full(runs.count, radius))


def _exclusive(pairs: Crossed, rank: IntArray) -> Change:
    def change(runs: Runs, where: slice) -> Runs:
        low, high = np.searchsorted(pairs.a, [where.start, where.stop])
        return exclusive(runs, pairs.take(np.arange(low, high)), rank[where], where.start)

    return change


def _judged(
    labels: Dataset, predictions: Dataset, s: Stand, name: str, parameter: float, change: Change | None
) -> Outcome:
    m, flat = s.m, s.layers
    if change is not None:
        predictions = redrawn(predictions, s.m.predictions, change)
        m = measure_both(labels, predictions)
        flat = layers(labels, predictions, m)
    candidates, o = mask_candidates(m), s.options
    sure = m.predictions.score >= o.score_floor
    at = evaluate(m, candidates, kept=sure, areas=False).matched[0]
    found = np.zeros(len(m.labels), dtype=np.bool_)
    hit = np.flatnonzero((at >= 0) & ~np.r_[m.labels.iscrowd, True][at])
    found[at[hit]] = True
    outline = boundary_ious(labels, predictions, m, at[hit], hit)
    maps = flat.maps(m.predictions.score >= MAP_SCORE, by_score(m))
    return replace(
        s.base,
        family="masks",
        method=name,
        parameter=parameter,
        predictions=int((sure & (m.predictions.area > 0)).sum()),
        overlapping_pairs=len(overlapping(m, o)),
        objects_lost=int((s.matched & ~found).sum()),
        ap=evaluate(m, candidates, areas=False).numbers()["AP"],
        pq=panoptic_quality(m, maps).numbers()["pq"],
        boundary_iou=float(outline.mean()) if len(hit) else float("nan"),
    )
