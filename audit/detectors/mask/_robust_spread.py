"""What masks of a category usually look like: learned from the instances table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""


def category_spread(
    category: NDArray[np.int64], value: NDArray[np.float64], among: NDArray[np.bool_], least: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median and the robust standard deviation of a value in each instance's category.

    Parameters
    ----------
    category : (n,) int64
        -1 = unknown.
    value : (n,) float64
    among : (n,) bool
        The instances that are learned from.
    least : int
        Instances that a category needs.

    Returns
    -------
    median, deviation : (n,) float64
        NaN where the category is unknown or too small.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.zeros(3, dtype=np.int64)
    >>> median, deviation = category_spread(one, np.array([1.0, 2.0, 9.0]), one == 0, 2)
    >>> median.tolist(), deviation.round(2).tolist()
    ([2.0, 2.0, 2.0], [1.48, 1.48, 1.48])
    >>> category_spread(one[:0], np.zeros(0), one[:0] == 0, 2)[0].tolist()
    []
    """
    import pandas as pd  # slow to import, and rules are listed without it

    chosen = among & (category >= 0)
    learned = pd.Series(value[chosen]).groupby(category[chosen])
    middle = _of_instance(learned.median(), category)
    enough = _of_instance(learned.size().astype(np.float64), category) >= least
    off = pd.Series(np.abs(value - middle)[chosen]).groupby(category[chosen])
    spread = _TO_SIGMA * _of_instance(off.median(), category)
    return np.where(enough, middle, np.nan), np.where(enough, spread, np.nan)


def _of_instance(by_category: pd.Series[float], category: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(by_category.reindex(category), dtype=np.float64)
