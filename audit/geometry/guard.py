"""Is this segmentation safe to hand to C code? Limits, and vectorised checks against them.

pycocotools trusts its input: a NaN coordinate, a run list that is too short or a picture of 10^9
columns make it crash, hang or return other memory. Every array passes here first, whole files at a
time. Each check returns one small number per row, 0 for "safe", so that the caller can name the
fault in its own words.
"""

from __future__ import annotations

from ctypes import c_double, c_int64
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audit.native.library import Columns, array, declare

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
FaultArray = NDArray[np.uint8]

_check_rings = declare(
    "maskaudit_check_rings", array("f8"), array("i8"), c_int64, c_int64, c_double, c_double
)
_check_counts = declare("maskaudit_check_counts", array("i8"), array("i8"), array("i8"), c_int64, c_int64)
_merge_zero_runs = declare("maskaudit_merge_zero_runs", array("i8"), array("i8"), c_int64)

MAX_SIDE = 131_072
"""Pixels an image may be high or wide."""
MAX_PIXELS = 2**28
"""Pixels an image may have: far above any labelled photograph, far below what 32-bit run sums wrap at."""
MIN_POINTS = 3
"""Points that make a polygon."""
MAX_COORDINATE = 1e8
"""Largest |coordinate| in pixels: five times that still fits the C code's 32-bit integers."""
MAX_BOUNDARY_POINTS = 20_000_000
"""Points that COCO's rasteriser may put on the outlines of one annotation (it takes five a pixel)."""
MAX_VERTICES = 500_000
"""Vertices of one annotation: no labeller draws so many, and two million are still safe to rasterise."""
MAX_PARTS = 10_000
"""Polygons of one annotation."""
MAX_RUN = 2**32 - 1
"""Longest run that COCO's format can hold."""

_POINTS_A_PIXEL = 5  # the upsampling of COCO's polygon rasteriser

