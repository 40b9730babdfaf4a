"""Rates with their uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NORMAL_QUANTILE_975 = 1.9599639845400536
"""``statistics.NormalDist().inv_cdf(0.975)``; that module imports decimals and fractions."""


def wilson_interval(
    hits: NDArray[np.int64], trials: NDArray[np.int64], confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound proportions by Wilson's score interval.

    Parameters
    ----------
    hits, n : (k,) int
        Successes and trials; n at least 1.
    confidence : float
        Of the two-sided interval.

    Returns
    -------
    low, high : (k,) float64

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Examples
    --------
    >>> import numpy as np
    >>> [bound.round(3).tolist() for bound in wilson_interval(np.array([9]), np.array([10]))]
    [[0.596], [0.982]]
    >>> [bound.tolist() for bound in wilson_interval(np.array([], dtype=int), np.array([], dtype=int))]
    [[], []]
    """
    normal_quantile = _NORMAL_QUANTILE_975
    if confidence != 0.95:
        from statistics import NormalDist

        normal_quantile = NormalDist().inv_cdf(0.5 + confidence / 2)
    hit_rate = hits / trials
    shrinkage = 1 + normal_quantile * normal_quantile / trials
    centre = (hit_rate + normal_quantile * normal_quantile / (2 * trials)) / shrinkage
    half_width = (
        normal_quantile
        / shrinkage
        * np.sqrt(
            hit_rate * (1 - hit_rate) / trials + normal_quantile * normal_quantile / (4 * trials * trials)
        )
    )
    return np.clip(centre - half_width, 0.0, 1.0), np.clip(centre + half_width, 0.0, 1.0)
