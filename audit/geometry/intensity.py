"""How bright the pixels of masks are on both sides of a line, and how much two sets of pixels differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import Runs

_GREY_LEVEL = 3.0
"""Standard deviation, of 255 levels, that pixels have at least: smaller differences are no evidence."""
_MIN_PIXELS = 8
"""Pixels from which on a mean says something."""

Floats = NDArray[np.float64]


def sum_intensities(runs: Runs, grey: Floats, points: Floats, normals: Floats) -> Floats:
    """Sum up the pixels of each mask on both sides of a line.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    grey : (H, W) float64
        The picture, 0 to 255.
    points, normals : (count, 2) float64
        A point of each mask's line and what stands upright on it; (x, y) in pixels.

    Returns
    -------
    (count, 2, 3) float64
        Pixels, sum and sum of squares, before and behind the line.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> runs, grey = dense_to_runs(np.ones((1, 2, 3), dtype=bool)), np.array([[1.0, 5, 5], [1, 5, 5]])
    >>> sum_intensities(runs, grey, np.array([[1.0, 0]]), np.array([[1.0, 0]])).tolist()
    [[[2.0, 2.0, 2.0], [4.0, 20.0, 100.0]]]
    >>> sum_intensities(runs.keep(np.array([], dtype=int)), grey, np.zeros((1, 2)), np.ones((1, 2))).any()
    np.False_
    """
    length = (runs.y1 - runs.y0).astype(np.int64)
    mask, x = np.repeat(runs.mask, length), np.repeat(runs.x, length)
    first = np.repeat(runs.y0 - (np.cumsum(length) - length), length)
    y = first + np.arange(len(mask))
    value = grey[y, x]
    right, down = x + 0.5 - points[mask, 0], y + 0.5 - points[mask, 1]
    side = 2 * mask + (right * normals[mask, 0] + down * normals[mask, 1] > 0)
    sums = [np.bincount(side, weight, minlength=2 * runs.count) for weight in (None, value, value * value)]
    return np.stack(sums, axis=1).reshape(runs.count, 2, 3).astype(float)


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