DRAW_LIMITS: IntArray = np.array(
    [
        *(MIN_POINTS, MAX_COORDINATE, MAX_BOUNDARY_POINTS // _POINTS_A_PIXEL, MAX_VERTICES, MAX_PARTS),
        *(MAX_SIDE, MAX_PIXELS, MAX_RUN),
    ],
    dtype=np.int64,
)
"""In the order in which audit/native/drawable.h takes them, to pass most masks while they are read."""


class ImageFault(IntEnum):
    """What makes an image size unusable."""

    OK = 0
    NONPOSITIVE = 1
    LIMIT = 2
    """A side above `MAX_SIDE` or more than `MAX_PIXELS` pixels."""


class PolygonFault(IntEnum):
    """What makes one ring unusable; the first that holds, in this order."""

    OK = 0
    TOO_FEW = 1
    """Fewer than `MIN_POINTS` points."""
    NONFINITE = 2
    RANGE = 3
    """A coordinate beyond `MAX_COORDINATE`, or an outline of more than `MAX_BOUNDARY_POINTS`."""


class AnnotationFault(IntEnum):
    """What makes the rings of one annotation unusable together; the first that holds, in this order."""

    OK = 0
    VERTICES = 1
    """More than `MAX_VERTICES`."""
    PARTS = 2
    """More than `MAX_PARTS` rings."""
    RANGE = 3
    """The outlines together have more than `MAX_BOUNDARY_POINTS`."""


class CountsFault(IntEnum):
    """What makes a list of run lengths unusable; the first that holds, in this order."""

    OK = 0
    EMPTY = 1
    NEGATIVE = 2
    RANGE = 3
    """A run longer than `MAX_RUN`."""
    SUM = 4
    """The runs do not cover the image exactly."""


def image_size_faults(height: IntArray, width: IntArray) -> FaultArray:
    """Check image sizes.

    Parameters
    ----------
    height, width : (n,) int64
        Pixels, as declared.

    Returns
    -------
    (n,) uint8
        `ImageFault` of each.

    Examples
    --------
    >>> import numpy as np
    >>> image_size_faults(np.array([480, 0, 2**32]), np.array([640, 5, 2**32])).tolist()
    [0, 1, 2]
    >>> image_size_faults(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist()
    []
    """
    nonpositive = (height <= 0) | (width <= 0)
    too_large = (height > MAX_SIDE) | (width > MAX_SIDE)
    # Both sides are capped before they are multiplied: a product of two int64 could wrap to a small one.
    pixels = np.clip(height, 0, MAX_SIDE) * np.clip(width, 0, MAX_SIDE)
    too_large |= pixels > MAX_PIXELS
    return _first_of((ImageFault.NONPOSITIVE, nonpositive), (ImageFault.LIMIT, too_large))


def polygon_faults(xy: FloatArray, vertex_start: IntArray) -> FaultArray:
    """Check single rings.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices of all rings, pixels.
    vertex_start : (r + 1,) int64
        Ring i has the vertices ``vertex_start[i]:vertex_start[i + 1]``.

    Returns
    -------
    (r,) uint8
        `PolygonFault` of each.

    Examples
    --------
    >>> import numpy as np
    >>> xy = np.array([[0, 0], [9, 0], [9, 9], [0, 0], [2e8, 0], [0, 9], [1, 1]], dtype=float)
    >>> polygon_faults(xy, np.array([0, 3, 6, 7])).tolist()
    [0, 3, 1]
    >>> polygon_faults(np.zeros((0, 2)), np.zeros(1, np.int64)).tolist()
    []
    """
    return _measure_rings(xy, vertex_start)["fault"]


def annotation_faults(
    vertex_start: IntArray, ring_start: IntArray, xy: FloatArray | None = None
) -> FaultArray:
    """Check what the rings of one annotation add up to.

    Parameters
    ----------
    vertex_start : (r + 1,) int64
        Ring i has the vertices ``vertex_start[i]:vertex_start[i + 1]``.
    ring_start : (n + 1,) int64
        Annotation i has the rings ``ring_start[i]:ring_start[i + 1]``.
    xy : (v, 2) float64, optional
        Vertices, pixels. With them the outlines' total length is checked too: ten thousand rings
        that each pass alone can still keep the rasteriser busy for hours.

    Returns
    -------
    (n,) uint8
        `AnnotationFault` of each.

    Examples
    --------
    >>> import numpy as np
    >>> annotation_faults(np.array([0, 4, 1_000_004]), np.array([0, 1, 2])).tolist()
    [0, 1]
    >>> annotation_faults(np.zeros(1, np.int64), np.zeros(1, np.int64)).tolist()
    []
    """
    vertices = np.diff(vertex_start[ring_start])
    if xy is None:
        too_long = np.zeros(len(vertices), dtype=np.bool_)
    else:
        # Not finite is another fault, said of the ring.
        points = np.nan_to_num(boundary_points(xy, vertex_start), nan=0.0, posinf=np.inf)
        too_long = _sum(points, ring_start) > MAX_BOUNDARY_POINTS
    return _first_of(
        (AnnotationFault.VERTICES, vertices > MAX_VERTICES),
        (AnnotationFault.PARTS, np.diff(ring_start) > MAX_PARTS),
        (AnnotationFault.RANGE, too_long),
    )


def boundary_points(xy: FloatArray, vertex_start: IntArray) -> FloatArray:
    """Count the points that COCO's rasteriser puts on each ring, the closing edge included.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices of all rings, pixels.
    vertex_start : (r + 1,) int64
        Ring i has the vertices ``vertex_start[i]:vertex_start[i + 1]``.

    Returns
    -------
    (r,) float64
        Sum of ``5 * max(|dx|, |dy|)`` over the edges; not finite where a vertex is not.

    Examples
    --------
    >>> import numpy as np
    >>> boundary_points(np.array([[0, 0], [10, 0], [10, 10.0]]), np.array([0, 3])).tolist()
    [150.0]
    >>> boundary_points(np.zeros((0, 2)), np.zeros(1, np.int64)).tolist()
    []
    """
    return _POINTS_A_PIXEL * _measure_rings(xy, vertex_start)["length"]


def _measure_rings(xy: FloatArray, vertex_start: IntArray) -> Columns:
    """Return the ``length`` and the ``fault`` of each ring."""
    return _check_rings(
        *(np.ascontiguousarray(xy, dtype=np.float64), np.ascontiguousarray(vertex_start)),
        *(len(vertex_start) - 1, MIN_POINTS, MAX_COORDINATE, MAX_BOUNDARY_POINTS / _POINTS_A_PIXEL),
    )


def counts_faults(counts: IntArray, count_start: IntArray, pixels: IntArray) -> FaultArray:
    """Check lists of run lengths.

    Parameters
    ----------
    counts : (c,) int64
        Run lengths of all masks, pixels, background first.
    count_start : (n + 1,) int64
        Mask i has the runs ``count_start[i]:count_start[i + 1]``.
    pixels : (n,) int64
        Height x width that the runs of each must cover.

    Returns
    -------
    (n,) uint8
        `CountsFault` of each.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([3, 1, 2**62, 2**62, 5, -1, 4])
    >>> counts_faults(counts, np.array([0, 2, 4, 4, 6, 7]), np.array([4, 4, 4, 4, 5])).tolist()
    [0, 3, 1, 2, 4]
    >>> counts_faults(counts[:0], np.zeros(1, np.int64), counts[:0]).tolist()
    []
    """
    arguments = (np.ascontiguousarray(values, dtype=np.int64) for values in (counts, count_start, pixels))
    return _check_counts(*arguments, len(count_start) - 1, MAX_RUN)["fault"]


def merge_zero_runs(counts: IntArray, count_start: IntArray) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    """Join the neighbours of every zero-length run, except a leading one.

    The mask stays the same; the runs become the only way to write it down, which C code relies on.

    Parameters
    ----------
    counts : (c,) int64
        Run lengths of all masks, not negative, background first.
    count_start : (n + 1,) int64
        Mask i has the runs ``count_start[i]:count_start[i + 1]``.

    Returns
    -------
    counts : (c',) int64
    count_start : (n + 1,) int64
    changed : (n,) bool
        Masks that had such runs.

    Examples
    --------
    >>> import numpy as np
    >>> counts, start, changed = merge_zero_runs(np.array([5, 0, 3, 2, 0, 4]), np.array([0, 4, 6]))
    >>> counts.tolist(), start.tolist(), changed.tolist()
    ([8, 2, 0, 4], [0, 2, 4], [True, False])
    >>> merge_zero_runs(counts[:0], start[:1])[2].tolist()
    []
    """
    run_lengths, start = (np.ascontiguousarray(values, dtype=np.int64) for values in (counts, count_start))
    columns = _merge_zero_runs(run_lengths, start, len(start) - 1)
    changed = columns["changed"].view(np.bool_)
    if not changed.any():
        return counts, count_start, changed
    return columns["counts"], np.cumsum(np.r_[0, columns["number"]]), changed


def _first_of(*faults: tuple[IntEnum, NDArray[np.bool_]]) -> FaultArray:
    """Give each row the first fault that it has."""
    result = np.zeros(len(faults[0][1]), dtype=np.uint8)
    for fault, rows in reversed(faults):
        result[rows] = fault
    return result


def _sum(values: FloatArray, start: IntArray) -> FloatArray:
    """Sum each segment on its own, so that a huge value in one does not blur another; empty ones give 0."""
    result = np.zeros(len(start) - 1)
    filled = np.flatnonzero(np.diff(start) > 0)
    if len(filled):
        result[filled] = np.add.reduceat(values, start[filled])
    return result
