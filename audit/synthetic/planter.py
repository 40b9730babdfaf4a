"""Where errors are planted: clean annotations, and which of them are still untouched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.dataset.model import Dataset
from audit.dataset.shard import shards
from audit.geometry.candidate_box_pairs import close_boxes
from audit.geometry.encode import encode_runs
from audit.geometry.runs import crop_runs, take, to_dense
from audit.geometry.shape import boxes
from audit.measure.masks import dataset_runs
from audit.synthetic.annotation_records import (
    POLYGONS,
    RLE,
    UNCOMPRESSED_RLE,
    Mask,
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
    is_connected,
    measure_contact,
)

ALONE_PX = 5
"""A cell of a scene is alone if no other one reaches into its box widened by this."""
ALONE_REACH_PX = 3
"""An annotation of a dataset is alone if no other one is closer than this."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One clean annotation, with what decides which errors suit it."""

    row: int
    """Position in `Planter.records` before anything was planted; also its id less 1."""
    image: int
    """Position in `Planter.image_ids`."""
    category_id: int
    crop: MaskCrop
    alone: bool
    """Nothing else is near."""
    border: bool = False
    """The mask reaches the image's border."""
    contacts: tuple[tuple[int, int], ...] = ()
    """(row of a touching instance, length of the contact in pixels)."""
    source_id: int = 0
    """Id in the file that is planted into; 0 where there is none."""

    @property
    def area(self) -> int:
        """Pixels."""
        return self.crop.area


