"""How each prediction stands to the labels: which one it shows, and whether whole, in part or several."""

from __future__ import annotations

import numpy as np

from audit.carriers import dataclass
from audit.comparison.average_precision import rank_by_score
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray, match_detections
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.outermost_items import count_outermost
from audit.geometry.sort_keys import stable_lexsort

MATCH_IOU = 0.5
"""IoU from which on a prediction shows a label as a whole: the lowest of COCO's thresholds."""
LOOSE_IOU = 0.2
"""IoU from which on a prediction shows a label of its category, however badly. Between the 0.1 that TIDE
takes for background and the 0.5 of a match: a prediction twice as wide as its label, and off by half of the
label's width, just reaches it."""
COVERED_SHARE = 0.5
"""Share of a label that must lie inside a prediction for it to be covered, and of a prediction inside a
label for it to be a fragment: most of it."""


@dataclass(frozen=True, slots=True)
class LabelRelations:
    """Predictions against labels, categories left open; all arrays (predictions,)."""

    matched_label: IntArray
    """The label that the prediction shows: its match (one to one, greedy, IoU at least `MATCH_IOU`), else the
    label that it overlaps best, its own category first, if it reaches that IoU (`LOOSE_IOU` within its
    category), or covers it or lies in it (of another category: with at least `LOOSE_IOU`). -1 = none."""
    iou: FloatArray
    """IoU with that label."""
    share_inside: FloatArray
    """Share of the prediction inside that label."""
    n_covered_labels: IntArray
    """Labels of which at least `COVERED_SHARE` lies in the prediction; of labels nested in each other the
    outermost counts."""
    in_crowd: BoolArray
    """At least half of the prediction lies in a crowd region."""
    covered_labels: IntArray
    """(pairs, 2) a prediction and a label that lies in it, ascending; not (predictions,)."""

    def covers(self, prediction: IntArray, label: IntArray) -> BoolArray:
        """Say of pairs whether the label lies in the prediction.

        Parameters
        ----------
        prediction, label : (n,) int64
            Positions.
        """
        n_labels = max(int(part.max(initial=-1)) + 1 for part in (self.covered_labels[:, 1], label))
        keys = self.covered_labels[:, 0] * n_labels + self.covered_labels[:, 1]
        is_covered: BoolArray = np.isin(prediction * n_labels + label, keys)
        return is_covered

    @property
    def is_whole(self) -> BoolArray:
        """Whether the prediction shows its label as a whole."""
        return (self.matched_label >= 0) & (self.iou >= MATCH_IOU)

    @property
    def is_fragment(self) -> BoolArray:
        """Whether the prediction is a part of its label."""
        return (self.matched_label >= 0) & (self.iou < MATCH_IOU) & (self.share_inside >= COVERED_SHARE)


def relate_to_labels(tables: ComparisonTables, is_considered: BoolArray) -> LabelRelations:
    """Say which label each prediction shows.

    Parameters
    ----------
    tables : ComparisonTables
    is_considered : (predictions,) bool
        Predictions that may take a label; the others show none.

    Returns
    -------
    LabelRelations

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaabb"), scene("pppppp", "q....."))))
    >>> relations = relate_to_labels(tables, np.ones(2, dtype=bool))
    >>> relations.matched_label.tolist(), relations.n_covered_labels.tolist()
    ([0, 0], [2, 0])
    >>> relations.is_whole.tolist(), relations.is_fragment.tolist()
    ([True, False], [False, True])
    >>> nothing = measure_comparison(*compared())
    >>> relate_to_labels(nothing, np.zeros(0, dtype=bool)).matched_label.tolist()
    []
    """
    pairs = tables.cross_pairs
    pairs = pairs.take((pairs.intersection > 0) & is_considered[pairs.b])
    in_crowd = np.zeros(len(tables.predictions), dtype=np.bool_)
    in_crowd[pairs.b[pairs.iscrowd & (pairs.ioa_b >= COVERED_SHARE)]] = True
    pairs = pairs.take(~pairs.iscrowd)
    shown = _choose_shown_labels(tables, pairs)
    predictions = pairs.b[shown]
    matched_label = np.full(len(tables.predictions), -1, dtype=np.int64)
    iou, share_inside = np.zeros(len(matched_label)), np.zeros(len(matched_label))
    matched_label[predictions] = pairs.a[shown]
    iou[predictions], share_inside[predictions] = pairs.iou[shown], pairs.ioa_b[shown]
    covering = pairs.take(pairs.ioa_a >= COVERED_SHARE)
    n_covered_labels = _count_outermost(tables, covering)
    covered_labels = np.unique(np.stack([covering.b, covering.a], axis=1), axis=0)
    return LabelRelations(matched_label, iou, share_inside, n_covered_labels, in_crowd, covered_labels)


