"""How many pixels masks share: exact, many pairs at once."""

from __future__ import annotations

from ctypes import c_int64

from audit.geometry.native_runs import RUNS, int64_array, run_arguments, thread_count
from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

_count_intersections = declare(
    "maskaudit_count_intersections",
    *RUNS, c_int64, *RUNS, c_int64, array("i8"), array("i8"), c_int64, c_int64,
)  # fmt: skip


def count_intersections(first_masks: Runs, second_masks: Runs, a: IntArray, b: IntArray) -> IntArray:
    """Count the pixels that masks ``a`` of one set share with masks ``b`` of another.

    Parameters
    ----------
    first_masks, second_masks : Runs
        The two sets; may be one and the same.
    a, b : (p,) int64
        Positions of each pair's masks in the first and in the second set.

    Returns
    -------
    (p,) int64

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> count_intersections(masks, masks, np.array([0]), np.array([1])).tolist()
    [1]
    >>> count_intersections(masks, masks, np.array([], dtype=int), np.array([], dtype=int)).tolist()
    []
    """
    pixels: IntArray = _count_intersections(
        *run_arguments(first_masks), first_masks.count, *run_arguments(second_masks), second_masks.count,
        int64_array(a), int64_array(b), len(a), thread_count(),
    )["pixels"]  # fmt: skip
    return pixels
