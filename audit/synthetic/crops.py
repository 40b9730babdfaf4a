"""Masks as small arrays with a place, for planting: moved, cut, united, and written back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.carriers import dataclass
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
    grown_mask, second_mask = first.paint(window), second.paint(window)
    gap_px = -1 if (grown_mask & second_mask).any() else reach
    for moves in range(1, reach + 1):
        grown_mask = ndimage.binary_dilation(grown_mask, EIGHT_NEIGHBOURS)
        if gap_px == reach and (grown_mask & second_mask).any():
            gap_px = moves - 1
    return gap_px, int((grown_mask & second_mask).sum())


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
    union_window = window_around(parts, 4)
    painted = [crop_part.paint(union_window) for crop_part in parts]
    united_mask = np.logical_or.reduce(painted)
    taken_pixels = np.logical_or.reduce(
        [np.zeros_like(united_mask), *(crop.paint(union_window) for crop in neighbours)]
    )
    joined_mask = united_mask | (_near_two(painted, 1) & ~taken_pixels)
    if ndimage.label(joined_mask, EIGHT_NEIGHBOURS)[1] > 1:
        closed_mask = ndimage.binary_closing(joined_mask, EIGHT_NEIGHBOURS, iterations=2)
        joined_mask |= closed_mask & _near_two(painted, 2) & ~taken_pixels
    return MaskCrop.cut_out(joined_mask, union_window[0], union_window[1]).clip(height, width)


def _near_two(painted: list[Mask], moves: int) -> Mask:
    grown_masks = [ndimage.binary_dilation(mask, EIGHT_NEIGHBOURS, iterations=moves) for mask in painted]
    return np.asarray(np.sum(grown_masks, axis=0) >= 2)


def is_connected(mask: Mask) -> bool:
    """Say whether a mask is in one piece, corners included.

    Examples
    --------
    >>> is_connected(np.eye(2, dtype=bool)), is_connected(np.zeros((2, 2), dtype=bool))
    (True, False)
    """
    return int(ndimage.label(mask, EIGHT_NEIGHBOURS)[1]) == 1


def could_be_one_object(first: MaskCrop, second: MaskCrop, gap_px: int, contact_px: int) -> bool:
    """Say whether two masks are alike and touch enough to be one object drawn as two.

    Parameters
    ----------
    first, second : MaskCrop
    gap_px, contact_px : int
        From `measure_contact`.

    Examples
    --------
    >>> left, right = (MaskCrop.cut_out(np.ones((6, 6), dtype=bool), 0, x) for x in (0, 6))
    >>> could_be_one_object(left, right, 0, 12), could_be_one_object(left, right, -1, 12)
    (True, False)
    """
    smaller_area, larger_area = sorted((first.area, second.area))
    return (
        smaller_area >= MIN_AREA_PX
        and smaller_area / larger_area >= MIN_AREA_RATIO
        and gap_px >= 0
        and contact_px >= MIN_CONTACT_PX
    )


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
    variances, eigenvectors = np.linalg.eigh(np.cov(np.stack([columns, rows])) + np.eye(2) / 12)
    longer_axis = eigenvectors[:, np.argmax(variances)]
    for _ in range(_TRIES):
        cut_angle = math.atan2(longer_axis[1], longer_axis[0]) + math.radians(rng.normal(0, 20))
        across = (columns - columns.mean()) * math.cos(cut_angle) + (rows - rows.mean()) * math.sin(cut_angle)
        along = (rows - rows.mean()) * math.cos(cut_angle) - (columns - columns.mean()) * math.sin(cut_angle)
        length = float(np.ptp(across)) + 1
        cut_position = np.full(len(rows), rng.uniform(-0.2, 0.2) * length)
        if rng.random() < 0.5:
            amplitude, period = rng.uniform(0.02, 0.07) * length, rng.uniform(0.8, 2.0) * length
            cut_position += amplitude * np.sin(2 * math.pi * along / period + rng.uniform(0, 2 * math.pi))
        part_mask = np.zeros_like(crop.mask)
        part_mask[rows, columns] = across < cut_position
        rest_mask = crop.mask & ~part_mask
        if rng.random() < 0.25:
            rest_mask &= ~ndimage.binary_dilation(part_mask, EIGHT_NEIGHBOURS)
        smaller_area = min(int(part_mask.sum()), int(rest_mask.sum()))
        if smaller_area < max(_MIN_PART_SHARE * crop.area, MIN_AREA_PX):
            continue
        if not (is_connected(part_mask) and is_connected(rest_mask)):
            continue
        first, second = (MaskCrop.cut_out(mask, crop.y, crop.x) for mask in (part_mask, rest_mask))
        if could_be_one_object(first, second, *measure_contact(first, second, REACH_PX)):
            return first, second
    return None


def find_close_crops(
    placed_crops: Sequence[tuple[int, MaskCrop]], reach: int
) -> list[tuple[int, int, int, int]]:
    """Find every two masks of an image that come close.

    Parameters
    ----------
    placed_crops : sequence of (int, MaskCrop)
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
    if not placed_crops:
        return []
    image_numbers = np.array([position for position, _ in placed_crops])
    crop_boxes = np.array(
        [(crop.x, crop.y, crop.mask.shape[1], crop.mask.shape[0]) for _, crop in placed_crops]
    )
    close_pairs = []
    for first_batch, second_batch in find_box_pairs(image_numbers, crop_boxes, reach):
        for first, second in zip(
            np.minimum(first_batch, second_batch).tolist(),
            np.maximum(first_batch, second_batch).tolist(),
            strict=True,
        ):
            gap_px, contact_px = measure_contact(placed_crops[first][1], placed_crops[second][1], reach)
            if gap_px < reach:
                close_pairs.append((first, second, gap_px, contact_px))
    return close_pairs
