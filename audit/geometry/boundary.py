"""The rims of masks, and how well two of them agree: boundary IoU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.morphology import find_rims
from audit.geometry.overlap import count_intersections
from audit.geometry.runs import IntArray, Runs, take_masks
from audit.geometry.shape import measure_areas

FloatArray = NDArray[np.float64]

RIM = 0.02
"""Width of a rim as a share of the image's diagonal."""


def rim_width(diagonal: FloatArray) -> IntArray:
    """Return the width of the rims of an image's masks, pixels: 2 % of its diagonal, at least 1.

    Parameters
    ----------
    diagonal : (n,) float64
        Pixels.

    Examples
    --------
    >>> rim_width(np.array([30.0, 500.0])).tolist()
    [1, 10]
    >>> rim_width(np.zeros(0)).tolist()
    []
    """
    return np.maximum(np.rint(RIM * np.asarray(diagonal)), 1).astype(np.int64)


def boundary_iou(
    first_masks: Runs, second_masks: Runs, a: IntArray, b: IntArray, diagonal: FloatArray
) -> FloatArray:
    """Compare the rims of masks ``a`` of one set with those of masks ``b`` of another.

    The rim of a mask is what lies inside it, at most 2 % of the image's diagonal (at least a pixel) from
    its outline; the image's border is outline too. Each mask's rim is made once, however many pairs it is in.

    Parameters
    ----------
    first_masks, second_masks : Runs
    a, b : (p,) int64
        Positions of each pair's masks in the first and in the second set.
    diagonal : (p,) float64
        Of the image of each pair, pixels; the same for all pairs of a mask.

    Returns
    -------
    (p,) float64
        Intersection by union of the two rims; 0 where neither mask has pixels.

    References
    ----------
    Cheng et al., "Boundary IoU: improving object-centric image segmentation evaluation", 2021.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = dense_to_runs(np.ones((1, 9, 9), dtype=bool))
    >>> boundary_iou(masks, masks, np.array([0]), np.array([0]), np.array([12.7])).tolist()
    [1.0]
    >>> none = np.array([], dtype=int)
    >>> boundary_iou(masks, masks, none, none, none).tolist()
    []
    """
    width = rim_width(diagonal)
    unique_a, first, position_a = np.unique(a, return_index=True, return_inverse=True)
    rims_a = find_rims(take_masks(first_masks, unique_a), width[first])
    unique_b, first, position_b = np.unique(b, return_index=True, return_inverse=True)
    rims_b = find_rims(take_masks(second_masks, unique_b), width[first])
    common = count_intersections(rims_a, rims_b, position_a, position_b)
    union = measure_areas(rims_a)[position_a] + measure_areas(rims_b)[position_b] - common
    agreement: FloatArray = common / np.maximum(union, 1)
    return agreement
