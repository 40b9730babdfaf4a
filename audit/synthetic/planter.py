"""The desk at which errors are planted: clean annotations, and which of them are still untouched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.synthetic.cells import Scene
from audit.synthetic.encode import Mask, Record, compressed, polygons, record, uncompressed

ALONE_PX = 5
"""An instance counts as alone if no other one reaches into its box widened by this."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One clean annotation, with what decides which errors suit it."""

    row: int
    """Position in `Desk.records` before anything was planted; also its id less 1."""
    image: int
    """Position in `Desk.scenes`."""
    label: int
    category: int
    area: int
    alone: bool
    """Nothing else is near, the image's border included."""
    border: bool
    """The mask reaches the image's border."""
    contacts: tuple[tuple[int, int], ...]
    """(row of a touching instance, pixel edges shared with it)."""


class Desk:
    """Annotations being spoiled.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    scenes : sequence of Scene
        One a picture; image ids are positions plus 1.
    """

    def __init__(self, rng: np.random.Generator, scenes: Sequence[Scene]) -> None:
        self.rng = rng
        self.scenes = tuple(scenes)
        self.instances: list[Instance] = []
        self.records: list[Record | None] = []
        self._used: set[int] = set()
        for image in range(len(self.scenes)):
            self._annotate(image)
        self._order = [int(r) for r in rng.permutation(len(self.instances))]
        self._load = [0] * len(self.scenes)

    def _annotate(self, image: int) -> None:
        """Write the clean annotations of one picture: mostly polygons, some RLE of both kinds."""
        scene = self.scenes[image]
        first = len(self.records)
        touching = _contacts(scene.labels)
        how = self.rng.random(len(scene.categories))
        boxes = ndimage.find_objects(scene.labels)
        for label, category in enumerate(scene.categories, start=1):
            mask = scene.mask(label)
            shape: object = polygons(mask)
            if how[label - 1] < 0.15:
                shape = compressed(mask) if how[label - 1] < 0.10 else uncompressed(mask)
            row = len(self.records)
            self.records.append(record(row + 1, image + 1, category, shape, mask))
            alone, border = _surroundings(scene.labels, label, boxes[label - 1])
            contacts = tuple((first + other - 1, edges) for other, edges in touching.get(label, ()))
            self.instances.append(
                Instance(row, image, label, category, int(mask.sum()), alone, border, contacts)
            )

    def forbid(self, images: Sequence[int]) -> None:
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
        left = [
            i
            for i in (self.instances[r] for r in self._order)
            if i.row not in self._used and i.row not in tried and suits(i)
        ]
        return min(left, key=lambda i: (i.image in avoid, self._load[i.image]), default=None)

    def take(self, row: int) -> None:
        """Mark an instance as touched."""
        self._used.add(row)
        self._load[self.instances[row].image] += 1

    def free(self, row: int) -> bool:
        """Say whether an instance is untouched."""
        return row not in self._used

    def mask(self, victim: Instance) -> Mask:
        """Return the (H, W) clean mask of an instance."""
        return self.scenes[victim.image].mask(victim.label)

    def record(self, victim: Instance) -> Record:
        """Return the annotation of an instance, to be changed in place."""
        found = self.records[victim.row]
        if found is None:
            raise ValueError(f"annotation {victim.row + 1} was deleted")
        return found

    def redraw(self, victim: Instance, mask: Mask, *, runs: bool = False) -> None:
        """Give an instance another mask, with the area and box that belong to it."""
        old = self.record(victim)
        shape: object = compressed(mask) if runs else polygons(mask)
        old.update(record(old["id"], old["image_id"], old["category_id"], shape, mask))

    def add(self, image: int, category: int, mask: Mask, *, runs: bool = False) -> int:
        """Annotate one more mask; return its id."""
        identity = len(self.records) + 1
        shape: object = compressed(mask) if runs else polygons(mask)
        self.records.append(record(identity, image + 1, category, shape, mask))
        return identity


def _contacts(labels: NDArray[np.int32]) -> dict[int, list[tuple[int, int]]]:
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
    inside = min(top, left, height - bottom, width - right) >= ALONE_PX
    near = labels[max(top - ALONE_PX, 0) : bottom + ALONE_PX, max(left - ALONE_PX, 0) : right + ALONE_PX]
    return inside and not np.any((near > 0) & (near != label)), border
