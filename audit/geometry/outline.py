"""How polygons were drawn: their vertices, crossings, spikes and repeated rings. All rings at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from audit.geometry.candidate_box_pairs import find_box_pairs
from audit.geometry.runs import IntArray, group_starts

FloatArray = NDArray[np.float64]

_COLLINEAR = 1e-12
"""Share of the squared spread across a ring's main direction up to which it encloses no area."""
_LEAST_SHARED_AREA = 1.0
"""Square pixels that two rings must share to count as overlapping."""
_SAME_AREA = 1e-9
"""Share by which two areas of one ring may differ by rounding."""
_PLACE = re.compile(r"Self-intersection\[([^ ]+) ([^ ]+)\]")
_NEAR = 1e-3
"""Pixels up to which an edge counts as one of those at a place: GEOS may round what it says."""
_EDGES_AT_A_PLACE = 100
"""Edges at one place that are compared with each other."""
_OUTSIDE = 0.5
"""Pixels by which a vertex may lie outside the image: annotation tools round to pixel centres or edges."""


@dataclass(frozen=True, slots=True)
class PolygonMeasures:
    """What n masks' polygons look like; every array has n rows."""

    rings: IntArray
    vertices: IntArray
    """Closing points not counted."""
    outline_px: FloatArray
    longest_edge_px: FloatArray
    self_intersections: IntArray
    """Rings that cross themselves."""
    spikes: IntArray
    """Vertices at which a ring turns back on itself."""
    repeated_points: IntArray
    """Vertices equal to the one before, closing points not counted."""
    zero_area_rings: IntArray
    duplicate_rings: IntArray
    hole_rings: IntArray
    """Rings inside another ring."""
    overlapping_rings: IntArray
    """Rings that partly overlap an earlier ring."""
    outside_vertices: IntArray
    """Vertices more than half a pixel outside the image."""
    outside_px: FloatArray
    """How far the farthest vertex lies outside the image."""
    max_abs_coordinate: FloatArray
    """NaN where there are no polygons."""


@dataclass(frozen=True, slots=True)
class _Rings:
    """Rings without closing points; ``ring`` says which ring a vertex belongs to."""

    xy: FloatArray
    ring: IntArray
    start: IntArray
    owner: IntArray
    """(rings,) the mask of each ring."""

    @property
    def count(self) -> int:
        return len(self.owner)

    def following(self) -> IntArray:
        """Return the position of the vertex after each vertex, around its ring."""
        after = np.arange(1, len(self.xy) + 1)
        some = np.diff(self.start) > 0
        after[self.start[1:][some] - 1] = self.start[:-1][some]
        return after

    def keep(self, vertices: NDArray[np.bool_]) -> _Rings:
        if vertices.all():
            return self
        size = np.bincount(self.ring[vertices], minlength=self.count)
        start = np.r_[0, np.cumsum(size)]
        return _Rings(self.xy[vertices], self.ring[vertices], start, self.owner)


