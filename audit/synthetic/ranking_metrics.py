"""How well scores rank what was planted: AUROC, average precision, recall at a precision."""

from __future__ import annotations

from dataclasses import astuple, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.carriers import dataclass

_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class RankingMetrics:
    """Metrics of one ranking; NaN where nothing, or everything, was planted."""

    auroc: float
    """How often a planted item ranks above another; ties count half."""
    average_precision: float
    """Sum over distinct scores of the recall gained there, times the precision there."""
    recall_p80: float
    """Largest recall at a threshold with a precision of at least 0.80; 0 where there is none."""
    recall_p95: float


def rank_items(
    planted: NDArray[np.bool_], scores: NDArray[np.float64], image_numbers: NDArray[np.int64]
) -> pd.DataFrame:
    """Lay out the items that a rule could have named, with what it said of them.

    Parameters
    ----------
    planted : (n,) bool
    scores : (n,) float64
        Higher = more suspect; NaN = not scored, which ranks below every score.
    image_numbers : (n,) int64
        The image of each, which intervals are drawn over.

    Returns
    -------
    DataFrame
        The three as columns.

    Examples
    --------
    >>> rank_items(np.array([True]), np.array([0.5]), np.array([7])).columns.tolist()
    ['planted', 'score', 'image']
    """
    return pd.DataFrame({"planted": planted, "score": scores, "image": image_numbers})


def measure_ranking(ranking: pd.DataFrame) -> RankingMetrics:
    """Judge a ranking.

    Parameters
    ----------
    ranking : DataFrame
        From `rank_items`.

    Examples
    --------
    >>> planted, image = np.array([True, False, True, False]), np.zeros(4, dtype=int)
    >>> ranking = rank_items(planted, np.array([0.9, 0.8, 0.7, np.nan]), image)
    >>> measure_ranking(ranking).auroc
    0.75
    >>> measure_ranking(ranking[:0]).auroc
    nan
    """
    return _measure(ranking["planted"].to_numpy(dtype=bool), ranking["score"].to_numpy(dtype=float))


def _measure(planted: NDArray[np.bool_], scores: NDArray[np.float64]) -> RankingMetrics:
    n_items, n_planted = len(planted), int(planted.sum())
    if n_planted in (0, n_items):
        return RankingMetrics(*[float("nan")] * 4)
    scores = np.where(np.isnan(scores), -np.inf, scores)
    by_score = np.argsort(-scores, kind="stable")
    scores, planted = scores[by_score], planted[by_score]
    # Items of equal score enter together: only the last of each tie is a threshold.
    tie_ends = np.r_[np.flatnonzero(scores[1:] != scores[:-1]), n_items - 1]
    true_positives, n_named = np.cumsum(planted)[tie_ends].astype(float), tie_ends + 1.0
    precision, recall = true_positives / n_named, true_positives / n_planted
    gained_positives = np.diff(true_positives, prepend=0.0)
    false_positives = np.diff(n_named - true_positives, prepend=0.0)
    positives_above = np.r_[0.0, true_positives[:-1]]
    has_score = scores[tie_ends] > -np.inf

    def recall_at(min_precision: float) -> float:
        is_reached = (precision >= min_precision - _TOLERANCE) & has_score
        return float(recall[is_reached].max(initial=0.0))

    return RankingMetrics(
        float(
            (false_positives * (positives_above + gained_positives / 2)).sum()
            / (n_planted * (n_items - n_planted))
        ),
        float((np.diff(recall, prepend=0.0) * precision).sum()),
        recall_at(0.80),
        recall_at(0.95),
    )


def bootstrap_intervals(
    ranking: pd.DataFrame, n_draws: int, seed: int = 0, confidence: float = 0.95
) -> tuple[RankingMetrics, RankingMetrics]:
    """Bound the metrics by drawing images with replacement.

    Parameters
    ----------
    ranking : DataFrame
        From `rank_items`.
    n_draws : int
        0 = no intervals: NaN.
    seed : int
    confidence : float

    Returns
    -------
    low, high : RankingMetrics

    Examples
    --------
    >>> ranking = rank_items(np.array([True, False]), np.array([1.0, 0.0]), np.array([1, 1]))
    >>> [bound.auroc for bound in bootstrap_intervals(ranking, 5)]
    [1.0, 1.0]
    >>> bootstrap_intervals(ranking, 0)[0].auroc
    nan
    """
    planted, scores = ranking["planted"].to_numpy(dtype=bool), ranking["score"].to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    _, image_numbers = np.unique(ranking["image"], return_inverse=True)
    image_order = np.argsort(image_numbers, kind="stable")
    image_items = (
        np.split(image_order, np.flatnonzero(np.diff(image_numbers[image_order])) + 1)
        if len(image_order)
        else []
    )
    drawn_metrics = []
    for _ in range(n_draws if image_items else 0):
        drawn_items = np.concatenate(
            [image_items[position] for position in rng.integers(0, len(image_items), len(image_items))]
        )
        drawn_metrics.append(astuple(_measure(planted[drawn_items], scores[drawn_items])))
    metric_values = np.array(drawn_metrics).reshape(-1, len(fields(RankingMetrics)))
    defined = [column[~np.isnan(column)] for column in metric_values.T]
    lower_bound, upper_bound = (
        RankingMetrics(
            *(
                float(np.quantile(drawn_values, quantile)) if len(drawn_values) else float("nan")
                for drawn_values in defined
            )
        )
        for quantile in ((1 - confidence) / 2, (1 + confidence) / 2)
    )
    return lower_bound, upper_bound
