"""Where polygons as they were drawn show the evidence of a finding: crossings, spikes, repeated points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset

POINT_RULES = frozenset({"polygon.self_intersection", "polygon.spike", "polygon.repeated_point"})
"""Rules about points of an outline; the points are marked."""
RING_RULES = POINT_RULES | {
    "polygon.part_overlap", "polygon.duplicate_part", "polygon.hole_ring", "polygon.outside"
}  # fmt: skip
"""Rules about an outline as it was drawn, which differs from the edge of the mask's pixels; it is drawn."""
MAX_RING_VERTICES = 5_000
"""Vertices beyond which an outline is not drawn, and no crossings are looked for."""
_FOLD = 1e-9
"""As the core counts spikes: a turn back is exact but for rounding."""

Boxes = NDArray[np.float64]
FloatArray = NDArray[np.float64]


def list_rings(dataset: Dataset, annotation: int) -> list[FloatArray]:
    """Return the polygons of one annotation, each without its closing point.

    Parameters
    ----------
    dataset : Dataset
    annotation : int
        Row of its annotations.

    Returns
    -------
    list of (v, 2) float64
        Pixels; none where the mask is an RLE, or has too many vertices to be drawn.

    Examples
    --------
    >>> from audit.testing import dataset, drawn
    >>> labels = dataset(drawn(9, 9, {"a": [[(0, 0), (4, 0), (0, 4)]]}))
    >>> list_rings(labels, 0)[0].tolist()
    [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]
    """
    drawing = dataset.annotations.segmentation
    first, last = drawing.ring_start[annotation : annotation + 2].tolist()
    starts = drawing.vertex_start[first : last + 1]
    if last == first or starts[-1] - starts[0] > MAX_RING_VERTICES:
        return []
    rings = (drawing.xy[begin:end] for begin, end in pairwise(starts.tolist()))
    return [ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring for ring in rings]


def mark_ring_points(rings: Sequence[FloatArray], rule: str) -> Boxes:
    """Find the points of outlines that a finding is about.

    Parameters
    ----------
    rings : sequence of (v, 2) float64
        Of one annotation.
    rule : str
        Of `POINT_RULES`; other rules mark no points.

    Returns
    -------
    (n, 4) float64
        xywh without width and height.

    Examples
    --------
    >>> bow_tie = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
    >>> mark_ring_points([bow_tie], "polygon.self_intersection").tolist()
    [[2.0, 2.0, 0.0, 0.0]]
    >>> mark_ring_points([], "polygon.spike").tolist()
    []
    """
    find_points = {
        "polygon.self_intersection": find_crossings,
        "polygon.spike": find_spikes,
        "polygon.repeated_point": find_repeats,
    }.get(rule)
    points = [find_points(ring) for ring in rings] if find_points else []
    joined = np.concatenate([np.zeros((0, 2)), *points])
    return np.concatenate([joined, np.zeros_like(joined)], axis=1)


def find_crossings(ring: FloatArray) -> FloatArray:
    """Find the points at which two edges of a ring cross.

    Parameters
    ----------
    ring : (v, 2) float64

    Returns
    -------
    (n, 2) float64
        Sorted by x, then y; where edges lie on each other, the middle of what they share.

    Examples
    --------
    >>> find_crossings(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])).tolist()
    []
    """
    import shapely  # late: only outlines that cross themselves need it

    bare = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]
    n_edges = len(bare)
    if n_edges < 4:
        return np.zeros((0, 2))
    edges: NDArray[np.object_] = np.asarray(
        shapely.linestrings(np.stack([bare, np.roll(bare, -1, axis=0)], axis=1))
    )
    first, second = shapely.STRtree(edges).query(edges, predicate="intersects")
    apart = (second - first) % n_edges
    # Neighbours share a corner, which is no crossing.
    is_crossing = (first < second) & (apart > 1) & (apart < n_edges - 1)
    places = shapely.intersection(edges[first[is_crossing]], edges[second[is_crossing]])
    middles: FloatArray = shapely.get_coordinates(shapely.centroid(places))
    return np.unique(middles.round(3), axis=0)


def find_spikes(ring: FloatArray) -> FloatArray:
    """Find the vertices at which a ring turns back exactly the way it came.

    Parameters
    ----------
    ring : (v, 2) float64

    Examples
    --------
    >>> find_spikes(np.array([[0.0, 0.0], [4.0, 0.0], [9.0, 0.0], [4.0, 0.0], [4.0, 4.0]])).tolist()
    [[9.0, 0.0]]
    >>> find_spikes(np.zeros((0, 2))).tolist()
    []
    """
    bare = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]
    into, out = bare - np.roll(bare, 1, axis=0), np.roll(bare, -1, axis=0) - bare
    dot = (into * out).sum(axis=1)
    cross = into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]
    spikes: FloatArray = bare[(dot < 0) & (np.abs(cross) <= _FOLD * -dot)]
    return spikes


def find_repeats(ring: FloatArray) -> FloatArray:
    """Find the vertices that are equal to the one before.

    Parameters
    ----------
    ring : (v, 2) float64
        Without its closing point.

    Examples
    --------
    >>> find_repeats(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 4.0]])).tolist()
    [[4.0, 0.0]]
    >>> find_repeats(np.zeros((0, 2))).tolist()
    []
    """
    repeats: FloatArray = ring[1:][(ring[1:] == ring[:-1]).all(axis=1)]
    return np.unique(repeats, axis=0)


def draw_rings(rings: Sequence[FloatArray], corner: tuple[float, float] = (0.0, 0.0)) -> str:
    """Draw outlines as SVG path data.

    Parameters
    ----------
    rings : sequence of (v, 2) float64
    corner : tuple of float
        x, y in the image that the drawing begins at.

    Examples
    --------
    >>> draw_rings([np.array([[1.0, 2.0], [3.5, 2.0], [3.5, 4.0]])], (1.0, 1.0))
    'M0 1L2.5 1L2.5 3z'
    >>> draw_rings([])
    ''
    """
    return "".join(_draw_ring(ring - np.array(corner)) for ring in rings if len(ring) > 1)


def _draw_ring(ring: FloatArray) -> str:
    return f"M{'L'.join(_write_points(ring))}z"


def _write_points(ring: FloatArray) -> Iterator[str]:
    for x, y in ring.round(2).tolist():
        yield f"{x:.7g} {y:.7g}"
