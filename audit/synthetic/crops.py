"""Masks as small arrays with a place, for planting: moved, clipped, and painted back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.carriers import dataclass

Mask = NDArray[np.bool_]
Window = tuple[int, int, int, int]
"""First row, first column, row after the last, column after the last."""
EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True)
class MaskCrop:
    """A mask cut out tightly. Rows and columns may lie outside of the image until it is clipped."""

    mask: Mask
    y: int
    x: int

    @staticmethod
    def cut_out(mask: Mask, y: int = 0, x: int = 0) -> MaskCrop:
        """Cut a mask out whose first pixel has the place (y, x).

        Parameters
        ----------
        mask : (h, w) bool
        y, x : int
            Row and column in the image.

        Examples
        --------
        >>> crop = MaskCrop.cut_out(np.array([[False, True]]))
        >>> crop.x, crop.area
        (1, 1)
        >>> MaskCrop.cut_out(np.zeros((2, 2), dtype=bool)).area
        0
        """
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if len(rows) == 0:
            return MaskCrop(np.zeros((0, 0), dtype=bool), y, x)
        top, left = int(rows[0]), int(columns[0])
        return MaskCrop(mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1], y + top, x + left)

    @property
    def area(self) -> int:
        """Pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def window(self) -> Window:
        """The part of the image that holds it."""
        return self.y, self.x, self.y + self.mask.shape[0], self.x + self.mask.shape[1]

    @property
    def bbox(self) -> list[float]:
        """COCO's box (xywh); zeros where it is empty."""
        height, width = self.mask.shape
        return [float(value) for value in (self.x, self.y, width, height)] if self.mask.size else [0.0] * 4

    def paint(self, window: Window) -> Mask:
        """Paint the mask into a window of the image.

        Examples
        --------
        >>> MaskCrop(np.ones((1, 2), dtype=bool), 0, 1).paint((0, 0, 1, 2)).tolist()
        [[False, True]]
        """
        top, left, bottom, right = window
        painted = np.zeros((bottom - top, right - left), dtype=bool)
        first_y, first_x, last_y, last_x = self.window
        first_row, first_column = max(first_y, top), max(first_x, left)
        last_row, last_column = min(last_y, bottom), min(last_x, right)
        if first_row < last_row and first_column < last_column:
            target = (slice(first_row - top, last_row - top), slice(first_column - left, last_column - left))
            source = (
                slice(first_row - first_y, last_row - first_y),
                slice(first_column - first_x, last_column - first_x),
            )
            painted[target] = self.mask[source]
        return painted

    def clip(self, height: int, width: int) -> MaskCrop:
        """Cut off what lies outside of the image.

        Parameters
        ----------
        height, width : int
            Of the image, pixels.
        """
        first_y, first_x, last_y, last_x = self.window
        clipped_window = max(first_y, 0), max(first_x, 0), min(last_y, height), min(last_x, width)
        if clipped_window[0] >= clipped_window[2] or clipped_window[1] >= clipped_window[3]:
            return MaskCrop.cut_out(np.zeros((0, 0), dtype=bool))
        return MaskCrop.cut_out(self.paint(clipped_window), clipped_window[0], clipped_window[1])

    def move(self, down: int, right: int) -> MaskCrop:
        """Move the mask.

        Parameters
        ----------
        down, right : int
            Pixels.
        """
        return MaskCrop(self.mask, self.y + down, self.x + right)

    def count_shared(self, compared: MaskCrop) -> int:
        """Count the pixels that both have.

        Examples
        --------
        >>> left, right = (MaskCrop(np.ones((1, 3), dtype=bool), 0, x) for x in (0, 2))
        >>> left.count_shared(right)
        1
        """
        first_y, first_x, last_y, last_x = self.window
        if (
            compared.y >= last_y
            or compared.x >= last_x
            or compared.window[2] <= first_y
            or compared.window[3] <= first_x
        ):
            return 0
        return int((self.mask & compared.paint(self.window)).sum())


def window_around(crops: Sequence[MaskCrop], margin: int) -> Window:
    """Return a window around some masks.

    Parameters
    ----------
    crops : sequence of MaskCrop
        At least one.
    margin : int
        Pixels.

    Examples
    --------
    >>> window_around([MaskCrop.cut_out(np.ones((2, 3), dtype=bool))], 1)
    (-1, -1, 3, 4)
    """
    windows = np.array([crop.window for crop in crops])
    lowest, highest = windows[:, :2].min(axis=0) - margin, windows[:, 2:].max(axis=0) + margin
    return int(lowest[0]), int(lowest[1]), int(highest[0]), int(highest[1])


def is_connected(mask: Mask) -> bool:
    """Say whether a mask is in one piece, corners included.

    Examples
    --------
    >>> is_connected(np.eye(2, dtype=bool)), is_connected(np.zeros((2, 2), dtype=bool))
    (True, False)
    """
    return int(ndimage.label(mask, EIGHT_NEIGHBOURS)[1]) == 1