def measure_polygons(
    xy: FloatArray, vertex_start: IntArray, ring_start: IntArray, height: IntArray, width: IntArray
) -> PolygonMeasures:
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

    Examples
    --------
    >>> import numpy as np
    >>> bow_tie = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
    >>> five = np.array([5])
    >>> found = measure_polygons(bow_tie, np.array([0, 4]), np.array([0, 1]), five, five)
    >>> found.self_intersections.tolist(), found.vertices.tolist()
    ([1], [4])
    >>> none = np.array([0])
    >>> len(measure_polygons(bow_tie[:0], none, none, five[:0], five[:0]).rings)
    0
    """
    n = len(ring_start) - 1
    rings = _open_rings(xy, vertex_start, ring_start)
    mask = rings.owner[rings.ring]
    after = rings.following()
    edge = np.hypot(rings.xy[after, 0] - rings.xy[:, 0], rings.xy[after, 1] - rings.xy[:, 1])
    # The edge back to the first vertex counts where a closing point was dropped: then two were written.
    closed = np.diff(rings.start) < np.diff(vertex_start)
    repeated = (edge == 0) & ((after > np.arange(len(edge))) | closed[rings.ring])
    clean = rings.keep(edge > 0)
    flat = _without_area(rings)
    spikes = _spikes(clean) & ~flat[clean.ring]
    beyond = _beyond(rings.xy, height[mask], width[mask])
    geometry = _polygons(rings, ~flat)
    valid = shapely.is_valid(geometry)
    twice, inside, partly = _ring_pairs(geometry, valid, rings.owner)

    def per_mask(chosen: NDArray[np.bool_], owner: IntArray) -> IntArray:
        return np.bincount(owner[chosen], minlength=n)

    return PolygonMeasures(
        rings=np.diff(ring_start),
        vertices=np.bincount(mask, minlength=n),
        outline_px=np.bincount(mask, weights=edge, minlength=n).astype(np.float64),
        longest_edge_px=_largest(edge, mask, n, empty=0.0),
        self_intersections=per_mask(_crossing(geometry, valid, clean, spikes), rings.owner),
        spikes=per_mask(spikes, clean.owner[clean.ring]),
        repeated_points=per_mask(repeated, mask),
        zero_area_rings=per_mask(flat, rings.owner),
        duplicate_rings=per_mask(twice, rings.owner),
        hole_rings=per_mask(inside, rings.owner),
        overlapping_rings=per_mask(partly, rings.owner),
        outside_vertices=per_mask(beyond > _OUTSIDE, mask),
        outside_px=_largest(beyond, mask, n, empty=0.0),
        max_abs_coordinate=_largest(
            np.maximum(np.abs(rings.xy[:, 0]), np.abs(rings.xy[:, 1])), mask, n, empty=np.nan
        ),
    )


def _open_rings(xy: FloatArray, vertex_start: IntArray, ring_start: IntArray) -> _Rings:
    """Drop the last vertex of rings that end where they began."""
    size = np.diff(vertex_start)
    ring = np.repeat(np.arange(len(size)), size)
    owner = np.repeat(np.arange(len(ring_start) - 1), np.diff(ring_start))
    rings = _Rings(xy, ring, vertex_start, owner)
    long = np.flatnonzero(size > 3)
    first, last = vertex_start[long], vertex_start[long + 1] - 1
    keep = np.ones(len(xy), dtype=bool)
    keep[last[(xy[first] == xy[last]).all(axis=1)]] = False
    return rings.keep(keep)


def _beyond(xy: FloatArray, height: IntArray, width: IntArray) -> FloatArray:
    """Measure how far each vertex lies outside its image, pixels; 0 inside."""
    x, y = xy[:, 0], xy[:, 1]
    beyond: FloatArray = np.maximum(np.maximum(x - width, -x), np.maximum(y - height, -y))
    return np.maximum(beyond, 0.0)


def _largest(value: FloatArray, owner: IntArray, n: int, *, empty: float) -> FloatArray:
    result = np.full(n, empty)
    if len(owner):
        first = group_starts(owner)
        result[owner[first]] = np.maximum.reduceat(value, first)
    return result


def _without_area(rings: _Rings) -> NDArray[np.bool_]:
    """Tell which rings have all vertices on one line (the smaller eigenvalue of their spread is 0)."""
    size = np.maximum(np.diff(rings.start), 1)

    def mean(value: FloatArray) -> FloatArray:
        return np.bincount(rings.ring, weights=value, minlength=rings.count) / size

    x = rings.xy[:, 0] - mean(rings.xy[:, 0])[rings.ring]
    y = rings.xy[:, 1] - mean(rings.xy[:, 1])[rings.ring]
    xx, yy, xy = mean(x * x), mean(y * y), mean(x * y)
    return np.asarray(xx * yy - xy * xy <= _COLLINEAR * (xx + yy) ** 2)


def _spikes(rings: _Rings) -> NDArray[np.bool_]:
    """Tell at which vertices a ring turns back exactly the way it came."""
    after = rings.following()
    before = np.empty_like(after)
    before[after] = np.arange(len(after))
    out_x, out_y = rings.xy[after, 0] - rings.xy[:, 0], rings.xy[after, 1] - rings.xy[:, 1]
    into_x, into_y = out_x[before], out_y[before]
    cross, dot = into_x * out_y - into_y * out_x, into_x * out_x + into_y * out_y
    return np.asarray((dot < 0) & (np.abs(cross) <= 1e-9 * -dot))


def _polygons(rings: _Rings, chosen: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Build shapely polygons of the chosen rings that have at least 3 vertices; None for the others."""
    size = np.diff(rings.start)
    good = chosen & (size >= 3)
    result = np.full(rings.count, None, dtype=object)
    number = np.cumsum(good) - 1
    inside = good[rings.ring]
    ring = number[rings.ring[inside]]
    if good.any():
        result[good] = shapely.polygons(shapely.linearrings(rings.xy[inside], indices=ring))
    return result


