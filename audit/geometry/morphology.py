"""Growing and shrinking masks by a square, rims, closing gaps, filling holes: many masks at once.

The square of radius r has 2 r + 1 pixels a side, so growing by it reaches all pixels at a Chebyshev
distance of at most r.
"""

from __future__ import annotations

from ctypes import c_int64
from enum import IntEnum

from audit.geometry.native_runs import RUNS, int64_array, run_arguments, runs_from_columns, thread_count
from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

_apply_morphology = declare("maskaudit_apply_morphology", *RUNS, c_int64, array("i8"), c_int64, c_int64)
_fill_holes = declare("maskaudit_fill_holes", *RUNS, c_int64, c_int64)
_keep_largest_component = declare("maskaudit_keep_largest_component", *RUNS, c_int64, c_int64)


class _Operation(IntEnum):
    ERODE = 0
    OPEN = 1
    CLOSE = 2
    RIM = 3


def erode_masks(runs: Runs, radius: IntArray) -> Runs:
    """Shrink masks by a square; what lies outside of the image counts as background.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Pixels, not negative.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> shrunk = erode_masks(dense_to_runs(np.ones((1, 3, 4), dtype=bool)), np.array([1]))
    >>> runs_to_dense(shrunk, 3, 4)[0].astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    >>> erode_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    return _apply(runs, radius, _Operation.ERODE)


def find_rims(runs: Runs, radius: IntArray) -> Runs:
    """Return what lies inside of masks and near their outlines: what `erode_masks` takes away.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Width of each rim, pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> rim = find_rims(dense_to_runs(np.ones((1, 3, 4), dtype=bool)), np.array([1]))
    >>> runs_to_dense(rim, 3, 4)[0].astype(int).tolist()
    [[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]
    >>> find_rims(no_runs(0), np.array([], dtype=int)).count
    0
    """
    return _apply(runs, radius, _Operation.RIM)


def open_masks(runs: Runs, radius: IntArray) -> Runs:
    """Drop what is thinner than a square: shrink, then grow again.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Half the side of each mask's square, less half a pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> spur = np.zeros((1, 3, 5), dtype=bool)
    >>> spur[0, :, :3] = spur[0, 1] = True
    >>> int(runs_to_dense(open_masks(dense_to_runs(spur), np.array([1])), 3, 5).sum())
    9
    >>> open_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    return _apply(runs, radius, _Operation.OPEN)


def close_masks(runs: Runs, radius: IntArray) -> Runs:
    """Fill what is narrower than a square: grow, then shrink again.

    Parameters
    ----------
    runs : Runs
    radius : (count,) int64
        Half the side of each mask's square, less half a pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> slit = np.ones((1, 3, 5), dtype=bool)
    >>> slit[0, :, 2] = False
    >>> int(runs_to_dense(close_masks(dense_to_runs(slit), np.array([1])), 3, 5).sum())
    15
    >>> close_masks(no_runs(0), np.array([], dtype=int)).count
    0
    """
    return _apply(runs, radius, _Operation.CLOSE)


def fill_holes(runs: Runs) -> Runs:
    """Fill all holes.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs, runs_to_dense
    >>> ring = np.ones((1, 3, 3), dtype=bool)
    >>> ring[0, 1, 1] = False
    >>> int(runs_to_dense(fill_holes(dense_to_runs(ring)), 3, 3).sum())
    9
    >>> fill_holes(no_runs(0)).count
    0
    """
    return runs_from_columns(_fill_holes(*run_arguments(runs), runs.count, thread_count()), runs.count)


def keep_largest_component(runs: Runs) -> Runs:
    """Keep the largest 8-connected part of each mask; of equal ones, the first.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> keep_largest_component(dense_to_runs(np.array([[[1, 0, 1, 1]]], dtype=bool))).x.tolist()
    [2, 3]
    >>> keep_largest_component(no_runs(0)).count
    0
    """
    columns = _keep_largest_component(*run_arguments(runs), runs.count, thread_count())
    return runs_from_columns(columns, runs.count)


def _apply(runs: Runs, radius: IntArray, operation: _Operation) -> Runs:
    columns = _apply_morphology(
        *run_arguments(runs), runs.count, int64_array(radius), operation, thread_count()
    )
    return runs_from_columns(columns, runs.count)
