"""How well outlines lie on the edges of a picture, and where they would lie better.

An outline lies well where it separates: where most of the variation of the pixels inside and around it is
that between the two sides. That is Otsu's criterion ("A threshold selection method from gray-level
histograms", 1979, between-class over total variance), which needs no scale and no threshold. Light from the
side shifts its best place, so a better place counts only where the picture also changes more under the
outline. All places that an outline could be moved to are tried, on sums down the columns of the picture.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

_fit_edges = declare("maskaudit_fit_edges", *RUNS, c_int64, array("u1"), c_int64, c_int64, c_int64, c_int64)

REACH = 6
"""Cells of the grid, see `GRID`, that an outline is moved at most, in both directions."""
GRID = 64
"""Cells on the longer side of a mask's box from which on one in two pixels, in three ... is looked at."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EdgeFit:
    """How outlines lie on edges: (count,) arrays."""

    here: Floats
    """0 to 1: the share of variation that the outline explains as drawn; NaN = not known."""
    best: Floats
    """The same where it is largest, of the places with more contrast under the outline."""
    x: IntArray
    """How far right the outline was moved for that, pixels."""
    y: IntArray
    """How far down."""


def fit_edges(runs: Runs, picture: NDArray[np.uint8], n_threads: int = 1) -> EdgeFit:
    """Move the outline of each mask about and see where it separates best.

    Pixels of other masks count neither as inside nor as around. Masks that are hardly surrounded by
    anything else stay unknown.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    picture : (H, W, channels) uint8
    n_threads : int
        Threads that share the masks.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> mask, grey = np.zeros((2, 30, 30), dtype=bool)
    >>> mask[10:18, 9:17] = grey[7:15, 9:17] = True
    >>> picture = grey[:, :, None] * np.uint8(9)
    >>> found = fit_edges(dense_to_runs(mask[None]), picture)
    >>> found.x.tolist(), found.y.tolist(), found.best.round(3).tolist()
    ([0], [-3], [1.0])
    >>> len(fit_edges(no_runs(0), picture).here)
    0
    """
    height, width, channels = picture.shape
    columns = _fit_edges(
        *run_arguments(runs), runs.count, np.ascontiguousarray(picture), height, width, channels, n_threads
    )
    return EdgeFit(columns["here"], columns["best"], columns["x"], columns["y"])
