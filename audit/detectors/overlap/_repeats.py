"""Masks that lie in, or repeat, very many others: said once for each mask, and not for each two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.geometry.sort_keys import group_rows, stable_lexsort

MAX_LISTED = 5
"""Pairs of one mask that are listed; n masks upon each other would have n (n - 1) / 2 of them."""


def keep_first_pairs(mask: IntArray, rank: IntArray) -> tuple[NDArray[np.bool_], IntArray]:
    """Choose the pairs that are listed: all of a mask with few, the first of a mask with many.

    Parameters
    ----------
    mask : (pairs,) int64
        The mask that each pair is counted for.
    rank : (pairs,) int64
        The pair with the least rank is the first.

    Returns
    -------
    is_listed : (pairs,) bool
    n_pairs : (pairs,) int64
        How many pairs the mask has.

    Examples
    --------
    >>> is_listed, n_pairs = keep_first_pairs(np.array([7] * 6 + [8]), np.array([3, 2, 1, 4, 5, 6, 0]))
    >>> np.flatnonzero(is_listed).tolist(), n_pairs.tolist()
    ([2, 6], [6, 6, 6, 6, 6, 6, 1])
    >>> keep_first_pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))[0].tolist()
    []
    """
    _, group, sizes = group_rows(mask)
    n_pairs = sizes[group]
    order = stable_lexsort((rank, mask))
    is_first = np.zeros(len(mask), dtype=np.bool_)
    starts = np.cumsum(sizes) - sizes
    is_first[order[starts]] = True
    return is_first | (n_pairs <= MAX_LISTED), n_pairs
