"""A small robust classifier: ridge logistic regression, judged on images that it did not see.

Why not scikit-learn's: see ``docs/decisions/logistic-regression.md``. Its ``newton-cholesky`` is as accurate
and as reproducible, takes twice the CPU, many times that where BLAS starts threads, and a second to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from audit.geometry.disk_arrays import release_pages
from audit.geometry.native_runs import thread_count
from audit.geometry.runs import IntArray

_Item = TypeVar("_Item")

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDS = 5
"""Every example is scored by a model that was fitted on the other four fifths of the images."""
MAX_EXAMPLES = 12_000
"""Examples of each kind that a model is fitted on; of more, every n-th is taken."""
MAX_DEVIATION = 6.0
"""Spreads from the median beyond which a value counts no further."""
MAX_STRETCH = 2.5
"""Factor by which `stretch_log_odds` stretches at most, unless told otherwise."""
CHUNK_ROWS = 1 << 15
"""Examples described or scored together: bounds memory."""
_NEWTON_STEPS, _FOLD_STEPS = 14, 5
_CONVERGED = 1e-3
"""Largest change of a log odds at which fitting ends."""
_MAX_CHANGE = 4.0
"""Of a log odds in one Newton step: longer ones overshoot where the classes are nearly separable."""
_INTERCEPT_PENALTY = 1e-6  # not 0, so that the Hessian can be inverted whatever the examples
_STACK_ROWS, _STACKS = 64, 16
_MAX_PRODUCTS = 250_000
"""Of a matrix product, below which OpenBLAS starts no threads (262,144): theirs wait in a loop, and on a busy
machine the fit took 20 times the CPU."""


def out_of_fold(
    features: Floats, positive: Flags, weight: Floats, fold: IntArray, *,
    ridge: float, passes: int, doubt_negative: float, doubt_positive: float,
    scale: tuple[Floats, Floats] | None = None,
) -> Floats:  # fmt: skip
    """Score every example by a model of the other folds.

    Parameters
    ----------
    features : (n, k) float64
        Standardised here by median and spread.
    positive : (n,) bool
        The kind of each example.
    weight : (n,) float64
        How much it counts in fitting; 0 = it is only scored.
    fold : (n,) int64
        0 to `FOLDS` - 1; all examples of an image have the same.
    ridge : float
        Penalty on squared weights.
    passes : int
        Fits; before each but the first, examples that contradict the last one are left out.
    doubt_negative : float
        Probability of being positive from which on a negative example is left out; 1 = never.
    doubt_positive : float
        The same the other way round.
    scale : tuple of (k,) float64, optional
        `median_and_spread` of the features, where they were scored before; sorting takes as long as a fit.

    Returns
    -------
    (n,) float64
        Log odds of being positive, against the weights of both kinds: 0 = as likely as not where both
        had equally much weight.

    Examples
    --------
    >>> features = np.repeat(np.array([[0.0], [1.0]]), 50, axis=0)
    >>> positive, fold = features[:, 0] > 0.5, np.arange(100) % FOLDS
    >>> options = {"ridge": 1.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    >>> log_odds = out_of_fold(features, positive, np.ones(100), fold, **options)
    >>> bool(log_odds[0] < 0 < log_odds[-1])
    True
    >>> out_of_fold(features[:0], positive[:0], np.ones(0), fold[:0], **options).tolist()
    []
    """
    median, spread = median_and_spread(features) if scale is None else scale
    rows = np.flatnonzero(_thin_out(features, positive, weight > 0))
    design = design_matrix(standardise(_copy_rows(features, rows), median, spread))
    kind, mass, part = positive[rows], weight[rows], fold[rows]
    kept = np.ones(len(rows), dtype=bool)
    log_odds = np.zeros(len(rows))
    coefficients = np.zeros(design.shape[1])
    for attempt in range(passes):
        if attempt:
            likely = probability(log_odds)
            kept &= ~np.where(kind, 1 - likely >= doubt_positive, likely >= doubt_negative)
        if not (kind[kept].any() and (~kind[kept]).any()):
            return np.zeros(len(features))
        coefficients, by_fold = _fit_folds(
            design[kept], kind[kept], mass[kept], part[kept], ridge, coefficients
        )
        log_odds = _score_by_fold(design, part, by_fold)
    balance = np.log(mass[kept & kind].sum() / mass[kept & ~kind].sum())
    fitted = np.array([(part[kept] != k).any() for k in range(FOLDS)])
    log_odds = np.zeros(len(features))
    for start in range(0, len(features), CHUNK_ROWS):
        chunk = slice(start, start + CHUNK_ROWS)
        design = design_matrix(standardise(_copy_rows(features, chunk), median, spread))
        log_odds[chunk] = _score_by_fold(design, fold[chunk], by_fold)
        release_pages()
    return np.where(fitted[fold], log_odds - balance, 0.0)


def _copy_rows(features: Floats, rows: IntArray | slice) -> Floats:
    """Copy rows so that each lies in one piece: the last digits of a sum depend on that."""
    return np.ascontiguousarray(features[rows])


def _score_by_fold(design: Floats, fold: IntArray, by_fold: Floats) -> Floats:
    """Score each example by its fold's coefficients."""
    log_odds = np.zeros(len(design))
    for k in range(FOLDS):
        rows = fold == k
        log_odds[rows] = _multiply(design[rows], by_fold[k])
    return log_odds


def median_and_spread(features: Floats) -> tuple[Floats, Floats]:
    """Give the median of each column, and its spread.

    The spread is half of what lies between the 16th and the 84th percentile: for a normal
    distribution, its standard deviation.

    Examples
    --------
    >>> [column.tolist() for column in median_and_spread(np.arange(101.0)[:, None])]
    [[50.0], [34.0]]
    >>> [column.tolist() for column in median_and_spread(np.zeros((0, 1)))]
    [[0.0], [1.0]]
    """
    if len(features) == 0:
        return np.zeros(features.shape[1]), np.ones(features.shape[1])
    # Column by column: all at once would copy the whole table.
    low, median, high = np.array(_map_in_threads(_percentiles, features.T)).T
    spread = (high - low) / 2
    return median, np.where(spread < 1e-6, 1, spread)


def _percentiles(column: Floats) -> Floats:
    percentiles: Floats = np.percentile(column, (16, 50, 84))
    release_pages()
    return percentiles


def standardise(features: Floats, median: Floats, spread: Floats) -> Floats:
    """Express each column in spreads from its median, at most `MAX_DEVIATION`.

    Parameters
    ----------
    features : (n, k) float64
    median, spread : (k,) float64
        Spreads above 0.

    Examples
    --------
    >>> features = np.array([[0.0], [1.0], [2.0], [99.0]])
    >>> standardise(features, np.array([1.0]), np.array([2.0]))[:, 0].tolist()
    [-0.5, 0.0, 0.5, 6.0]
    >>> standardise(features[:0], np.array([1.0]), np.array([2.0])).shape
    (0, 1)
    """
    result = features - median
    result /= spread
    return np.clip(result, -MAX_DEVIATION, MAX_DEVIATION, out=result)


def design_matrix(standardised: Floats) -> Floats:
    """Add a constant before, and the squares of all columns behind.

    Examples
    --------
    >>> design_matrix(np.array([[3.0]])).tolist()
    [[1.0, 3.0, 1.5]]
    >>> design_matrix(np.zeros((0, 2))).shape
    (0, 5)
    """
    rows, columns = standardised.shape
    design = np.empty((rows, 1 + 2 * columns))
    design[:, 0] = 1
    design[:, 1 : 1 + columns] = standardised
    squares = design[:, 1 + columns :]
    np.multiply(standardised, standardised, out=squares)
    squares /= MAX_DEVIATION
    return design


def probability(log_odds: Floats) -> Floats:
    """Turn log odds into probabilities.

    Examples
    --------
    >>> probability(np.array([0.0, -1e9])).tolist()
    [0.5, 0.0]
    >>> probability(np.zeros(0)).tolist()
    []
    """
    result: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
    return np.where(log_odds < -700, 0.0, result)


def stretch_log_odds(log_odds: Floats, positive: Flags, weight: Floats, most: float = MAX_STRETCH) -> Floats:
    """Undo what the penalty took from the log odds: stretch them to what examples of both kinds say.

    The factor is fitted by likelihood (Platt scaling without an offset), between 1 and ``most``.
    Platt, "Probabilistic outputs for support vector machines", 1999.

    Parameters
    ----------
    log_odds : (n,) float64
        Out of fold.
    positive : (n,) bool
    weight : (n,) float64
        0 = not fitted on.
    most : float
        Largest factor.

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> log_odds = np.array([-1.0, 1.0])
    >>> stretch_log_odds(log_odds, log_odds > 0, np.ones(2)).tolist()
    [-2.5, 2.5]
    >>> stretch_log_odds(log_odds, log_odds < 0, np.ones(2)).tolist()
    [-1.0, 1.0]
    """
    factor = 1.0
    for _ in range(_NEWTON_STEPS):
        likely = probability(factor * log_odds)
        gradient = float((weight * log_odds * (positive - likely)).sum())
        curvature = float((weight * log_odds * log_odds * likely * (1 - likely)).sum()) + 1e-9
        factor = float(np.clip(factor + gradient / curvature, 1.0, most))
    return factor * log_odds


def _thin_out(features: Floats, positive: Flags, usable: Flags) -> Flags:
    """Choose at most `MAX_EXAMPLES` of each kind, evenly by their features: ids and order do not count.

    They do not because only examples with equal features can change places.
    """
    chosen = np.zeros(len(positive), dtype=bool)
    for kind in (positive & usable, ~positive & usable):
        rows = np.flatnonzero(kind)
        step = -(-len(rows) // MAX_EXAMPLES)
        if step > 1:
            rows = rows[_order_rows(features, rows)][::step]
        chosen[rows] = True
    return chosen


def _order_rows(features: Floats, rows: IntArray) -> IntArray:
    """Sort rows by their first feature, those with equal ones by the next, and so on."""
    first = features[rows, 0]
    order = np.argsort(first, kind="stable")
    first = first[order]
    repeats = first[1:] == first[:-1]
    is_tied = np.zeros(len(order), dtype=bool)
    is_tied[1:] |= repeats
    is_tied[:-1] |= repeats
    # Sorting by all features costs ten times as much, and few rows need it: tied rows change places only
    # among themselves, for the first feature leads here too.
    tied = order[is_tied]
    order[is_tied] = tied[np.lexsort(features[rows[tied]].T[::-1])]
    return order


def _fit_folds(
    design: Floats, positive: Flags, weight: Floats, fold: IntArray, ridge: float, start: Floats
) -> tuple[Floats, Floats]:
    """Fit to all rows, then, from there, to all but each fold: (FOLDS, k) coefficients.

    The curvature without a fold is the whole's less the fold's, so that one pass over the data serves
    all folds (Newton's method with a fixed Hessian).
    """
    target, coefficients = positive.astype(float), start
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = _INTERCEPT_PENALTY
    for _ in range(_NEWTON_STEPS):
        gradient, hessian = _gradient_and_hessian(design, target, weight, coefficients)
        step = np.linalg.solve(hessian + np.diag(penalty), gradient - penalty * coefficients)
        coefficients, largest_change = _take_step(design, coefficients, step)
        if largest_change < _CONVERGED:
            break

    def measure_curvature(k: int) -> Floats:
        rows = fold == k
        return _gradient_and_hessian(design[rows], target[rows], weight[rows], coefficients)[1]

    def fit_without(k: int) -> Floats:
        rest = fold != k
        of_fold = coefficients.copy()
        if not rest.any():
            return np.zeros_like(of_fold)
        rest_design, rest_target, rest_weight = design[rest], target[rest], weight[rest]
        inverse = np.linalg.inv(whole - hessians[k])
        for _ in range(_FOLD_STEPS):
            error = rest_weight * (rest_target - probability(_multiply(rest_design, of_fold)))
            residual = _multiply(rest_design.T, error) - penalty * of_fold
            of_fold, _change = _take_step(rest_design, of_fold, inverse @ residual)
        return of_fold

    hessians = _map_in_threads(measure_curvature, range(FOLDS))
    whole = np.sum(hessians, axis=0) + np.diag(penalty)
    return coefficients, np.array(_map_in_threads(fit_without, range(FOLDS)))


def _map_in_threads(function: Callable[[_Item], Floats], items: Iterable[_Item]) -> list[Floats]:
    """Compute side by side: numpy lets other threads run while it works through many examples."""
    with ThreadPoolExecutor(thread_count()) as pool:
        return list(pool.map(function, items))


def _gradient_and_hessian(
    design: Floats, target: Floats, weight: Floats, coefficients: Floats
) -> tuple[Floats, Floats]:
    likely = probability(_multiply(design, coefficients))
    return _multiply(design.T, weight * (target - likely)), _gram(design, weight * likely * (1 - likely))


def _multiply(matrix: Floats, vector: Floats) -> Floats:
    """Multiply without BLAS: its threads cost more than they gain here, and change the last digits."""
    result: Floats = np.einsum("ij,j->i", matrix, vector)
    return result


def _gram(design: Floats, weight: Floats) -> Floats:
    """Return X' W X, summed over stacks of so few rows that BLAS starts no threads for them."""
    rows, columns = design.shape
    stack_rows = max(1, min(_STACK_ROWS, _MAX_PRODUCTS // columns**2))
    root = np.sqrt(weight)[:, None]
    # Some stacks at a time: what is made of them stays in the cache. The first product is the sum so far, so
    # that all are added in the order of the stacks.
    stacks = np.zeros((_STACKS, stack_rows, columns))
    products = np.zeros((1 + _STACKS, columns, columns))
    scaled = stacks.reshape(-1, columns)
    for start in range(0, rows, len(scaled)):
        n_rows = min(len(scaled), rows - start)
        n_stacks = -(-n_rows // stack_rows)
        np.multiply(design[start : start + n_rows], root[start : start + n_rows], out=scaled[:n_rows])
        scaled[n_rows:] = 0
        filled = stacks[:n_stacks]
        np.matmul(filled.transpose(0, 2, 1), filled, out=products[1 : 1 + n_stacks])
        products[0] = products[: 1 + n_stacks].sum(axis=0)
    result: Floats = products[0]
    return result


def _take_step(design: Floats, coefficients: Floats, step: NDArray[np.floating]) -> tuple[Floats, float]:
    """Take a step, shortened where it would change a log odds by more than `_MAX_CHANGE`."""
    largest_change = float(np.abs(_multiply(design, np.asarray(step, dtype=float))).max())
    return coefficients + step * min(1.0, _MAX_CHANGE / max(largest_change, 1e-9)), largest_change