def _crossing(
    geometry: NDArray[np.object_], valid: NDArray[np.bool_], clean: _Rings, spikes: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which rings cross themselves: touching oneself, or a spike, is no crossing.

    At a crossing, a ring has gone around something twice, or in both directions. So the area inside
    differs from the one that the vertices give with its sign (the shoelace formula).
    """
    crossing = ~valid & ~shapely.is_missing(geometry)
    which = np.flatnonzero(crossing)
    spiky = np.zeros(len(geometry), dtype=bool)
    spiky[clean.ring[spikes]] = True
    bare = geometry[which]
    for k in np.flatnonzero(spiky[which]).tolist():
        bare[k] = _without_spikes(clean.xy[clean.start[which[k]] : clean.start[which[k] + 1]])
    sure = np.array([polygon is not None and _crosses(polygon) for polygon in bare], dtype=bool)
    bare[sure] = None  # making a scribble valid can take minutes and gigabytes
    inside = shapely.area(shapely.make_valid(bare))
    after = clean.following()
    xy = clean.xy - clean.xy[clean.start[:-1][clean.ring]]  # near 0, where products lose no digits
    signed = 0.5 * (xy[:, 0] * xy[after, 1] - xy[after, 0] * xy[:, 1])
    around = np.abs(np.bincount(clean.ring, weights=signed, minlength=clean.count))[which]
    # NaN, where nothing is left without spikes, is not above anything.
    crossing[which] = sure | (np.abs(inside - around) > _SAME_AREA * (inside + around))
    return np.asarray(crossing)


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


def _ring_pairs(
    geometry: NDArray[np.object_], valid: NDArray[np.bool_], owner: IntArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which rings repeat, lie inside, or partly overlap another ring of their mask."""
    twice, inside, partly = (np.zeros(len(owner), dtype=bool) for _ in range(3))
    several = np.flatnonzero(valid & (np.bincount(owner, minlength=1)[owner] > 1))
    if len(several) < 2:
        return twice, inside, partly
    bounds = shapely.bounds(geometry[several])
    box = np.concatenate([np.floor(bounds[:, :2]), np.ceil(bounds[:, 2:])], axis=1).astype(np.int64)
    box[:, 2:] = np.maximum(box[:, 2:] - box[:, :2], 1)
    near = list(find_box_pairs(owner[several], box - np.r_[box[:, :2].min(axis=0), 0, 0], 1))
    i, j = (several[np.concatenate(side)] for side in zip(*near, strict=True)) if near else (several[:0],) * 2
    one, other = geometry[i], geometry[j]
    meet = shapely.intersects(one, other)
    i, j, one, other = i[meet], j[meet], one[meet], other[meet]
    covers, covered = shapely.covers(one, other), shapely.covers(other, one)
    twice[j[covers & covered]] = True
    inside[j[covers & ~covered]] = True
    inside[i[covered & ~covers]] = True
    loose = ~covers & ~covered
    shared = shapely.area(shapely.intersection(one[loose], other[loose]))
    partly[j[loose][shared >= _LEAST_SHARED_AREA]] = True
    return twice, inside, partly
