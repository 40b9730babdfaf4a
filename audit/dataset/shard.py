"""Some images of a dataset with their annotations, cut out so that another process can measure them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray, Segmentations
from audit.geometry.disk_arrays import full_array, store_array
from audit.geometry.sort_keys import stable_lexsort


@dataclass(frozen=True, slots=True)
class Shard:
    """The annotations of some images, sorted by image, annotation id, file position.

    Small, flat and cheap to pickle: it is what a worker process gets.
    """

    rows: IntArray
    """(n,) positions in ``Dataset.annotations``."""
    image: IntArray
    """(n,) positions in ``Dataset.images``; never -1."""
    height: IntArray
    """(n,) of the annotation's image, pixels."""
    width: IntArray
    """(n,)"""
    category: IntArray
    """(n,) positions in ``Dataset.categories``; -1 = unknown."""
    iscrowd: NDArray[np.bool_]
    segmentation: Segmentations

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, positions: IntArray) -> Shard:
        """Cut some annotations out.

        Parameters
        ----------
        positions : (m,) int64
            Positions in this shard, ascending so that the order stays.

        Examples
        --------
        >>> from audit.dataset.model import empty_segmentations
        >>> three = np.arange(3)
        >>> shard = Shard(three, three, three, three, three, three > 0, empty_segmentations(3))
        >>> shard.take(np.array([0, 2])).rows.tolist()
        [0, 2]
        >>> len(shard.take(np.array([], dtype=np.int64)))
        0
        """
        return Shard(
            self.rows[positions],
            self.image[positions],
            self.height[positions],
            self.width[positions],
            self.category[positions],
            self.iscrowd[positions],
            self.segmentation.take(positions),
        )


def instance_order(dataset: Dataset) -> IntArray:
    """Return the positions of all annotations in the order of the instances table.

    Sorted by image row (unknown images last), annotation id, position.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> instance_order(empty_dataset()).tolist()
    []
    """
    annotations = dataset.annotations
    # Without a sign, -1 is the largest number. Rows lie in the order of files and positions, and a stable
    # sort keeps it.
    return store_array(stable_lexsort((annotations.id, annotations.image.view(np.uint64))))


def instance_rows(dataset: Dataset) -> IntArray:
    """Return the row in the instances table of each annotation: the inverse of `instance_order`.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    (annotations,) int64

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> instance_rows(empty_dataset()).tolist()
    []
    """
    table_order = instance_order(dataset)
    table_rows: IntArray = full_array(len(table_order), np.int64)
    table_rows[table_order] = np.arange(len(table_order))
    return table_rows


def split_shards(dataset: Dataset, shard_size: int = 20_000) -> Iterator[Shard]:
    """Cut a dataset into shards of whole images.

    Parameters
    ----------
    dataset : Dataset
    shard_size : int
        Annotations a shard aims at; an image is never cut.

    Yields
    ------
    Shard
        In the order of `instance_order`; annotations without a known image belong to none.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> list(split_shards(empty_dataset()))
    []
    """
    annotations, images = dataset.annotations, dataset.images
    table_order = instance_order(dataset)
    # Annotations without an image are the last.
    table_order = table_order[: np.count_nonzero(annotations.image >= 0)]
    image_rows = annotations.image[table_order]
    first_of_image = (
        np.flatnonzero(np.r_[True, image_rows[1:] != image_rows[:-1]]) if len(table_order) else image_rows
    )
    shard_start = 0
    while shard_start < len(table_order):
        # Up to the first image that begins at or after the aimed size, so no image is cut.
        next_image = np.searchsorted(first_of_image, shard_start + shard_size)
        shard_stop = int(first_of_image[next_image]) if next_image < len(first_of_image) else len(table_order)
        shard_rows = table_order[shard_start:shard_stop]
        shard_images = annotations.image[shard_rows]
        yield Shard(
            shard_rows,
            shard_images,
            images.height[shard_images],
            images.width[shard_images],
            annotations.category[shard_rows],
            annotations.iscrowd[shard_rows],
            annotations.segmentation.take(shard_rows),
        )
        shard_start = shard_stop
