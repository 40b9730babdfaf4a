"""The odds ratio that many small tables have in common: what goes with what, image by image."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from audit.dataset.model import FloatArray, IntArray


def common_odds_ratio(
    first: IntArray, second: IntArray, third: IntArray, fourth: IntArray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Estimate the odds ratio that tables of several strata have in common.

    Parameters
    ----------
    first, second : (k,) int64
        Of each stratum, the exposed with and without the outcome.
    third, fourth : (k,) int64
        Those not exposed, with and without it.
    confidence : float
        Of the interval.

    Returns
    -------
    ratio, low, high : float
        NaN where no stratum holds both; the interval is NaN where the ratio is 0 or infinite.

    References
    ----------
    Mantel and Haenszel, "Statistical aspects of the analysis of data from retrospective studies of disease",
    1959; the interval by the variance of Robins, Breslow and Greenland, "Estimators of the Mantel-Haenszel
    variance consistent in both sparse data and large-strata limiting models", 1986.

    Examples
    --------
    >>> two = [np.array(column) for column in ([8, 4], [2, 1], [3, 5], [7, 5])]
    >>> [round(number, 2) for number in common_odds_ratio(*two)]
    [6.53, 1.33, 32.13]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> common_odds_ratio(none, none, none, none)
    (nan, nan, nan)
    """
    a, b, c, d = (column.astype(np.float64) for column in (first, second, third, fourth))
    total = np.maximum(a + b + c + d, 1.0)
    concordant, discordant = a * d / total, b * c / total
    sum_concordant, sum_discordant = float(concordant.sum()), float(discordant.sum())
    if sum_concordant == 0 or sum_discordant == 0:
        has_any = sum_concordant + sum_discordant > 0
        return (math.inf if sum_concordant else 0.0) if has_any else math.nan, math.nan, math.nan
    ratio = sum_concordant / sum_discordant
    agree, differ = (a + d) / total, (b + c) / total
    variance = (
        _product(agree, concordant) / (2 * sum_concordant**2)
        + (_product(agree, discordant) + _product(differ, concordant)) / (2 * sum_concordant * sum_discordant)
        + _product(differ, discordant) / (2 * sum_discordant**2)
    )
    spread = NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt(variance)
    return ratio, ratio * math.exp(-spread), ratio * math.exp(spread)


def association_p_value(first: IntArray, second: IntArray, third: IntArray, fourth: IntArray) -> float:
    """Test whether exposure and outcome go together within strata; also where the odds ratio is infinite.

    Parameters
    ----------
    first, second : (k,) int64
        Of each stratum, the exposed with and without the outcome.
    third, fourth : (k,) int64
        Those not exposed, with and without it.

    Returns
    -------
    float
        Two-sided; NaN where no stratum tells.

    References
    ----------
    Mantel and Haenszel, 1959: chi-squared with one degree of freedom, with their correction for continuity.

    Examples
    --------
    >>> ten, none = np.array([10]), np.array([0])
    >>> association_p_value(ten, none, none, ten) < 0.001
    True
    >>> association_p_value(none, none, ten, ten)
    nan
    """
    a, b, c, d = (column.astype(np.float64) for column in (first, second, third, fourth))
    total = a + b + c + d
    tells = total > 1
    a, b, c, d, total = (column[tells] for column in (a, b, c, d, total))
    expected = (a + b) * (a + c) / total
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))).sum())
    if variance == 0:
        return math.nan
    distance = max(abs(float((a - expected).sum())) - 0.5, 0.0)
    return math.erfc(distance / math.sqrt(2 * variance))


def _product(share: FloatArray, weight: FloatArray) -> float:
    return float((share * weight).sum())