def _choose_shown_labels(tables: ComparisonTables, pairs: MaskPairs) -> IntArray:
    """Return the positions of the pairs that say which label a prediction shows: one a prediction at most."""
    iou, n_labels = pairs.iou, len(tables.labels)
    matched = match_detections(
        pairs, iou, rank_by_score(tables), np.zeros((1, n_labels), dtype=np.bool_),
        np.zeros(n_labels, dtype=np.bool_), np.array([MATCH_IOU]),
    )[0]  # fmt: skip
    is_match = matched[pairs.b] == pairs.a
    same_category = tables.labels.category[pairs.a] == tables.predictions.category[pairs.b]
    is_inside = (pairs.ioa_b >= COVERED_SHARE) | (pairs.ioa_a >= COVERED_SHARE)
    # A cup in a sink lies in its mask, but is no part of it: the category, or a like size, must speak for it.
    is_near = (iou >= MATCH_IOU) | (is_inside & (same_category | (iou >= LOOSE_IOU)))
    is_near |= (iou >= LOOSE_IOU) & same_category
    # The match first, then its own category, then the largest IoU; ties go to the earlier label. An IoU of a
    # match stands beside its own category: what is outlined well is shown, whatever it was called.
    order = stable_lexsort((-pairs.a, iou, same_category | (iou >= MATCH_IOU), is_match))
    order = order[is_near[order]]
    best = np.full(len(tables.predictions), -1, dtype=np.int64)
    best[pairs.b[order]] = order  # the last assignment of each prediction stays
    return best[best >= 0]


def _count_outermost(tables: ComparisonTables, covering: MaskPairs) -> IntArray:
    """Count covered labels, leaving out those that lie in another covered one."""
    pairs = tables.label_pairs
    nested = pairs.take(pairs.ios >= COVERED_SHARE)
    a_is_smaller = nested.area_a < nested.area_b
    inner, outer = np.where(a_is_smaller, nested.a, nested.b), np.where(a_is_smaller, nested.b, nested.a)
    return count_outermost(covering.b, covering.a, len(tables.predictions), outer, inner, len(tables.labels))


def lookup_label_ios(tables: ComparisonTables, label_a: IntArray, label_b: IntArray) -> FloatArray:
    """Look up how much two labels overlap, as a share of the smaller one.

    Parameters
    ----------
    tables : ComparisonTables
    label_a, label_b : (k,) int64
        Positions of labels; -1 = none.

    Returns
    -------
    (k,) float64
        0 where one of them is none, or they share no pixel.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaa..", ".bbbb"), scene("....."))))
    >>> lookup_label_ios(tables, np.array([1, 0]), np.array([0, -1])).round(3).tolist()
    [0.667, 0.0]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> lookup_label_ios(measure_comparison(*compared()), none, none).tolist()
    []
    """
    pairs = tables.label_pairs
    if len(pairs) == 0:
        return np.zeros(len(label_a))
    # Pairs are sorted by (a, b), so this key ascends and can be searched.
    factor = len(tables.labels) + 1
    key = pairs.a * factor + pairs.b
    low, high = np.minimum(label_a, label_b), np.maximum(label_a, label_b)
    wanted = low * factor + high
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where((key[at] == wanted) & (low >= 0), pairs.ios[at], 0.0)
