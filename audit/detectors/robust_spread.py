"""What values usually are and how far they spread, unmoved by a few odd ones.

Why not `scipy.stats.median_abs_deviation`: importing scipy.stats takes 0.46 s of CPU, a third of what a scan
of a small dataset takes, and nothing else in a scan needs it. The tests hold these numbers against scipy's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MAD_TO_SIGMA = 1.4826
"""Standard deviation over median absolute deviation, for a normal distribution."""


def median_and_sigma(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median and the robust standard deviation of some values.

    The median absolute deviation, scaled to the standard deviation of a normal distribution (Iglewicz and
    Hoaglin, "How to Detect and Handle Outliers", 1993).

    Parameters
    ----------
    values : (n,) float64

    Returns
    -------
    median, sigma : float
        NaN where there are no values.

    Examples
    --------
    >>> import numpy as np
    >>> median_and_sigma(np.array([1.0, 2.0, 9.0]))
    (2.0, 1.4826)
    >>> median_and_sigma(np.zeros(0))
    (nan, nan)
    """
    if len(values) == 0:
        return float("nan"), float("nan")
    median = float(np.median(values))
    return median, MAD_TO_SIGMA * float(np.median(np.abs(values - median)))


def robust_spread_by_category(
    category: NDArray[np.int64],
    values: NDArray[np.float64],
    is_reference: NDArray[np.bool_],
    min_instances: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median and the robust standard deviation of a value in each instance's category.

    Parameters
    ----------
    category : (n,) int64
        -1 = unknown.
    values : (n,) float64
    is_reference : (n,) bool
        The instances that are learned from.
    min_instances : int
        Instances that a category needs.

    Returns
    -------
    median, sigma : (n,) float64
        NaN where the category is unknown or too small.

    Examples
    --------
    >>> import numpy as np
    >>> category = np.zeros(3, dtype=np.int64)
    >>> median, sigma = robust_spread_by_category(category, np.array([1.0, 2.0, 9.0]), category == 0, 2)
    >>> median.tolist(), sigma.round(2).tolist()
    ([2.0, 2.0, 2.0], [1.48, 1.48, 1.48])
    >>> robust_spread_by_category(category[:0], np.zeros(0), category[:0] == 0, 2)[0].tolist()
    []
    """
    import pandas as pd  # slow to import, and rules are listed without it

    is_chosen = is_reference & (category >= 0)
    learned = pd.Series(values[is_chosen]).groupby(category[is_chosen])
    median = _of_instance(learned.median(), category)
    enough = _of_instance(learned.size().astype(np.float64), category) >= min_instances
    deviation = pd.Series(np.abs(values - median)[is_chosen]).groupby(category[is_chosen])
    sigma = MAD_TO_SIGMA * _of_instance(deviation.median(), category)
    return np.where(enough, median, np.nan), np.where(enough, sigma, np.nan)


def mean_by_category(
    category: NDArray[np.int64], values: NDArray[np.float64 | np.bool_], is_reference: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the mean of a value in each instance's category; of a boolean, its share.

    Parameters
    ----------
    category : (n,) int64
        -1 = unknown.
    values : (n,) float64 or bool
    is_reference : (n,) bool
        The instances that are learned from.

    Returns
    -------
    (n,) float64
        NaN where the category is unknown or has none that are learned from.

    Examples
    --------
    >>> import numpy as np
    >>> category = np.array([0, 0, 1, -1])
    >>> mean_by_category(category, np.array([True, False, True, True]), category != 1).tolist()
    [0.5, 0.5, nan, nan]
    >>> mean_by_category(category[:0], np.zeros(0), category[:0] == 0).tolist()
    []
    """
    import pandas as pd  # slow to import, and rules are listed without it

    is_chosen = is_reference & (category >= 0)
    means = pd.Series(values[is_chosen].astype(np.float64)).groupby(category[is_chosen]).mean()
    return _of_instance(means, category)


def _of_instance(by_category: pd.Series[float], category: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(by_category.reindex(category), dtype=np.float64)
