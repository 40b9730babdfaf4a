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
from audit.synthetic.crops import MaskCrop, is_connected
from audit.synthetic.planter import Instance, Planter
from audit.synthetic.touching_crops import REACH_PX, could_be_one_object, find_close_crops, measure_contact
from audit.touching.candidate_pairs import MIN_AREA_PX

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
    image_sizes = [(int(scene.labels.shape[0]), int(scene.labels.shape[1])) for scene in scenes]
    planter = Planter(rng, range(1, len(scenes) + 1), image_sizes)
    planter.looks = [scene.look for scene in scenes]
    for image, scene in enumerate(scenes):
        _annotate_scene(planter, image, scene)
    planter.shuffle()
    return planter


def _annotate_scene(planter: Planter, image: int, scene: Scene) -> None:
    first_row = len(planter.records)
    label_contacts = _label_contacts(scene.labels)
    encoding_draws = planter.rng.random(len(scene.categories))
    label_boxes = ndimage.find_objects(scene.labels)
    for label, category in enumerate(scene.categories, start=1):
        mask, record_row, encoding_draw = scene.mask(label), len(planter.records), encoding_draws[label - 1]
        encoding = RLE if encoding_draw < 0.10 else UNCOMPRESSED_RLE if encoding_draw < 0.15 else POLYGONS
        segmentation = mask_segmentation(mask, encoding)
        record = annotation_record(record_row + 1, image + 1, category, segmentation, mask)
        is_alone, at_border = _surroundings(scene.labels, label, label_boxes[label - 1])
        touching = tuple(
            (first_row + position - 1, edges) for position, edges in label_contacts.get(label, ())
        )
        crop = MaskCrop.cut_out(mask)
        planter.append(Instance(record_row, image, category, crop, is_alone, at_border, touching), record)


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
    image_sizes = list(zip(images.height.tolist(), images.width.tolist(), strict=True))
    planter = Planter(rng, images.id.tolist(), image_sizes)
    cut_masks = _cut_masks(planter, dataset)
    placed_crops = [(image, crop) for image, crop, _, _ in cut_masks]
    is_crowd = [bool(record["iscrowd"]) for _, _, record, _ in cut_masks]
    close_pairs = [
        (first, second)
        for first, second, _, _ in find_close_crops(placed_crops, ALONE_REACH_PX)
        if not (is_crowd[first] or is_crowd[second])
    ]
    crowded_rows = {mask_row for pair in close_pairs for mask_row in pair}
    crop_contacts = _crop_contacts(
        [crop for _, crop in placed_crops], [m[2]["category_id"] for m in cut_masks], close_pairs
    )
    for mask_row, (image, crop, record, source_id) in enumerate(cut_masks):
        is_large = crop.area >= 3 * MIN_AREA_PX
        is_alone = (
            mask_row not in crowded_rows and not is_crowd[mask_row] and is_large and is_connected(crop.mask)
        )
        touching = tuple(crop_contacts.get(mask_row, ()))
        category_id = record["category_id"]
        instance = Instance(
            mask_row, image, category_id, crop, is_alone, contacts=touching, source_id=source_id
        )
        planter.append(instance, record)
    return planter


def _cut_masks(planter: Planter, dataset: Dataset) -> list[tuple[int, MaskCrop, Record, int]]:
    """Return image, mask, record and id of every annotation with a mask."""
    cut_masks: list[tuple[int, MaskCrop, Record, int]] = []
    for shard in split_shards(dataset, _SHARD_ANNOTATIONS):
        runs = dataset_runs(dataset, shard.rows)
        mask_boxes = measure_boxes(runs)
        nonempty = np.flatnonzero(mask_boxes[:, 2] > 0)
        segmentations = encode_runs(take_masks(runs, nonempty), shard.height[nonempty], shard.width[nonempty])
        for segmentation, position in zip(segmentations, nonempty.tolist(), strict=True):
            x, y, width, height = mask_boxes[position].tolist()
            crop = MaskCrop(runs_to_dense(crop_runs(runs, position, x, y), height, width)[0], y, x)
            image, category = int(shard.image[position]), int(shard.category[position])
            category_id = int(dataset.categories.id[category]) if category >= 0 else -1
            record = planter.write_record(len(cut_masks) + 1, image, category_id, segmentation, crop)
            record["iscrowd"] = int(shard.iscrowd[position])
            cut_masks.append((image, crop, record, int(dataset.annotations.id[shard.rows[position]])))
    return cut_masks


def _crop_contacts(
    crops: list[MaskCrop], category_ids: list[int], close_pairs: list[tuple[int, int]]
) -> Contacts:
    """Return the contacts of the pairs of one category that could be one object."""
    contacts: Contacts = {}
    for first, second in sorted(close_pairs):
        gap_px, contact_px = measure_contact(crops[first], crops[second], REACH_PX)
        same_category = category_ids[first] == category_ids[second]
        if same_category and could_be_one_object(crops[first], crops[second], gap_px, contact_px):
            contacts.setdefault(first, []).append((second, contact_px))
            contacts.setdefault(second, []).append((first, contact_px))
    return contacts


def _label_contacts(labels: NDArray[np.int32]) -> Contacts:
    """Return the touching labels of every label, with the number of pixel edges they share."""
    shifted_maps = [(labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])]
    label_pairs = np.concatenate(
        [
            np.stack(
                [first_label[first_label != second_label], second_label[first_label != second_label]], axis=1
            )
            for first_label, second_label in shifted_maps
        ]
    )
    label_pairs = np.sort(label_pairs[(label_pairs > 0).all(axis=1)], axis=1)
    touching: Contacts = {}
    for (first_label, second_label), edges in zip(
        *np.unique(label_pairs, axis=0, return_counts=True), strict=True
    ):
        touching.setdefault(int(first_label), []).append((int(second_label), int(edges)))
        touching.setdefault(int(second_label), []).append((int(first_label), int(edges)))
    return touching


def _surroundings(
    labels: NDArray[np.int32], label_number: int, label_box: tuple[slice, slice]
) -> tuple[bool, bool]:
    """Say whether a label is alone and whether it reaches the image's border."""
    (top, bottom), (left, right) = ((scene.start, scene.stop) for scene in label_box)
    height, width = labels.shape
    at_border = top == 0 or left == 0 or bottom == height or right == width
    is_clear = min(top, left, height - bottom, width - right) >= ALONE_PX
    nearby = labels[max(top - ALONE_PX, 0) : bottom + ALONE_PX, max(left - ALONE_PX, 0) : right + ALONE_PX]
    return is_clear and not np.any((nearby > 0) & (nearby != label_number)), at_border
