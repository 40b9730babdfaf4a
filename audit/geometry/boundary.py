"""The rims of masks, and how well two of them agree: boundary IoU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.morphology import erode_masks
from audit.geometry.overlap import count_intersections
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import IntArray, Runs, take_masks
from audit.geometry.shape import measure_areas

FloatArray = NDArray[np.float64]

RIM = 0.02
"""Width of a rim as a share of the image's diagonal."""


def boundary_iou(one: Runs, other: Runs, a: IntArray, b: IntArray, diagonal: FloatArray) -> FloatArray:
    """Compare the rims of masks ``a`` of ``one`` with those of masks ``b`` of ``other``.

    The rim of a mask is what lies inside it, at most 2 % of the image's diagonal (at least a pixel) from
    its outline; the image's border is outline too. Each mask's rim is made once, however many pairs it is in.

    Parameters
    ----------
    one, other : Runs
    a, b : (p,) int64
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
    width = np.maximum(np.rint(RIM * np.asarray(diagonal)), 1).astype(np.int64)
    g, first, i = np.unique(a, return_index=True, return_inverse=True)
    mine = _Rims(take_masks(one, g), width[first])
    p, first, j = np.unique(b, return_index=True, return_inverse=True)
    theirs = _Rims(take_masks(other, p), width[first])
    # A core lies inside its mask, so rims are compared by counting out.
    shared = (
        count_intersections(mine.whole, theirs.whole, i, j)
        - count_intersections(mine.core, theirs.whole, i, j)
        - count_intersections(mine.whole, theirs.core, i, j)
        + count_intersections(mine.core, theirs.core, i, j)
    )
    agreement: FloatArray = shared / np.maximum(mine.size[i] + theirs.size[j] - shared, 1)
    return agreement


class _Rims:
    """Masks less their cores."""

    def __init__(self, runs: Runs, width: IntArray) -> None:
        core = erode_masks(runs, width)
        self.whole, self.core = IndexedRuns.of(runs), IndexedRuns.of(core)
        self.size = measure_areas(runs) - measure_areas(core)
