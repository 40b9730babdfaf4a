"""What the rules ``prediction.*`` are judged from: labels and predictions, and how far to trust these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.comparison.average_precision import rank_by_score
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.nms import greedy_nms
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

_PRIOR = 2.0
"""Made-up right and wrong predictions each that keep the trust of few predictions from 0 and 1."""


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """Labels as predictions show them."""

    m: ComparisonTables
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

    def category_name(self, category: int) -> str:
        """Return the name of a category, for messages."""
        return self.category_names[category]

    def result_positions(self, rows: list[int]) -> list[int]:
        """Return places in the results file."""
        found: list[int] = self.result_position[rows].tolist()
        return found


def collect_evidence(
    m: ComparisonTables, instance: IntArray, names: tuple[str, ...], positions: IntArray
) -> LabelEvidence:
    """Work out what all rules need.

    Parameters
    ----------
    m : ComparisonTables
    instance : (labels,) int64
        Rows in the instances table.
    names : tuple of str
        Of the categories.
    positions : (predictions,) int64
        Places in the results file.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> none = np.zeros(0, dtype=np.int64)
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> len(collect_evidence(m, none, (), none).calibrated_score)
    0
    """
    pairs = m.cross_pairs.take(m.cross_pairs.intersection > 0)
    p, g = m.predictions, m.labels
    over = np.zeros(len(p))
    np.maximum.at(over, pairs.b, pairs.ioa_b)
    overlaps = pairs.take(~g.iscrowd[pairs.a])
    category = g.category[overlaps.a]
    same_category = (category == p.category[overlaps.b]) & (category >= 0)
    eligible = overlaps.take(same_category & evaluated_labels(m)[overlaps.a])
    matched = match_detections(
        eligible,
        eligible.iou,
        rank_by_score(m),
        np.zeros((1, len(g)), dtype=np.bool_),
        np.zeros(len(g), dtype=np.bool_),
        np.array([0.5]),
    )[0]
    same_place = m.prediction_pairs.take(m.prediction_pairs.iou > 0.5)
    return LabelEvidence(
        m=m,
        overlaps=overlaps,
        same_category=same_category,
        calibrated_score=_calibrate_scores(p.score, matched >= 0),
        matched_label=matched,
        max_share_in_label=over,
        nms_survivor=greedy_nms(rank_by_score(m), same_place.a, same_place.b),
        instance_row=instance,
        category_names=(*(f"“{name}”" for name in names), "object of no known category"),
        result_position=positions,
    )


def _calibrate_scores(score: FloatArray, right: BoolArray) -> FloatArray:
    """Fit how often predictions are right, as a function that never falls with the score."""
    if len(score) == 0:
        return score
    order = np.argsort(score, kind="stable")
    # Two made-up predictions at either end: a handful of real ones is no proof.
    y = np.r_[0.0, right[order].astype(float), 1.0]
    weight = np.r_[_PRIOR, np.ones(len(score)), _PRIOR]
    from scipy.optimize import isotonic_regression  # slow to import, and rules are listed without it

    fitted = isotonic_regression(y, weights=weight).x[1:-1]
    trust = np.empty(len(score))
    trust[order] = (fitted * len(score) + 0.5 * _PRIOR) / (len(score) + _PRIOR)
    return trust


def max_score_by_label(evidence: LabelEvidence, among: BoolArray) -> FloatArray:
    """Return, for every label, the highest score of the overlapping predictions that are chosen; 0 = none.

    Parameters
    ----------
    evidence : LabelEvidence
    among : (overlaps,) bool

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> none = np.zeros(0, dtype=np.int64)
    >>> evidence = collect_evidence(measure_comparison(empty_dataset(), empty_dataset()), none, (), none)
    >>> max_score_by_label(evidence, none > 0).tolist()
    []
    """
    result = np.zeros(len(evidence.m.labels))
    chosen = evidence.overlaps.take(among)
    np.maximum.at(result, chosen.a, evidence.m.predictions.score[chosen.b])
    return np.clip(result, 0, 1)


def group_rows(key: IntArray, rows: IntArray, least: int = 2) -> Iterator[tuple[int, list[int]]]:
    """Yield the rows that share a key, where there are enough of them; keys ascending.

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
        if stop - start >= least:
            yield int(key[start]), rows[start:stop].tolist()


def index_intersections(pairs: MaskPairs, n: int) -> dict[int, int]:
    """Return the shared pixels of pairs by ``a * n + b``.

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> index_intersections(no_pairs(), 3)
    {}
    """
    return dict(zip((pairs.a * n + pairs.b).tolist(), pairs.intersection.tolist(), strict=True))
