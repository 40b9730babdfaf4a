"""Which images are the same picture, by the bytes of the file or by their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class RepeatedImage:
    """One image that repeats an earlier one."""

    row: int
    """Row of images."""
    first: int
    """The first image with this picture."""
    by: str
    """``picture`` (bytes of the file) or ``masks`` (size, masks and categories)."""
    same_source: bool
    """Both are in one input file."""
    masks: int
    """Annotations of the image."""

    @property
    def how(self) -> str:
        """How it is known, in words."""
        if self.by == "picture":
            return "byte for byte"
        return f"to judge by their {self.masks} masks, which are equal pixel for pixel"


def find_repeated_images(measurements: Measurements, min_masks: int) -> Iterator[RepeatedImage]:
    """Yield the images that repeat an earlier one, in order.

    Where both picture files were read, their bytes decide and nothing else. Else two images count as
    one picture if they have the same size and exactly the same masks and categories, at least
    ``min_masks`` of them.

    Parameters
    ----------
    measurements : Measurements
    min_masks : int

    Yields
    ------
    RepeatedImage

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(find_repeated_images(empty_measurements(), 1))
    []
    """
    images = measurements.images
    file_hash = images["picture_hash"].to_numpy(dtype=object)
    is_read = file_hash != ""
    annotations, source = images["annotations"].to_numpy(), images["source"].to_numpy()
    masks_hash = images["masks_hash"].to_numpy()
    is_usable = ~is_read & (masks_hash != 0) & (annotations >= min_masks)
    image_shapes = zip(masks_hash.tolist(), images["height"].tolist(), images["width"].tolist(), strict=True)
    repeated = [
        *_repeated(file_hash.tolist(), np.flatnonzero(is_read), "picture"),
        *_repeated(list(image_shapes), np.flatnonzero(is_usable), "masks"),
    ]
    for row, first_row, by in sorted(repeated):
        yield RepeatedImage(row, first_row, by, bool(source[row] == source[first_row]), int(annotations[row]))


def _repeated(hashes: Sequence[object], rows: NDArray[np.int64], by: str) -> Iterator[tuple[int, int, str]]:
    first_rows: dict[object, int] = {}
    for row in rows.tolist():
        first_row = first_rows.setdefault(hashes[row], row)
        if first_row != row:
            yield row, first_row, by
