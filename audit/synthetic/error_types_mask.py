"""Planted errors of one mask's shape: specks, pinholes, streaks, coarse and jagged outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.geometry.encode import draw_polygons
from audit.synthetic.annotation_records import POLYGONS, RLE, Mask, annotation_record
from audit.synthetic.error_types import ErrorType, Outcome, is_alone
from audit.synthetic.planter import Instance, Planter

Points = NDArray[np.float64]

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.bool_)


def _find_centre(mask: Mask) -> tuple[float, float]:
    y, x = np.nonzero(mask)
    return float(y.mean()), float(x.mean())


def _scatter_fragments(planter: Planter, victim: Instance) -> Outcome:
    """Scatter specks of the same mask over the background, off the body."""
    mask = planter.mask(victim)
    taken = planter.occupied(victim.image)
    radius = np.sqrt(victim.area / np.pi)
    y, x = _find_centre(mask)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    nearby = np.hypot(rows - y, columns - x) < 2.6 * radius
    nearby &= ~ndimage.binary_dilation(taken, _EIGHT_NEIGHBOURS, iterations=5)
    nearby[:3] = nearby[-3:] = False
    nearby[:, :3] = nearby[:, -3:] = False
    places = np.argwhere(nearby)
    if len(places) < 40:
        return None
    specks = np.zeros_like(mask)
    for top, left in places[planter.rng.choice(len(places), 3, replace=False)]:
        specks[top : top + 2, left : left + int(planter.rng.integers(1, 3))] = True
    planter.redraw(victim, mask | specks, RLE if planter.rng.random() < 0.5 else POLYGONS)
    return (victim.row + 1,), "stray specks far from the body"


def _punch_holes(planter: Planter, victim: Instance) -> Outcome:
    mask = planter.mask(victim)
    deep = ndimage.binary_erosion(mask, _EIGHT_NEIGHBOURS, iterations=3)
    places = np.argwhere(deep)
    holes = np.zeros_like(mask)
    for y, x in places[planter.rng.choice(len(places), 3, replace=False)]:
        holes[y, x] = True
    planter.redraw(victim, mask & ~holes, RLE)
    return (victim.row + 1,), f"{int(holes.sum())} pinholes"


def _shrink_to_dot(planter: Planter, victim: Instance) -> Outcome:
    y, x = (int(value) for value in _find_centre(planter.mask(victim)))
    dot = np.zeros_like(planter.mask(victim))
    dot[y : y + 2, x : x + int(planter.rng.integers(1, 3))] = True
    planter.redraw(victim, dot)
    return (victim.row + 1,), "only a dot was drawn"


def _collapse_to_streak(planter: Planter, victim: Instance) -> Outcome:
    """Collapse the mask to a line of one to two pixels across the cell and a little beyond."""
    mask = planter.mask(victim)
    y, x = _find_centre(mask)
    angle = planter.rng.uniform(0.0, np.pi)
    rows, columns = np.indices(mask.shape)
    across = (rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)
    wide = ndimage.binary_dilation(mask, _EIGHT_NEIGHBOURS, iterations=2)
    line = wide & (np.abs(across) < 0.75)  # less would fall into diagonal parts
    planter.redraw(victim, line)
    return (victim.row + 1,), "the outline collapsed to a streak"


def _points_on_outline(mask: Mask, angles: Points, shares: Points) -> Points:
    """Return points at shares of the way from the centre to the outline, (n, 2) as (x, y)."""
    y, x = _find_centre(mask)
    steps = np.arange(0.0, np.hypot(*mask.shape), 0.25)[:, None]
    rows = np.clip((y + steps * np.sin(angles)).round().astype(int), 0, mask.shape[0] - 1)
    columns = np.clip((x + steps * np.cos(angles)).round().astype(int), 0, mask.shape[1] - 1)
    inside = np.logical_and.accumulate(mask[rows, columns], axis=0)
    radius = 0.25 * inside.sum(axis=0) * shares
    return np.stack([x + 0.5 + radius * np.cos(angles), y + 0.5 + radius * np.sin(angles)], axis=1)


def _draw_outline(planter: Planter, victim: Instance, points: Points) -> bool:
    """Give an instance a polygon as it stands, not traced anew, unless it falls into parts."""
    ring = np.round(points, 2).ravel().tolist()
    record = planter.record(victim)
    drawn = draw_polygons([ring], *planter.mask(victim).shape)
    if ndimage.label(drawn, _EIGHT_NEIGHBOURS)[1] != 1 or ndimage.label(~drawn)[1] != 1:
        return False
    record.update(annotation_record(record["id"], record["image_id"], record["category_id"], [ring], drawn))
    return True


def _draw_coarsely(planter: Planter, victim: Instance) -> Outcome:
    corners = int(planter.rng.integers(4, 6))
    first_angle = planter.rng.uniform(0.0, 2.0 * np.pi)
    angles = first_angle + 2.0 * np.pi * np.arange(corners) / corners
    points = _points_on_outline(planter.mask(victim), angles, np.ones(corners))
    if not _draw_outline(planter, victim, points):
        return None
    return (victim.row + 1,), f"drawn with {corners} corners"


def _draw_teeth(planter: Planter, victim: Instance) -> Outcome:
    """Draw teeth all around, one to about five pixels of the outline."""
    points = 2 * int(np.sqrt(victim.area) * 0.75)
    angles = 2.0 * np.pi * np.arange(points) / points
    shares = np.where(np.arange(points) % 2 == 0, 1.05, 0.74) + planter.rng.uniform(-0.04, 0.04, points)
    if not _draw_outline(planter, victim, _points_on_outline(planter.mask(victim), angles, shares)):
        return None
    return (victim.row + 1,), f"an outline with {points // 2} teeth"


def _move_off_edge(planter: Planter, victim: Instance) -> Outcome:
    """Draw the outline beside the cell, by a fifth of its size, not over a neighbour."""
    if planter.looks[victim.image] in ("interference", "membrane"):
        return None  # what is lit at its rim alone has no better place
    mask = planter.mask(victim)
    distance = 0.2 * np.sqrt(victim.area)
    angle = planter.rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.nonzero(mask)
    rows, columns = rows + round(distance * np.sin(angle)), columns + round(distance * np.cos(angle))
    height, width = mask.shape
    if rows.min() < 2 or columns.min() < 2 or rows.max() > height - 3 or columns.max() > width - 3:
        return None
    moved = np.zeros_like(mask)
    moved[rows, columns] = True
    foreign = planter.occupied(victim.image) & ~mask
    if (ndimage.binary_dilation(moved, _EIGHT_NEIGHBOURS, iterations=4) & foreign).any():
        return None
    planter.redraw(victim, moved)
    return (victim.row + 1,), f"drawn {distance:.0f} px beside the cell"


ERROR_TYPES = (
    ErrorType("mask.fragments", 6, is_alone(), _scatter_fragments),
    ErrorType("mask.coarse_polygon", 6, is_alone(450), _draw_coarsely),
    ErrorType("mask.jagged", 5, is_alone(450), _draw_teeth),
    ErrorType("mask.holes", 6, is_alone(), _punch_holes),
    ErrorType("mask.sliver_shape", 5, is_alone(300), _collapse_to_streak),
    ErrorType("mask.tiny", 5, is_alone(), _shrink_to_dot),
    ErrorType("mask.off_edge", 5, is_alone(300), _move_off_edge),
)
