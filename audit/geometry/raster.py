"""Segmentations to runs, pixel for pixel as COCO draws them.

The rule for polygons is that of ``rleFrPoly`` in the COCO API (Lin et al., 2014; maskApi.c): coordinates
are multiplied by 5 and rounded, every edge is walked in unit steps along its longer axis, and where the
walk passes the centre of a pixel column it switches the column's pixels on or off from that row on.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

_decode = declare(
    "maskaudit_decode_masks",
    *(array("f8"), array("i8"), array("i8")),
    *(array("u4"), array("i8"), array("i8"), array("i8"), array("i8")),
    *(c_int64, c_int64),
)


def decode_masks(
    xy: NDArray[np.float64],
    vertex_start: IntArray,
    ring_start: IntArray,
    counts: NDArray[np.uint32],
    count_start: IntArray,
    height: IntArray,
    width: IntArray,
    *,
    chosen: IntArray | None = None,
    threads: int = 1,
) -> Runs:
    """Draw masks that are given as polygons or as run lengths.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices of all rings, pixels, passed by `guard.polygon_faults`.
    vertex_start : (r + 1,) int64
        Where each ring's vertices begin.
    ring_start : (n + 1,) int64
        Where each mask's rings begin; the rings of one mask are united.
    counts : (c,) uint32
        COCO's uncompressed run lengths of all masks (column-major, background first); each mask's sum to
        height x width, inner ones are not zero (`guard.merge_zero_runs`).
    count_start : (n + 1,) int64
        Where each mask's run lengths begin; a mask has rings, run lengths, or neither.
    height, width : (n,) int64
        Of the image of each mask that is drawn, at least 1 where there is a mask.
    chosen : (m,) int64, optional
        Which masks to draw, in any order; all where it is left out.
    threads : int
        How many draw side by side.

    Returns
    -------
    Runs
        n masks, or m; equal to those of ``pycocotools.mask.decode``.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    >>> five, counts = np.array([5, 5]), np.array([24, 1], dtype=np.uint32)
    >>> runs = decode_masks(
    ...     square, np.array([0, 4]), np.array([0, 1, 1]), counts, np.array([0, 0, 2]), five, five
    ... )
    >>> list(zip(runs.mask.tolist(), runs.x.tolist(), runs.y0.tolist(), runs.y1.tolist()))
    [(0, 1, 1, 3), (0, 2, 1, 3), (1, 4, 4, 5)]
    >>> none = np.array([0])
    >>> len(decode_masks(square[:0], none, none, counts[:0], none, five[:0], five[:0]))
    0
    """
    if chosen is None:
        chosen = np.arange(len(ring_start) - 1)
    drawing = (xy, vertex_start, ring_start, counts, count_start, chosen, height, width)
    columns = _decode(*map(np.ascontiguousarray, drawing), len(chosen), threads)
    return Runs(**columns, count=len(chosen))


def polygons_to_runs(
    xy: NDArray[np.float64],
    vertex_start: IntArray,
    ring_start: IntArray,
    height: IntArray,
    width: IntArray,
) -> Runs:
    """Draw polygons; the rings of one mask are united.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices of all rings, pixels, passed by `guard.polygon_faults`.
    vertex_start : (r + 1,) int64
        Where each ring's vertices begin.
    ring_start : (n + 1,) int64
        Where each mask's rings begin.
    height, width : (n,) int64
        Of each mask's image.

    Returns
    -------
    Runs
        n masks, equal to ``pycocotools.mask.decode(merge(frPyObjects(...)))``.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    >>> one = np.array([0, 1])
    >>> runs = polygons_to_runs(square, np.array([0, 4]), one, np.array([5]), np.array([5]))
    >>> list(zip(runs.x.tolist(), runs.y0.tolist(), runs.y1.tolist()))
    [(1, 1, 3), (2, 1, 3)]
    >>> none = np.array([0])
    >>> len(polygons_to_runs(square[:0], none, none, np.array([], dtype=int), np.array([], dtype=int)))
    0
    """
    no_counts = np.zeros(0, dtype=np.uint32), np.zeros(len(ring_start), dtype=np.int64)
    return decode_masks(xy, vertex_start, ring_start, *no_counts, height, width)


def counts_to_runs(counts: NDArray[np.integer], count_start: IntArray, height: IntArray) -> Runs:
    """Read COCO's uncompressed run lengths (column-major, background first).

    Parameters
    ----------
    counts : (c,) integer
        Run lengths of all masks; each mask's sum to height x width, none negative, inner ones not zero
        (`guard.merge_zero_runs`).
    count_start : (n + 1,) int64
        Where each mask's run lengths begin.
    height : (n,) int64
        Of each mask's image, at least 1 where the mask has counts.

    Examples
    --------
    >>> import numpy as np
    >>> runs = counts_to_runs(np.array([1, 4, 1]), np.array([0, 3]), np.array([3]))
    >>> list(zip(runs.x.tolist(), runs.y0.tolist(), runs.y1.tolist()))
    [(0, 1, 3), (1, 0, 2)]
    >>> len(counts_to_runs(np.array([], dtype=int), np.array([0]), np.array([], dtype=int)))
    0
    """
    no_rings = np.zeros((0, 2)), np.zeros(1, dtype=np.int64), np.zeros(len(count_start), dtype=np.int64)
    return decode_masks(*no_rings, counts.astype(np.uint32, copy=False), count_start, height, height)
