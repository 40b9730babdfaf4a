"""Polygons to runs, pixel for pixel as COCO draws them.

The rule is that of ``rleFrPoly`` in the COCO API (Lin et al., 2014; maskApi.c): coordinates are
multiplied by 5 and rounded, every edge is walked in unit steps along its longer axis, and where the
walk passes the centre of a pixel column it switches the column's pixels on or off from that row on.
Here each edge's crossings are computed directly instead of walking it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, expand_ranges, merge_runs, no_runs, repeat_indices, unite_runs

_SCALE = 5


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
    n, rings = len(ring_start) - 1, len(vertex_start) - 1
    if rings == 0 or len(xy) == 0:
        return no_runs(n)
    mask_of_ring = np.repeat(np.arange(n, dtype=np.int64), np.diff(ring_start))
    ring, x, y = _crossings(xy, vertex_start, height[mask_of_ring], width[mask_of_ring])
    if len(ring) == 0:
        return no_runs(n)
    # Crossings come in pairs in every column of a ring, so sorting makes neighbours run ends.
    tall = np.int64(height.max()) + 1
    wide = np.int64(width.max())
    # An edge's crossings are already in order: the stable sort merges what it finds sorted.
    key = np.sort((ring * wide + x) * tall + y, kind="stable")
    begin, stop = key[0::2], key[1::2]
    column = begin // tall
    y0 = begin - column * tall
    owner = column // wide
    mask = mask_of_ring[owner].astype(np.int32)
    across, top = (column - owner * wide).astype(np.int32), y0.astype(np.int32)
    drawn = Runs(mask, across, top, top + (stop - begin).astype(np.int32), n)
    return _canonical(drawn, np.diff(ring_start) > 1)


def _canonical(drawn: Runs, several: NDArray[np.bool_]) -> Runs:
    """Unite the runs of masks with several rings, and of those with empty or touching runs."""
    mask, x, y0, y1 = drawn.mask, drawn.x, drawn.y0, drawn.y1
    loose = several.copy()
    loose[mask[y0 == y1]] = True
    touching = (y0[1:] <= y1[:-1]) & (x[1:] == x[:-1]) & (mask[1:] == mask[:-1])
    loose[mask[1:][touching]] = True
    if not loose.any():
        return drawn
    again = loose[mask]
    part = drawn.keep(again)
    return merge_runs(drawn.keep(~again), unite_runs(part.mask, part.x, part.y0, part.y1, drawn.count))


def _crossings(
    xy: NDArray[np.float64], vertex_start: IntArray, height: IntArray, width: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Find where rings cross the centres of pixel columns: (ring, column, row from which on)."""
    points = (xy * _SCALE + 0.5).astype(np.int64)
    size = np.diff(vertex_start)
    ring = np.repeat(np.arange(len(size), dtype=np.int64), size)
    following = np.arange(1, len(points) + 1)
    some = size > 0
    following[vertex_start[1:][some] - 1] = vertex_start[:-1][some]
    xs, ys = points[:, 0], points[:, 1]
    xe, ye = xs[following], ys[following]
    # Columns whose centre line (between 5c + 2 and 5c + 3) the edge passes, inside the image.
    low, high = np.minimum(xs, xe), np.maximum(xs, xe)
    first = np.maximum(-((2 - low) // _SCALE), 0)
    columns = np.maximum(np.minimum((high - 3) // _SCALE, width[ring] - 1) - first + 1, 0)
    edge = np.flatnonzero(columns)
    columns, owner = columns[edge], ring[edge]
    x, e = expand_ranges(first[edge], columns), repeat_indices(columns)
    row = _rows(xs[edge], ys[edge], xe[edge], ye[edge], x, e)
    # Fine row r is at (r + 0.5) / 5 - 0.5 pixels; the pixel row from which on the switch counts is
    # that rounded up, which in whole numbers is (r + 2) // 5.
    y = np.minimum(np.maximum((row + 2) // _SCALE, 0), height[owner].take(e))
    return owner.take(e), x, y


def _rows(xs: IntArray, ys: IntArray, xe: IntArray, ye: IntArray, x: IntArray, e: IntArray) -> IntArray:
    """Give the fine row (fifths of a pixel) at which edges pass the centre lines of their columns.

    ``x`` lists the columns edge after edge, ``e`` the edge of each.
    """
    dx, dy = np.abs(xe - xs), np.abs(ye - ys)
    flat = dx >= dy
    flip = np.where(flat, xs > xe, ys > ye)
    xs, xe = np.where(flip, xe, xs), np.where(flip, xs, xe)
    ys, ye = np.where(flip, ye, ys), np.where(flip, ys, ye)
    slope = np.where(flat, ye - ys, xe - xs) / np.where(flat, dx, np.maximum(dy, 1))
    # Flat edges step along x: of the two steps on either side of the line the upper one counts,
    # which is the later one where the edge rises.
    origin = (xs - (slope < 0)).astype(np.float64)
    line = _SCALE * x + 2
    along = slope.take(e) * (line - origin.take(e))
    row = _trunc(ys.astype(np.float64).take(e) + along + 0.5)
    steep = np.flatnonzero(~flat.take(e))
    if len(steep):
        e = e[steep]
        row[steep] = ys[e] + _first_step(xs[e], slope[e], line[steep]) - 1
    return row


def _first_step(xs: IntArray, slope: NDArray[np.float64], line: IntArray) -> IntArray:
    """Find the first step of a steep edge that lies on the other side of the line.

    The estimate is exact but for rounding, so the reference's own expression decides between it and
    its neighbours.
    """
    rising = slope > 0
    t = np.maximum(np.ceil((line + 0.5 - xs) / slope), 1.0)

    def passed(step: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((_trunc(xs + slope * step + 0.5) > line) == rising)

    late = ~passed(t)
    early = (t > 1) & passed(t - 1)
    return _trunc(t + late - early)


def _trunc(value: NDArray[np.float64]) -> IntArray:
    """Round towards zero, as a C cast does."""
    return value.astype(np.int64)
