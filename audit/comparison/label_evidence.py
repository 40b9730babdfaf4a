"""What the rules ``prediction.*`` are judged from: labels and predictions, and how far to trust these."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.comparison.average_precision import rank_by_score
from audit.comparison.category_ids import CategoryReading, read_category_ids
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.image_ids import ImageReading
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.nms import greedy_nms
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.isotonic import fit_isotonic
from audit.geometry.mask_pairs import MaskPairs

MATCH_IOU = 0.5
"""IoU from which on a prediction is right about a label: the lowest of COCO's thresholds."""
DUPLICATE_IOU = 0.5
"""Mask IoU above which two predictions are of one place: the usual threshold of NMS."""
_PSEUDO_COUNT = 2.0
"""Made-up predictions, half of them right, that keep the calibrated score of few predictions from 0 and 1:
one of either kind is Laplace's rule of succession."""


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """Labels as predictions show them."""

    tables: ComparisonTables
    overlaps: MaskPairs
    """Pairs of a label (no crowd region) and a prediction whose masks overlap: a = label, b = prediction."""
    same_category: BoolArray
    """(overlaps,) whether both are of one category."""
    calibrated_score: FloatArray
    """(predictions,) how often a prediction of that score matches a label of its category (IoU 0.5)."""
    matched_label: IntArray
    """(predictions,) label of the same category, one to one, IoU at least 0.5; -1 = none."""
    max_share_in_label: FloatArray
    """(predictions,) largest share of the prediction inside one label or crowd region."""
    nms_survivor: BoolArray
    """(predictions,) no better-scored prediction of any category has a mask IoU over 0.5 with it."""
    instance_row: IntArray
    """(labels,) row of the label in the instances table."""
    category_names: tuple[str, ...]
    """Names of the categories, in quotes; one more for an unknown category."""
    result_position: IntArray
    """(predictions,) place in the results file."""
    category_reading: CategoryReading | None
    """How the results' category ids would fit; None where they fit, or nothing does."""
    image_reading: ImageReading | None = None
    """How the results' image ids would fit; None where they fit, or nothing does."""

    def category_name(self, category: int) -> str:
        """Return the name of a category, for messages."""
        return self.category_names[category]

    def result_positions(self, rows: list[int]) -> list[int]:
        """Return places in the results file."""
        positions: list[int] = self.result_position[rows].tolist()
        return positions


def collect_evidence(
    tables: ComparisonTables,
    instance_row: IntArray,
    category_names: tuple[str, ...],
    result_position: IntArray,
    image_reading: ImageReading | None = None,
) -> LabelEvidence:
    """Work out what all rules need.

    Parameters
    ----------
    tables : ComparisonTables
    instance_row : (labels,) int64
        Rows in the instances table.
    category_names : tuple of str
    result_position : (predictions,) int64
        Places in the results file.
    image_reading : ImageReading, optional
        How the results' image ids would fit, where they do not.

    Returns
    -------
    LabelEvidence

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> pair = scene("aaaa....bb"), scene("pppp......", ".qqq......", ".........r")
    >>> tables = measure_comparison(*compared(pair, scores={"q": 0.8, "r": 0.7}))
    >>> evidence = collect_evidence(tables, np.arange(2), ("thing",), np.arange(3))
    >>> evidence.matched_label.tolist(), evidence.nms_survivor.tolist()
    ([0, -1, 1], [True, False, True])
    >>> evidence.max_share_in_label.tolist(), evidence.category_name(0)
    ([1.0, 1.0, 1.0], '“thing”')
    >>> none = np.zeros(0, dtype=np.int64)
    >>> len(collect_evidence(measure_comparison(*compared()), none, (), none).calibrated_score)
    0
    """
    labels, predictions = tables.labels, tables.predictions
    pairs = tables.cross_pairs.take(tables.cross_pairs.intersection > 0)
    max_share_in_label = np.zeros(len(predictions))
    np.maximum.at(max_share_in_label, pairs.b, pairs.ioa_b)
    overlaps = pairs.take(~pairs.iscrowd)
    category = labels.category[overlaps.a]
    same_category = (category == predictions.category[overlaps.b]) & (category >= 0)
    is_excused = ~predictions.is_verified | predictions.is_excusable
    in_crowd = pairs.iscrowd & (pairs.ioa_b >= MATCH_IOU)
    in_crowd &= labels.category[pairs.a] == predictions.category[pairs.b]
    is_excused[pairs.b[in_crowd]] = True
    rank = rank_by_score(tables)
    matched_label = _match_within_category(tables, overlaps.take(same_category), rank)
    duplicates = tables.prediction_pairs.take(tables.prediction_pairs.iou > DUPLICATE_IOU)
    return LabelEvidence(
        tables=tables,
        overlaps=overlaps,
        same_category=same_category,
        calibrated_score=_calibrate_scores(predictions.score, matched_label >= 0, is_excused),
        matched_label=matched_label,
        max_share_in_label=max_share_in_label,
        nms_survivor=greedy_nms(rank, duplicates.a, duplicates.b),
        instance_row=instance_row,
        category_names=(*(f"“{name}”" for name in category_names), "object of no known category"),
        result_position=result_position,
        category_reading=read_category_ids(tables),
        image_reading=image_reading,
    )


