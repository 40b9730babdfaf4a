"""Pair two sets one to one, with the largest sum of gains."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import int64_array
from audit.geometry.runs import IntArray
from audit.native.library import array, declare

_pair_one_to_one = declare(
    "maskaudit_pair_one_to_one", array("i8"), array("i8"), array("f8"), c_int64, c_int64, c_int64
)


def pair_one_to_one(a: IntArray, b: IntArray, gain: NDArray[np.float64], n_a: int, n_b: int) -> IntArray:
    """Choose pairs, each item once at most, so that the sum of gains is largest.

    What `scipy.optimize.linear_sum_assignment` gives for each group of items that pairs link; importing that
    takes longer than pairing the masks of a validation set. Where one item has all the pairs of its group,
    it takes the best, of equal ones the first.

    Parameters
    ----------
    a, b : (n,) int64
        Items of the two sets that may be paired, no pair twice.
    gain : (n,) float64
        Finite, not negative.
    n_a, n_b : int
        Items in each set.

    Returns
    -------
    (m,) int64
        Positions of the chosen pairs, ascending.

    References
    ----------
    Crouse, "On implementing 2D rectangular assignment algorithms", 2016.

    Examples
    --------
    >>> a, b, gain = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.6, 0.5, 0.4])
    >>> pair_one_to_one(a, b, gain, 2, 2).tolist()
    [1, 2]
    >>> pair_one_to_one(a[:0], b[:0], gain[:0], 0, 0).tolist()
    []
    """
    contiguous_gain = np.ascontiguousarray(gain, dtype=np.float64)
    return _pair_one_to_one(int64_array(a), int64_array(b), contiguous_gain, len(a), n_a, n_b)["chosen"]
