"""Planted errors of two masks: copies, overlaps, crowds, and objects merged or split."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from audit.synthetic.cells import CELL, DEBRIS, NUCLEUS
from audit.synthetic.encode import Mask, uncompressed
from audit.synthetic.error_types import Done, Kind, alone, anyone, free_neighbour, touching
from audit.synthetic.planter import Desk, Instance

_CROSS = ndimage.generate_binary_structure(2, 1)


def _moved(mask: Mask, down: int, right: int) -> Mask:
    """Shift the mask of an instance that stands clear of the border."""
    return np.roll(mask, (down, right), axis=(0, 1))


def _disc(mask: Mask, radius: float) -> Mask:
    """Draw a disc at the innermost pixel of a mask."""
    depth = ndimage.distance_transform_edt(mask)
    y, x = np.unravel_index(int(np.argmax(depth)), mask.shape)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 <= radius**2, dtype=np.bool_)


def _other(category: int) -> int:
    return CELL if category == NUCLEUS else NUCLEUS


def _jittered(desk: Desk, victim: Instance) -> Mask:
    down, right = [(0, 1), (1, 0), (0, -1), (-1, 0)][desk.rng.integers(4)]
    return _moved(desk.mask(victim), down, right)


def _duplicate(desk: Desk, victim: Instance) -> Done:
    copy = desk.add(victim.image, victim.category, _jittered(desk, victim))
    return Done((victim.row + 1, copy), "annotated a second time, one pixel away")


def _duplicate_other_category(desk: Desk, victim: Instance) -> Done:
    copy = desk.add(victim.image, _other(victim.category), _jittered(desk, victim))
    return Done((victim.row + 1, copy), "annotated a second time, with another category")


def _exact_copy(desk: Desk, victim: Instance) -> Done:
    identity = len(desk.records) + 1
    desk.records.append({**desk.record(victim), "id": identity})
    return Done((victim.row + 1, identity), "the same record twice, with two ids")


def _contained(desk: Desk, victim: Instance) -> Done:
    small = _disc(desk.mask(victim), 0.36 * np.sqrt(victim.area / np.pi))
    category = victim.category if desk.rng.random() < 0.5 else DEBRIS
    inside = desk.add(victim.image, category, small & desk.mask(victim))
    return Done((victim.row + 1, inside), "a small mask was drawn inside this one")


def _partial(desk: Desk, victim: Instance) -> Done | None:
    other = free_neighbour(desk, victim)
    if other is None:
        return None
    mine, theirs = desk.mask(victim), desk.mask(other)
    for steps in range(3, 12):
        shared = ndimage.binary_dilation(mine, _CROSS, iterations=steps) & theirs
        if shared.sum() >= 0.18 * min(victim.area, other.area):
            break
    if shared.sum() > 0.45 * min(victim.area, other.area):
        return None
    desk.take(other.row)
    desk.redraw(victim, mine | shared)
    return Done((victim.row + 1, other.row + 1), f"drawn {steps} pixels over its neighbour")


def _sliver(desk: Desk, victim: Instance) -> Done | None:
    other = free_neighbour(desk, victim, least_contact=10)
    if other is None:
        return None
    mine, theirs = desk.mask(victim), desk.mask(other)
    shared = ndimage.binary_dilation(mine, _CROSS) & theirs
    desk.take(other.row)
    desk.redraw(victim, mine | shared)
    return Done((victim.row + 1, other.row + 1), "reaches one pixel into its neighbour along the border")


def _fills_hole(desk: Desk, victim: Instance) -> Done:
    mask = desk.mask(victim)
    hole = _disc(mask, 0.40 * np.sqrt(victim.area / np.pi)) & mask
    desk.redraw(victim, mask & ~hole, runs=True)
    inside = desk.add(victim.image, _other(victim.category), hole)
    return Done((victim.row + 1, inside), "another instance fills a hole of this one")


def _crowd(desk: Desk, victim: Instance) -> Done:
    mask = desk.mask(victim)
    others = (desk.scenes[victim.image].labels > 0) & ~mask
    reach = 1.9 * np.sqrt(victim.area / np.pi)
    region = _disc(mask, reach) & ~ndimage.binary_dilation(others, iterations=2)
    region |= mask
    identity = desk.add(victim.image, victim.category, region, runs=True)
    added = desk.records[-1]
    if added is not None:
        added.update(segmentation=uncompressed(region), iscrowd=1)
    return Done((victim.row + 1, identity), "an instance inside a crowd region")


def _merged(desk: Desk, victim: Instance) -> Done | None:
    other = free_neighbour(desk, victim)
    if other is None:
        return None
    desk.take(other.row)
    desk.redraw(victim, desk.mask(victim) | desk.mask(other))
    desk.records[other.row] = None
    return Done((victim.row + 1,), "two touching cells annotated as one")


def _split(desk: Desk, victim: Instance) -> Done | None:
    mask = desk.mask(victim)
    y, x = np.nonzero(mask)
    points = np.stack([y - y.mean(), x - x.mean()])
    _, axes = np.linalg.eigh(points @ points.T)
    rows, columns = np.indices(mask.shape)
    along = (rows - y.mean()) * axes[0, 1] + (columns - x.mean()) * axes[1, 1]
    half = mask & (along > desk.rng.uniform(-2.0, 2.0))
    rest = mask & ~half
    if ndimage.label(half)[1] != 1 or ndimage.label(rest)[1] != 1:
        return None
    desk.redraw(victim, half)
    added = desk.add(victim.image, victim.category, rest)
    return Done((victim.row + 1, added), "one cell annotated as two halves")


KINDS = (
    Kind("touching.merged", 8, touching(), _merged, checked=False),
    Kind("overlap.partial", 8, touching(), _partial),
    Kind("overlap.sliver", 8, touching(10), _sliver),
    Kind("overlap.fills_hole", 4, alone(350), _fills_hole),
    Kind("overlap.contained", 6, alone(300), _contained),
    Kind("overlap.crowd", 3, alone(), _crowd),
    Kind("touching.split", 8, alone(300), _split, checked=False),
    Kind("overlap.duplicate", 8, alone(300), _duplicate),
    Kind("overlap.duplicate_other_category", 5, alone(300), _duplicate_other_category),
    Kind("annotation.duplicate", 5, anyone(), _exact_copy),
)
"""Pickiest first."""
