"""Open each picture once and hand it to all that measure its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_channels
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.geometry.native_runs import thread_count
from audit.geometry.runs import Runs
from audit.measure.masks import decode_runs
from audit.measure.pictures import flag_readable
from audit.measure.schema import Measurements

_AHEAD = 500  # annotations whose pictures are opened while others are measured


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture with the masks of its image."""

    image: int
    """Row in the images table."""
    rows: IntArray
    """(n,) rows in the instances table, ascending."""
    shard: Shard
    """The annotations, in the same order."""
    runs: Runs
    """Their masks."""
    channels: NDArray[np.uint8]
    """(H, W, 1) of a grey picture, else (H, W, 3): red, green and blue."""


class PictureMeasurer(Protocol):
    """What is measured in pictures, gathered image by image."""

    is_wanted: NDArray[np.bool_]
    """(images,) whether the picture of an image is to be measured."""

    def measure(self, opened: OpenedPicture) -> None:
        """Measure a picture and keep what was seen; called by several threads, once an image."""


def measure_pictures(
    measurements: Measurements,
    dataset: Dataset,
    picture_folder: Path,
    measurers: Sequence[PictureMeasurer],
    workers: int | None = None,
) -> None:
    """Hand every picture to all that want it: opened once, with its masks decoded once.

    Pictures that are missing, broken or of another size than declared are left out.

    Parameters
    ----------
    measurements : Measurements
        With the pictures' states.
    dataset : Dataset
        What was measured.
    picture_folder : Path
        Where its pictures lie.
    measurers : sequence of PictureMeasurer
    workers : int, optional
        Pictures that are measured at the same time; None = one a core. Each is in memory as a whole.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> measure_pictures(empty_measurements(), empty_dataset(), Path("."), [])
    """
    is_wanted = np.zeros(len(measurements.images), dtype=np.bool_)
    for measurer in measurers:
        is_wanted |= measurer.is_wanted
    is_wanted &= flag_readable(measurements)
    if not is_wanted.any():
        return
    table_rows, file_names = instance_rows(dataset), measurements.images["file_name"].tolist()

    def measure_image(image_shard: Shard) -> None:
        image_row = int(image_shard.image[0])
        try:
            channels = load_channels(picture_folder, file_names[image_row])
        except RefusedError:
            return
        opened = OpenedPicture(
            image_row,
            table_rows[image_shard.rows],
            image_shard,
            decode_runs(image_shard.segmentation, image_shard.height, image_shard.width),
            channels,
        )
        for measurer in measurers:
            if measurer.is_wanted[image_row]:
                measurer.measure(opened)

    # Threads: while one opens its picture others measure theirs, and no picture has to be pickled.
    with ThreadPoolExecutor(workers or thread_count(), thread_name_prefix="pictures") as pool:
        for shard_part in split_shards(dataset, _AHEAD):
            picture_rows = np.unique(shard_part.image[is_wanted[shard_part.image]])
            image_shards = [
                shard_part.take(np.flatnonzero(shard_part.image == picture_row))
                for picture_row in picture_rows
            ]
            list(pool.map(measure_image, image_shards))  # raises what a thread raised
