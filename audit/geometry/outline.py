"""How polygons were drawn: their vertices, crossings, spikes and repeated rings. All rings at once.

Nearly all rings are surely simple, which the core tells by itself; shapely is asked about the others, and
about rings of one mask that may overlap.
"""

from __future__ import annotations

import re
from ctypes import c_int64

import numpy as np
import shapely
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, expand_ranges, repeat_indices
from audit.native.library import Columns, array, declare

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_SURELY_SIMPLE, _UNSURE = 1, 2  # states of a ring; 0 = it encloses no area
_LEAST_SHARED_AREA = 1.0
"""Square pixels that two rings must share to count as overlapping."""
_SAME_AREA = 1e-9
"""Share by which two areas of one ring may differ by rounding."""
_PLACE = re.compile(r"Self-intersection\[([^ ]+) ([^ ]+)\]")
_NEAR = 1e-3
"""Pixels up to which an edge counts as one of those at a place: GEOS may round what it says."""
_EDGES_AT_A_PLACE = 100
"""Edges at one place that are compared with each other."""

_measure_polygons = declare("maskaudit_measure_polygons", array("f8"), *(array("i8"),) * 4, c_int64, c_int64)


def measure_polygons(
    xy: FloatArray,
    vertex_start: IntArray,
    ring_start: IntArray,
    height: IntArray,
    width: IntArray,
    *,
    threads: int = 1,
) -> Columns:
    """Describe the polygons of n masks.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices of all rings, pixels.
    vertex_start : (r + 1,) int64
        Where each ring's vertices begin.
    ring_start : (n + 1,) int64
        Where each mask's rings begin; a mask without polygons has none.
    height, width : (n,) int64
        Of each mask's image.
    threads : int
        How many masks are looked at side by side.

    Returns
    -------
    dict of str to (n,) array
        Named as in `audit.measure.schema.INSTANCES`: ``rings``, ``vertices`` (closing points not counted),
        ``outline_px``, ``longest_edge_px``; ``self_intersections`` (rings that cross themselves), ``spikes``
        (vertices at which a ring turns back on itself), ``repeated_points`` (vertices equal to the one
        before, closing points not counted), ``zero_area_rings``; ``duplicate_rings``, ``hole_rings`` (inside
        another ring), ``overlapping_rings`` (partly, an earlier ring); ``outside_vertices`` (more than half a
        pixel outside the image), ``outside_px`` (of the farthest), ``max_abs_coordinate`` (NaN without
        polygons).

    Examples
    --------
    >>> import numpy as np
    >>> bow_tie = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
    >>> five = np.array([5])
    >>> found = measure_polygons(bow_tie, np.array([0, 4]), np.array([0, 1]), five, five)
    >>> found["self_intersections"].tolist(), found["vertices"].tolist()
    ([1], [4])
    >>> none = np.array([0])
    >>> len(measure_polygons(bow_tie[:0], none, none, five[:0], five[:0])["rings"])
    0
    """
    n_masks = len(ring_start) - 1
    drawing = map(np.ascontiguousarray, (xy, vertex_start, ring_start, height, width))
    columns = _measure_polygons(*drawing, n_masks, threads)
    state, has_spikes, i, j = (columns.pop(f"ring_{name}") for name in ("state", "has_spikes", "i", "j"))
    mask_of_ring = np.repeat(np.arange(n_masks), np.diff(ring_start))
    # Only what the core is not sure of becomes a shapely polygon.
    asked = state == _UNSURE
    asked[i] = asked[j] = True
    polygons = _build_polygons(xy, vertex_start, asked)
    valid = state == _SURELY_SIMPLE
    unsure = np.flatnonzero(state == _UNSURE)
    valid[unsure] = shapely.is_valid(polygons[unsure])
    crossing = np.zeros(len(state), dtype=bool)
    invalid = unsure[~valid[unsure]]
    crossing[invalid] = _find_crossing(polygons[invalid], has_spikes[invalid] > 0)
    both_valid = valid[i] & valid[j]
    repeated, inside, partly = _compare_rings(polygons, i[both_valid], j[both_valid])
    for name, is_ring in (
        ("self_intersections", crossing),
        ("duplicate_rings", repeated),
        ("hole_rings", inside),
        ("overlapping_rings", partly),
    ):
        columns[name] = np.bincount(mask_of_ring[is_ring], minlength=n_masks)
    return columns


