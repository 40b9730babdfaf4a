"""What shapes look like one by one and cut in two: concavities, the best cut, what its parts are like.

Each shape is drawn on a tile of at most 64 x 64 cells; a larger one is sampled, every ``scale``-th pixel of
every ``scale``-th column. The columns are those of `audit.measure.schema`.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, int64_array, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, array, declare

_shape_features = declare("maskaudit_shape_features", *RUNS, array("i8"), c_int64, c_int64)
_union_features = declare(
    "maskaudit_union_features",
    *RUNS,
    *(array("i8"), c_int64),
    *(array("i8"), array("i8"), c_int64),
    *(array("i8"), c_int64),
    c_int64,
)
_cut_features = declare(
    "maskaudit_cut_features", *RUNS, array("i8"), array("i8"), array("u8"), c_int64, c_int64
)


def measure_split_features(runs: Runs, boxes: IntArray, *, threads: int = 1) -> Columns:
    """Measure each mask whole and cut in two by the line that leaves the two most elliptic parts.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
        xywh of the masks, in pixels; w = h = 0 for a mask without pixels.
    threads : int
        The result is the same for any number.

    Returns
    -------
    dict of (count,) float32, ``shape_measured`` bool
        The measured columns of `audit.measure.schema.SHAPES`; zeros for a mask without pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> eight = np.zeros((1, 9, 19), dtype=bool)
    >>> eight[0, :, :9] = eight[0, :, 10:] = eight[0, 4, 9] = True
    >>> found = measure_split_features(dense_to_runs(eight), np.array([[0, 0, 19, 9]]))
    >>> [round(float(found[name][0]), 1) for name in ("dent_1_px", "cut_share", "cut_x0", "cut_x1")]
    [4.0, 0.5, 8.8, 8.8]
    >>> len(measure_split_features(no_runs(0), np.zeros((0, 4), dtype=int))["misfit"])
    0
    """
    columns = _shape_features(*run_arguments(runs), int64_array(boxes), runs.count, threads)
    return columns | {"shape_measured": columns["shape_measured"].view(bool)}


def measure_union_features(
    runs: Runs, boxes: IntArray, a: IntArray, b: IntArray, chosen: IntArray, *, threads: int = 1
) -> Columns:
    """Measure the union of two masks as `measure_split_features` does, and the seam where they meet.

    The slit between the two is closed: every cell that neighbours both, and where they still do not meet,
    every cell two away from both. Cells of a third mask stay free.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
        xywh of the masks, in pixels.
    a, b : (pairs,) int64
        All pairs of masks that are close to each other.
    chosen : (n,) int64
        Positions of the pairs that are measured; the others tell which masks are near.
    threads : int
        The result is the same for any number.

    Returns
    -------
    dict of (n,) arrays
        The measured columns of `audit.measure.schema.UNIONS`.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> masks = np.zeros((2, 4, 9), dtype=bool)
    >>> masks[0, :, :4] = masks[1, :, 5:] = True
    >>> boxes, a, b = np.array([[0, 0, 4, 4], [5, 0, 4, 4]]), np.array([0]), np.array([1])
    >>> found = measure_union_features(dense_to_runs(masks), boxes, a, b, np.array([0]))
    >>> found["area_px"].tolist(), found["hull_px"].tolist(), found["seam_share"].tolist()
    ([38], [36.0], [0.5])
    >>> len(measure_union_features(dense_to_runs(masks), boxes, a, b, a[:0])["area_px"])
    0
    """
    columns = _union_features(
        *run_arguments(runs),
        *(int64_array(boxes), runs.count),
        *(int64_array(a), int64_array(b), len(a)),
        *(int64_array(chosen), len(chosen)),
        threads,
    )
    return columns | {"shape_measured": columns["shape_measured"].view(bool)}


def measure_cut_features(
    runs: Runs, boxes: IntArray, masks: IntArray, seeds: NDArray[np.uint64], *, threads: int = 1
) -> Columns:
    """Cut masks in two as chance has it, across the longer axis, more or less, and measure the seam.

    The cut's normal is the longer axis turned by N(0, 20 degrees); it passes within a fifth of the length of
    the centre. Half of all cuts swing in a wave, and a quarter leave a slit between the parts.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
        xywh of the masks, in pixels.
    masks : (n,) int64
        Which ones are cut; they have pixels.
    seeds : (n,) uint64
        Chance: equal seeds give equal cuts.
    threads : int
        The result is the same for any number.

    Returns
    -------
    dict of (n,) float32, ``slit`` bool
        The measured columns of `audit.measure.schema.CUTS`.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> runs, boxes = dense_to_runs(np.ones((1, 4, 20), dtype=bool)), np.array([[0, 0, 20, 4]])
    >>> found = measure_cut_features(runs, boxes, np.array([0]), np.array([3], dtype=np.uint64))
    >>> round(float(found["seam_share"][0]), 2), found["slit"].tolist()
    (0.43, [False])
    >>> len(measure_cut_features(runs, boxes, np.zeros(0, int), np.zeros(0, np.uint64))["slit"])
    0
    """
    columns = _cut_features(
        *run_arguments(runs),
        int64_array(boxes),
        int64_array(masks),
        np.ascontiguousarray(seeds),
        len(masks),
        threads,
    )
    return columns | {"slit": columns["slit"].view(bool)}
