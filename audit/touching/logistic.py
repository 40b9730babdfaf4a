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
MOST_STRETCH = 2.5
"""Factor by which `sharpened` stretches log odds at most."""
CHUNK = 1 << 15
"""Examples described or scored together: bounds memory."""
_STEPS, _FOLD_STEPS, _NEAR, _LEAP = 14, 5, 1e-3, 4.0
_STACK = 64


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
    middle, spread = _scale(x)
    rows = np.flatnonzero(_thinned(x, one, weight > 0))
    z = design(standard(x[rows], middle, spread))
    kind, mass, part = one[rows], weight[rows], fold[rows]
    kept = np.ones(len(rows), dtype=bool)
    logit = np.zeros(len(rows))
    beta = np.zeros(z.shape[1])
    for turn in range(fit.passes):
        if turn:
            p = probability(logit)
            kept &= ~np.where(kind, 1 - p >= fit.doubt_one, p >= fit.doubt_zero)
        if not (kind[kept].any() and (~kind[kept]).any()):
            return np.zeros(len(x))
        beta, of_fold = _fit_folds(z[kept], kind[kept], mass[kept], part[kept], fit.ridge, beta)
        logit = _scored(z, part, of_fold)
    balance = np.log(mass[kept & kind].sum() / mass[kept & ~kind].sum())
    seen = np.array([(part[kept] != k).any() for k in range(FOLDS)])
    logit = np.zeros(len(x))
    for start in range(0, len(x), CHUNK):
        some = slice(start, start + CHUNK)
        logit[some] = _scored(design(standard(x[some], middle, spread)), fold[some], of_fold)
    return np.where(seen[fold], logit - balance, 0.0)


def _scored(z: Floats, fold: IntArray, of_fold: Floats) -> Floats:
    """Score each example by its fold's weights."""
    logit = np.zeros(len(z))
    for k in range(FOLDS):
        mine = fold == k
        logit[mine] = _times(z[mine], of_fold[k])
    return logit


def _scale(x: Floats) -> tuple[Floats, Floats]:
    """Give the median of each column, and its spread.

    The spread is half of what lies between the 16th and the 84th percentile: for a normal
    distribution, its standard deviation.
    """
    if len(x) == 0:
        return np.zeros(x.shape[1]), np.ones(x.shape[1])
    # Column by column: all at once would copy the whole table.
    low, middle, high = np.array([np.percentile(column, (16, 50, 84)) for column in x.T]).T
    spread = (high - low) / 2
    return middle, np.where(spread < 1e-6, 1, spread)


def standard(x: Floats, middle: Floats, spread: Floats) -> Floats:
    """Express each column in spreads from its median, at most `CLIP`.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [99.0]])
    >>> standard(x, *_scale(x)).round(1)[:, 0].tolist()
    [-0.1, -0.0, 0.0, 3.8]
    >>> standard(x[:0], *_scale(x[:0])).shape
    (0, 1)
    """
    result: Floats = np.clip((x - middle) / spread, -CLIP, CLIP)
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


def sharpened(logit: Floats, one: NDArray[np.bool_], weight: Floats) -> Floats:
    """Undo what the penalty took from the log odds: stretch them to what examples of both kinds say.

    The stretch is fitted by likelihood (Platt scaling without an offset), between 1 and `MOST_STRETCH`.

    Parameters
    ----------
    logit : (n,) float64
        Out of fold.
    one : (n,) bool
    weight : (n,) float64
        0 = not fitted on.

    Examples
    --------
    >>> logit = np.array([-1.0, 1.0])
    >>> sharpened(logit, logit > 0, np.ones(2)).tolist()
    [-2.5, 2.5]
    >>> sharpened(logit, logit < 0, np.ones(2)).tolist()
    [-1.0, 1.0]
    """
    stretch = 1.0
    for _ in range(_STEPS):
        p = probability(stretch * logit)
        slope = float((weight * logit * (one - p)).sum())
        bend = float((weight * logit * logit * p * (1 - p)).sum()) + 1e-9
        stretch = float(np.clip(stretch + slope / bend, 1.0, MOST_STRETCH))
    return stretch * logit


def _thinned(x: Floats, one: NDArray[np.bool_], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose at most `MOST` examples of each kind, evenly by their features: ids and order do not count.

    They do not because only examples with equal features can change places.
    """
    kept = np.zeros(len(one), dtype=bool)
    for kind in (one & usable, ~one & usable):
        rows = np.flatnonzero(kind)
        rows = rows[np.lexsort(x[rows].T[::-1])]
        kept[rows[:: max(-(-len(rows) // MOST), 1)]] = True
    return kept


def _fit_folds(
    x: Floats, one: NDArray[np.bool_], w: Floats, f: IntArray, ridge: float, beta: Floats
) -> tuple[Floats, Floats]:
    """Fit to all rows, then, from there, to all but each fold: (FOLDS, k) weights.

    The curvature without a fold is the whole's less the fold's, so that one pass over the data serves
    all folds (Newton's method with a fixed Hessian).
    """
    y = one.astype(float)
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    for _ in range(_STEPS):
        gradient, hessian = _slopes(x, y, w, beta)
        step = np.linalg.solve(hessian + np.diag(penalty), gradient - penalty * beta)
        beta, far = _moved(x, beta, step)
        if far < _NEAR:
            break
    of_fold = [_slopes(x[f == k], y[f == k], w[f == k], beta)[1] for k in range(FOLDS)]
    whole = np.sum(of_fold, axis=0) + np.diag(penalty)
    weights = np.zeros((FOLDS, x.shape[1]))
    for k in range(FOLDS):
        other = f != k
        if not other.any():
            continue
        mine = beta.copy()
        xk, yk, wk = x[other], y[other], w[other]
        inverse = np.linalg.inv(whole - of_fold[k])
        for _ in range(_FOLD_STEPS):
            error = wk * (yk - probability(_times(xk, mine)))
            residual = _times(xk.T, error) - penalty * mine
            mine, _far = _moved(xk, mine, inverse @ residual)
        weights[k] = mine
    return beta, weights


def _slopes(x: Floats, y: Floats, w: Floats, beta: Floats) -> tuple[Floats, Floats]:
    p = probability(_times(x, beta))
    return _times(x.T, w * (y - p)), _gram(x, w * p * (1 - p))


def _times(x: Floats, vector: Floats) -> Floats:
    """Multiply without BLAS: its threads cost more than they gain here, and change the last digits."""
    result: Floats = np.einsum("ij,j->i", x, vector)
    return result


def _gram(x: Floats, weight: Floats) -> Floats:
    """Return x' W x, summed over stacks of so few rows that BLAS starts no threads for them."""
    rows, k = x.shape
    full = np.zeros((-(-rows // _STACK) * _STACK, k))
    full[:rows] = x * np.sqrt(weight)[:, None]
    stack = full.reshape(-1, _STACK, k)
    result: Floats = np.matmul(stack.transpose(0, 2, 1), stack).sum(axis=0)
    return result


def _moved(x: Floats, beta: Floats, step: NDArray[np.floating]) -> tuple[Floats, float]:
    """Take a step, shortened where it would move a score by more than `_LEAP`."""
    far = float(np.abs(_times(x, np.asarray(step, dtype=float))).max())
    return beta + step * min(1.0, _LEAP / max(far, 1e-9)), far
