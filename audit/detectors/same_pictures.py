"""Which images are the same picture, by the bytes of the file or by their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class SamePicture:
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


def same_pictures(m: Measurements, min_masks: int) -> Iterator[SamePicture]:
    """Yield the images that repeat an earlier one, in order.

    Where both picture files were read, their bytes decide and nothing else. Else two images count as
    one picture if they have the same size and exactly the same masks and categories, at least
    ``min_masks`` of them.

    Parameters
    ----------
    m : Measurements
    min_masks : int

    Yields
    ------
    SamePicture

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(same_pictures(empty_measurements(), 1))
    []
    """
    t = m.images
    file_hash = t["picture_hash"].to_numpy(dtype=object)
    read = file_hash != ""
    count, source = t["annotations"].to_numpy(), t["source"].to_numpy()
    masks = t["masks_hash"].to_numpy()
    usable = ~read & (masks != 0) & (count >= min_masks)
    sizes = zip(masks.tolist(), t["height"].tolist(), t["width"].tolist(), strict=True)
    found = [
        *_repeated(file_hash.tolist(), np.flatnonzero(read), "picture"),
        *_repeated(list(sizes), np.flatnonzero(usable), "masks"),
    ]
    for row, first, by in sorted(found):
        yield SamePicture(row, first, by, bool(source[row] == source[first]), int(count[row]))


def _repeated(keys: Sequence[object], rows: NDArray[np.int64], by: str) -> Iterator[tuple[int, int, str]]:
    first: dict[object, int] = {}
    for row in rows.tolist():
        seen = first.setdefault(keys[row], row)
        if seen != row:
            yield row, seen, by
