"""Quantiles and spreads of the values of each group."""

from __future__ import annotations

from ctypes import c_double, c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import int64_array
from audit.native.library import Columns, array, declare

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_group_quantiles = declare(
    "maskaudit_group_quantiles", array("i8"), array("f8"), c_int64, c_int64, c_double, c_int64
)


def group_quantiles(group: IntArray, values: FloatArray, n_groups: int, quantile: float = 0.5) -> FloatArray:
    """Return a quantile of the values of each group; linear between two values, as `numpy.nanquantile`.

    Parameters
    ----------
    group : (n,) int64
        0 to ``n_groups - 1``; others, as -1, are left out.
    values : (n,) float64
        NaN is left out.
    n_groups : int
    quantile : float
        0 to 1; the default is the median.

    Returns
    -------
    (n_groups,) float64
        NaN for a group without values.

    Examples
    --------
    >>> group_quantiles(np.array([2, 0, 2, -1]), np.array([1.0, 5.0, 2.0, 9.0]), 3).tolist()
    [5.0, nan, 1.5]
    >>> group_quantiles(np.zeros(0, np.int64), np.zeros(0), 0).tolist()
    []
    """
    return _select(group, values, n_groups, quantile, 0)["quantile"]


def group_spreads(
    group: IntArray, values: FloatArray, n_groups: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the median, the median absolute deviation and the number of members of each group.

    Parameters
    ----------
    group : (n,) int64
        0 to ``n_groups - 1``; others, as -1, are left out.
    values : (n,) float64
        NaN is left out, and counts as a member all the same.
    n_groups : int

    Returns
    -------
    medians, deviations : (n_groups,) float64
        NaN for a group without values.
    counts : (n_groups,) int64

    Examples
    --------
    >>> group = np.array([0, 0, 0, 2])
    >>> [column.tolist() for column in group_spreads(group, np.array([1.0, 2.0, 9.0, 5.0]), 3)]
    [[2.0, nan, 5.0], [1.0, nan, 0.0], [3, 0, 1]]
    >>> [column.tolist() for column in group_spreads(group[:0], np.zeros(0), 0)]
    [[], [], []]
    """
    columns = _select(group, values, n_groups, 0.5, 1)
    return columns["quantile"], columns["deviation"], columns["count"]


def _select(group: IntArray, values: FloatArray, n_groups: int, quantile: float, with_spread: int) -> Columns:
    if len(group) != len(values):
        raise ValueError(f"a group for each value is needed, not {len(group)} for {len(values)}")
    contiguous = np.ascontiguousarray(values, dtype=np.float64)
    return _group_quantiles(int64_array(group), contiguous, len(group), n_groups, quantile, with_spread)
