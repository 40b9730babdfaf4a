"""Handing masks to the C++ core, and taking masks from it."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, array

RUNS = (array("i8"), array("i4"), array("i4"), array("i4"))
"""Types of the arguments that `run_arguments` gives."""

RunArguments = tuple[IntArray, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


def run_arguments(runs: Runs) -> RunArguments:
    """Return masks as a kernel takes them: where each mask's runs begin, columns, first rows, ends.

    Examples
    --------
    >>> from audit.geometry.runs import no_runs
    >>> [len(argument) for argument in run_arguments(no_runs(2))]
    [3, 0, 0, 0]
    """
    x, y0, y1 = (np.ascontiguousarray(column, dtype=np.int32) for column in (runs.x, runs.y0, runs.y1))
    return runs.start, x, y0, y1


def runs_from_columns(columns: Columns, count: int) -> Runs:
    """Return the masks that a kernel made.

    Parameters
    ----------
    columns : dict of array
        With ``mask``, ``x``, ``y0`` and ``y1``, canonical.
    count : int
        Masks, including those without pixels.

    Examples
    --------
    >>> none = np.zeros(0, dtype=np.int32)
    >>> runs_from_columns(dict.fromkeys(("mask", "x", "y0", "y1"), none), 3).count
    3
    """
    return Runs(columns["mask"], columns["x"], columns["y0"], columns["y1"], count)


def int64_array(values: Any) -> IntArray:
    """Return values as a contiguous array of int64.

    Examples
    --------
    >>> int64_array([1, 2]).tolist()
    [1, 2]
    >>> int64_array([]).tolist()
    []
    """
    return np.ascontiguousarray(values, dtype=np.int64)


@cache
def thread_count() -> int:
    """Return how many threads a kernel may use: the processors of this process.

    Examples
    --------
    >>> thread_count() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
