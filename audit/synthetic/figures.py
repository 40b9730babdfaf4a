"""How well scores rank what was planted: AUROC, average precision, recall at a precision."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Ranking:
    """The items that a rule could have named, with what it said of them."""

    planted: NDArray[np.bool_]
    score: Floats
    """Higher = more suspect; NaN = not scored, which ranks below every score."""
    image: NDArray[np.int64]
    """The image of each, which intervals are drawn over."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one ranking; NaN where nothing, or everything, was planted."""

    auroc: float
    """How often a planted item ranks above another one; ties count half."""
    average_precision: float
    """Sum over distinct scores of the recall gained there, times the precision there."""
    recall_p80: float
    """Largest recall at a threshold with a precision of at least 0.80; 0 where there is none."""
    recall_p95: float


def figures(r: Ranking) -> Figures:
    """Judge a ranking.

    Examples
    --------
    >>> image = np.zeros(4, dtype=int)
    >>> planted = np.array([True, False, True, False])
    >>> figures(Ranking(planted, np.array([0.9, 0.8, 0.7, np.nan]), image)).auroc
    0.75
    >>> figures(Ranking(planted[:0], np.zeros(0), image[:0])).auroc
    nan
    """
    n, hits = len(r.planted), int(r.planted.sum())
    if hits in (0, n):
        return Figures(*[float("nan")] * 4)
    score = np.where(np.isnan(r.score), -np.inf, r.score)
    order = np.argsort(-score, kind="stable")
    score, planted = score[order], r.planted[order]
    last = np.r_[np.flatnonzero(score[1:] != score[:-1]), n - 1]
    found, named = np.cumsum(planted)[last].astype(float), last + 1.0
    precision, recall = found / named, found / hits
    new, wrong = np.diff(found, prepend=0.0), np.diff(named - found, prepend=0.0)
    above = np.r_[0.0, found[:-1]]
    scored = score[last] > -np.inf

    def best(least: float) -> float:
        good = (precision >= least - _TOLERANCE) & scored
        return float(recall[good].max(initial=0.0))

    return Figures(
        float((wrong * (above + new / 2)).sum() / (hits * (n - hits))),
        float((np.diff(recall, prepend=0.0) * precision).sum()),
        best(0.80),
        best(0.95),
    )


def intervals(r: Ranking, draws: int, seed: int = 0, confidence: float = 0.95) -> tuple[Figures, Figures]:
    """Bound the figures by drawing images with replacement.

    Parameters
    ----------
    r : Ranking
    draws : int
        0 = no intervals: NaN.
    seed : int
    confidence : float

    Returns
    -------
    low, high : Figures

    Examples
    --------
    >>> one = Ranking(np.array([True, False]), np.array([1.0, 0.0]), np.array([1, 1]))
    >>> [bound.auroc for bound in intervals(one, 5)]
    [1.0, 1.0]
    >>> intervals(one, 0)[0].auroc
    nan
    """
    names = [f.name for f in fields(Figures)]
    rng = np.random.default_rng(seed)
    _, place = np.unique(r.image, return_inverse=True)
    order = np.argsort(place, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(place[order])) + 1) if len(order) else []
    drawn = []
    for _ in range(draws if rows else 0):
        take = np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))])
        one = figures(Ranking(r.planted[take], r.score[take], r.image[take]))
        drawn.append([getattr(one, name) for name in names])
    values = np.array(drawn).reshape(-1, len(names))
    bounds = []
    for q in ((1 - confidence) / 2, (1 + confidence) / 2):
        good = [column[~np.isnan(column)] for column in values.T]
        bounds.append(Figures(*(float(np.quantile(v, q)) if len(v) else float("nan") for v in good)))
    return bounds[0], bounds[1]