class Planter:
    """Annotations being spoiled.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    image_ids : sequence of int
    sizes : sequence of (int, int)
        Height and width of each image, pixels.
    """

    def __init__(
        self, rng: np.random.Generator, image_ids: Sequence[int], sizes: Sequence[tuple[int, int]]
    ) -> None:
        self.rng = rng
        # Pictures' looks, where they are known; the clean annotations; and the annotations as they are now:
        # records and masks by row, without those that were deleted.
        self.image_ids, self.sizes = list(image_ids), list(sizes)
        self.looks: list[str] = [""] * len(self.sizes)
        self.instances: list[Instance] = []
        self.records: list[Record | None] = []
        self.placed: dict[int, tuple[int, MaskCrop]] = {}
        self._used: set[int] = set()
        self._n_errors = [0] * len(self.sizes)
        self._order: list[int] = []
        self._by_image: dict[int, list[Instance]] = {}

    @staticmethod
    def from_scenes(rng: np.random.Generator, scenes: Sequence[Scene]) -> Planter:
        """Annotate scenes: mostly polygons, some RLE of both kinds.

        Parameters
        ----------
        rng : numpy.random.Generator
        scenes : sequence of Scene
            One a picture; image ids are positions plus 1.
        """
        sizes = [(int(s.labels.shape[0]), int(s.labels.shape[1])) for s in scenes]
        planter = Planter(rng, range(1, len(scenes) + 1), sizes)
        planter.looks = [scene.look for scene in scenes]
        for image, scene in enumerate(scenes):
            planter._annotate(image, scene)
        planter._order = [int(row) for row in rng.permutation(len(planter.instances))]
        return planter

    def _annotate(self, image: int, scene: Scene) -> None:
        first = len(self.records)
        contacts = _label_contacts(scene.labels)
        draw = self.rng.random(len(scene.categories))
        places = ndimage.find_objects(scene.labels)
        for label, category in enumerate(scene.categories, start=1):
            mask, row = scene.mask(label), len(self.records)
            chance = draw[label - 1]
            encoding = RLE if chance < 0.10 else UNCOMPRESSED_RLE if chance < 0.15 else POLYGONS
            segmentation = mask_segmentation(mask, encoding)
            self.records.append(annotation_record(row + 1, image + 1, category, segmentation, mask))
            alone, border = _surroundings(scene.labels, label, places[label - 1])
            touching = tuple((first + k - 1, edges) for k, edges in contacts.get(label, ()))
            crop = MaskCrop.cut_out(mask)
            self.placed[row] = (image, crop)
            self.instances.append(Instance(row, image, category, crop, alone, border, touching))

    @staticmethod
    def from_dataset(rng: np.random.Generator, dataset: Dataset) -> Planter:
        """Take the annotations of a dataset that have a mask, image by image, all written as RLE.

        Parameters
        ----------
        rng : numpy.random.Generator
        dataset : Dataset
        """
        images, categories = dataset.images, dataset.categories
        sizes = list(zip(images.height.tolist(), images.width.tolist(), strict=True))
        planter = Planter(rng, images.id.tolist(), sizes)
        found: list[tuple[int, MaskCrop, Record, int]] = []
        for shard in shards(dataset, 500):
            runs = dataset_runs(dataset, shard.rows)
            bbox = boxes(runs)
            masked = np.flatnonzero(bbox[:, 2] > 0)
            segmentations = encode_runs(take(runs, masked), shard.height[masked], shard.width[masked])
            for segmentation, k in zip(segmentations, masked.tolist(), strict=True):
                x, y, width, height = bbox[k].tolist()
                crop = MaskCrop(to_dense(crop_runs(runs, k, x, y), height, width)[0], y, x)
                image, category = int(shard.image[k]), int(shard.category[k])
                category_id = int(categories.id[category]) if category >= 0 else -1
                number = len(found) + 1
                record = planter._write_record(number, image, category_id, segmentation, crop)
                record["iscrowd"] = int(shard.iscrowd[k])
                found.append((image, crop, record, int(dataset.annotations.id[shard.rows[k]])))
        planter.records = [record for _, _, record, _ in found]
        planter.placed = {row: (image, crop) for row, (image, crop, _, _) in enumerate(found)}
        near = find_close_crops([(image, crop) for image, crop, _, _ in found], ALONE_REACH_PX)
        crowd = [bool(record["iscrowd"]) for _, _, record, _ in found]
        near = [pair for pair in near if not (crowd[pair[0]] or crowd[pair[1]])]
        close = {row for pair in near for row in pair[:2]}
        contacts: dict[int, list[tuple[int, int]]] = {}
        for i, j, contact in planter._touching_rows([crop for _, crop, _, _ in found], near):
            contacts.setdefault(i, []).append((j, contact))
            contacts.setdefault(j, []).append((i, contact))
        for row, (image, crop, record, source_id) in enumerate(found):
            large = crop.area >= 3 * MIN_AREA_PX
            alone = row not in close and not crowd[row] and large and is_connected(crop.mask)
            touching = tuple(contacts.get(row, ()))
            instance = Instance(
                row, image, record["category_id"], crop, alone, contacts=touching, source_id=source_id
            )
            planter.instances.append(instance)
        return planter

    def _touching_rows(
        self, crops: list[MaskCrop], near: list[tuple[int, int, int, int]]
    ) -> list[tuple[int, int, int]]:
        """Return (row, row, contact) of the pairs of one category that could be one object."""
        touching = []
        for i, j, _, _ in near:
            alike = self.records[i]["category_id"] == self.records[j]["category_id"]  # type: ignore[index]
            gap, contact = measure_contact(crops[i], crops[j], REACH_PX)
            if alike and could_be_one_object(crops[i], crops[j], gap, contact):
                touching.append((i, j, contact))
        return sorted(touching)

    def reserve(self, images: Collection[int]) -> None:
        """Leave the annotations of some pictures as they are."""
        self._used.update(i.row for i in self.instances if i.image in set(images))

    def choose(
        self, suits: Callable[[Instance], bool], avoid: Collection[int], tried: Collection[int]
    ) -> Instance | None:
        """Choose an untouched instance by chance; pictures with few errors so far come first.

        Parameters
        ----------
        suits : callable
            Says whether an instance lends itself to the error.
        avoid : collection of int
            Pictures that are taken only where no other one is left.
        tried : collection of int
            Rows that did not work out.

        Returns
        -------
        Instance or None
            Not yet taken; None where nothing suits.
        """
        candidates = [
            instance
            for instance in (self.instances[row] for row in self._order)
            if instance.row not in self._used and instance.row not in tried and suits(instance)
        ]
        return min(candidates, key=lambda i: (i.image in avoid, self._n_errors[i.image]), default=None)

    def find_neighbour(self, victim: Instance, min_contact: int) -> Instance | None:
        """Return the untouched neighbour of the same category with the longest contact, if there is one.

        Parameters
        ----------
        victim : Instance
        min_contact : int
            Pixels.
        """
        free = [
            (contact, -row)
            for row, contact in victim.contacts
            if contact >= min_contact
            and self.is_free(row)
            and self.instances[row].category_id == victim.category_id
            and self.instances[row].area >= 200
        ]
        return self.instances[-max(free)[1]] if free else None

    def take(self, row: int) -> None:
        """Mark an instance as touched."""
        self._used.add(row)
        self._n_errors[self.instances[row].image] += 1

    def is_free(self, row: int) -> bool:
        """Say whether an instance is untouched."""
        return row not in self._used

    def mask(self, victim: Instance) -> Mask:
        """Return the (H, W) clean mask of an instance."""
        return self.paint(victim.image, victim.crop)

    def paint(self, image: int, crop: MaskCrop) -> Mask:
        """Paint a mask into its image.

        Parameters
        ----------
        image : int
            Position.
        crop : MaskCrop

        Returns
        -------
        (H, W) bool
        """
        return crop.paint((0, 0, *self.sizes[image]))

    def instances_of(self, image: int) -> list[Instance]:
        """Return the clean instances of an image."""
        if not self._by_image:
            for instance in self.instances:
                self._by_image.setdefault(instance.image, []).append(instance)
        return self._by_image.get(image, [])

    def occupied(self, image: int) -> Mask:
        """Return the (H, W) pixels of an image's clean annotations."""
        pixels = np.zeros(self.sizes[image], dtype=bool)
        for instance in self.instances_of(image):
            top, left, bottom, right = instance.crop.window
            pixels[top:bottom, left:right] |= instance.crop.mask
        return pixels

    def encoding(self, victim: Instance) -> str:
        """Say how an instance's mask is written."""
        segmentation = self.record(victim)["segmentation"]
        if isinstance(segmentation, list):
            return POLYGONS
        return RLE if isinstance(segmentation["counts"], str) else UNCOMPRESSED_RLE

    def record(self, victim: Instance) -> Record:
        """Return the annotation of an instance, to be changed in place."""
        record = self.records[victim.row]
        if record is None:
            raise ValueError(f"annotation {victim.row + 1} was deleted")
        return record

    def redraw(self, victim: Instance, crop: MaskCrop | Mask, encoding: str = POLYGONS) -> None:
        """Give an instance another mask, with the area and box that belong to it.

        Parameters
        ----------
        victim : Instance
        crop : MaskCrop or (H, W) bool
        encoding : str
            As of `mask_segmentation`.
        """
        old = self.record(victim)
        number, category_id, crowd = old["id"], old["category_id"], old["iscrowd"]
        old.update(self._encode_record(number, victim.image, category_id, crop, encoding), iscrowd=crowd)
        self.placed[victim.row] = (victim.image, _cut_out(crop))

    def add(self, image: int, category_id: int, crop: MaskCrop | Mask, encoding: str = POLYGONS) -> int:
        """Annotate one more mask; return its id.

        Parameters
        ----------
        image : int
            Position.
        category_id : int
        crop : MaskCrop or (H, W) bool
        encoding : str
            As of `mask_segmentation`.
        """
        number = len(self.records) + 1
        self.records.append(self._encode_record(number, image, category_id, crop, encoding))
        self.placed[number - 1] = (image, _cut_out(crop))
        return number

    def delete(self, victim: Instance) -> None:
        """Leave an annotation out."""
        self.records[victim.row] = None
        del self.placed[victim.row]

    def _encode_record(
        self, number: int, image: int, category_id: int, crop: MaskCrop | Mask, encoding: str
    ) -> Record:
        placed = _cut_out(crop)
        segmentation = mask_segmentation(self.paint(image, placed), encoding)
        return self._write_record(number, image, category_id, segmentation, placed)

    def _write_record(
        self, number: int, image: int, category_id: int, segmentation: object, crop: MaskCrop
    ) -> Record:
        record = annotation_record(number, self.image_ids[image], category_id, segmentation, crop.mask)
        record["bbox"] = crop.bbox
        return record


