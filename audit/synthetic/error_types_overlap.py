"""Planted errors of two masks: copies, overlaps, crowds, and objects merged or split."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from audit.synthetic.annotation_records import RLE, UNCOMPRESSED_RLE, Mask
from audit.synthetic.cells import CELL, DEBRIS, NUCLEUS
from audit.synthetic.crops import (
    EIGHT_NEIGHBOURS,
    MIN_AREA_PX,
    MaskCrop,
    cut_in_two,
    join_crops,
    window_around,
)
from audit.synthetic.error_types import ErrorType, Outcome, has_area, is_alone, touches
from audit.synthetic.planter import Instance, Planter

_CROSS = ndimage.generate_binary_structure(2, 1)


def _draw_disc(mask: Mask, radius: float) -> Mask:
    """Draw a disc at the innermost pixel of a mask."""
    depth = ndimage.distance_transform_edt(mask)
    y, x = np.unravel_index(int(np.argmax(depth)), mask.shape)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 <= radius**2, dtype=np.bool_)


def _change_category(category_id: int) -> int:
    return CELL if category_id == NUCLEUS else NUCLEUS


def _move_by_one(planter: Planter, victim: Instance) -> Mask:
    """Move the mask of an instance that stands clear of the border by a pixel."""
    step = [(0, 1), (1, 0), (0, -1), (-1, 0)][planter.rng.integers(4)]
    return np.roll(planter.mask(victim), step, axis=(0, 1))


def _add_duplicate(planter: Planter, victim: Instance) -> Outcome:
    copy = planter.add(victim.image, victim.category_id, _move_by_one(planter, victim))
    return (victim.row + 1, copy), "annotated a second time, one pixel away"


def _add_duplicate_with_another_category(planter: Planter, victim: Instance) -> Outcome:
    category_id = _change_category(victim.category_id)
    copy = planter.add(victim.image, category_id, _move_by_one(planter, victim))
    return (victim.row + 1, copy), "annotated a second time, with another category"


def _repeat_record(planter: Planter, victim: Instance) -> Outcome:
    number = len(planter.records) + 1
    planter.records.append({**planter.record(victim), "id": number})
    return (victim.row + 1, number), "the same record twice, with two ids"


def _add_contained(planter: Planter, victim: Instance) -> Outcome:
    small = _draw_disc(planter.mask(victim), 0.36 * np.sqrt(victim.area / np.pi))
    category_id = victim.category_id if planter.rng.random() < 0.5 else DEBRIS
    inside = planter.add(victim.image, category_id, small & planter.mask(victim))
    return (victim.row + 1, inside), "a small mask was drawn inside this one"


def _draw_over_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    mask, neighbour_mask = planter.mask(victim), planter.mask(neighbour)
    smaller = min(victim.area, neighbour.area)
    for steps in range(3, 12):
        shared = ndimage.binary_dilation(mask, _CROSS, iterations=steps) & neighbour_mask
        if shared.sum() >= 0.18 * smaller:
            break
    if shared.sum() > 0.45 * smaller:
        return None
    planter.redraw(victim, mask | shared)
    return (victim.row + 1, neighbour.row + 1), f"drawn {steps} pixels over its neighbour"


def _reach_into_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    mask = planter.mask(victim)
    shared = ndimage.binary_dilation(mask, _CROSS) & planter.mask(neighbour)
    planter.redraw(victim, mask | shared)
    return (victim.row + 1, neighbour.row + 1), "reaches one pixel into its neighbour along the border"


def _fill_hole(planter: Planter, victim: Instance) -> Outcome:
    mask = planter.mask(victim)
    hole = _draw_disc(mask, 0.40 * np.sqrt(victim.area / np.pi)) & mask
    planter.redraw(victim, mask & ~hole, RLE)
    inside = planter.add(victim.image, _change_category(victim.category_id), hole)
    return (victim.row + 1, inside), "another instance fills a hole of this one"


def _add_crowd(planter: Planter, victim: Instance) -> Outcome:
    mask = planter.mask(victim)
    foreign = planter.occupied(victim.image) & ~mask
    reach = 1.9 * np.sqrt(victim.area / np.pi)
    region = _draw_disc(mask, reach) & ~ndimage.binary_dilation(foreign, iterations=2)
    number = planter.add(victim.image, victim.category_id, region | mask, UNCOMPRESSED_RLE)
    crowd = planter.records[-1]
    if crowd is not None:
        crowd["iscrowd"] = 1
    return (victim.row + 1, number), "an instance inside a crowd region"


def merge_neighbours(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    """Annotate two touching objects as one, the slit between them closed.

    Parameters
    ----------
    planter : Planter
    victim, neighbour : Instance
    """
    rows = (victim.row, neighbour.row)
    bystanders = [
        instance.crop for instance in planter.instances_of(victim.image) if instance.row not in rows
    ]
    size = planter.sizes[victim.image]
    encoding = planter.encoding(victim)
    union = join_crops([victim.crop, neighbour.crop], bystanders, *size)
    planter.delete(victim)
    planter.delete(neighbour)
    merged = planter.add(victim.image, victim.category_id, union, encoding)
    return (merged,), "two touching objects annotated as one"


def split_in_two(planter: Planter, victim: Instance) -> Outcome:
    """Annotate one object as two parts that touch.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    parts = cut_in_two(victim.crop, planter.rng)
    if parts is None:
        return None
    encoding = planter.encoding(victim)
    planter.delete(victim)
    first, second = (planter.add(victim.image, victim.category_id, part, encoding) for part in parts)
    return (first, second), "one object annotated as two parts"


