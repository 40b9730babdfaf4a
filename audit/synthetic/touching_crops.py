"""Masks that touch: how close they come, joined to one, cut in two."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from audit.geometry.candidate_box_pairs import find_box_pairs
from audit.synthetic.crops import EIGHT_NEIGHBOURS, Mask, MaskCrop, is_connected, window_around
from audit.touching.candidate_pairs import MAX_GAP_PX, MIN_AREA_PX, MIN_AREA_RATIO, MIN_CONTACT_PX

REACH_PX = MAX_GAP_PX + 1
"""Distance up to which masks are compared."""
_MIN_PART_SHARE, _TRIES = 0.15, 12


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