def _cut_out(crop: MaskCrop | Mask) -> MaskCrop:
    return crop if isinstance(crop, MaskCrop) else MaskCrop.cut_out(crop)


def find_close_crops(placed: Sequence[tuple[int, MaskCrop]], reach: int) -> list[tuple[int, int, int, int]]:
    """Find every two masks of an image that come close.

    Parameters
    ----------
    placed : sequence of (int, MaskCrop)
        Each mask's image and place in it.
    reach : int
        Pixels from which on two masks are not close.

    Returns
    -------
    list of (int, int, int, int)
        Both positions, the smaller first; gap and contact as of `measure_contact`.

    Examples
    --------
    >>> left, right = (MaskCrop.cut_out(np.ones((3, 2), dtype=bool), 0, x) for x in (0, 3))
    >>> find_close_crops([(0, left), (0, right), (1, right)], 2)
    [(0, 1, 1, 3)]
    >>> find_close_crops([], 2)
    []
    """
    if not placed:
        return []
    image = np.array([k for k, _ in placed])
    bbox = np.array([(c.x, c.y, c.mask.shape[1], c.mask.shape[0]) for _, c in placed])
    close = []
    for a, b in close_boxes(image, bbox, reach):
        for i, j in zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True):
            gap, contact = measure_contact(placed[i][1], placed[j][1], reach)
            if gap < reach:
                close.append((i, j, gap, contact))
    return close


def _label_contacts(labels: NDArray[np.int32]) -> dict[int, list[tuple[int, int]]]:
    """Return the touching labels of every label, with the number of pixel edges they share."""
    sides = [(labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])]
    both = np.concatenate([np.stack([a[a != b], b[a != b]], axis=1) for a, b in sides])
    both = np.sort(both[(both > 0).all(axis=1)], axis=1)
    touching: dict[int, list[tuple[int, int]]] = {}
    for (a, b), edges in zip(*np.unique(both, axis=0, return_counts=True), strict=True):
        touching.setdefault(int(a), []).append((int(b), int(edges)))
        touching.setdefault(int(b), []).append((int(a), int(edges)))
    return touching


def _surroundings(labels: NDArray[np.int32], label: int, place: tuple[slice, slice]) -> tuple[bool, bool]:
    """Say whether a label is alone and whether it reaches the image's border."""
    (top, bottom), (left, right) = ((s.start, s.stop) for s in place)
    height, width = labels.shape
    border = top == 0 or left == 0 or bottom == height or right == width
    clear = min(top, left, height - bottom, width - right) >= ALONE_PX
    near = labels[max(top - ALONE_PX, 0) : bottom + ALONE_PX, max(left - ALONE_PX, 0) : right + ALONE_PX]
    return clear and not np.any((near > 0) & (near != label)), border
