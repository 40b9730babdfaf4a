"""Planted errors of a record's other fields: box, area, flags, ids, RLE."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit.geometry.encode import encode_mask
from audit.synthetic.annotation_records import Record, mask_bbox, uncompressed_rle
from audit.synthetic.error_types import ErrorType, Outcome, has_area
from audit.synthetic.planter import Instance, Planter

_CONTINUES = 0x20
"""Set in every character of a compressed number but the last one (after subtracting 48)."""


Change = Callable[[Planter, Instance, Record], object]


def _change_field(note: str, change: Change) -> Callable[[Planter, Instance], Outcome]:
    """Make a planter from a function that changes the record in place."""

    def plant(planter: Planter, victim: Instance) -> Outcome:
        change(planter, victim, planter.record(victim))
        return (victim.row + 1,), note

    return plant


def _write_corners(planter: Planter, victim: Instance, record: Record) -> None:
    """Write the box as its two corners (xyxy), clipped so that it stays inside the picture."""
    image_height, image_width = planter.sizes[victim.image]
    x, y, box_width, box_height = record["bbox"]
    record["bbox"] = [x, y, min(x + box_width, image_width - x), min(y + box_height, image_height - y)]


def _leave_picture(planter: Planter, victim: Instance, record: Record) -> None:
    image_width = planter.sizes[victim.image][1]
    x, y, _, box_height = record["bbox"]
    record["bbox"] = [x, y, float(image_width) - x + 25.0, box_height]


def _invert_box(planter: Planter, victim: Instance, record: Record) -> None:
    x, y, box_width, box_height = record["bbox"]
    record["bbox"] = (
        [x + box_width, y, -box_width, box_height] if planter.rng.random() < 0.5 else [x, y, 0.0, box_height]
    )


def _scale_area(planter: Planter, victim: Instance, record: Record) -> None:
    record["area"] = int(record["area"] * (4 if planter.rng.random() < 0.5 else 10))


def _negate_area(planter: Planter, victim: Instance, record: Record) -> None:
    record["area"] = -int(record["area"])


def _set_crowd_two(planter: Planter, victim: Instance, record: Record) -> None:
    record["iscrowd"] = 2


def _drop_parts(planter: Planter, victim: Instance, record: Record) -> None:
    record["segmentation"] = []


def _drop_segmentation(planter: Planter, victim: Instance, record: Record) -> None:
    del record["segmentation"]


def _drop_last_run(planter: Planter, victim: Instance, record: Record) -> None:
    rle = uncompressed_rle(planter.mask(victim))
    record["segmentation"] = {**rle, "counts": rle["counts"][:-1]}


def _change_size(planter: Planter, victim: Instance, record: Record) -> None:
    """Encode the mask on a canvas that is 16 rows higher than the picture."""
    record["segmentation"] = encode_mask(np.pad(planter.mask(victim), ((0, 16), (0, 0))))


def _cut_text(planter: Planter, victim: Instance, record: Record) -> None:
    """End the text in the middle of a number."""
    rle = encode_mask(planter.mask(victim))
    middle = [
        position for position, character in enumerate(rle["counts"]) if (ord(character) - 48) & _CONTINUES
    ]
    record["segmentation"] = {**rle, "counts": rle["counts"][: middle[-1] + 1]}


def _break_category(planter: Planter, victim: Instance, record: Record) -> None:
    record["category_id"] = 99


def _break_image_id(planter: Planter, victim: Instance) -> Outcome:
    planter.record(victim)["image_id"] = 9000 + victim.image
    return (victim.row + 1,), "the image_id belongs to no image"


def _reuse_id(planter: Planter, victim: Instance) -> Outcome:
    """Give the victim the id of another untouched instance of its picture."""
    candidates = [
        instance
        for instance in planter.instances
        if instance.image == victim.image and instance.row != victim.row
    ]
    candidates = [instance for instance in candidates if planter.is_free(instance.row)]
    if not candidates:
        return None
    id_owner = candidates[int(planter.rng.integers(len(candidates)))]
    planter.take(id_owner.row)
    planter.record(victim)["id"] = id_owner.row + 1
    return (id_owner.row + 1,), "two annotations with one id"


def _shift_box(planter: Planter, victim: Instance, record: Record) -> None:
    x, y, box_width, box_height = mask_bbox(planter.mask(victim))
    image_height, image_width = planter.sizes[victim.image]
    shift_px = max(box_width, box_height) // 2
    box_left = x - shift_px if x >= shift_px else x + shift_px
    box_top = y - shift_px if y >= shift_px else y + shift_px
    record["bbox"] = [
        min(box_left, image_width - box_width),
        min(box_top, image_height - box_height),
        box_width,
        box_height,
    ]


ERROR_TYPES = (
    ErrorType("id.duplicate", 3, has_area(), _reuse_id),
    ErrorType("bbox.mask_mismatch", 4, has_area(), _change_field("the box is beside the mask", _shift_box)),
    ErrorType(
        "bbox.mask_mismatch",
        3,
        has_area(),
        _change_field("the box as two corners instead of xywh", _write_corners),
    ),
    ErrorType("bbox.outside", 4, has_area(), _change_field("the box leaves the picture", _leave_picture)),
    ErrorType("bbox.nonpositive", 4, has_area(), _change_field("the box has no width", _invert_box)),
    ErrorType(
        "area.mismatch", 6, has_area(), _change_field("the area is a multiple of the mask's", _scale_area)
    ),
    ErrorType("area.negative", 3, has_area(), _change_field("the area is negative", _negate_area)),
    ErrorType("iscrowd.value", 3, has_area(), _change_field("iscrowd is 2", _set_crowd_two)),
    ErrorType("rle.sum", 3, has_area(), _change_field("the last run is missing", _drop_last_run)),
    ErrorType(
        "rle.size_mismatch",
        3,
        has_area(),
        _change_field("the mask has another size than its image", _change_size),
    ),
    ErrorType("rle.truncated", 3, has_area(), _change_field("the text ends within a number", _cut_text)),
    ErrorType("segm.empty", 3, has_area(0), _change_field("no parts", _drop_parts)),
    ErrorType("segm.missing", 3, has_area(0), _change_field("no segmentation", _drop_segmentation)),
    ErrorType(
        "ref.category",
        4,
        has_area(),
        _change_field("the category_id belongs to no category", _break_category),
    ),
    ErrorType("ref.image", 3, has_area(), _break_image_id, in_picture=False),
)
