"""Planted errors of one mask's shape: specks, pinholes, streaks, coarse and jagged outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.synthetic.encode import Mask, draw, record
from audit.synthetic.error_types import Done, Kind, alone
from audit.synthetic.planter import Desk, Instance

Points = NDArray[np.float64]

_SQUARE = np.ones((3, 3), dtype=np.bool_)


def _centre(mask: Mask) -> tuple[float, float]:
    y, x = np.nonzero(mask)
    return float(y.mean()), float(x.mean())


def _fragments(desk: Desk, victim: Instance) -> Done | None:
    """Scatter specks of the same mask over the background, off the body."""
    mask = desk.mask(victim)
    taken = desk.scenes[victim.image].labels > 0
    radius = np.sqrt(victim.area / np.pi)
    y, x = _centre(mask)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    ring = np.hypot(rows - y, columns - x) < 2.6 * radius
    ring &= ~ndimage.binary_dilation(taken, _SQUARE, iterations=5)
    ring[:3] = ring[-3:] = False
    ring[:, :3] = ring[:, -3:] = False
    places = np.argwhere(ring)
    if len(places) < 40:
        return None
    specks = np.zeros_like(mask)
    for top, left in places[desk.rng.choice(len(places), 3, replace=False)]:
        specks[top : top + 2, left : left + int(desk.rng.integers(1, 3))] = True
    desk.redraw(victim, mask | specks, runs=bool(desk.rng.random() < 0.5))
    return Done((victim.row + 1,), "stray specks far from the body")


def _holes(desk: Desk, victim: Instance) -> Done:
    mask = desk.mask(victim)
    deep = ndimage.binary_erosion(mask, _SQUARE, iterations=3)
    places = np.argwhere(deep)
    holes = np.zeros_like(mask)
    for y, x in places[desk.rng.choice(len(places), 3, replace=False)]:
        holes[y, x] = True
    desk.redraw(victim, mask & ~holes, runs=True)
    return Done((victim.row + 1,), f"{int(holes.sum())} pinholes")


def _tiny(desk: Desk, victim: Instance) -> Done:
    y, x = (int(v) for v in _centre(desk.mask(victim)))
    dot = np.zeros_like(desk.mask(victim))
    dot[y : y + 2, x : x + int(desk.rng.integers(1, 3))] = True
    desk.redraw(victim, dot)
    return Done((victim.row + 1,), "only a dot was drawn")


def _streak(desk: Desk, victim: Instance) -> Done:
    """Collapse the mask to a line of one to two pixels across the cell and a little beyond."""
    mask = desk.mask(victim)
    y, x = _centre(mask)
    angle = desk.rng.uniform(0.0, np.pi)
    rows, columns = np.indices(mask.shape)
    across = (rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)
    wide = ndimage.binary_dilation(mask, _SQUARE, iterations=2)
    line = wide & (np.abs(across) < 0.75)  # less would fall into diagonal parts
    desk.redraw(victim, line)
    return Done((victim.row + 1,), "the outline collapsed to a streak")


def _on_outline(mask: Mask, angles: Points, reach: Points) -> Points:
    """Return points at shares of the way from the centre to the outline, (n, 2) as (x, y)."""
    y, x = _centre(mask)
    steps = np.arange(0.0, np.hypot(*mask.shape), 0.25)[:, None]
    rows = np.clip((y + steps * np.sin(angles)).round().astype(int), 0, mask.shape[0] - 1)
    columns = np.clip((x + steps * np.cos(angles)).round().astype(int), 0, mask.shape[1] - 1)
    inside = np.logical_and.accumulate(mask[rows, columns], axis=0)
    radius = 0.25 * inside.sum(axis=0) * reach
    return np.stack([x + 0.5 + radius * np.cos(angles), y + 0.5 + radius * np.sin(angles)], axis=1)


def _outlined(desk: Desk, victim: Instance, points: Points) -> bool:
    """Give an instance a polygon as it stands, not traced anew, unless it falls into parts."""
    ring = np.round(points, 2).ravel().tolist()
    old = desk.record(victim)
    drawn = draw([ring], *desk.mask(victim).shape)
    if ndimage.label(drawn, _SQUARE)[1] != 1 or ndimage.label(~drawn)[1] != 1:
        return False
    old.update(record(old["id"], old["image_id"], old["category_id"], [ring], drawn))
    return True


def _coarse(desk: Desk, victim: Instance) -> Done | None:
    corners = int(desk.rng.integers(4, 6))
    turn = desk.rng.uniform(0.0, 2.0 * np.pi)
    angles = turn + 2.0 * np.pi * np.arange(corners) / corners
    points = _on_outline(desk.mask(victim), angles, np.ones(corners))
    return (
        Done((victim.row + 1,), f"drawn with {corners} corners") if _outlined(desk, victim, points) else None
    )


def _jagged(desk: Desk, victim: Instance) -> Done | None:
    """Draw teeth all around, one to about five pixels of the outline."""
    points = 2 * int(np.sqrt(victim.area) * 0.75)
    angles = 2.0 * np.pi * np.arange(points) / points
    reach = np.where(np.arange(points) % 2 == 0, 1.05, 0.74) + desk.rng.uniform(-0.04, 0.04, points)
    if not _outlined(desk, victim, _on_outline(desk.mask(victim), angles, reach)):
        return None
    return Done((victim.row + 1,), f"an outline with {points // 2} teeth")


def _moved(desk: Desk, victim: Instance) -> Done | None:
    """Draw the outline beside the cell, by a fifth of its size, not over a neighbour."""
    if desk.scenes[victim.image].look in ("interference", "membrane"):
        return None  # what is lit at its rim alone has no better place
    mask = desk.mask(victim)
    far = 0.2 * np.sqrt(victim.area)
    angle = desk.rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.nonzero(mask)
    rows, columns = rows + round(far * np.sin(angle)), columns + round(far * np.cos(angle))
    height, width = mask.shape
    if rows.min() < 2 or columns.min() < 2 or rows.max() > height - 3 or columns.max() > width - 3:
        return None
    there = np.zeros_like(mask)
    there[rows, columns] = True
    others = (desk.scenes[victim.image].labels > 0) & ~mask
    if (ndimage.binary_dilation(there, _SQUARE, iterations=4) & others).any():
        return None
    desk.redraw(victim, there)
    return Done((victim.row + 1,), f"drawn {far:.0f} px beside the cell")


KINDS = (
    Kind("mask.fragments", 6, alone(), _fragments),
    Kind("mask.coarse_polygon", 6, alone(450), _coarse),
    Kind("mask.jagged", 5, alone(450), _jagged),
    Kind("mask.holes", 6, alone(), _holes),
    Kind("mask.sliver_shape", 5, alone(300), _streak),
    Kind("mask.tiny", 5, alone(), _tiny),
    Kind("mask.off_edge", 5, alone(300), _moved),
)