def add_near_duplicate(planter: Planter, victim: Instance) -> Outcome:
    """Annotate an object a second time, at most a pixel away.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    down, right = planter.rng.integers(-1, 2, 2).tolist()
    crop = victim.crop.move(down, right).clip(*planter.sizes[victim.image])
    copy = planter.add(victim.image, victim.category_id, crop, planter.encoding(victim))
    return (victim.row + 1, copy), "annotated a second time"


def grow_over_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    """Grow a mask over its neighbour by a quarter of the smaller one's diameter.

    Parameters
    ----------
    planter : Planter
    victim, neighbour : Instance
    """
    smaller = min(victim.area, neighbour.area)
    moves = max(3, round(0.25 * math.sqrt(smaller)))
    window = window_around([victim.crop], moves)
    mask = victim.crop.paint(window)
    grown = ndimage.binary_dilation(mask, EIGHT_NEIGHBOURS, iterations=moves)
    whole = mask | (grown & neighbour.crop.paint(window))
    planter.redraw(victim, MaskCrop.cut_out(whole, window[0], window[1]), planter.encoding(victim))
    return (victim.row + 1, neighbour.row + 1), f"drawn {moves} pixels over its neighbour"


def shift_anywhere(planter: Planter, victim: Instance) -> Outcome:
    """Move a mask by a sixth of its diameter, at least 3 px, anywhere but out of the image.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    distance = max(3.0, math.sqrt(victim.area) / 6)
    angle = planter.rng.uniform(0, 2 * math.pi)
    down, right = round(distance * math.sin(angle)), round(distance * math.cos(angle))
    moved = victim.crop.move(down, right).clip(*planter.sizes[victim.image])
    if moved.area < MIN_AREA_PX:
        return None
    planter.redraw(victim, moved, planter.encoding(victim))
    return (victim.row + 1,), f"drawn {distance:.0f} px beside the object"


def leave_out(planter: Planter, victim: Instance) -> Outcome:
    """Leave an object without an annotation.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    planter.delete(victim)
    return (), "an object that nobody annotated"


ERROR_TYPES = (
    ErrorType("touching.merged", 8, touches(), merge_neighbours, min_contact=8, checked=False),
    ErrorType("overlap.partial", 8, touches(), _draw_over_neighbour, min_contact=8),
    ErrorType("overlap.sliver", 8, touches(10), _reach_into_neighbour, min_contact=10),
    ErrorType("overlap.fills_hole", 4, is_alone(350), _fill_hole),
    ErrorType("overlap.contained", 6, is_alone(300), _add_contained),
    ErrorType("overlap.crowd", 3, is_alone(), _add_crowd),
    ErrorType("touching.split", 8, is_alone(300), split_in_two, checked=False),
    ErrorType("overlap.duplicate", 8, is_alone(300), _add_duplicate),
    ErrorType("overlap.duplicate_other_category", 5, is_alone(300), _add_duplicate_with_another_category),
    ErrorType("annotation.duplicate", 5, has_area(), _repeat_record),
)
"""Pickiest first."""

LABEL_ERROR_TYPES = {
    "merges": ErrorType("touching.merged", 0, touches(0, 0), merge_neighbours, min_contact=0),
    "splits": ErrorType("touching.split", 0, is_alone(0), split_in_two),
    "duplicates": ErrorType("overlap.duplicate", 0, is_alone(0), add_near_duplicate),
    "overlaps": ErrorType("overlap.partial", 0, touches(0, 0), grow_over_neighbour, min_contact=0),
    "shifts": ErrorType("mask.off_edge", 0, is_alone(0), shift_anywhere),
    "drops": ErrorType("", 0, is_alone(0), leave_out),
}
"""What is planted into labels of any dataset, by the names that ``--kinds`` takes: a share of what suits, not
a count."""
