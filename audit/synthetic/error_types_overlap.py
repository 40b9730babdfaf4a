"""Planted errors of two masks: copies, overlaps, crowds, and objects merged or split."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from audit.synthetic.annotation_records import RLE, UNCOMPRESSED_RLE, Mask
from audit.synthetic.cells import CELL, DEBRIS, NUCLEUS
from audit.synthetic.crops import EIGHT_NEIGHBOURS, MaskCrop, window_around
from audit.synthetic.error_types import ErrorType, Outcome, has_area, is_alone, touches
from audit.synthetic.planter import Instance, Planter
from audit.synthetic.touching_crops import cut_in_two, join_crops
from audit.touching.candidate_pairs import MIN_AREA_PX

_CROSS = ndimage.generate_binary_structure(2, 1)


def _draw_disc(mask: Mask, radius: float) -> Mask:
    """Draw a disc at the innermost pixel of a mask."""
    distances = ndimage.distance_transform_edt(mask)
    centre_y, centre_x = np.unravel_index(int(np.argmax(distances)), mask.shape)
    row_numbers, column_numbers = np.ogrid[: mask.shape[0], : mask.shape[1]]
    return np.asarray(
        (row_numbers - centre_y) ** 2 + (column_numbers - centre_x) ** 2 <= radius**2, dtype=np.bool_
    )


def _change_category(category_id: int) -> int:
    return CELL if category_id == NUCLEUS else NUCLEUS


def _move_by_one(planter: Planter, victim: Instance) -> Mask:
    """Move the mask of an instance that stands clear of the border by a pixel."""
    pixel_step = [(0, 1), (1, 0), (0, -1), (-1, 0)][planter.rng.integers(4)]
    return np.roll(planter.mask(victim), pixel_step, axis=(0, 1))


def _add_duplicate(planter: Planter, victim: Instance) -> Outcome:
    copy_id = planter.add(victim.image, victim.category_id, _move_by_one(planter, victim))
    return (victim.row + 1, copy_id), "annotated a second time, one pixel away"


def _add_duplicate_with_another_category(planter: Planter, victim: Instance) -> Outcome:
    category_id = _change_category(victim.category_id)
    copy_id = planter.add(victim.image, category_id, _move_by_one(planter, victim))
    return (victim.row + 1, copy_id), "annotated a second time, with another category"


def _repeat_record(planter: Planter, victim: Instance) -> Outcome:
    record_id = len(planter.records) + 1
    planter.records.append({**planter.record(victim), "id": record_id})
    return (victim.row + 1, record_id), "the same record twice, with two ids"


def _add_contained(planter: Planter, victim: Instance) -> Outcome:
    inner_disc = _draw_disc(planter.mask(victim), 0.36 * np.sqrt(victim.area / np.pi))
    category_id = victim.category_id if planter.rng.random() < 0.5 else DEBRIS
    inner_id = planter.add(victim.image, category_id, inner_disc & planter.mask(victim))
    return (victim.row + 1, inner_id), "a small mask was drawn inside this one"


def _draw_over_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    clean_mask, neighbour_mask = planter.mask(victim), planter.mask(neighbour)
    smaller_area = min(victim.area, neighbour.area)
    for n_steps in range(3, 12):
        shared_pixels = ndimage.binary_dilation(clean_mask, _CROSS, iterations=n_steps) & neighbour_mask
        if shared_pixels.sum() >= 0.18 * smaller_area:
            break
    if shared_pixels.sum() > 0.45 * smaller_area:
        return None
    planter.redraw(victim, clean_mask | shared_pixels)
    return (victim.row + 1, neighbour.row + 1), f"drawn {n_steps} pixels over its neighbour"


def _reach_into_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    clean_mask = planter.mask(victim)
    shared_pixels = ndimage.binary_dilation(clean_mask, _CROSS) & planter.mask(neighbour)
    planter.redraw(victim, clean_mask | shared_pixels)
    return (victim.row + 1, neighbour.row + 1), "reaches one pixel into its neighbour along the border"


def _fill_hole(planter: Planter, victim: Instance) -> Outcome:
    clean_mask = planter.mask(victim)
    hole_mask = _draw_disc(clean_mask, 0.40 * np.sqrt(victim.area / np.pi)) & clean_mask
    planter.redraw(victim, clean_mask & ~hole_mask, RLE)
    inner_id = planter.add(victim.image, _change_category(victim.category_id), hole_mask)
    return (victim.row + 1, inner_id), "another instance fills a hole of this one"


def _add_crowd(planter: Planter, victim: Instance) -> Outcome:
    clean_mask = planter.mask(victim)
    neighbour_pixels = planter.occupied(victim.image) & ~clean_mask
    crowd_radius = 1.9 * np.sqrt(victim.area / np.pi)
    crowd_region = _draw_disc(clean_mask, crowd_radius) & ~ndimage.binary_dilation(
        neighbour_pixels, iterations=2
    )
    record_id = planter.add(victim.image, victim.category_id, crowd_region | clean_mask, UNCOMPRESSED_RLE)
    crowd_record = planter.records[-1]
    if crowd_record is not None:
        crowd_record["iscrowd"] = 1
    return (victim.row + 1, record_id), "an instance inside a crowd region"


def merge_neighbours(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    """Annotate two touching objects as one, the slit between them closed.

    Parameters
    ----------
    planter : Planter
    victim, neighbour : Instance
    """
    merged_rows = (victim.row, neighbour.row)
    bystanders = [
        instance.crop for instance in planter.instances_of(victim.image) if instance.row not in merged_rows
    ]
    image_size = planter.sizes[victim.image]
    encoding = planter.encoding(victim)
    united_crop = join_crops([victim.crop, neighbour.crop], bystanders, *image_size)
    planter.delete(victim)
    planter.delete(neighbour)
    merged_id = planter.add(victim.image, victim.category_id, united_crop, encoding)
    return (merged_id,), "two touching objects annotated as one"


def split_in_two(planter: Planter, victim: Instance) -> Outcome:
    """Annotate one object as two parts that touch.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    part_crops = cut_in_two(victim.crop, planter.rng)
    if part_crops is None:
        return None
    encoding = planter.encoding(victim)
    planter.delete(victim)
    first_id, second_id = (
        planter.add(victim.image, victim.category_id, part_crop, encoding) for part_crop in part_crops
    )
    return (first_id, second_id), "one object annotated as two parts"


