"""Rates, shares and quantiles over all images, with 95 % intervals."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from audit.dataset.model import FloatArray, IntArray
from audit.findings.rates import wilson_interval

Bounds = tuple[float, float, float]
"""Value, lower and upper end of its interval; NaN where nothing was seen."""
NOTHING: Bounds = (float("nan"), float("nan"), float("nan"))
"""Where nothing was seen."""
_QUANTILE = NormalDist().inv_cdf(0.975)


def bound_rate(event_images: IntArray, unit_images: IntArray) -> Bounds:
    """Bound how many events there are for each unit, where events of one image come in clusters.

    Parameters
    ----------
    event_images : (events,) int64
        The image of each event.
    unit_images : (units,) int64
        The image of each unit, for example of each prediction.

    Returns
    -------
    value, low, high : float
        Byar's approximation of Poisson's interval. Events that come in clusters are worth fewer
        independent ones: their number is divided by the dispersion between images, where it is above 1.

    References
    ----------
    Breslow and Day, "Statistical methods in cancer research", volume 2, 1987, equation 2.10.

    Examples
    --------
    >>> [round(bound, 3) for bound in bound_rate(np.arange(10), np.arange(100))]
    [0.1, 0.048, 0.184]
    >>> bound_rate(np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    (nan, nan, nan)
    """
    n_units, n_events = len(unit_images), len(event_images)
    if n_units == 0:
        return NOTHING
    n_images = int(unit_images.max()) + 1
    expected = np.bincount(unit_images, minlength=n_images) * (n_events / n_units)
    counted = np.bincount(event_images, minlength=n_images)
    is_used = expected > 0
    n_used = int(is_used.sum())
    dispersion = 1.0
    if n_used > 1:
        # Pearson's statistic, its sums taken apart: an image of few units must not weigh much.
        squares = float(((counted - expected)[is_used] ** 2).sum())
        dispersion = max(1.0, squares / float(expected.sum()) * n_used / (n_used - 1))
    independent = n_events / dispersion
    scale = dispersion / n_units
    return n_events / n_units, _byar_low(independent) * scale, _byar_high(independent) * scale


def _byar_low(count: float) -> float:
    if count == 0:
        return 0.0
    return count * max(0.0, 1 - 1 / (9 * count) - _QUANTILE / (3 * math.sqrt(count))) ** 3


def _byar_high(count: float) -> float:
    next_count = count + 1
    return next_count * (1 - 1 / (9 * next_count) + _QUANTILE / (3 * math.sqrt(next_count))) ** 3


def bound_share(count: int, of: int) -> Bounds:
    """Bound a share by Wilson's score interval.

    Parameters
    ----------
    count, of : int

    Examples
    --------
    >>> [round(bound, 3) for bound in bound_share(9, 10)]
    [0.9, 0.596, 0.982]
    >>> bound_share(0, 0)
    (nan, nan, nan)
    """
    if of == 0:
        return NOTHING
    low, high = wilson_interval(np.array([count]), np.array([of]))
    return count / of, float(low[0]), float(high[0])


def bound_quantile(values: FloatArray, share: float) -> Bounds:
    """Bound a quantile by the order statistics around it.

    Parameters
    ----------
    values : (n,) float64
    share : float
        0.5 = the median.

    References
    ----------
    Conover, "Practical nonparametric statistics", 1999, section 3.2.

    Examples
    --------
    >>> [round(bound, 2) for bound in bound_quantile(np.linspace(0, 1, 101), 0.5)]
    [0.5, 0.4, 0.6]
    >>> bound_quantile(np.zeros(0), 0.5)
    (nan, nan, nan)
    """
    if len(values) == 0:
        return NOTHING
    spread = _QUANTILE * math.sqrt(share * (1 - share) / len(values))
    low, middle, high = np.quantile(values, np.clip([share - spread, share, share + spread], 0, 1))
    return float(middle), float(low), float(high)
