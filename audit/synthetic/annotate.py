"""Where a planter's clean annotations come from: scenes of the demo, or the labels of any dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.dataset.model import Dataset
from audit.dataset.shard import split_shards
from audit.geometry.encode import encode_runs
from audit.geometry.runs import crop_runs, runs_to_dense, take_masks
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.synthetic.annotation_records import (
    POLYGONS,
    RLE,
    UNCOMPRESSED_RLE,
    Record,
    annotation_record,
    mask_segmentation,
)
from audit.synthetic.cells import Scene
from audit.synthetic.crops import (
    MIN_AREA_PX,
    REACH_PX,
    MaskCrop,
    could_be_one_object,
    find_close_crops,
    is_connected,
    measure_contact,
)
from audit.synthetic.planter import Instance, Planter

ALONE_PX = 5
"""A cell of a scene is alone if no other one reaches into its box widened by this."""
ALONE_REACH_PX = 3
"""An annotation of a dataset is alone if no other one is closer than this."""
_SHARD_ANNOTATIONS = 500  # masks drawn together

Contacts = dict[int, list[tuple[int, int]]]
"""Of each row or label: those that touch it, and the length of the contact in pixels."""


def annotate_scenes(rng: np.random.Generator, scenes: Sequence[Scene]) -> Planter:
    """Annotate scenes: mostly polygons, some RLE of both kinds.

    Parameters
    ----------
    rng : numpy.random.Generator
    scenes : sequence of Scene
        One a picture; image ids are positions plus 1.

    Returns
    -------
    Planter

    Examples
    --------
    >>> annotate_scenes(np.random.default_rng(0), []).instances
    []
    """
    sizes = [(int(scene.labels.shape[0]), int(scene.labels.shape[1])) for scene in scenes]
    planter = Planter(rng, range(1, len(scenes) + 1), sizes)
    planter.looks = [scene.look for scene in scenes]
    for image, scene in enumerate(scenes):
        _annotate_scene(planter, image, scene)
    planter.shuffle()
    return planter


def _annotate_scene(planter: Planter, image: int, scene: Scene) -> None:
    first = len(planter.records)
    contacts = _label_contacts(scene.labels)
    chances = planter.rng.random(len(scene.categories))
    places = ndimage.find_objects(scene.labels)
    for label, category in enumerate(scene.categories, start=1):
        mask, row, chance = scene.mask(label), len(planter.records), chances[label - 1]
        encoding = RLE if chance < 0.10 else UNCOMPRESSED_RLE if chance < 0.15 else POLYGONS
        segmentation = mask_segmentation(mask, encoding)
        record = annotation_record(row + 1, image + 1, category, segmentation, mask)
        alone, border = _surroundings(scene.labels, label, places[label - 1])
        touching = tuple((first + position - 1, edges) for position, edges in contacts.get(label, ()))
        crop = MaskCrop.cut_out(mask)
        planter.append(Instance(row, image, category, crop, alone, border, touching), record)


def take_dataset(rng: np.random.Generator, dataset: Dataset) -> Planter:
    """Take the annotations of a dataset that have a mask, image by image, all written as RLE.

    Parameters
    ----------
    rng : numpy.random.Generator
    dataset : Dataset

    Returns
    -------
    Planter

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> planter = take_dataset(np.random.default_rng(0), dataset(scene("aab")))
    >>> [(instance.area, instance.alone) for instance in planter.instances]
    [(2, False), (1, False)]
    """
    images = dataset.images
    sizes = list(zip(images.height.tolist(), images.width.tolist(), strict=True))
    planter = Planter(rng, images.id.tolist(), sizes)
    masks = _cut_masks(planter, dataset)
    placed = [(image, crop) for image, crop, _, _ in masks]
    crowd = [bool(record["iscrowd"]) for _, _, record, _ in masks]
    close = [
        (first, second)
        for first, second, _, _ in find_close_crops(placed, ALONE_REACH_PX)
        if not (crowd[first] or crowd[second])
    ]
    not_alone = {row for pair in close for row in pair}
    contacts = _crop_contacts([crop for _, crop in placed], [m[2]["category_id"] for m in masks], close)
    for row, (image, crop, record, source_id) in enumerate(masks):
        large = crop.area >= 3 * MIN_AREA_PX
        alone = row not in not_alone and not crowd[row] and large and is_connected(crop.mask)
        touching = tuple(contacts.get(row, ()))
        category_id = record["category_id"]
        instance = Instance(row, image, category_id, crop, alone, contacts=touching, source_id=source_id)
        planter.append(instance, record)
    return planter


def _cut_masks(planter: Planter, dataset: Dataset) -> list[tuple[int, MaskCrop, Record, int]]:
    """Return image, mask, record and id of every annotation with a mask."""
    masks: list[tuple[int, MaskCrop, Record, int]] = []
    for shard in split_shards(dataset, _SHARD_ANNOTATIONS):
        runs = dataset_runs(dataset, shard.rows)
        bbox = measure_boxes(runs)
        masked = np.flatnonzero(bbox[:, 2] > 0)
        segmentations = encode_runs(take_masks(runs, masked), shard.height[masked], shard.width[masked])
        for segmentation, position in zip(segmentations, masked.tolist(), strict=True):
            x, y, width, height = bbox[position].tolist()
            crop = MaskCrop(runs_to_dense(crop_runs(runs, position, x, y), height, width)[0], y, x)
            image, category = int(shard.image[position]), int(shard.category[position])
            category_id = int(dataset.categories.id[category]) if category >= 0 else -1
            record = planter.write_record(len(masks) + 1, image, category_id, segmentation, crop)
            record["iscrowd"] = int(shard.iscrowd[position])
            masks.append((image, crop, record, int(dataset.annotations.id[shard.rows[position]])))
    return masks


def _crop_contacts(crops: list[MaskCrop], category_ids: list[int], close: list[tuple[int, int]]) -> Contacts:
    """Return the contacts of the pairs of one category that could be one object."""
    contacts: Contacts = {}
    for first, second in sorted(close):
        gap, contact = measure_contact(crops[first], crops[second], REACH_PX)
        alike = category_ids[first] == category_ids[second]
        if alike and could_be_one_object(crops[first], crops[second], gap, contact):
            contacts.setdefault(first, []).append((second, contact))
            contacts.setdefault(second, []).append((first, contact))
    return contacts


def _label_contacts(labels: NDArray[np.int32]) -> Contacts:
    """Return the touching labels of every label, with the number of pixel edges they share."""
    sides = [(labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])]
    both = np.concatenate([np.stack([a[a != b], b[a != b]], axis=1) for a, b in sides])
    both = np.sort(both[(both > 0).all(axis=1)], axis=1)
    touching: Contacts = {}
    for (a, b), edges in zip(*np.unique(both, axis=0, return_counts=True), strict=True):
        touching.setdefault(int(a), []).append((int(b), int(edges)))
        touching.setdefault(int(b), []).append((int(a), int(edges)))
    return touching


def _surroundings(labels: NDArray[np.int32], label: int, place: tuple[slice, slice]) -> tuple[bool, bool]:
    """Say whether a label is alone and whether it reaches the image's border."""
    (top, bottom), (left, right) = ((scene.start, scene.stop) for scene in place)
    height, width = labels.shape
    border = top == 0 or left == 0 or bottom == height or right == width
    clear = min(top, left, height - bottom, width - right) >= ALONE_PX
    nearby = labels[max(top - ALONE_PX, 0) : bottom + ALONE_PX, max(left - ALONE_PX, 0) : right + ALONE_PX]
    return clear and not np.any((nearby > 0) & (nearby != label)), border
