"""Masks as small arrays with a place, for planting: moved, cut, united, and written back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.geometry.candidate_box_pairs import find_box_pairs

Mask = NDArray[np.bool_]
Window = tuple[int, int, int, int]
"""First row, first column, row after the last, column after the last."""
EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)
MAX_GAP_PX, MIN_AREA_RATIO, MIN_AREA_PX, MIN_CONTACT_PX = 1, 0.1, 30, 3
"""What makes two masks a touching pair that could be one object."""
REACH_PX = MAX_GAP_PX + 1
"""Distance up to which masks are compared."""
_MIN_PART_SHARE, _TRIES = 0.15, 12


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
        result = np.zeros((bottom - top, right - left), dtype=bool)
        y0, x0, y1, x1 = self.window
        first_row, first_column = max(y0, top), max(x0, left)
        last_row, last_column = min(y1, bottom), min(x1, right)
        if first_row < last_row and first_column < last_column:
            target = (slice(first_row - top, last_row - top), slice(first_column - left, last_column - left))
            source = (slice(first_row - y0, last_row - y0), slice(first_column - x0, last_column - x0))
            result[target] = self.mask[source]
        return result

    def clip(self, height: int, width: int) -> MaskCrop:
        """Cut off what lies outside of the image.

        Parameters
        ----------
        height, width : int
            Of the image, pixels.
        """
        y0, x0, y1, x1 = self.window
        window = max(y0, 0), max(x0, 0), min(y1, height), min(x1, width)
        if window[0] >= window[2] or window[1] >= window[3]:
            return MaskCrop.cut_out(np.zeros((0, 0), dtype=bool))
        return MaskCrop.cut_out(self.paint(window), window[0], window[1])

    def move(self, down: int, right: int) -> MaskCrop:
        """Move the mask.

        Parameters
        ----------
        down, right : int
            Pixels.
        """
        return MaskCrop(self.mask, self.y + down, self.x + right)

    def count_shared(self, crop: MaskCrop) -> int:
        """Count the pixels that both have.

        Examples
        --------
        >>> left, right = (MaskCrop(np.ones((1, 3), dtype=bool), 0, x) for x in (0, 2))
        >>> left.count_shared(right)
        1
        """
        y0, x0, y1, x1 = self.window
        if crop.y >= y1 or crop.x >= x1 or crop.window[2] <= y0 or crop.window[3] <= x0:
            return 0
        return int((self.mask & crop.paint(self.window)).sum())


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
    low, high = windows[:, :2].min(axis=0) - margin, windows[:, 2:].max(axis=0) + margin
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def measure_contact(first: MaskCrop, second: MaskCrop, reach: int) -> tuple[int, int]:
    """Say how close the second mask is, and how much of it.

    Parameters
    ----------
    first, second : MaskCrop
    reach : int
        Pixels, at least 1.

    Returns
    -------
    gap : int
        Free pixels between the two, as a king moves; -1 = they overlap; ``reach`` = farther.
    contact : int
        Pixels of the second at most ``reach`` moves from the first.

    Examples
    --------
    >>> left, right = (MaskCrop.cut_out(np.ones((3, 2), dtype=bool), 0, x) for x in (0, 3))
    >>> measure_contact(left, right, 2)
    (1, 3)
    >>> measure_contact(left, MaskCrop.cut_out(np.zeros((1, 1), dtype=bool)), 2)
    (2, 0)
    """
    if first.area == 0 or second.area == 0:
        return reach, 0
    window = window_around([first], reach)
    grown, target = first.paint(window), second.paint(window)
    gap = -1 if (grown & target).any() else reach
    for moves in range(1, reach + 1):
        grown = ndimage.binary_dilation(grown, EIGHT_NEIGHBOURS)
        if gap == reach and (grown & target).any():
            gap = moves - 1
    return gap, int((grown & target).sum())


def join_crops(parts: list[MaskCrop], neighbours: list[MaskCrop], height: int, width: int) -> MaskCrop:
    """Unite masks and close the slit between them: free pixels that neighbour two of them.

    Where they are still apart, a closing by two pixels near both is added. Pixels of neighbours stay
    theirs.

    Parameters
    ----------
    parts : list of MaskCrop
        At least one.
    neighbours : list of MaskCrop
    height, width : int
        Of the image, pixels.

    Examples
    --------
    >>> left, right = (MaskCrop.cut_out(np.ones((3, 2), dtype=bool), 0, x) for x in (0, 3))
    >>> join_crops([left, right], [], 3, 5).area
    15
    """
    window = window_around(parts, 4)
    painted = [part.paint(window) for part in parts]
    union = np.logical_or.reduce(painted)
    taken = np.logical_or.reduce([np.zeros_like(union), *(crop.paint(window) for crop in neighbours)])
    whole = union | (_near_two(painted, 1) & ~taken)
    if ndimage.label(whole, EIGHT_NEIGHBOURS)[1] > 1:
        closed = ndimage.binary_closing(whole, EIGHT_NEIGHBOURS, iterations=2)
        whole |= closed & _near_two(painted, 2) & ~taken
    return MaskCrop.cut_out(whole, window[0], window[1]).clip(height, width)


def _near_two(painted: list[Mask], moves: int) -> Mask:
    grown = [ndimage.binary_dilation(mask, EIGHT_NEIGHBOURS, iterations=moves) for mask in painted]
    return np.asarray(np.sum(grown, axis=0) >= 2)


def is_connected(mask: Mask) -> bool:
    """Say whether a mask is in one piece, corners included.

    Examples
    --------
    >>> is_connected(np.eye(2, dtype=bool)), is_connected(np.zeros((2, 2), dtype=bool))
    (True, False)
    """
    return int(ndimage.label(mask, EIGHT_NEIGHBOURS)[1]) == 1


def could_be_one_object(first: MaskCrop, second: MaskCrop, gap: int, contact: int) -> bool:
    """Say whether two masks are alike and touch enough to be one object drawn as two.

    Parameters
    ----------
    first, second : MaskCrop
    gap, contact : int
        From `measure_contact`.

    Examples
    --------
    >>> left, right = (MaskCrop.cut_out(np.ones((6, 6), dtype=bool), 0, x) for x in (0, 6))
    >>> could_be_one_object(left, right, 0, 12), could_be_one_object(left, right, -1, 12)
    (True, False)
    """
    small, large = sorted((first.area, second.area))
    return small >= MIN_AREA_PX and small / large >= MIN_AREA_RATIO and gap >= 0 and contact >= MIN_CONTACT_PX


def cut_in_two(crop: MaskCrop, rng: np.random.Generator) -> tuple[MaskCrop, MaskCrop] | None:
    """Cut a mask in two across its longer axis: off centre, half the time in a wave, some with a slit.

    The cut's normal is the longer axis turned by N(0, 20 degrees); it passes within a fifth of the length
    of the centre. Both parts are connected, hold at least 15 % of the area, and touch.

    Parameters
    ----------
    crop : MaskCrop
    rng : numpy.random.Generator

    Returns
    -------
    (MaskCrop, MaskCrop) or None
        None where no try succeeded.

    Examples
    --------
    >>> parts = cut_in_two(MaskCrop.cut_out(np.ones((10, 30), dtype=bool)), np.random.default_rng(0))
    >>> [part.area >= 45 for part in parts]
    [True, True]
    >>> cut_in_two(MaskCrop.cut_out(np.ones((2, 2), dtype=bool)), np.random.default_rng(0)) is None
    True
    """
    if crop.area < 2 * MIN_AREA_PX:
        return None
    rows, columns = np.nonzero(crop.mask)
    spread, axes = np.linalg.eigh(np.cov(np.stack([columns, rows])) + np.eye(2) / 12)
    longer = axes[:, np.argmax(spread)]
    for _ in range(_TRIES):
        angle = math.atan2(longer[1], longer[0]) + math.radians(rng.normal(0, 20))
        across = (columns - columns.mean()) * math.cos(angle) + (rows - rows.mean()) * math.sin(angle)
        along = (rows - rows.mean()) * math.cos(angle) - (columns - columns.mean()) * math.sin(angle)
        length = float(np.ptp(across)) + 1
        place = np.full(len(rows), rng.uniform(-0.2, 0.2) * length)
        if rng.random() < 0.5:
            swing, period = rng.uniform(0.02, 0.07) * length, rng.uniform(0.8, 2.0) * length
            place += swing * np.sin(2 * math.pi * along / period + rng.uniform(0, 2 * math.pi))
        part = np.zeros_like(crop.mask)
        part[rows, columns] = across < place
        rest = crop.mask & ~part
        if rng.random() < 0.25:
            rest &= ~ndimage.binary_dilation(part, EIGHT_NEIGHBOURS)
        smaller = min(int(part.sum()), int(rest.sum()))
        if smaller < max(_MIN_PART_SHARE * crop.area, MIN_AREA_PX):
            continue
        if not (is_connected(part) and is_connected(rest)):
            continue
        first, second = (MaskCrop.cut_out(mask, crop.y, crop.x) for mask in (part, rest))
        if could_be_one_object(first, second, *measure_contact(first, second, REACH_PX)):
            return first, second
    return None


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
    image = np.array([position for position, _ in placed])
    bbox = np.array([(c.x, c.y, c.mask.shape[1], c.mask.shape[0]) for _, c in placed])
    close = []
    for a, b in find_box_pairs(image, bbox, reach):
        for instance, j in zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True):
            gap, contact = measure_contact(placed[instance][1], placed[j][1], reach)
            if gap < reach:
                close.append((instance, j, gap, contact))
    return close