def _match_within_category(tables: ComparisonTables, pairs: MaskPairs, rank: IntArray) -> IntArray:
    eligible = pairs.take(evaluated_labels(tables)[pairs.a])
    nothing_ignored = np.zeros(len(tables.labels), dtype=np.bool_)
    matched: IntArray = match_detections(
        eligible, eligible.iou, rank, nothing_ignored[None], nothing_ignored, np.array([MATCH_IOU])
    )[0]
    return matched


def _calibrate_scores(score: FloatArray, is_right: BoolArray, is_excused: BoolArray) -> FloatArray:
    """Fit how often predictions are right, as a function that never falls with the score.

    What matches nothing but lies in a crowd region of its category is neither right nor wrong.

    Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", 2002.
    """
    if len(score) == 0:
        return score
    is_judged = is_right | ~is_excused
    if not is_judged.any():
        return np.full(len(score), 0.5)
    # Equal scores are one place of the curve, whatever their order in the file.
    levels, level_of = np.unique(score[is_judged], return_inverse=True)
    n_at_level = np.bincount(level_of).astype(float)
    n_right = np.bincount(level_of, weights=is_right[is_judged])
    share = fit_isotonic(n_right / n_at_level, n_at_level)
    n_judged = n_at_level.sum()
    fitted = (share * n_judged + 0.5 * _PSEUDO_COUNT) / (n_judged + _PSEUDO_COUNT)
    return np.asarray(np.interp(score, levels, fitted))


def max_score_by_label(evidence: LabelEvidence, is_chosen: BoolArray) -> FloatArray:
    """Return, for every label, the highest score of the overlapping predictions that are chosen; 0 = none.

    Parameters
    ----------
    evidence : LabelEvidence
    is_chosen : (overlaps,) bool

    Returns
    -------
    (labels,) float64
        0 to 1.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aabb"), scene("p...", "q...")), scores={"q": 0.8}))
    >>> evidence = collect_evidence(tables, np.arange(2), ("thing",), np.arange(2))
    >>> max_score_by_label(evidence, np.ones(2, dtype=bool)).tolist()
    [0.9, 0.0]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> nothing = collect_evidence(measure_comparison(*compared()), none, (), none)
    >>> max_score_by_label(nothing, none > 0).tolist()
    []
    """
    chosen = evidence.overlaps.take(is_chosen)
    max_score = np.zeros(len(evidence.tables.labels))
    np.maximum.at(max_score, chosen.a, evidence.tables.predictions.score[chosen.b])
    return np.clip(max_score, 0, 1)


def group_rows(key: IntArray, rows: IntArray, min_size: int = 2) -> Iterator[tuple[int, list[int]]]:
    """Yield the rows that share a key, where there are enough of them; keys ascending.

    Parameters
    ----------
    key, rows : (n,) int64
    min_size : int
        Least rows of a group.

    Yields
    ------
    key : int
    rows : list of int
        In the order in which they came.

    Examples
    --------
    >>> list(group_rows(np.array([4, 9, 4]), np.array([0, 1, 2])))
    [(4, [0, 2])]
    >>> list(group_rows(np.array([], dtype=int), np.array([], dtype=int)))
    []
    """
    order = np.argsort(key, kind="stable")
    key, rows = key[order], rows[order]
    bounds = np.r_[0, np.flatnonzero(np.diff(key)) + 1, len(key)]
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if stop - start >= min_size:
            yield int(key[start]), rows[start:stop].tolist()


def index_intersections(pairs: MaskPairs, n_masks: int) -> dict[int, int]:
    """Return the shared pixels of pairs by ``a * n_masks + b``.

    Parameters
    ----------
    pairs : MaskPairs
        Of one set of masks.
    n_masks : int
        How many there are in the set.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("...."), scene("ppp.", ".qqq", "...r"))))
    >>> index_intersections(tables.prediction_pairs, 3)
    {1: 2, 5: 1}
    >>> index_intersections(measure_comparison(*compared()).prediction_pairs, 3)
    {}
    """
    key = pairs.a * n_masks + pairs.b
    return dict(zip(key.tolist(), pairs.intersection.tolist(), strict=True))
