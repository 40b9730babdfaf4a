"""Where errors are planted: clean annotations, and which of them are still untouched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from audit.carriers import dataclass
from audit.synthetic.annotation_records import (
    POLYGONS,
    RLE,
    UNCOMPRESSED_RLE,
    Mask,
    Record,
    annotation_record,
    mask_segmentation,
)
from audit.synthetic.crops import MaskCrop


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
        self, rng: np.random.Generator, image_ids: Sequence[int], image_sizes: Sequence[tuple[int, int]]
    ) -> None:
        self.rng = rng
        # Pictures' looks, where they are known; the clean annotations; and the annotations as they are now:
        # records and masks by row, without those that were deleted.
        self.image_ids, self.sizes = list(image_ids), list(image_sizes)
        self.looks: list[str] = [""] * len(self.sizes)
        self.instances: list[Instance] = []
        self.records: list[Record | None] = []
        self.placed: dict[int, tuple[int, MaskCrop]] = {}
        self._used: set[int] = set()
        self._n_errors = [0] * len(self.sizes)
        self._order: list[int] = []
        self._by_image: dict[int, list[Instance]] = {}

    def reserve(self, reserved: Collection[int]) -> None:
        """Leave the annotations of some pictures as they are."""
        self._used.update(instance.row for instance in self.instances if instance.image in set(reserved))

    def choose(
        self,
        is_suitable: Callable[[Instance], bool],
        avoided_images: Collection[int],
        tried_rows: Collection[int],
    ) -> Instance | None:
        """Choose an untouched instance by chance; pictures with few errors so far come first.

        Parameters
        ----------
        is_suitable : callable
            Says whether an instance lends itself to the error.
        avoided_images : collection of int
            Pictures that are taken only where no other one is left.
        tried_rows : collection of int
            Rows that did not work out.

        Returns
        -------
        Instance or None
            Not yet taken; None where nothing suits.
        """
        candidates = [
            instance
            for instance in (self.instances[row] for row in self._order)
            if instance.row not in self._used and instance.row not in tried_rows and is_suitable(instance)
        ]
        return min(
            candidates,
            key=lambda candidate: (candidate.image in avoided_images, self._n_errors[candidate.image]),
            default=None,
        )

    def find_neighbour(self, victim: Instance, min_contact: int) -> Instance | None:
        """Return the untouched neighbour of the same category with the longest contact, if there is one.

        Parameters
        ----------
        victim : Instance
        min_contact : int
            Pixels.
        """
        candidates = [
            (contact, -row)
            for row, contact in victim.contacts
            if contact >= min_contact
            and self.is_free(row)
            and self.instances[row].category_id == victim.category_id
            and self.instances[row].area >= 200
        ]
        return self.instances[-max(candidates)[1]] if candidates else None

    def append(self, instance: Instance, record: Record) -> None:
        """Take up one clean annotation.

        Parameters
        ----------
        instance : Instance
            Its row is the number of those before.
        record : Record
        """
        self.instances.append(instance)
        self.records.append(record)
        self.placed[instance.row] = (instance.image, instance.crop)

    def shuffle(self) -> None:
        """Draw the order in which `choose` goes through the instances."""
        self._order = [int(row) for row in self.rng.permutation(len(self.instances))]

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

    def paint(self, image: int, mask_crop: MaskCrop) -> Mask:
        """Paint a mask into its image.

        Parameters
        ----------
        image : int
            Position.
        mask_crop : MaskCrop

        Returns
        -------
        (H, W) bool
        """
        return mask_crop.paint((0, 0, *self.sizes[image]))

    def instances_of(self, image: int) -> list[Instance]:
        """Return the clean instances of an image."""
        if not self._by_image:
            for instance in self.instances:
                self._by_image.setdefault(instance.image, []).append(instance)
        return self._by_image.get(image, [])

    def occupied(self, image: int) -> Mask:
        """Return the (H, W) pixels of an image's clean annotations."""
        is_occupied = np.zeros(self.sizes[image], dtype=bool)
        for instance in self.instances_of(image):
            first_row, first_column, last_row, last_column = instance.crop.window
            is_occupied[first_row:last_row, first_column:last_column] |= instance.crop.mask
        return is_occupied

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

    def redraw(self, victim: Instance, new_mask: MaskCrop | Mask, encoding: str = POLYGONS) -> None:
        """Give an instance another mask, with the area and box that belong to it.

        Parameters
        ----------
        victim : Instance
        new_mask : MaskCrop or (H, W) bool
        encoding : str
            As of `mask_segmentation`.
        """
        record = self.record(victim)
        record_id, category_id, iscrowd = record["id"], record["category_id"], record["iscrowd"]
        record.update(
            self._encode_record(record_id, victim.image, category_id, new_mask, encoding), iscrowd=iscrowd
        )
        self.placed[victim.row] = (victim.image, _cut_out(new_mask))

    def add(self, image: int, category_id: int, new_mask: MaskCrop | Mask, encoding: str = POLYGONS) -> int:
        """Annotate one more mask; return its id.

        Parameters
        ----------
        image : int
            Position.
        category_id : int
        new_mask : MaskCrop or (H, W) bool
        encoding : str
            As of `mask_segmentation`.
        """
        record_id = len(self.records) + 1
        self.records.append(self._encode_record(record_id, image, category_id, new_mask, encoding))
        self.placed[record_id - 1] = (image, _cut_out(new_mask))
        return record_id

    def delete(self, victim: Instance) -> None:
        """Leave an annotation out."""
        self.records[victim.row] = None
        del self.placed[victim.row]

    def _encode_record(
        self, record_id: int, image: int, category_id: int, new_mask: MaskCrop | Mask, encoding: str
    ) -> Record:
        mask_crop = _cut_out(new_mask)
        segmentation = mask_segmentation(self.paint(image, mask_crop), encoding)
        return self.write_record(record_id, image, category_id, segmentation, mask_crop)

    def write_record(
        self, record_id: int, image: int, category_id: int, segmentation: object, mask_crop: MaskCrop
    ) -> Record:
        """Write the sound annotation of a mask.

        Parameters
        ----------
        record_id : int
            Its id.
        image : int
            Position.
        category_id : int
        segmentation : object
            What draws the mask.
        mask_crop : MaskCrop
        """
        record = annotation_record(
            record_id, self.image_ids[image], category_id, segmentation, mask_crop.mask
        )
        record["bbox"] = mask_crop.bbox
        return record


def _cut_out(mask_or_crop: MaskCrop | Mask) -> MaskCrop:
    return mask_or_crop if isinstance(mask_or_crop, MaskCrop) else MaskCrop.cut_out(mask_or_crop)
