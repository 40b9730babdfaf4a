"""What one mask looks like: size, box, parts, holes, perimeter, hull. All masks at once."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, run_arguments, thread_count
from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, declare

_measure_shapes = declare("maskaudit_measure_shapes", *RUNS, c_int64, c_int64)
_measure_boxes = declare("maskaudit_measure_boxes", *RUNS, c_int64, c_int64)
_label_components = declare("maskaudit_label_components", *RUNS, c_int64, c_int64)


def measure_region_properties(runs: Runs, *, threads: int = 1) -> Columns:
    """Measure all that the instances table says of the pixels of each mask.

    Parameters
    ----------
    runs : Runs
    threads : int
        How many measure side by side.

    Returns
    -------
    dict of str to (count,) array
        Named as in `audit.measure.schema.INSTANCES`, pixels: ``area_px``, the box ``x``, ``y``, ``w``, ``h``;
        ``parts`` (8-connected), ``largest_part_px``, ``smallest_part_px``, ``part_gap_px`` (the longest edge
        of the minimum spanning tree over the parts with a tenth of the pixels, Chebyshev distance - 1),
        ``small_part_gap_px`` (from the farthest of the other parts, as a box, to these);
        ``holes`` (4-connected), ``hole_px``, ``smallest_hole_px``; ``perimeter_px`` (unit pixel edges, holes
        included), ``hull_px``, ``mask_hash``. Zeros for a mask without pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> ring = np.array([[[1, 1, 1], [1, 0, 1], [1, 1, 1]]], dtype=bool)
    >>> found = measure_region_properties(dense_to_runs(ring))
    >>> [found[name].tolist() for name in ("area_px", "parts", "holes", "perimeter_px", "hull_px")]
    [[8], [1], [1], [16], [9.0]]
    >>> measure_region_properties(no_runs(1))["parts"].tolist()
    [0]
    """
    return _measure_shapes(*run_arguments(runs), runs.count, threads)


def summarize_masks(runs: Runs) -> tuple[IntArray, IntArray, NDArray[np.uint64]]:
    """Count, enclose and hash the pixels of each mask.

    Returns
    -------
    area : (count,) int64
        See `measure_areas`.
    box : (count, 4) int64
        See `measure_boxes`.
    mask_hash : (count,) uint64
        See `hash_masks`.

    Examples
    --------
    >>> from audit.geometry.runs import no_runs
    >>> [column.tolist() for column in summarize_masks(no_runs(1))]
    [[0], [[0, 0, 0, 0]], [0]]
    """
    columns = _measure_boxes(*run_arguments(runs), runs.count, thread_count())
    return columns["area"], columns["box"].reshape(-1, 4), columns["hash"]


def measure_areas(runs: Runs) -> IntArray:
    """Count the pixels of each mask.

    Examples
    --------
    >>> from audit.geometry.runs import no_runs
    >>> measure_areas(no_runs(2)).tolist()
    [0, 0]
    """
    return summarize_masks(runs)[0]


def measure_boxes(runs: Runs) -> IntArray:
    """Give the tight box of each mask.

    Returns
    -------
    (count, 4) int64
        xywh in pixels; zeros for a mask without pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> measure_boxes(dense_to_runs(np.array([[[0, 1], [0, 1]]], dtype=bool))).tolist()
    [[1, 0, 1, 2]]
    >>> measure_boxes(no_runs(1)).tolist()
    [[0, 0, 0, 0]]
    """
    return summarize_masks(runs)[1]


def hash_masks(runs: Runs) -> NDArray[np.uint64]:
    """Hash the pixels of each mask: equal masks at equal places have equal hashes.

    The sum over a mask's runs of a 64-bit mix (the finaliser of SplitMix64; Steele et al., 2014) of
    each run's place and length.

    Returns
    -------
    (count,) uint64
        0 for a mask without pixels, and only for one.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> one, two = hash_masks(dense_to_runs(np.ones((2, 2, 2), dtype=bool))).tolist()
    >>> one == two
    True
    >>> hash_masks(no_runs(1)).tolist()
    [0]
    """
    return summarize_masks(runs)[2]


def label_components(runs: Runs, *, corners: bool = True) -> tuple[IntArray, IntArray, IntArray]:
    """Number the connected parts of all masks.

    Parameters
    ----------
    runs : Runs
    corners : bool
        Whether pixels that touch at a corner only are connected (8-connected) or not (4-connected).

    Returns
    -------
    part : (r,) int64
        Part of each run; parts are numbered mask by mask, in the order of their first runs.
    size : (parts,) int64
        Pixels.
    mask : (parts,) int64
        The mask that the part belongs to, ascending.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> diagonal = dense_to_runs(np.eye(2, dtype=bool)[None])
    >>> len(label_components(diagonal)[1]), len(label_components(diagonal, corners=False)[1])
    (1, 2)
    >>> [len(values) for values in label_components(no_runs(1))]
    [0, 0, 0]
    """
    columns = _label_components(*run_arguments(runs), runs.count, corners)
    return columns["part"], columns["size"], columns["owner"]


def mix_bits(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit numbers one to one (SplitMix64's finaliser).

    Examples
    --------
    >>> import numpy as np
    >>> mix_bits(np.zeros(1, dtype=np.uint64)).tolist()
    [0]
    >>> len(mix_bits(np.zeros(0, dtype=np.uint64)))
    0
    """
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
