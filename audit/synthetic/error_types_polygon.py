"""Planted errors of how a polygon was drawn; most of them leave the mask nearly as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audit.synthetic.encode import polygons
from audit.synthetic.error_types import Done, Kind, alone, anyone
from audit.synthetic.planter import Desk, Instance

Points = NDArray[np.float64]


def _outline(desk: Desk, victim: Instance) -> Points:
    """Return the sound outline of an instance, (n, 2)."""
    return np.array(polygons(desk.mask(victim))[0]).reshape(-1, 2)


def _flat(points: Points) -> list[float]:
    return [float(v) for v in np.round(points, 2).ravel()]


def _drawn_as(
    note: str, change: Callable[[Desk, Instance, Points], list[list[float]]]
) -> Callable[[Desk, Instance], Done]:
    """Make a planter from what it makes of a sound outline; area and box stay as they were."""

    def plant(desk: Desk, victim: Instance) -> Done:
        desk.record(victim)["segmentation"] = change(desk, victim, _outline(desk, victim))
        return Done((victim.row + 1,), note)

    return plant


def _bow_tie(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    """Walk a stretch of the outline backwards: its two ends then cross."""
    start = int(desk.rng.integers(1, len(ring) // 2))
    stop = start + max(len(ring) // 4, 3)
    return [_flat(np.concatenate([ring[:start], ring[start:stop][::-1], ring[stop:]]))]


def _two_points(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    return [_flat(ring[[0, len(ring) // 2]])]


def _odd(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    return [_flat(ring)[:-1]]


def _collinear(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    centre = np.floor(ring.mean(axis=0))
    return [_flat(centre + np.array([[-4.0, -4.0], [0.0, 0.0], [4.0, 4.0]]))]


def _repeated(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    at = int(desk.rng.integers(1, len(ring)))
    return [_flat(np.insert(ring, at, ring[at], axis=0))]


def _spike(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    """Go out from a vertex by a few pixels and back the same way."""
    at = int(desk.rng.integers(1, len(ring) - 1))
    away = ring[at] - ring.mean(axis=0)
    tip = ring[at] + 4.5 * away / np.hypot(*away)
    return [_flat(np.concatenate([ring[: at + 1], [tip], ring[at:]]))]


def _outside(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    """Pull the vertices on the image's border six pixels further out; the mask stays the same."""
    height, width = desk.scenes[victim.image].labels.shape
    limit = np.array([width, height], dtype=np.float64)
    return [_flat(ring + 6.0 * (ring >= limit) - 6.0 * (ring <= 0.0))]


def _part_twice(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    return [_flat(ring), _flat(ring)]


def _hole(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    centre = ring.mean(axis=0)
    return [_flat(ring), _flat(centre + 0.4 * (ring - centre)[::-1])]


def _overlapping_parts(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    """Draw the cell as a left and a right part that share a band in the middle."""
    mask = desk.mask(victim)
    columns = np.arange(mask.shape[1])
    left, right = np.percentile(np.nonzero(mask)[1], [35, 65])
    return [*polygons(mask & (columns <= right)), *polygons(mask & (columns >= left))]


def _normalised(desk: Desk, victim: Instance, ring: Points) -> list[list[float]]:
    height, width = desk.scenes[victim.image].labels.shape
    return [[round(float(v), 6) for v in (ring / (width, height)).ravel()]]


def _at_border(victim: Instance) -> bool:
    return victim.border and victim.area >= 120 and not victim.contacts


KINDS = (
    Kind("polygon.outside", 5, _at_border, _drawn_as("drawn over the edge of the picture", _outside)),
    Kind("polygon.self_intersection", 6, alone(), _drawn_as("a bow-tie", _bow_tie)),
    Kind("polygon.part_overlap", 4, anyone(350), _drawn_as("two parts that overlap", _overlapping_parts)),
    Kind("polygon.hole_ring", 4, anyone(350), _drawn_as("a ring inside the outline, meant as a hole", _hole)),
    Kind("polygon.duplicate_part", 4, anyone(), _drawn_as("the same part twice", _part_twice)),
    Kind("polygon.spike", 4, alone(), _drawn_as("a spike without width", _spike)),
    Kind("polygon.repeated_point", 4, anyone(), _drawn_as("a point twice in a row", _repeated)),
    Kind("polygon.odd", 3, anyone(), _drawn_as("the last number is missing", _odd)),
    Kind("polygon.too_few", 3, anyone(), _drawn_as("only two points", _two_points)),
    Kind("polygon.zero_area", 3, anyone(), _drawn_as("three points on a line", _collinear)),
    Kind("polygon.normalised", 3, anyone(), _drawn_as("coordinates from 0 to 1", _normalised)),
)