def add_near_duplicate(planter: Planter, victim: Instance) -> Outcome:
    """Annotate an object a second time, at most a pixel away.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    down, right = planter.rng.integers(-1, 2, 2).tolist()
    moved_crop = victim.crop.move(down, right).clip(*planter.sizes[victim.image])
    copy_id = planter.add(victim.image, victim.category_id, moved_crop, planter.encoding(victim))
    return (victim.row + 1, copy_id), "annotated a second time"


def grow_over_neighbour(planter: Planter, victim: Instance, neighbour: Instance) -> Outcome:
    """Grow a mask over its neighbour by a quarter of the smaller one's diameter.

    Parameters
    ----------
    planter : Planter
    victim, neighbour : Instance
    """
    smaller_area = min(victim.area, neighbour.area)
    n_steps = max(3, round(0.25 * math.sqrt(smaller_area)))
    window = window_around([victim.crop], n_steps)
    clean_mask = victim.crop.paint(window)
    grown_mask = ndimage.binary_dilation(clean_mask, EIGHT_NEIGHBOURS, iterations=n_steps)
    united_mask = clean_mask | (grown_mask & neighbour.crop.paint(window))
    planter.redraw(victim, MaskCrop.cut_out(united_mask, window[0], window[1]), planter.encoding(victim))
    return (victim.row + 1, neighbour.row + 1), f"drawn {n_steps} pixels over its neighbour"


def shift_anywhere(planter: Planter, victim: Instance) -> Outcome:
    """Move a mask by a sixth of its diameter, at least 3 px, anywhere but out of the image.

    Parameters
    ----------
    planter : Planter
    victim : Instance
    """
    distance = max(3.0, math.sqrt(victim.area) / 6)
    direction = planter.rng.uniform(0, 2 * math.pi)
    down, right = round(distance * math.sin(direction)), round(distance * math.cos(direction))
    moved_crop = victim.crop.move(down, right).clip(*planter.sizes[victim.image])
    if moved_crop.area < MIN_AREA_PX:
        return None
    planter.redraw(victim, moved_crop, planter.encoding(victim))
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
