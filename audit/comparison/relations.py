"""How each prediction stands to the labels: which one it shows, and whether whole, in part or several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from audit.comparison.average_precision import rank_by_score
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray, match_detections
from audit.dataset.model import FloatArray, IntArray

MATCH_IOU = 0.5
_LOOSE_IOU = 0.2
"""IoU from which on a prediction shows a label of its own category, however badly."""
COVER = 0.5
"""Share of a label that must lie inside a prediction for it to be covered, and of a prediction inside a
label for it to be a part."""


@dataclass(frozen=True, slots=True)
class LabelRelations:
    """Predictions against labels, categories aside; all arrays (predictions,)."""

    matched_label: IntArray
    """The label that the prediction shows: its match (one to one, greedy, IoU at least `MATCH_IOU`), else the
    label that it overlaps best, its own category first, if it reaches that IoU (a lower one within its
    category), covers it, or lies in it. -1 = none."""
    iou: FloatArray
    """IoU with that label."""
    inside: FloatArray
    """Share of the prediction inside that label."""
    n_covered_labels: IntArray
    """Labels that lie in the prediction by at least `COVER`; labels nested in each other count once."""
    crowded: BoolArray
    """At least half of the prediction lies in a crowd region."""
    covers: csr_array
    """(predictions, labels) bool: which labels lie in the prediction."""

    @property
    def is_match(self) -> BoolArray:
        """Whether the prediction shows its label as a whole."""
        return (self.matched_label >= 0) & (self.iou >= MATCH_IOU)

    @property
    def is_fragment(self) -> BoolArray:
        """Whether the prediction is a part of its label."""
        return (self.matched_label >= 0) & (self.iou < MATCH_IOU) & (self.inside >= COVER)


def relate_to_labels(m: ComparisonTables, considered: NDArray[np.bool_]) -> LabelRelations:
    """Say which label each prediction shows.

    Parameters
    ----------
    m : ComparisonTables
    considered : (predictions,) bool
        Predictions that may take a label; the others have no home.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> relate_to_labels(m, np.zeros(0, dtype=bool)).matched_label.tolist()
    []
    """
    n = len(m.predictions)
    crowd = m.labels.iscrowd
    pairs = m.cross_pairs.take((m.cross_pairs.intersection > 0) & considered[m.cross_pairs.b])
    inside = pairs.ioa_b
    crowded = np.zeros(n, dtype=np.bool_)
    crowded[pairs.b[crowd[pairs.a] & (inside >= COVER)]] = True
    plain = ~crowd[pairs.a]
    pairs, inside = pairs.take(plain), inside[plain]
    iou, share = pairs.iou, pairs.ioa_a
    matched = match_detections(
        pairs, iou, rank_by_score(m), np.zeros((1, len(m.labels)), dtype=np.bool_),
        np.zeros(len(m.labels), dtype=np.bool_), np.array([MATCH_IOU]),
    )[0]  # fmt: skip
    chosen = matched[pairs.b] == pairs.a
    near = (iou >= MATCH_IOU) | (inside >= COVER) | (share >= COVER)
    same = m.labels.category[pairs.a] == m.predictions.category[pairs.b]
    near |= (iou >= _LOOSE_IOU) & same
    # The match first, then its own category, then the largest IoU; ties go to the earlier label.
    order = np.lexsort((-pairs.a, iou, same | (iou >= MATCH_IOU), chosen))
    order = order[near[order]]
    best = np.full(n, -1, dtype=np.int64)
    best[pairs.b[order]] = order  # the last assignment of each prediction stays
    some = best >= 0
    home, home_iou, home_inside = np.full(n, -1, dtype=np.int64), np.zeros(n), np.zeros(n)
    home[some], home_iou[some], home_inside[some] = (v[best[some]] for v in (pairs.a, iou, inside))
    held = share >= COVER
    covers = coo_array(
        (np.ones(int(held.sum()), dtype=np.int32), (pairs.b[held], pairs.a[held])), shape=(n, len(m.labels))
    ).tocsr()
    return LabelRelations(home, home_iou, home_inside, _distinct(m, covers), crowded, covers)


def _distinct(m: ComparisonTables, covers: csr_array) -> IntArray:
    """Count covered labels, leaving out those that lie in another covered one."""
    pairs = m.label_pairs
    nested = pairs.take(pairs.intersection >= COVER * np.maximum(np.minimum(pairs.area_a, pairs.area_b), 1))
    a_smaller = nested.area_a < nested.area_b
    small, large = np.where(a_smaller, nested.a, nested.b), np.where(a_smaller, nested.b, nested.a)
    inside = coo_array(
        (np.ones(len(small), dtype=np.int32), (large, small)), shape=(len(m.labels), len(m.labels))
    ).tocsr()
    hidden = (covers @ inside).minimum(1).multiply(covers)
    count = np.asarray(covers.sum(axis=1)).ravel() - np.asarray(hidden.sum(axis=1)).ravel()
    distinct: IntArray = count.astype(np.int64)
    return distinct


def lookup_label_ios(m: ComparisonTables, one: IntArray, other: IntArray) -> FloatArray:
    """Look up how much two labels overlap, as a share of the smaller one.

    Parameters
    ----------
    m : ComparisonTables
    one, other : (k,) int64
        Positions of labels; -1 = none.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> none = np.zeros(0, dtype=np.int64)
    >>> lookup_label_ios(measure_comparison(empty_dataset(), empty_dataset()), none, none).tolist()
    []
    """
    n = len(m.labels) + 1
    low, high = np.minimum(one, other), np.maximum(one, other)
    key, wanted = m.label_pairs.a * n + m.label_pairs.b, low * n + high
    at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    found = (key[at] == wanted) & (low >= 0) if len(key) else np.zeros(len(one), dtype=np.bool_)
    pixels = np.zeros(len(one), dtype=np.int64)
    pixels[found] = m.label_pairs.intersection[at[found]]
    area = np.r_[m.labels.area, 0]
    ios: FloatArray = pixels / np.maximum(np.minimum(area[one], area[other]), 1)
    return ios
