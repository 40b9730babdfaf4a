"""Masks made from masks: what a model makes of an object when it does well, and when it does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
_CROSS = ndimage.generate_binary_structure(2, 1)


def jitter_outline(rng: np.random.Generator, mask: Mask, max_px: float = 1.2) -> Mask:
    """Move a mask's outline in and out a little, smoothly, as a good prediction does.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    max_px : float
        Pixels, roughly; less for small masks.

    Examples
    --------
    >>> mask = np.pad(np.ones((20, 20), dtype=bool), 9)
    >>> bool(abs(int(jitter_outline(np.random.default_rng(0), mask).sum()) - 400) < 100)
    True
    >>> jitter_outline(np.random.default_rng(0), np.zeros((4, 4), dtype=bool)).any()
    np.False_
    """
    mask_window = _window_around(mask, 4)
    if mask_window is None or mask[mask_window].all():
        return mask.copy()
    cropped_mask = mask[mask_window]
    inner_distance = ndimage.distance_transform_edt(np.pad(cropped_mask, 1, mode="edge"))[1:-1, 1:-1]
    outer_distance = ndimage.distance_transform_edt(~cropped_mask)
    noise = ndimage.gaussian_filter(rng.normal(size=cropped_mask.shape), 4.0)
    noise *= min(max_px, 0.05 * np.sqrt(cropped_mask.sum())) / max(float(noise.std()), 1e-9)
    jittered = np.zeros_like(mask)
    jittered[mask_window] = (inner_distance - outer_distance + np.clip(noise, -2.5, 2.5)) > 0.5
    return jittered


def unite_masks(first: Mask, second: Mask) -> Mask:
    """Draw two masks as one, without the slit between them.

    Parameters
    ----------
    first, second : (H, W) bool

    Returns
    -------
    (H, W) bool

    Examples
    --------
    >>> first, second = np.eye(3, dtype=bool)[[0]], np.eye(3, dtype=bool)[[2]]
    >>> unite_masks(first, second).sum() >= 2
    np.True_
    >>> unite_masks(first & second, first & second).any()
    np.False_
    """
    united_mask = first | second
    union_window = _window_around(united_mask, 3)
    if union_window is None:
        return united_mask
    grown_masks = [
        ndimage.binary_dilation(mask[union_window], _CROSS, iterations=2) for mask in (first, second)
    ]
    united_mask[union_window] |= grown_masks[0] & grown_masks[1]
    return united_mask


def take_nearest_part(first: Mask, second: Mask, part_share: float) -> Mask:
    """Return the part of a mask that lies next to another.

    Parameters
    ----------
    first, second : (H, W) bool
    part_share : float
        Of the pixels of ``second``.

    Examples
    --------
    >>> take_nearest_part(np.array([[1, 0, 0]], dtype=bool), np.array([[0, 1, 1]], dtype=bool), 0.5).tolist()
    [[False, True, False]]
    >>> take_nearest_part(np.ones((1, 2), dtype=bool), np.zeros((1, 2), dtype=bool), 0.5).any()
    np.False_
    """
    nearest_part = np.zeros_like(first)
    union_window = _window_around(first | second, 1)
    if union_window is None or not second.any():
        return nearest_part
    distances = ndimage.distance_transform_edt(~first[union_window])
    row_numbers, column_numbers = np.nonzero(second[union_window] & ~first[union_window])
    by_distance = np.argsort(distances[row_numbers, column_numbers], kind="stable")[
        : round(part_share * len(column_numbers))
    ]
    nearest_part[union_window][row_numbers[by_distance], column_numbers[by_distance]] = True
    return nearest_part


def take_end(rng: np.random.Generator, mask: Mask, part_share: float) -> Mask:
    """Return the share of a mask that lies farthest in a direction drawn by chance.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    part_share : float
        Of its pixels.

    Returns
    -------
    (H, W) bool

    Examples
    --------
    >>> take_end(np.random.default_rng(0), np.ones((10, 10), dtype=bool), 0.3).sum()
    np.int64(30)
    >>> take_end(np.random.default_rng(0), np.zeros((2, 2), dtype=bool), 0.3).any()
    np.False_
    """
    return _take_slice(mask, rng.uniform(0, 2 * np.pi), part_share)


def take_two_halves(rng: np.random.Generator, mask: Mask, part_share: float) -> tuple[Mask, Mask]:
    """Return two parts of a mask, each with a share of it, that overlap by a third of themselves.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    part_share : float
        Of its pixels.

    Returns
    -------
    first, second : (H, W) bool

    Examples
    --------
    >>> first, second = take_two_halves(np.random.default_rng(0), np.ones((20, 20), dtype=bool), 0.4)
    >>> bool((first & second).any()), int(first.sum())
    (True, 160)
    >>> [part.any() for part in take_two_halves(np.random.default_rng(0), np.zeros((2, 2), dtype=bool), 0.4)]
    [np.False_, np.False_]
    """
    cut_angle = rng.uniform(0, 2 * np.pi)
    first_half = _take_slice(mask, cut_angle, part_share)
    wider_slice = _take_slice(mask, cut_angle, 1.55 * part_share)
    return first_half, _take_slice(
        wider_slice, cut_angle + np.pi, min(part_share * mask.sum() / max(wider_slice.sum(), 1), 1.0)
    )


def _take_slice(mask: Mask, angle: float, part_share: float) -> Mask:
    row_numbers, column_numbers = np.nonzero(mask)
    along_angle = np.argsort(column_numbers * np.cos(angle) + row_numbers * np.sin(angle), kind="stable")[
        : round(part_share * len(column_numbers))
    ]
    slice_mask = np.zeros_like(mask)
    slice_mask[row_numbers[along_angle], column_numbers[along_angle]] = True
    return slice_mask


def shift_mask(rng: np.random.Generator, mask: Mask, box_iou: float) -> Mask | None:
    """Move a mask so that its box has a given IoU with the old one; None where it would leave the image.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses the direction.
    mask : (H, W) bool
    box_iou : float
        Of the box before and after; above 0.

    Returns
    -------
    (H, W) bool or None

    Examples
    --------
    >>> mask = np.zeros((30, 30), dtype=bool)
    >>> mask[10:20, 10:20] = True
    >>> shift_mask(np.random.default_rng(0), mask, 0.67).sum()
    np.int64(100)
    >>> shift_mask(np.random.default_rng(0), np.ones((2, 2), dtype=bool), 0.67) is None
    True
    """
    mask_rows, mask_columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(mask_rows) == 0:
        return None
    box_height, box_width = mask_rows[-1] - mask_rows[0] + 1, mask_columns[-1] - mask_columns[0] + 1
    relative_step = (1 - box_iou) / (1 + box_iou)  # along one side only
    for direction in rng.permutation(4).tolist():
        shift_y, shift_x = ((0, 1), (0, -1), (1, 0), (-1, 0))[direction]
        shift_y, shift_x = (
            round(shift_y * relative_step * box_height),
            round(shift_x * relative_step * box_width),
        )
        fits_rows = mask_rows[0] + shift_y >= 0 and mask_rows[-1] + shift_y < mask.shape[0]
        if (
            fits_rows
            and mask_columns[0] + shift_x >= 0
            and mask_columns[-1] + shift_x < mask.shape[1]
            and (shift_y or shift_x)
        ):
            moved_mask = np.roll(mask, (shift_y, shift_x), axis=(0, 1))
            if (mask & moved_mask).sum() > 0.5 * (mask | moved_mask).sum():
                return moved_mask
    return None


def add_spur(rng: np.random.Generator, mask: Mask, free_pixels: Mask) -> Mask | None:
    """Give a mask a thin spur that makes its box more than twice as large; None where there is no room.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    free_pixels : (H, W) bool
        Pixels that the spur may lie on.

    Returns
    -------
    (H, W) bool or None

    Examples
    --------
    >>> mask = np.zeros((20, 60), dtype=bool)
    >>> mask[4:16, 4:16] = True
    >>> longer = add_spur(np.random.default_rng(1), mask, ~mask)
    >>> bool(np.flatnonzero(longer.any(axis=0))[-1] > 27), bool(longer.sum() < 1.3 * mask.sum())
    (True, True)
    >>> add_spur(np.random.default_rng(1), np.ones((3, 3), dtype=bool), np.zeros((3, 3), dtype=bool)) is None
    True
    """
    for direction in rng.permutation(4).tolist():
        turned_mask, free_room = np.rot90(mask, direction), np.rot90(free_pixels | mask, direction)
        mask_rows = np.flatnonzero(turned_mask.any(axis=1))
        mask_columns = np.flatnonzero(turned_mask.any(axis=0))
        if len(mask_rows) == 0:
            return None
        mask_width = mask_columns[-1] - mask_columns[0] + 1
        spur_end = mask_columns[-1] + 1 + int(1.35 * mask_width)
        if spur_end > mask.shape[1 - direction % 2]:
            continue
        thickness = 1 if turned_mask.sum() < 900 else 2
        for spur_row in rng.permutation(mask_rows)[:20].tolist():
            row_pixels = np.flatnonzero(turned_mask[spur_row])
            if len(row_pixels) == 0 or spur_row + thickness > turned_mask.shape[0]:
                continue
            spur_mask = np.zeros_like(turned_mask)
            spur_mask[spur_row : spur_row + thickness, row_pixels[-1] : spur_end] = True
            if (spur_mask & ~free_room).any() or (spur_mask & ~turned_mask).sum() > 0.3 * turned_mask.sum():
                continue
            return np.rot90(turned_mask | spur_mask, -direction).copy()
    return None


def draw_ellipse(rng: np.random.Generator, free_pixels: Mask, area_px: int) -> Mask | None:
    """Draw an ellipse where nothing is; None where there is no room.

    Parameters
    ----------
    rng : numpy.random.Generator
    free_pixels : (H, W) bool
        Pixels that it may lie on.
    area_px : int
        Largest area, pixels, about.

    Returns
    -------
    (H, W) bool or None

    Examples
    --------
    >>> bool(draw_ellipse(np.random.default_rng(0), np.ones((60, 60), dtype=bool), 300).sum() > 60)
    True
    >>> draw_ellipse(np.random.default_rng(0), np.zeros((9, 9), dtype=bool), 30) is None
    True
    """
    height, width = free_pixels.shape
    for _ in range(30):
        semi_axis_y = np.sqrt(area_px / np.pi) * rng.uniform(0.5, 1.0)
        semi_axis_x = semi_axis_y * rng.uniform(0.7, 1.4)
        centre_y, centre_x = rng.uniform(0, height), rng.uniform(0, width)
        row_numbers, column_numbers = np.ogrid[:height, :width]
        ellipse = ((row_numbers - centre_y) / semi_axis_y) ** 2 + (
            (column_numbers - centre_x) / semi_axis_x
        ) ** 2 < 1
        if ellipse.sum() > 60 and not (ellipse & ~free_pixels).any():
            return np.asarray(ellipse)
    return None


def _window_around(mask: Mask, margin: int) -> tuple[slice, slice] | None:
    mask_rows, mask_columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(mask_rows) == 0:
        return None
    return (
        slice(max(mask_rows[0] - margin, 0), mask_rows[-1] + margin + 1),
        slice(max(mask_columns[0] - margin, 0), mask_columns[-1] + margin + 1),
    )
