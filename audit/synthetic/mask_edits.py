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
    window = _window_around(mask, 4)
    if window is None or mask[window].all():
        return mask.copy()
    crop = mask[window]
    depth = ndimage.distance_transform_edt(np.pad(crop, 1, mode="edge"))[1:-1, 1:-1]
    outside = ndimage.distance_transform_edt(~crop)
    noise = ndimage.gaussian_filter(rng.normal(size=crop.shape), 4.0)
    noise *= min(max_px, 0.05 * np.sqrt(crop.sum())) / max(float(noise.std()), 1e-9)
    result = np.zeros_like(mask)
    result[window] = (depth - outside + np.clip(noise, -2.5, 2.5)) > 0.5
    return result


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
    both = first | second
    window = _window_around(both, 3)
    if window is None:
        return both
    grown = [ndimage.binary_dilation(mask[window], _CROSS, iterations=2) for mask in (first, second)]
    both[window] |= grown[0] & grown[1]
    return both


def take_nearest_part(first: Mask, second: Mask, share: float) -> Mask:
    """Return the part of a mask that lies next to another.

    Parameters
    ----------
    first, second : (H, W) bool
    share : float
        Of the pixels of ``second``.

    Examples
    --------
    >>> take_nearest_part(np.array([[1, 0, 0]], dtype=bool), np.array([[0, 1, 1]], dtype=bool), 0.5).tolist()
    [[False, True, False]]
    >>> take_nearest_part(np.ones((1, 2), dtype=bool), np.zeros((1, 2), dtype=bool), 0.5).any()
    np.False_
    """
    result = np.zeros_like(first)
    window = _window_around(first | second, 1)
    if window is None or not second.any():
        return result
    distance = ndimage.distance_transform_edt(~first[window])
    y, x = np.nonzero(second[window] & ~first[window])
    order = np.argsort(distance[y, x], kind="stable")[: round(share * len(x))]
    result[window][y[order], x[order]] = True
    return result


def take_end(rng: np.random.Generator, mask: Mask, share: float) -> Mask:
    """Return the share of a mask that lies farthest in a direction drawn by chance.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    share : float
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
    return _take_slice(mask, rng.uniform(0, 2 * np.pi), share)


def take_two_halves(rng: np.random.Generator, mask: Mask, share: float) -> tuple[Mask, Mask]:
    """Return two parts of a mask, each with a share of it, that overlap by a third of themselves.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    share : float
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
    angle = rng.uniform(0, 2 * np.pi)
    first = _take_slice(mask, angle, share)
    wide = _take_slice(mask, angle, 1.55 * share)
    return first, _take_slice(wide, angle + np.pi, min(share * mask.sum() / max(wide.sum(), 1), 1.0))


def _take_slice(mask: Mask, angle: float, share: float) -> Mask:
    y, x = np.nonzero(mask)
    order = np.argsort(x * np.cos(angle) + y * np.sin(angle), kind="stable")[: round(share * len(x))]
    result = np.zeros_like(mask)
    result[y[order], x[order]] = True
    return result


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
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    step = (1 - box_iou) / (1 + box_iou)  # along one side only
    for direction in rng.permutation(4).tolist():
        dy, dx = ((0, 1), (0, -1), (1, 0), (-1, 0))[direction]
        dy, dx = round(dy * step * height), round(dx * step * width)
        inside = rows[0] + dy >= 0 and rows[-1] + dy < mask.shape[0]
        if inside and columns[0] + dx >= 0 and columns[-1] + dx < mask.shape[1] and (dy or dx):
            moved = np.roll(mask, (dy, dx), axis=(0, 1))
            if (mask & moved).sum() > 0.5 * (mask | moved).sum():
                return moved
    return None


def add_spur(rng: np.random.Generator, mask: Mask, free: Mask) -> Mask | None:
    """Give a mask a thin spur that makes its box more than twice as large; None where there is no room.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    free : (H, W) bool
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
        turned, room = np.rot90(mask, direction), np.rot90(free | mask, direction)
        rows, columns = np.flatnonzero(turned.any(axis=1)), np.flatnonzero(turned.any(axis=0))
        if len(rows) == 0:
            return None
        width = columns[-1] - columns[0] + 1
        end = columns[-1] + 1 + int(1.35 * width)
        if end > mask.shape[1 - direction % 2]:
            continue
        thick = 1 if turned.sum() < 900 else 2
        for row in rng.permutation(rows)[:20].tolist():
            inside = np.flatnonzero(turned[row])
            if len(inside) == 0 or row + thick > turned.shape[0]:
                continue
            line = np.zeros_like(turned)
            line[row : row + thick, inside[-1] : end] = True
            if (line & ~room).any() or (line & ~turned).sum() > 0.3 * turned.sum():
                continue
            return np.rot90(turned | line, -direction).copy()
    return None


def draw_ellipse(rng: np.random.Generator, free: Mask, size: int) -> Mask | None:
    """Draw an ellipse where nothing is; None where there is no room.

    Parameters
    ----------
    rng : numpy.random.Generator
    free : (H, W) bool
        Pixels that it may lie on.
    size : int
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
    height, width = free.shape
    for _ in range(30):
        a = np.sqrt(size / np.pi) * rng.uniform(0.5, 1.0)
        b = a * rng.uniform(0.7, 1.4)
        y, x = rng.uniform(0, height), rng.uniform(0, width)
        rows, columns = np.ogrid[:height, :width]
        mask = ((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 < 1
        if mask.sum() > 60 and not (mask & ~free).any():
            return np.asarray(mask)
    return None


def _window_around(mask: Mask, margin: int) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )
