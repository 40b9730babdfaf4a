"""A small robust classifier: ridge logistic regression, judged on images that it did not see.

Why not scikit-learn's: see ``docs/decisions/logistic-regression.md``. Its ``newton-cholesky`` is as accurate
and as reproducible, takes many times the CPU, and a second to import. The fitting itself is
``audit/native/logistic.cpp``.
"""

from __future__ import annotations

from ctypes import c_double, c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.disk_arrays import release_pages
from audit.geometry.native_runs import thread_count
from audit.geometry.runs import IntArray
from audit.native.library import array, declare

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDS = 5
"""Every example is scored by a model that was fitted on the other four fifths of the images."""
MAX_EXAMPLES = 12_000
"""Examples of each kind that a model is fitted on; of more, every n-th is taken."""
MAX_STRETCH = 2.5
"""Factor by which `stretch_log_odds` stretches at most, unless told otherwise."""
_STRETCH_STEPS = 14

_logistic_out_of_fold = declare(
    "maskaudit_logistic_out_of_fold",
    *(array("f8"), c_int64, c_int64, array("f8"), array("f8"), array("i8"), c_int64),
    *(array("u1"), array("f8"), array("i8"), c_int64, c_double, c_int64, array("f8"), c_int64),
)
_stretch_factor = declare(
    "maskaudit_stretch_factor", array("f8"), array("f8"), array("f8"), c_int64, c_double, c_int64
)
_sample_of_kinds = declare(
    "maskaudit_sample_rows", array("f8"), c_int64, c_int64, array("i1"), c_int64, c_int64
)
_column_percentiles = declare(
    "maskaudit_column_percentiles", array("f8"), c_int64, c_int64, array("f8"), c_int64, c_int64
)


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
    columns = _lay_columns(features)
    rows = _sample_rows(columns, positive, weight > 0)
    fitted = _logistic_out_of_fold(
        columns, len(features), len(columns), median, spread, rows, len(rows), positive.view(np.uint8),
        weight, fold, FOLDS, ridge, passes, np.array([doubt_negative, doubt_positive]), thread_count(),
    )  # fmt: skip
    log_odds, (negative_mass, positive_mass) = fitted["log_odds"], fitted["mass"].tolist()
    if not (negative_mass and positive_mass):
        return log_odds
    log_odds -= np.log(positive_mass / negative_mass)
    for k in np.flatnonzero(fitted["is_fitted"] == 0):
        log_odds[fold == k] = 0
    release_pages()
    return log_odds


def _lay_columns(features: Floats) -> Floats:
    """Return the features as (k, n), each column in one piece."""
    return np.ascontiguousarray(features.T)


def _sample_rows(columns: Floats, positive: Flags, usable: Flags) -> IntArray:
    """Choose at most `MAX_EXAMPLES` of each kind, evenly by their features: ids and order do not count.

    They do not because only examples with equal features can change places.
    """
    kind = np.where(usable, positive, -1).astype(np.int8)
    rows: IntArray = _sample_of_kinds(
        columns, len(positive), len(columns), kind, MAX_EXAMPLES, thread_count()
    )["row"]
    return rows


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
    columns = _lay_columns(features)
    percents = np.array([16.0, 50.0, 84.0])
    found = _column_percentiles(columns, len(features), len(columns), percents, len(percents), thread_count())
    release_pages()
    low, median, high = found["percentile"].reshape(-1, 3).T
    spread = (high - low) / 2
    return np.ascontiguousarray(median), np.where(spread < 1e-6, 1, spread)


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
    target = positive.astype(float)
    factor: float = _stretch_factor(log_odds, target, weight, len(log_odds), most, _STRETCH_STEPS)[
        "factor"
    ].item()
    return factor * log_odds
