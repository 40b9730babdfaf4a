"""Planted errors of how a polygon was drawn; most of them leave the mask nearly as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audit.geometry.encode import trace_polygons
from audit.synthetic.error_types import ErrorType, Outcome, has_area, is_alone
from audit.synthetic.planter import Instance, Planter

Points = NDArray[np.float64]


def _trace_outline(planter: Planter, victim: Instance) -> Points:
    """Return the sound outline of an instance, (n, 2)."""
    return np.array(trace_polygons(planter.mask(victim))[0]).reshape(-1, 2)


def _flatten_points(points: Points) -> list[float]:
    return [float(value) for value in np.round(points, 2).ravel()]


def _redraw_as(
    note: str, change_outline: Callable[[Planter, Instance, Points], list[list[float]]]
) -> Callable[[Planter, Instance], Outcome]:
    """Make a planter from what it makes of a sound outline; area and box stay as they were."""

    def plant(planter: Planter, victim: Instance) -> Outcome:
        planter.record(victim)["segmentation"] = change_outline(
            planter, victim, _trace_outline(planter, victim)
        )
        return (victim.row + 1,), note

    return plant


def _draw_bow_tie(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    """Walk a stretch of the outline backwards: its two ends then cross."""
    stretch_start = int(planter.rng.integers(1, len(outline) // 2))
    stretch_end = stretch_start + max(len(outline) // 4, 3)
    return [
        _flatten_points(
            np.concatenate(
                [outline[:stretch_start], outline[stretch_start:stretch_end][::-1], outline[stretch_end:]]
            )
        )
    ]


def _keep_two_points(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    return [_flatten_points(outline[[0, len(outline) // 2]])]


def _drop_last_number(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    return [_flatten_points(outline)[:-1]]


def _draw_collinear(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    centre = np.floor(outline.mean(axis=0))
    return [_flatten_points(centre + np.array([[-4.0, -4.0], [0.0, 0.0], [4.0, 4.0]]))]


def _repeat_point(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    position = int(planter.rng.integers(1, len(outline)))
    return [_flatten_points(np.insert(outline, position, outline[position], axis=0))]


def _add_spike(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    """Go out from a vertex by a few pixels and back the same way."""
    position = int(planter.rng.integers(1, len(outline) - 1))
    outward = outline[position] - outline.mean(axis=0)
    spike_tip = outline[position] + 4.5 * outward / np.hypot(*outward)
    return [_flatten_points(np.concatenate([outline[: position + 1], [spike_tip], outline[position:]]))]


def _draw_outside(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    """Pull the vertices on the image's border six pixels further out; the mask stays the same."""
    height, width = planter.sizes[victim.image]
    image_corner = np.array([width, height], dtype=np.float64)
    return [_flatten_points(outline + 6.0 * (outline >= image_corner) - 6.0 * (outline <= 0.0))]


def _draw_part_twice(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    return [_flatten_points(outline), _flatten_points(outline)]


def _add_hole_ring(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    centre = outline.mean(axis=0)
    return [_flatten_points(outline), _flatten_points(centre + 0.4 * (outline - centre)[::-1])]


def _draw_overlapping_parts(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    """Draw the cell as a left and a right part that share a band in the middle."""
    clean_mask = planter.mask(victim)
    column_numbers = np.arange(clean_mask.shape[1])
    left_limit, right_limit = np.percentile(np.nonzero(clean_mask)[1], [35, 65])
    return [
        *trace_polygons(clean_mask & (column_numbers <= right_limit)),
        *trace_polygons(clean_mask & (column_numbers >= left_limit)),
    ]


def _normalise(planter: Planter, victim: Instance, outline: Points) -> list[list[float]]:
    height, width = planter.sizes[victim.image]
    return [[round(float(value), 6) for value in (outline / (width, height)).ravel()]]


def _is_at_border(victim: Instance) -> bool:
    return victim.border and victim.area >= 120 and not victim.contacts


ERROR_TYPES = (
    ErrorType(
        "polygon.outside", 5, _is_at_border, _redraw_as("drawn over the edge of the picture", _draw_outside)
    ),
    ErrorType("polygon.self_intersection", 6, is_alone(), _redraw_as("a bow-tie", _draw_bow_tie)),
    ErrorType(
        "polygon.part_overlap",
        4,
        has_area(350),
        _redraw_as("two parts that overlap", _draw_overlapping_parts),
    ),
    ErrorType(
        "polygon.hole_ring",
        4,
        has_area(350),
        _redraw_as("a ring inside the outline, meant as a hole", _add_hole_ring),
    ),
    ErrorType("polygon.duplicate_part", 4, has_area(), _redraw_as("the same part twice", _draw_part_twice)),
    ErrorType("polygon.spike", 4, is_alone(), _redraw_as("a spike without width", _add_spike)),
    ErrorType("polygon.repeated_point", 4, has_area(), _redraw_as("a point twice in a row", _repeat_point)),
    ErrorType("polygon.odd", 3, has_area(), _redraw_as("the last number is missing", _drop_last_number)),
    ErrorType("polygon.too_few", 3, has_area(), _redraw_as("only two points", _keep_two_points)),
    ErrorType("polygon.zero_area", 3, has_area(), _redraw_as("three points on a line", _draw_collinear)),
    ErrorType("polygon.normalised", 3, has_area(), _redraw_as("coordinates from 0 to 1", _normalise)),
)
