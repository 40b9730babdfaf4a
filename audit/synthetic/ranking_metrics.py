"""How well scores rank what was planted: AUROC, average precision, recall at a precision."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    planted: NDArray[np.bool_], score: NDArray[np.float64], image: NDArray[np.int64]
) -> pd.DataFrame:
    """Lay out the items that a rule could have named, with what it said of them.

    Parameters
    ----------
    planted : (n,) bool
    score : (n,) float64
        Higher = more suspect; NaN = not scored, which ranks below every score.
    image : (n,) int64
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
    return pd.DataFrame({"planted": planted, "score": score, "image": image})


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


def _measure(planted: NDArray[np.bool_], score: NDArray[np.float64]) -> RankingMetrics:
    n_items, n_planted = len(planted), int(planted.sum())
    if n_planted in (0, n_items):
        return RankingMetrics(*[float("nan")] * 4)
    score = np.where(np.isnan(score), -np.inf, score)
    order = np.argsort(-score, kind="stable")
    score, planted = score[order], planted[order]
    # Items of equal score enter together: only the last of each tie is a threshold.
    last = np.r_[np.flatnonzero(score[1:] != score[:-1]), n_items - 1]
    true_positives, named = np.cumsum(planted)[last].astype(float), last + 1.0
    precision, recall = true_positives / named, true_positives / n_planted
    gained = np.diff(true_positives, prepend=0.0)
    false_positives = np.diff(named - true_positives, prepend=0.0)
    above = np.r_[0.0, true_positives[:-1]]
    scored = score[last] > -np.inf

    def recall_at(min_precision: float) -> float:
        reached = (precision >= min_precision - _TOLERANCE) & scored
        return float(recall[reached].max(initial=0.0))

    return RankingMetrics(
        float((false_positives * (above + gained / 2)).sum() / (n_planted * (n_items - n_planted))),
        float((np.diff(recall, prepend=0.0) * precision).sum()),
        recall_at(0.80),
        recall_at(0.95),
    )


def bootstrap_intervals(
    ranking: pd.DataFrame, draws: int, seed: int = 0, confidence: float = 0.95
) -> tuple[RankingMetrics, RankingMetrics]:
    """Bound the metrics by drawing images with replacement.

    Parameters
    ----------
    ranking : DataFrame
        From `rank_items`.
    draws : int
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
    planted, score = ranking["planted"].to_numpy(dtype=bool), ranking["score"].to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    _, image = np.unique(ranking["image"], return_inverse=True)
    order = np.argsort(image, kind="stable")
    by_image = np.split(order, np.flatnonzero(np.diff(image[order])) + 1) if len(order) else []
    drawn = []
    for _ in range(draws if by_image else 0):
        rows = np.concatenate(
            [by_image[position] for position in rng.integers(0, len(by_image), len(by_image))]
        )
        drawn.append(astuple(_measure(planted[rows], score[rows])))
    values = np.array(drawn).reshape(-1, len(fields(RankingMetrics)))
    defined = [column[~np.isnan(column)] for column in values.T]
    low, high = (
        RankingMetrics(*(float(np.quantile(value, q)) if len(value) else float("nan") for value in defined))
        for q in ((1 - confidence) / 2, (1 + confidence) / 2)
    )
    return low, high
