"""Whether a picture changes most under an outline, or a few pixels inside or outside of it.

A mask that was grown or shrunk by some pixels has its strongest edge beside its outline. The gradient of a
picture is averaged over three bands: under the outline, and 2 to 3 px inside and outside of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.geometry.morphology import dilate_masks, erode_masks
from audit.geometry.run_set_ops import subtract_runs
from audit.geometry.runs import IntArray, Runs

Floats = NDArray[np.float64]

LEAST_PX = 16
"""Pixels of each band: fewer are noise."""
_SMOOTHING_PX = 1.0
_NEAR, _FAR = 1, 3  # the bands' limits, pixels from the outline


def compare_edges_beside(
    runs: Runs, picture: NDArray[np.number], heights: IntArray, widths: IntArray
) -> Floats:
    """Compare the change of a picture beside each outline with that under it.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    picture : (H, W, C) number
    heights, widths : (count,) int64
        Of the picture.

    Returns
    -------
    (count,) float64
        The larger mean gradient of the inner and the outer band, by that under the outline; NaN where a
        mask has no inner band, or the picture is flat.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> square = np.zeros((1, 30, 30), dtype=bool)
    >>> square[0, 5:25, 5:25] = True
    >>> picture = square[0, :, :, None] * 100.0
    >>> size = np.array([30])
    >>> bool(compare_edges_beside(dense_to_runs(square), picture, size, size)[0] < 0.5)
    True
    >>> compare_edges_beside(no_runs(1), picture, size, size).tolist()
    [nan]
    """
    gradient_sums = _sum_down(_measure_gradient(picture))
    near, far = (np.full(runs.count, reach, dtype=np.int64) for reach in (_NEAR, _FAR))
    inner_near, inner_far = erode_masks(runs, near), erode_masks(runs, far)
    outer_near, outer_far = (dilate_masks(runs, reach, heights, widths) for reach in (near, far))
    bands = (
        subtract_runs(outer_near, inner_near),
        subtract_runs(inner_near, inner_far),
        subtract_runs(outer_far, outer_near),
    )
    under, inside, outside = (_average(band, gradient_sums) for band in bands)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(inside, outside) / under
    return np.asarray(np.where(under > 0, ratio, np.nan), dtype=np.float64)


def _measure_gradient(picture: NDArray[np.number]) -> Floats:
    smooth = ndimage.gaussian_filter(picture.astype(np.float64), (_SMOOTHING_PX, _SMOOTHING_PX, 0))
    squares = np.zeros(smooth.shape[:2])
    for axis in (0, 1):
        if smooth.shape[axis] > 1:
            squares += (np.gradient(smooth, axis=axis) ** 2).sum(axis=-1)
    return np.sqrt(squares)


def _sum_down(values: Floats) -> Floats:
    sums = np.zeros((values.shape[0] + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def _average(band: Runs, sums: Floats) -> Floats:
    """Average over the pixels of each mask, from sums down the columns; NaN below `LEAST_PX` pixels."""
    total = np.bincount(band.mask, sums[band.y1, band.x] - sums[band.y0, band.x], minlength=band.count)
    pixels = np.bincount(band.mask, band.y1 - band.y0, minlength=band.count)
    return np.asarray(np.where(pixels >= LEAST_PX, total / np.maximum(pixels, 1), np.nan), dtype=np.float64)
