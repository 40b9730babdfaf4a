"""A small robust classifier: ridge logistic regression, judged on images that it did not see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray

Floats = NDArray[np.float64]
FOLDS = 5
"""Every example is scored by a model that was fitted on the other four fifths of the images."""
MOST = 12_000
"""Examples of each kind that a model is fitted on; of more, every n-th is taken."""
CLIP = 6.0
"""Spreads from the median beyond which a value counts no further."""
_STEPS, _FOLD_STEPS, _NEAR, _LEAP = 14, 5, 1e-3, 4.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a classifier is fitted."""

    ridge: float
    """Penalty on squared weights."""
    passes: int
    """Fits; before each but the first, the examples that contradict the last one are set aside."""
    doubt_zero: float
    """Probability of being a one from which on an example of kind zero is set aside; 1 = never."""
    doubt_one: float
    """The same the other way round."""


def out_of_fold(x: Floats, one: NDArray[np.bool_], weight: Floats, fold: IntArray, fit: Fit) -> Floats:
    """Score every example by a model of the other folds.

    Parameters
    ----------
    x : (n, k) float64
        Features; standardised here by median and spread.
    one : (n,) bool
        The kind of each example.
    weight : (n,) float64
        How much it counts in fitting; 0 = it is only scored.
    fold : (n,) int64
        0 to `FOLDS` - 1; all examples of an image have the same.
    fit : Fit

    Returns
    -------
    (n,) float64
        Log odds of being a one, against the weights of both kinds: 0 = as likely as not where both
        had equally much weight.

    Examples
    --------
    >>> x = np.repeat(np.array([[0.0], [1.0]]), 50, axis=0)
    >>> one = x[:, 0] > 0.5
    >>> fold = np.arange(100) % FOLDS
    >>> logit = out_of_fold(x, one, np.ones(100), fold, Fit(1.0, 1, 1.0, 1.0))
    >>> bool(logit[0] < 0 < logit[-1])
    True
    >>> out_of_fold(x[:0], one[:0], np.ones(0), fold[:0], Fit(1.0, 1, 1.0, 1.0)).tolist()
    []
    """
    z = design(standard(x))
    logit = np.zeros(len(x))
    kept = _thinned(one, weight > 0)
    beta = np.zeros(z.shape[1])
    for turn in range(fit.passes):
        if turn:
            p = probability(logit)
            kept &= ~np.where(one, 1 - p >= fit.doubt_one, p >= fit.doubt_zero)
        rows = np.flatnonzero(kept)
        if not (one[rows].any() and (~one[rows]).any()):
            return np.zeros(len(x))
        beta, logit = _fit_folds(z, one, weight, fold, rows, fit.ridge, beta)
    balance = np.log(weight[rows[one[rows]]].sum() / weight[rows[~one[rows]]].sum())
    seen = np.array([(fold[rows] != k).any() for k in range(FOLDS)])
    return np.where(seen[fold], logit - balance, 0.0)


def standard(x: Floats) -> Floats:
    """Express each column in spreads from its median, at most `CLIP`.

    The spread is half of what lies between the 16th and the 84th percentile: for a normal
    distribution, its standard deviation.

    Examples
    --------
    >>> standard(np.array([[0.0], [1.0], [2.0], [99.0]])).round(1)[:, 0].tolist()
    [-0.1, -0.0, 0.0, 3.8]
    >>> standard(np.zeros((0, 2))).shape
    (0, 2)
    """
    if len(x) == 0:
        return x
    middle = np.median(x, axis=0)
    low, high = np.percentile(x, (16, 84), axis=0)
    spread = (high - low) / 2
    result: Floats = np.clip((x - middle) / np.where(spread < 1e-6, 1, spread), -CLIP, CLIP)
    return result


def design(z: Floats) -> Floats:
    """Add a constant and the squares of all columns."""
    return np.concatenate([np.ones((len(z), 1)), z, z * z / CLIP], axis=1)


def probability(logit: Floats) -> Floats:
    """Turn log odds into probabilities.

    Examples
    --------
    >>> probability(np.array([0.0, -1e9])).tolist()
    [0.5, 0.0]
    >>> probability(np.zeros(0)).tolist()
    []
    """
    result: Floats = 1 / (1 + np.exp(-np.clip(logit, -700, 700)))
    return np.where(logit < -700, 0.0, result)


def _thinned(one: NDArray[np.bool_], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose at most `MOST` examples of each kind, evenly."""
    kept = np.zeros(len(one), dtype=bool)
    for kind in (one & usable, ~one & usable):
        rows = np.flatnonzero(kind)
        kept[rows[:: max(-(-len(rows) // MOST), 1)]] = True
    return kept


def _fit_folds(
    z: Floats, one: NDArray[np.bool_], weight: Floats, fold: IntArray,
    rows: IntArray, ridge: float, beta: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Fit to all rows, then, from there, to all but each fold; score each fold by the latter.

    The curvature without a fold is the whole's less the fold's, so that one pass over the data serves
    all folds (Newton's method with a fixed Hessian).
    """
    x, y, w, f = z[rows], one[rows].astype(float), weight[rows], fold[rows]
    penalty = np.full(z.shape[1], ridge)
    penalty[0] = 1e-6
    for _ in range(_STEPS):
        gradient, hessian = _slopes(x, y, w, beta)
        step = np.linalg.solve(hessian + np.diag(penalty), gradient - penalty * beta)
        beta, far = _moved(x, beta, step)
        if far < _NEAR:
            break
    of_fold = [_slopes(x[f == k], y[f == k], w[f == k], beta)[1] for k in range(FOLDS)]
    whole = np.sum(of_fold, axis=0) + np.diag(penalty)
    logit = np.zeros(len(z))
    for k in range(FOLDS):
        other = f != k
        if not other.any():
            continue
        mine = beta.copy()
        xk, yk, wk = x[other], y[other], w[other]
        inverse = np.linalg.inv(whole - of_fold[k])
        for _ in range(_FOLD_STEPS):
            residual = xk.T @ (wk * (yk - probability(xk @ mine))) - penalty * mine
            mine, _far = _moved(xk, mine, inverse @ residual)
        logit[fold == k] = z[fold == k] @ mine
    return beta, logit


def _slopes(x: Floats, y: Floats, w: Floats, beta: Floats) -> tuple[Floats, Floats]:
    p = probability(x @ beta)
    return x.T @ (w * (y - p)), (x * (w * p * (1 - p))[:, None]).T @ x


def _moved(x: Floats, beta: Floats, step: Floats) -> tuple[Floats, float]:
    """Take a step, shortened where it would move a score by more than `_LEAP`."""
    far = float(np.abs(x @ step).max())
    return beta + step * min(1.0, _LEAP / max(far, 1e-9)), far
