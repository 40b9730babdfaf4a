"""What shapely tells of the few rings, and pairs of rings, that the core leaves open: crossings, overlaps."""

from __future__ import annotations

import re

import numpy as np
import shapely
from numpy.typing import NDArray

from audit.geometry.ranges import expand_ranges, repeat_indices
from audit.geometry.runs import IntArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_LEAST_SHARED_AREA = 1.0
"""Square pixels that two rings must share to count as overlapping."""
_SAME_AREA = 1e-9
"""Share by which two areas of one ring may differ by rounding."""
_PLACE = re.compile(r"Self-intersection\[([^ ]+) ([^ ]+)\]")
_NEAR = 1e-3
"""Pixels up to which an edge counts as one of those at a place: GEOS may round what it says."""
_EDGES_AT_A_PLACE = 100
"""Edges at one place that are compared with each other."""


def classify_rings(
    xy: FloatArray,
    vertex_start: IntArray,
    is_simple: BoolArray,
    is_unsure: BoolArray,
    has_spikes: BoolArray,
    pairs: tuple[IntArray, IntArray],
) -> tuple[BoolArray, BoolArray, BoolArray, BoolArray]:
    """Tell which rings cross themselves, and which repeat, lie in, or partly overlap another.

    Parameters
    ----------
    xy : (vertices, 2) float64
        Pixels, (x, y).
    vertex_start : (rings + 1,) int64
    is_simple : (rings,) bool
        Rings that surely do not cross themselves.
    is_unsure : (rings,) bool
        Rings that may.
    has_spikes : (rings,) bool
        Rings that turn back on themselves somewhere.
    pairs : two (k,) int64
        Rings of one mask that may overlap, the earlier first.

    Returns
    -------
    crossing, repeated, inside, partly : (rings,) bool

    Examples
    --------
    >>> bow_tie = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
    >>> one, none = np.array([True]), np.zeros(0, dtype=np.int64)
    >>> crossing, *_ = classify_rings(bow_tie, np.array([0, 4]), ~one, one, ~one, (none, none))
    >>> crossing.tolist()
    [True]
    >>> crossing, *_ = classify_rings(bow_tie, none, one[:0], one[:0], one[:0], (none, none))
    >>> crossing.tolist()
    []
    """
    i, j = pairs
    asked = is_unsure.copy()
    asked[i] = asked[j] = True
    polygons = _build_polygons(xy, vertex_start, asked)
    valid = is_simple.copy()
    unsure = np.flatnonzero(is_unsure)
    valid[unsure] = shapely.is_valid(polygons[unsure])
    crossing = np.zeros(len(is_simple), dtype=bool)
    invalid = unsure[~valid[unsure]]
    crossing[invalid] = _find_crossing(polygons[invalid], has_spikes[invalid])
    both_valid = valid[i] & valid[j]
    return crossing, *_compare_rings(polygons, i[both_valid], j[both_valid])


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
