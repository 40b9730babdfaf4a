"""Count what sets cover, leaving out what lies in something else that they cover."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np

from audit.geometry.native_runs import int64_array
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import stable_argsort
from audit.native.library import array, declare

_count_outermost = declare(
    "maskaudit_count_outermost", array("i8"), array("i8"), c_int64, array("i8"), array("i8"), c_int64
)


def count_outermost(
    covering: IntArray, covered: IntArray, n_sets: int, outer: IntArray, inner: IntArray, n_items: int
) -> IntArray:
    """Count the items that each set covers, leaving out those that lie in another covered one.

    Parameters
    ----------
    covering, covered : (n,) int64
        A set and an item that it covers, no pair twice.
    n_sets : int
    outer, inner : (m,) int64
        An item and one that lies in it.
    n_items : int

    Returns
    -------
    (n_sets,) int64

    Examples
    --------
    >>> covering, covered = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> count_outermost(covering, covered, 2, np.array([0]), np.array([1]), 2).tolist()
    [1, 1]
    >>> count_outermost(covering[:0], covered[:0], 0, covering[:0], covered[:0], 0).tolist()
    []
    """
    by_set, by_outer = stable_argsort(covering), stable_argsort(outer)
    return _count_outermost(
        *(_find_starts(covering, n_sets), int64_array(covered[by_set]), n_sets),
        *(_find_starts(outer, n_items), int64_array(inner[by_outer]), n_items),
    )["count"]


def _find_starts(group: IntArray, n_groups: int) -> IntArray:
    """Return where each group begins when its members are sorted by it."""
    return int64_array(np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_groups))]))
