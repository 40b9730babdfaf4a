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
    row_numbers, column_numbers = np.nonzero(mask)
    return float(row_numbers.mean()), float(column_numbers.mean())


def _scatter_fragments(planter: Planter, victim: Instance) -> Outcome:
    """Scatter specks of the same mask over the background, off the body."""
    clean_mask = planter.mask(victim)
    occupied = planter.occupied(victim.image)
    disc_radius = np.sqrt(victim.area / np.pi)
    centre_y, centre_x = _find_centre(clean_mask)
    row_numbers, column_numbers = np.ogrid[: clean_mask.shape[0], : clean_mask.shape[1]]
    nearby = np.hypot(row_numbers - centre_y, column_numbers - centre_x) < 2.6 * disc_radius
    nearby &= ~ndimage.binary_dilation(occupied, _EIGHT_NEIGHBOURS, iterations=5)
    nearby[:3] = nearby[-3:] = False
    nearby[:, :3] = nearby[:, -3:] = False
    free_pixels = np.argwhere(nearby)
    if len(free_pixels) < 40:
        return None
    specks = np.zeros_like(clean_mask)
    for top, left in free_pixels[planter.rng.choice(len(free_pixels), 3, replace=False)]:
        specks[top : top + 2, left : left + int(planter.rng.integers(1, 3))] = True
    planter.redraw(victim, clean_mask | specks, RLE if planter.rng.random() < 0.5 else POLYGONS)
    return (victim.row + 1,), "stray specks far from the body"


def _punch_holes(planter: Planter, victim: Instance) -> Outcome:
    clean_mask = planter.mask(victim)
    inner_pixels = ndimage.binary_erosion(clean_mask, _EIGHT_NEIGHBOURS, iterations=3)
    inner_positions = np.argwhere(inner_pixels)
    holes = np.zeros_like(clean_mask)
    for hole_y, hole_x in inner_positions[planter.rng.choice(len(inner_positions), 3, replace=False)]:
        holes[hole_y, hole_x] = True
    planter.redraw(victim, clean_mask & ~holes, RLE)
    return (victim.row + 1,), f"{int(holes.sum())} pinholes"


def _shrink_to_dot(planter: Planter, victim: Instance) -> Outcome:
    centre_y, centre_x = (int(value) for value in _find_centre(planter.mask(victim)))
    dot = np.zeros_like(planter.mask(victim))
    dot[centre_y : centre_y + 2, centre_x : centre_x + int(planter.rng.integers(1, 3))] = True
    planter.redraw(victim, dot)
    return (victim.row + 1,), "only a dot was drawn"


def _collapse_to_streak(planter: Planter, victim: Instance) -> Outcome:
    """Collapse the mask to a line of one to two pixels across the cell and a little beyond."""
    clean_mask = planter.mask(victim)
    centre_y, centre_x = _find_centre(clean_mask)
    streak_angle = planter.rng.uniform(0.0, np.pi)
    row_numbers, column_numbers = np.indices(clean_mask.shape)
    across = (row_numbers - centre_y) * np.cos(streak_angle) - (column_numbers - centre_x) * np.sin(
        streak_angle
    )
    grown_mask = ndimage.binary_dilation(clean_mask, _EIGHT_NEIGHBOURS, iterations=2)
    streak_mask = grown_mask & (np.abs(across) < 0.75)  # less would fall into diagonal parts
    planter.redraw(victim, streak_mask)
    return (victim.row + 1,), "the outline collapsed to a streak"


def _points_on_outline(mask: Mask, angles: Points, shares: Points) -> Points:
    """Return points at shares of the way from the centre to the outline, (n, 2) as (x, y)."""
    centre_y, centre_x = _find_centre(mask)
    steps = np.arange(0.0, np.hypot(*mask.shape), 0.25)[:, None]
    row_numbers = np.clip((centre_y + steps * np.sin(angles)).round().astype(int), 0, mask.shape[0] - 1)
    column_numbers = np.clip((centre_x + steps * np.cos(angles)).round().astype(int), 0, mask.shape[1] - 1)
    inside = np.logical_and.accumulate(mask[row_numbers, column_numbers], axis=0)
    radius = 0.25 * inside.sum(axis=0) * shares
    return np.stack(
        [centre_x + 0.5 + radius * np.cos(angles), centre_y + 0.5 + radius * np.sin(angles)], axis=1
    )


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
    n_corners = int(planter.rng.integers(4, 6))
    first_angle = planter.rng.uniform(0.0, 2.0 * np.pi)
    corner_angles = first_angle + 2.0 * np.pi * np.arange(n_corners) / n_corners
    corner_points = _points_on_outline(planter.mask(victim), corner_angles, np.ones(n_corners))
    if not _draw_outline(planter, victim, corner_points):
        return None
    return (victim.row + 1,), f"drawn with {n_corners} corners"


def _draw_teeth(planter: Planter, victim: Instance) -> Outcome:
    """Draw teeth all around, one to about five pixels of the outline."""
    n_points = 2 * int(np.sqrt(victim.area) * 0.75)
    point_angles = 2.0 * np.pi * np.arange(n_points) / n_points
    radius_shares = np.where(np.arange(n_points) % 2 == 0, 1.05, 0.74) + planter.rng.uniform(
        -0.04, 0.04, n_points
    )
    if not _draw_outline(
        planter, victim, _points_on_outline(planter.mask(victim), point_angles, radius_shares)
    ):
        return None
    return (victim.row + 1,), f"an outline with {n_points // 2} teeth"


def _move_off_edge(planter: Planter, victim: Instance) -> Outcome:
    """Draw the outline beside the cell, by a fifth of its size, not over a neighbour."""
    if planter.looks[victim.image] in ("interference", "membrane"):
        return None  # what is lit at its rim alone has no better place
    clean_mask = planter.mask(victim)
    distance = 0.2 * np.sqrt(victim.area)
    direction = planter.rng.uniform(0.0, 2.0 * np.pi)
    row_numbers, column_numbers = np.nonzero(clean_mask)
    row_numbers, column_numbers = (
        row_numbers + round(distance * np.sin(direction)),
        column_numbers + round(distance * np.cos(direction)),
    )
    height, width = clean_mask.shape
    if (
        row_numbers.min() < 2
        or column_numbers.min() < 2
        or row_numbers.max() > height - 3
        or column_numbers.max() > width - 3
    ):
        return None
    moved_mask = np.zeros_like(clean_mask)
    moved_mask[row_numbers, column_numbers] = True
    neighbour_pixels = planter.occupied(victim.image) & ~clean_mask
    if (ndimage.binary_dilation(moved_mask, _EIGHT_NEIGHBOURS, iterations=4) & neighbour_pixels).any():
        return None
    planter.redraw(victim, moved_mask)
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
