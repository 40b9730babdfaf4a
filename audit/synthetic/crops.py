"""Masks as small arrays with a place, for planting: moved, cut, united, and written back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.geometry.runs import Runs, from_dense, to_counts

EIGHT = np.ones((3, 3), dtype=bool)
"""All eight neighbours."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Crop:
    """A mask cut out tightly. Rows and columns may lie outside of the image until it is clipped."""

    mask: Mask
    y: int
    x: int

    @staticmethod
    def of(mask: Mask, y: int = 0, x: int = 0) -> Crop:
        """Cut a mask out whose first pixel has the place (y, x).

        Examples
        --------
        >>> crop = Crop.of(np.array([[False, True]]))
        >>> crop.x, crop.area
        (1, 1)
        >>> Crop.of(np.zeros((2, 2), dtype=bool)).area
        0
        """
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if len(rows) == 0:
            return Crop(np.zeros((0, 0), dtype=bool), y, x)
        top, left = int(rows[0]), int(columns[0])
        return Crop(mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1], y + top, x + left)

    @property
    def area(self) -> int:
        """Pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """First row, first column, row after the last, column after the last."""
        return self.y, self.x, self.y + self.mask.shape[0], self.x + self.mask.shape[1]

    def within(self, top: int, left: int, bottom: int, right: int) -> Mask:
        """Paint the mask into a window."""
        result = np.zeros((bottom - top, right - left), dtype=bool)
        y0, x0, y1, x1 = self.box
        a, b, c, d = max(y0, top), max(x0, left), min(y1, bottom), min(x1, right)
        if a < c and b < d:
            result[a - top : c - top, b - left : d - left] = self.mask[a - y0 : c - y0, b - x0 : d - x0]
        return result

    def clipped(self, height: int, width: int) -> Crop:
        """Cut off what lies outside of the image."""
        y0, x0, y1, x1 = self.box
        window = max(y0, 0), max(x0, 0), min(y1, height), min(x1, width)
        if window[0] >= window[2] or window[1] >= window[3]:
            return Crop.of(np.zeros((0, 0), dtype=bool))
        return Crop.of(self.within(*window), window[0], window[1])

    def counts(self, height: int, width: int) -> list[int]:
        """Write the mask, which lies inside of the image, as COCO's uncompressed run lengths."""
        runs = from_dense(self.mask[None])
        placed = Runs(
            runs.mask, runs.x + np.int32(self.x), runs.y0 + np.int32(self.y), runs.y1 + np.int32(self.y), 1
        )
        counts: list[int] = to_counts(placed, np.array([height]), np.array([width]))[0].tolist()
        return counts


def window_of(crops: list[Crop], margin: int) -> tuple[int, int, int, int]:
    """Return a window around some masks.

    Examples
    --------
    >>> window_of([Crop.of(np.ones((2, 3), dtype=bool))], 1)
    (-1, -1, 3, 4)
    """
    boxes = np.array([crop.box for crop in crops])
    low, high = boxes[:, :2].min(axis=0) - margin, boxes[:, 2:].max(axis=0) + margin
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def near(one: Crop, other: Crop, reach: int) -> tuple[int, int]:
    """Say how close the other mask is, and how much of it.

    Parameters
    ----------
    one, other : Crop
    reach : int
        Pixels, at least 1.

    Returns
    -------
    gap : int
        Free pixels between the two, as a king moves; -1 = they overlap; ``reach`` = farther.
    contact : int
        Pixels of the other one at most ``reach`` moves from the first.

    Examples
    --------
    >>> left, right = (Crop.of(np.ones((3, 2), dtype=bool), 0, x) for x in (0, 3))
    >>> near(left, right, 2)
    (1, 3)
    >>> near(left, Crop.of(np.zeros((1, 1), dtype=bool)), 2)
    (2, 0)
    """
    if one.area == 0 or other.area == 0:
        return reach, 0
    y0, x0, y1, x1 = one.box
    window = y0 - reach, x0 - reach, y1 + reach, x1 + reach
    grown, theirs = one.within(*window), other.within(*window)
    gap = -1 if (grown & theirs).any() else reach
    for moves in range(1, reach + 1):
        grown = ndimage.binary_dilation(grown, EIGHT)
        if gap == reach and (grown & theirs).any():
            gap = moves - 1
    return gap, int((grown & theirs).sum())


def joined(parts: list[Crop], others: list[Crop], height: int, width: int) -> Crop:
    """Unite masks and close the slit between them: free pixels that neighbour two of them.

    Where they are still apart, a closing by two pixels near both is added. Pixels of other masks stay
    theirs.

    Examples
    --------
    >>> left, right = (Crop.of(np.ones((3, 2), dtype=bool), 0, x) for x in (0, 3))
    >>> joined([left, right], [], 3, 5).area
    15
    """
    window = window_of(parts, 4)
    painted = [part.within(*window) for part in parts]
    union = np.logical_or.reduce(painted)
    taken = np.logical_or.reduce([np.zeros_like(union), *(other.within(*window) for other in others)])
    whole = union | (_met_by_two(painted, 1) & ~taken)
    if ndimage.label(whole, EIGHT)[1] > 1:
        closed = ndimage.binary_closing(whole, EIGHT, iterations=2)
        whole |= closed & _met_by_two(painted, 2) & ~taken
    return Crop.of(whole, window[0], window[1]).clipped(height, width)


def _met_by_two(painted: list[Mask], moves: int) -> Mask:
    number = sum(ndimage.binary_dilation(p, EIGHT, iterations=moves).astype(np.int8) for p in painted)
    return np.asarray(number >= 2)


def connected(mask: Mask) -> bool:
    """Say whether a mask is in one piece, corners included.

    Examples
    --------
    >>> connected(np.eye(2, dtype=bool)), connected(np.zeros((2, 2), dtype=bool))
    (True, False)
    """
    return int(ndimage.label(mask, EIGHT)[1]) == 1
