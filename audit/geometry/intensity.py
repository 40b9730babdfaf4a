"""How bright the pixels of masks are on both sides of a line, and how much two sets of pixels differ."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import Runs
from audit.native.library import array, declare

_sum_intensities = declare(
    "maskaudit_sum_intensities",
    *(*RUNS, c_int64),
    *(array("u1"), c_int64, c_int64, array("f8"), array("f8")),
)

_GREY_LEVEL = 3.0
"""Standard deviation, of 255 levels, that pixels have at least: smaller differences are no evidence."""
_MIN_PIXELS = 8
"""Pixels from which on a mean says something."""

Floats = NDArray[np.float64]


def sum_intensities(runs: Runs, picture: NDArray[np.uint8], points: Floats, normals: Floats) -> Floats:
    """Sum up the pixels of each mask on both sides of a line.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    picture : (H, W, channels) uint8
        A pixel is as bright as the mean of its channels.
    points, normals : (count, 2) float64
        A point of each mask's line and what stands upright on it; (x, y) in pixels.

    Returns
    -------
    (count, 2, 3) float64
        Pixels, sum and sum of squares, before and behind the line.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.ones((1, 2, 3), dtype=bool))
    >>> picture = np.array([[1, 5, 5], [1, 5, 5]], dtype=np.uint8)[:, :, None]
    >>> sum_intensities(runs, picture, np.array([[1.0, 0]]), np.array([[1.0, 0]])).tolist()
    [[[2.0, 2.0, 2.0], [4.0, 20.0, 100.0]]]
    >>> nothing = np.zeros((0, 2))
    >>> sum_intensities(no_runs(0), picture, nothing, nothing).shape
    (0, 2, 3)
    """
    _, width, channels = picture.shape
    columns = _sum_intensities(
        *(*run_arguments(runs), runs.count),
        *(np.ascontiguousarray(picture), width, channels),
        *(np.ascontiguousarray(line, dtype=np.float64) for line in (points, normals)),
    )
    sums = [columns[name] for name in ("number", "sum", "squares")]
    return np.stack(sums, axis=1).reshape(runs.count, 2, 3)


def standardised_difference(first: Floats, second: Floats) -> Floats:
    """Return by how many standard deviations the means of two sets of pixels differ.

    Cohen, "Statistical power analysis for the behavioral sciences", 1988 (d).

    Parameters
    ----------
    first, second : (n, 3) float64
        Pixels, sum and sum of squares of each set.

    Returns
    -------
    (n,) float64
        0 or more; NaN where a set has fewer than 8 pixels.

    Examples
    --------
    >>> dim, bright = np.array([[10.0, 1000, 100_000]]), np.array([[10.0, 1300, 169_000]])
    >>> standardised_difference(dim, bright).tolist()
    [10.0]
    >>> standardised_difference(dim[:0], bright[:0]).tolist()
    []
    """
    moments = []
    for sums in (first, second):
        pixels = np.maximum(sums[:, 0], 1)
        mean = sums[:, 1] / pixels
        moments.append((mean, np.maximum(sums[:, 2] / pixels - mean * mean, 0)))
    (mean_a, variance_a), (mean_b, variance_b) = moments
    difference = np.abs(mean_a - mean_b) / np.sqrt((variance_a + variance_b) / 2 + _GREY_LEVEL**2)
    few = np.minimum(first[:, 0], second[:, 0]) < _MIN_PIXELS
    return np.where(few, np.nan, difference)