def _build_polygons(xy: FloatArray, vertex_start: IntArray, chosen: BoolArray) -> NDArray[np.object_]:
    """Build shapely polygons of the chosen rings; None for the others."""
    polygons = np.full(len(chosen), None, dtype=object)
    rings = np.flatnonzero(chosen)
    if len(rings):
        size = np.diff(vertex_start)[rings]
        vertices = xy[expand_ranges(vertex_start[rings], size)]
        polygons[rings] = shapely.polygons(shapely.linearrings(vertices, indices=repeat_indices(size)))
    return polygons


def _find_crossing(invalid: NDArray[np.object_], has_spikes: BoolArray) -> BoolArray:
    """Tell which invalid rings cross themselves: touching oneself, or a spike, is no crossing.

    At a crossing, a ring has gone around something twice, or in both directions. So the area inside
    differs from the one that the vertices give with its sign (the shoelace formula).
    """
    bare, around = invalid.copy(), np.zeros(len(invalid))
    for k, polygon in enumerate(invalid):
        vertices = shapely.get_coordinates(polygon)[:-1]
        around[k] = abs(_sign_area(vertices))
        if has_spikes[k]:
            bare[k] = _without_spikes(vertices)
    sure = np.array([polygon is not None and _crosses(polygon) for polygon in bare], dtype=bool)
    bare[sure] = None  # making a scribble valid can take minutes and gigabytes
    inside = shapely.area(shapely.make_valid(bare))
    # NaN, where nothing is left without spikes, is not above anything.
    return np.asarray(sure | (np.abs(inside - around) > _SAME_AREA * (inside + around)))


def _sign_area(vertices: FloatArray) -> float:
    """Measure the area inside a ring, positive or negative by its direction."""
    x, y = (vertices - vertices[0]).T  # near 0, where products lose no digits
    return 0.5 * float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _crosses(polygon: shapely.Polygon) -> bool:
    """Tell whether two edges cross where a ring is said to be invalid; False = they may elsewhere."""
    place = _PLACE.search(shapely.is_valid_reason(polygon))
    if place is None:
        return False
    xy = shapely.get_coordinates(polygon)
    edges = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    near = shapely.distance(edges, shapely.Point(float(place[1]), float(place[2]))) < _NEAR
    start, end = xy[:-1][near][:_EDGES_AT_A_PLACE], xy[1:][near][:_EDGES_AT_A_PLACE]
    way = end - start
    side_of_start, side_of_end = (
        np.sign(way[:, None, 0] * d[..., 1] - way[:, None, 1] * d[..., 0])
        for d in (start[None] - start[:, None], end[None] - start[:, None])
    )
    divides = side_of_start * side_of_end < 0
    return bool((divides & divides.T).any())


def _without_spikes(xy: FloatArray) -> shapely.Polygon | None:
    """Cut the spikes off one ring; None where nothing is left."""
    while len(xy) >= 3:
        after = np.roll(xy, -1, axis=0)
        out, into = after - xy, xy - np.roll(xy, 1, axis=0)
        dot = (into * out).sum(axis=1)
        cross = np.abs(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0])
        drop = ((dot < 0) & (cross <= 1e-9 * -dot)) | (out == 0).all(axis=1)
        if not drop.any():
            return shapely.Polygon(xy)
        xy = xy[~drop]
    return None


def _compare_rings(
    polygons: NDArray[np.object_], i: IntArray, j: IntArray
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Tell which rings repeat, lie inside, or partly overlap another ring of their mask; i < j are pairs."""
    repeated, inside, partly = (np.zeros(len(polygons), dtype=bool) for _ in range(3))
    meet = shapely.intersects(polygons[i], polygons[j])
    i, j = i[meet], j[meet]
    first, second = polygons[i], polygons[j]
    covers, covered = shapely.covers(first, second), shapely.covers(second, first)
    repeated[j[covers & covered]] = True
    inside[j[covers & ~covered]] = True
    inside[i[covered & ~covers]] = True
    loose = ~covers & ~covered
    shared = shapely.area(shapely.intersection(first[loose], second[loose]))
    partly[j[loose][shared >= _LEAST_SHARED_AREA]] = True
    return repeated, inside, partly
