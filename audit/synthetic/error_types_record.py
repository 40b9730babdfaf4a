"""Planted errors of a record's other fields: box, area, flags, ids, RLE."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit.synthetic.encode import Record, box, compressed, uncompressed
from audit.synthetic.error_types import Done, Kind, anyone
from audit.synthetic.planter import Desk, Instance

_CONTINUES = 0x20
"""Set in every character of a compressed number but the last one (after subtracting 48)."""


def _field(note: str, change: Callable[[Desk, Instance, Record], object]) -> Callable[[Desk, Instance], Done]:
    """Make a planter from a function that changes the record in place."""

    def plant(desk: Desk, victim: Instance) -> Done:
        change(desk, victim, desk.record(victim))
        return Done((victim.row + 1,), note)

    return plant


def _corners(desk: Desk, victim: Instance, old: Record) -> None:
    """Write the box as its two corners (xyxy), clipped so that it stays inside the picture."""
    height, width = desk.scenes[victim.image].labels.shape
    x, y, w, h = old["bbox"]
    old["bbox"] = [x, y, min(x + w, width - x), min(y + h, height - y)]


def _box_outside(desk: Desk, victim: Instance, old: Record) -> None:
    width = desk.scenes[victim.image].labels.shape[1]
    x, y, _, h = old["bbox"]
    old["bbox"] = [x, y, float(width) - x + 25.0, h]


def _box_inverted(desk: Desk, victim: Instance, old: Record) -> None:
    x, y, w, h = old["bbox"]
    old["bbox"] = [x + w, y, -w, h] if desk.rng.random() < 0.5 else [x, y, 0.0, h]


def _area_scaled(desk: Desk, victim: Instance, old: Record) -> None:
    old["area"] = int(old["area"] * (4 if desk.rng.random() < 0.5 else 10))


def _area_negative(desk: Desk, victim: Instance, old: Record) -> None:
    old["area"] = -int(old["area"])


def _crowd_two(desk: Desk, victim: Instance, old: Record) -> None:
    old["iscrowd"] = 2


def _no_parts(desk: Desk, victim: Instance, old: Record) -> None:
    old["segmentation"] = []


def _no_key(desk: Desk, victim: Instance, old: Record) -> None:
    del old["segmentation"]


def _short(desk: Desk, victim: Instance, old: Record) -> None:
    runs = uncompressed(desk.mask(victim))
    old["segmentation"] = {**runs, "counts": runs["counts"][:-1]}


def _other_size(desk: Desk, victim: Instance, old: Record) -> None:
    """Encode the mask on a canvas that is 16 rows higher than the picture."""
    old["segmentation"] = compressed(np.pad(desk.mask(victim), ((0, 16), (0, 0))))


def _cut_off(desk: Desk, victim: Instance, old: Record) -> None:
    """End the text in the middle of a number."""
    runs = compressed(desk.mask(victim))
    middle = [i for i, c in enumerate(runs["counts"]) if (ord(c) - 48) & _CONTINUES]
    old["segmentation"] = {**runs, "counts": runs["counts"][: middle[-1] + 1]}


def _no_category(desk: Desk, victim: Instance, old: Record) -> None:
    old["category_id"] = 99


def _no_image(desk: Desk, victim: Instance) -> Done:
    desk.record(victim)["image_id"] = 9000 + victim.image
    return Done((victim.row + 1,), "the image_id belongs to no image", in_picture=False)


def _same_id(desk: Desk, victim: Instance) -> Done | None:
    """Give the victim the id of another untouched instance of its picture."""
    twins = [i for i in desk.instances if i.image == victim.image and i.row != victim.row]
    twins = [i for i in twins if desk.free(i.row)]
    if not twins:
        return None
    twin = twins[int(desk.rng.integers(len(twins)))]
    desk.take(twin.row)
    desk.record(victim)["id"] = twin.row + 1
    return Done((twin.row + 1,), "two annotations with one id")


def _shifted_box(desk: Desk, victim: Instance, old: Record) -> None:
    x, y, w, h = box(desk.mask(victim))
    height, width = desk.scenes[victim.image].labels.shape
    step = max(w, h) // 2
    left = x - step if x >= step else x + step
    top = y - step if y >= step else y + step
    old["bbox"] = [min(left, width - w), min(top, height - h), w, h]


KINDS = (
    Kind("id.duplicate", 3, anyone(), _same_id),
    Kind("bbox.mask_mismatch", 4, anyone(), _field("the box is beside the mask", _shifted_box)),
    Kind("bbox.mask_mismatch", 3, anyone(), _field("the box as two corners instead of xywh", _corners)),
    Kind("bbox.outside", 4, anyone(), _field("the box leaves the picture", _box_outside)),
    Kind("bbox.nonpositive", 4, anyone(), _field("the box has no width", _box_inverted)),
    Kind("area.mismatch", 6, anyone(), _field("the area is a multiple of the mask's", _area_scaled)),
    Kind("area.negative", 3, anyone(), _field("the area is negative", _area_negative)),
    Kind("iscrowd.value", 3, anyone(), _field("iscrowd is 2", _crowd_two)),
    Kind("rle.sum", 3, anyone(), _field("the last run is missing", _short)),
    Kind("rle.size_mismatch", 3, anyone(), _field("the mask has another size than its image", _other_size)),
    Kind("rle.truncated", 3, anyone(), _field("the text ends within a number", _cut_off)),
    Kind("segm.empty", 3, anyone(0), _field("no parts", _no_parts)),
    Kind("segm.missing", 3, anyone(0), _field("no segmentation", _no_key)),
    Kind("ref.category", 4, anyone(), _field("the category_id belongs to no category", _no_category)),
    Kind("ref.image", 3, anyone(), _no_image),
)
