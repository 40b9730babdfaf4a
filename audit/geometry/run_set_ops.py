"""Masks cut out of masks: what two have in common, and what is left without another one."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np

from audit.geometry.native_runs import RUNS, int64_array, run_arguments, runs_from_columns, thread_count
from audit.geometry.runs import IntArray, Runs
from audit.geometry.sort_keys import stable_argsort
from audit.native.library import array, declare

_intersect = declare("maskaudit_intersect_masks", *RUNS, *RUNS, array("i8"), array("i8"), c_int64, c_int64)
_cut_out = declare("maskaudit_cut_out_masks", *RUNS, c_int64, array("i8"), array("i8"), c_int64)


def intersect_masks(first_masks: Runs, second_masks: Runs, a: IntArray, b: IntArray) -> Runs:
    """Return what masks ``a`` of one set and ``b`` of another have in common.

    Parameters
    ----------
    first_masks, second_masks : Runs
        The two sets; may be one and the same.
    a, b : (p,) int64
        Positions of each pair's masks in the first and in the second set.

    Returns
    -------
    Runs
        p masks.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> intersect_masks(masks, masks, np.array([0]), np.array([1])).x.tolist()
    [1]
    >>> none = np.array([], dtype=int)
    >>> intersect_masks(masks, masks, none, none).count
    0
    """
    columns = _intersect(
        *run_arguments(first_masks), *run_arguments(second_masks),
        int64_array(a), int64_array(b), len(a), thread_count(),
    )  # fmt: skip
    return runs_from_columns(columns, len(a))


def cut_out_masks(runs: Runs, losers: IntArray, winners: IntArray) -> Runs:
    """Take masks out of other masks of their set.

    Parameters
    ----------
    runs : Runs
    losers : (k,) int64
        Masks that lose pixels.
    winners : (k,) int64
        Masks whose pixels each of them loses; also such as lose pixels themselves.

    Returns
    -------
    Runs
        As many masks.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = dense_to_runs(np.array([[[1], [1], [1]], [[0], [1], [0]]], dtype=bool))
    >>> left = cut_out_masks(masks, np.array([0]), np.array([1]))
    >>> left.mask.tolist(), left.y0.tolist(), left.y1.tolist()
    ([0, 0, 1], [0, 2, 1], [1, 3, 2])
    >>> none = np.array([], dtype=int)
    >>> len(cut_out_masks(masks, none, none))
    2
    """
    if len(losers) == 0:
        return runs
    first = np.concatenate([[0], np.cumsum(np.bincount(losers, minlength=runs.count))])
    columns = _cut_out(
        *run_arguments(runs), runs.count, int64_array(first),
        int64_array(winners[stable_argsort(losers)]), thread_count(),
    )  # fmt: skip
    return runs_from_columns(columns, runs.count)
