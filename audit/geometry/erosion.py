"""Masks without their rim: what is left when a square brush takes the border away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.join import IndexedRuns, meetings
from audit.geometry.overlap import shared_pixels
from audit.geometry.runs import IntArray, Runs, no_runs, take, unite
from audit.geometry.shape import areas

FloatArray = NDArray[np.float64]


def eroded(runs: Runs, distance: IntArray) -> Runs:
    """Take away every pixel that has background at most so far away.

    Pixels outside the image count as background. Distances are Chebyshev's: the brush is a square of
    side 2 x distance + 1.

    Parameters
    ----------
    runs : Runs
    distance : (count,) int64
        Of each mask, not negative.

    Returns
    -------
    Runs
        As many masks.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense
    >>> block = from_dense(np.ones((1, 5, 7), dtype=bool))
    >>> areas(eroded(block, np.array([1]))).tolist()
    [15]
    >>> len(eroded(no_runs(0), np.array([], dtype=int)))
    0
    """
    d = distance.astype(np.int32)[runs.mask]
    left = unite(runs.mask, runs.x, runs.y0 + d, runs.y1 - d, runs.count)
    wanted, width = 2 * distance + 1, np.ones(runs.count, dtype=np.int64)
    # A pixel that lies in all of the next `width` columns; the width doubles until it is the brush's.
    while len(left) and (width < wanted).any():
        step = np.minimum(width, wanted - width)
        left = _shared_with_itself(left, step)
        width += step
    return Runs(left.mask, left.x + distance.astype(np.int32)[left.mask], left.y0, left.y1, runs.count)


def _shared_with_itself(runs: Runs, step: IntArray) -> Runs:
    """Keep the pixels of each mask that it also has so many columns further right."""
    indexed = IndexedRuns.of(runs)
    masks = np.arange(runs.count)
    parts = []
    for met in meetings(indexed, indexed, masks, masks, step):
        y0 = np.maximum(runs.y0[met.i], runs.y0[met.j])
        parts.append((runs.mask[met.i], runs.x[met.i], y0, np.minimum(runs.y1[met.i], runs.y1[met.j])))
    if not parts:
        return no_runs(runs.count)
    mask, x, y0, y1 = (np.concatenate(column) for column in zip(*parts, strict=True))
    return unite(mask, x, y0, y1, runs.count)


def boundary_iou(one: Runs, other: Runs, a: IntArray, b: IntArray, diagonal: FloatArray) -> FloatArray:
    """Compare the rims of masks ``a`` of ``one`` with those of masks ``b`` of ``other``.

    The rim of a mask is what lies at most 2 % of the image's diagonal inside its border, at least 1 px.

    Parameters
    ----------
    one, other : Runs
    a, b : (p,) int64
    diagonal : (p,) float64
        Of the image of each pair, pixels.

    Returns
    -------
    (p,) float64
        Intersection by union of the two rims; 0 where neither mask has pixels.

    References
    ----------
    Cheng et al., "Boundary IoU: improving object-centric image segmentation evaluation", 2021.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense
    >>> masks = from_dense(np.ones((1, 9, 9), dtype=bool))
    >>> boundary_iou(masks, masks, np.array([0]), np.array([0]), np.array([12.7])).tolist()
    [1.0]
    >>> none = np.array([], dtype=int)
    >>> boundary_iou(masks, masks, none, none, none).tolist()
    []
    """
    distance = np.maximum(np.round(0.02 * np.asarray(diagonal)), 1).astype(np.int64)
    left, right = take(one, a), take(other, b)
    core_left, core_right = eroded(left, distance), eroded(right, distance)
    same = np.arange(len(a))
    whole, inner = (
        [IndexedRuns.of(runs) for runs in pair] for pair in ((left, right), (core_left, core_right))
    )
    # A core lies inside its mask, so rims are compared by counting out.
    shared = (
        shared_pixels(whole[0], whole[1], same, same)
        - shared_pixels(whole[0], inner[1], same, same)
        - shared_pixels(inner[0], whole[1], same, same)
        + shared_pixels(inner[0], inner[1], same, same)
    )
    rims = areas(left) - areas(core_left) + areas(right) - areas(core_right)
    return shared / np.maximum(rims - shared, 1)
