"""Ranges and groups that lie one after the other in flat arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def expand_ranges(first: IntArray, length: IntArray) -> IntArray:
    """List the integers ``first[i], first[i] + 1, ...``, ``length[i]`` of them, for every i.

    Parameters
    ----------
    first, length : (n,) int64

    Returns
    -------
    (sum of ``length``,) int64

    Examples
    --------
    >>> import numpy as np
    >>> expand_ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    >>> expand_ranges(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist()
    []
    """
    total = int(length.sum())
    ends = np.cumsum(length)
    result = np.arange(total, dtype=np.int64)
    result += np.repeat(first - (ends - length), length)
    return result


def repeat_indices(length: IntArray) -> IntArray:
    """List every i, ``length[i]`` times: ``np.repeat(np.arange(n), length)``, but quick for short lengths.

    Examples
    --------
    >>> import numpy as np
    >>> repeat_indices(np.array([2, 0, 3])).tolist()
    [0, 0, 2, 2, 2]
    >>> repeat_indices(np.array([], dtype=np.int64)).tolist()
    []
    """
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.cumsum(np.bincount(ends[:-1], minlength=total)[:total])


def group_starts(owner: NDArray[np.integer]) -> IntArray:
    """Find where each stretch of equal numbers begins.

    Parameters
    ----------
    owner : (n,) integer

    Examples
    --------
    >>> import numpy as np
    >>> group_starts(np.array([0, 0, 4, 4, 5])).tolist()
    [0, 2, 4]
    >>> group_starts(np.array([], dtype=int)).tolist()
    []
    """
    if len(owner) == 0:
        return np.zeros(0, dtype=np.int64)
    first = np.ones(len(owner), dtype=bool)
    np.not_equal(owner[1:], owner[:-1], out=first[1:])
    return np.flatnonzero(first)


def split_batches(size: IntArray, limit: int) -> Iterator[slice]:
    """Cut a row of items into batches that together are at most so large, or of one item.

    Parameters
    ----------
    size : (n,) int64
        Of each item, not negative.
    limit : int

    Yields
    ------
    slice
        Positions; together all of them.

    Examples
    --------
    >>> import numpy as np
    >>> list(split_batches(np.array([2, 2, 9, 1]), 4))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    >>> list(split_batches(np.array([], dtype=int), 4))
    []
    """
    total = np.r_[0, np.cumsum(size)]
    start = 0
    while start < len(size):
        stop = max(int(np.searchsorted(total, total[start] + limit, side="right")) - 1, start + 1)
        yield slice(start, stop)
        start = stop
