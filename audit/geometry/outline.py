"""How polygons were drawn: their vertices, crossings, spikes and repeated rings. All rings at once.

Nearly all rings are surely simple, which the core tells by itself, as it tells how two of one mask lie
to each other; shapely is asked about the others, and where rings touch.
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray
from audit.native.library import Columns, array, declare

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_SURELY_SIMPLE, _UNSURE = 1, 2  # states of a ring; 0 = it encloses no area
# How two rings lie to each other; 1 = apart, 5 = they cross and share less than a square pixel.
_UNDECIDED, _FIRST_INSIDE, _SECOND_INSIDE, _OVERLAP = 0, 2, 3, 4

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
    state, has_spikes, i, j, relation = (
        columns.pop(f"ring_{name}") for name in ("state", "has_spikes", "i", "j", "relation")
    )
    mask_of_ring = np.repeat(np.arange(n_masks), np.diff(ring_start))
    crossing, repeated, inside, partly = (np.zeros(len(state), dtype=bool) for _ in range(4))
    # Only what the core is not sure of becomes a shapely polygon, and most files have no such ring.
    is_open, is_unsure = relation == _UNDECIDED, state == _UNSURE
    if is_open.any() or is_unsure.any():
        from audit.geometry.unsure_rings import classify_rings  # late: shapely takes long to import

        is_simple, open_pairs = state == _SURELY_SIMPLE, (i[is_open], j[is_open])
        crossing, repeated, inside, partly = classify_rings(
            xy, vertex_start, is_simple, is_unsure, has_spikes > 0, open_pairs
        )
    inside[i[relation == _FIRST_INSIDE]] = inside[j[relation == _SECOND_INSIDE]] = True
    partly[j[relation == _OVERLAP]] = True
    for name, is_ring in (
        ("self_intersections", crossing),
        ("duplicate_rings", repeated),
        ("hole_rings", inside),
        ("overlapping_rings", partly),
    ):
        columns[name] = np.bincount(mask_of_ring[is_ring], minlength=n_masks)
    return columns
