"""Things in a picture that look like the labelled objects and are not labelled.

No model is needed where objects stand out. The labelled pixels and those far from any label give the
direction of colour in which the two differ most (Fisher's linear discriminant), and how far the dimmer
objects lie along it. What reaches three quarters of that outside of the labels and hangs together is a
candidate. Where the labels themselves do not stand out in this way, as in photographs of rooms and streets,
nothing is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.geometry.encode import trace_polygons
from audit.geometry.runs import IntArray, Runs, expand_ranges, repeat_indices

CONTRAST_SHARE = 0.75
"""Of the dimmer objects' contrast, that a candidate must have."""
SIZE_RANGE = (0.2, 4.0)
"""Areas of candidates by the median object's, beyond which nothing is measured."""
_DIMMER_PERCENT = 20
_LEAST_LABELS = 5
_LEAST_CONTRAST = 8.0  # grey levels of 256
_LEAST_CONTRAST_BY_NOISE = 3.0  # robust standard deviations of the background
_LEAST_LABELLED_FOREGROUND = 0.5  # share of the labelled pixels above the threshold
_MOST_BACKGROUND_FOREGROUND = 2.0  # pixels above it far from labels, by the labelled ones
_LEAST_BACKGROUND = 50  # pixels
_CELLS_PER_SIDE = 24  # of the median object; larger pictures are looked at in steps
_MOST_CELLS = 2**23  # of a picture, for memory: some 1 GB
_FAR, _CLEAR = 3, 2  # cells from any label: background; candidates
_OUTLINE_LEVEL = 0.5  # of the way from the surroundings to the candidate: where an edge is seen to be
_OUTLINE_REACH = 4  # cells around a candidate's box that its outline may reach
_RING = 3  # cells around a candidate that it is compared with
_LEAST_RING = 5
_NOISE_VARIANCE = 4.0  # grey levels squared: keeps the discriminant stable on flat colours
_SMOOTHING = 1.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnlabelledObjects:
    """Candidates of one picture, from top to bottom: (count,) arrays."""

    box: IntArray
    """(count, 4) xywh, pixels."""
    area_px: IntArray
    size: Floats
    """Area by the median of the labelled objects."""
    fill: Floats
    """Area by that of the box."""
    contrast: Floats
    """To the background, by that of the dimmer labelled objects."""
    local_contrast: Floats
    """To the candidate's own surroundings, by the same."""
    outline: tuple[list[float], ...] = ()
    """A polygon each, x and y in turn, pixels: where the contrast falls to half, clear of the labels."""


def find_unlabelled(runs: Runs, is_crowd: NDArray[np.bool_], picture: NDArray[np.uint8]) -> UnlabelledObjects:
    """Find what looks like the labelled objects of a picture and is not labelled.

    Parameters
    ----------
    runs : Runs
        All masks of the picture.
    is_crowd : (count,) bool
        Masks that cover objects and are none themselves.
    picture : (H, W, channels) uint8

    Returns
    -------
    UnlabelledObjects
        None where fewer than 5 objects are labelled, or where they do not stand out.

    References
    ----------
    Fisher, "The use of multiple measurements in taxonomic problems", 1936.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> grey, masks = np.full((60, 60, 1), 20, dtype=np.uint8), np.zeros((5, 60, 60), dtype=bool)
    >>> for k in range(6):
    ...     place = np.s_[20 * (k % 3) + 5 : 20 * (k % 3) + 13, 30 * (k // 3) + 5 : 30 * (k // 3) + 13]
    ...     grey[place] = 200
    ...     if k < 5:
    ...         masks[k][place] = True
    >>> found = find_unlabelled(dense_to_runs(masks), np.zeros(5, dtype=bool), grey)
    >>> found.box.tolist(), len(found.outline)
    ([[36, 46, 6, 6]], 1)
    >>> len(find_unlabelled(no_runs(0), np.zeros(0, dtype=bool), grey).box)
    0
    """
    areas = np.bincount(runs.mask, runs.y1 - runs.y0, minlength=runs.count)
    is_object = (areas > 0) & ~is_crowd
    if is_object.sum() < _LEAST_LABELS:
        return _no_candidates()
    median_area = float(np.median(areas[is_object]))
    finest = int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / _MOST_CELLS)))
    step = max(1, finest, int(np.sqrt(median_area) / _CELLS_PER_SIDE))
    pixels = picture[::step, ::step].astype(np.float64)
    labels = _paint_labels(runs, step, (pixels.shape[0], pixels.shape[1]))
    is_labelled = labels > 0
    is_background = ~ndimage.binary_dilation(is_labelled, iterations=_FAR)
    if is_background.sum() < _LEAST_BACKGROUND or not is_labelled.any():
        return _no_candidates()
    brightness = _project_colours(pixels, is_labelled, is_background)
    level = float(np.median(brightness[is_background]))
    threshold = _dimmer_contrast(brightness, labels, np.flatnonzero(is_object) + 1, is_background, level)
    if threshold <= 0:
        return _no_candidates()
    smooth = ndimage.gaussian_filter(brightness, _SMOOTHING) - level
    is_foreground = smooth > CONTRAST_SHARE * threshold
    background_share = np.count_nonzero(is_foreground & is_background) / np.count_nonzero(is_labelled)
    if (
        background_share > _MOST_BACKGROUND_FOREGROUND
        or is_foreground[is_labelled].mean() < _LEAST_LABELLED_FOREGROUND
    ):
        return _no_candidates()
    is_foreground &= ~ndimage.binary_dilation(is_labelled, iterations=_CLEAR)
    return _measure_candidates(
        is_foreground, is_labelled, (brightness - level) / threshold, smooth / threshold, median_area, step
    )


def _no_candidates() -> UnlabelledObjects:
    none, no_area = np.zeros(0), np.zeros(0, dtype=np.int64)
    return UnlabelledObjects(np.zeros((0, 4), dtype=np.int64), no_area, none, none, none, none)


def _paint_labels(runs: Runs, step: int, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Paint every mask with its number from 1 on, the last on top, on every step-th row and column."""
    on_grid = runs.keep(runs.x % step == 0)
    first, last = (-(-ends.astype(np.int64) // step) for ends in (on_grid.y0, on_grid.y1))
    length = np.maximum(last - first, 0)
    painted = np.zeros(shape[::-1], dtype=np.int32)  # column by column, as runs lie
    positions = expand_ranges(on_grid.x.astype(np.int64) // step * shape[0] + first, length)
    painted.reshape(-1)[positions] = on_grid.mask[repeat_indices(length)] + 1
    return np.ascontiguousarray(painted.T)


def _project_colours(
    pixels: Floats, is_labelled: NDArray[np.bool_], is_background: NDArray[np.bool_]
) -> Floats:
    """Return pixels along the colour in which objects and background differ most; objects are brighter."""
    inside, outside = pixels[is_labelled], pixels[is_background]
    difference = inside.mean(axis=0) - outside.mean(axis=0)
    spread = (
        np.atleast_2d(np.cov(inside, rowvar=False) + np.cov(outside, rowvar=False)) / 2
        if len(inside) > 1
        else np.zeros((pixels.shape[2],) * 2)
    )
    direction = np.linalg.solve(spread + _NOISE_VARIANCE * np.eye(pixels.shape[2]), difference)
    length = float(np.linalg.norm(direction))
    brightness: Floats = pixels @ (direction / length if length > 0 else direction)
    return brightness


def _dimmer_contrast(
    brightness: Floats,
    labels: NDArray[np.int32],
    numbers: IntArray,
    is_background: NDArray[np.bool_],
    level: float,
) -> float:
    """Return how far the dimmer labelled objects stand out of the background; 0 = too little."""
    medians = _label_medians(brightness, labels, int(numbers.max(initial=0)))[numbers - 1]
    contrasts = medians[~np.isnan(medians)] - level
    if len(contrasts) < _LEAST_LABELS:
        return 0.0
    dimmer = float(np.percentile(contrasts, _DIMMER_PERCENT))
    noise = 1.4826 * float(np.median(np.abs(brightness[is_background] - level)))
    return dimmer if dimmer >= max(_LEAST_CONTRAST, _LEAST_CONTRAST_BY_NOISE * noise) else 0.0


def _label_medians(values: Floats, labels: NDArray[np.integer], count: int) -> Floats:
    """Return the median of the cells of each label from 1 to ``count``; NaN where a label has none.

    As `scipy.ndimage.median`, which sorts the whole picture: most of it is background.
    """
    cells = np.flatnonzero((labels > 0) & (labels <= count))
    cell_labels, cell_values = labels.ravel()[cells], values.ravel()[cells]
    order = np.argsort(cell_values)
    order = order[np.argsort(cell_labels[order], kind="stable")]
    n_cells = np.bincount(cell_labels, minlength=count + 1)[1:]
    first = np.cumsum(n_cells) - n_cells
    medians, is_present = np.full(count, np.nan), n_cells > 0
    lower, upper = (order[(first + (n_cells - odd) // 2)[is_present]] for odd in (1, 0))
    medians[is_present] = (cell_values[lower] + cell_values[upper]) / 2
    return medians


def _measure_candidates(
    is_foreground: NDArray[np.bool_],
    is_labelled: NDArray[np.bool_],
    contrast: Floats,
    smooth: Floats,
    median_area: float,
    step: int,
) -> UnlabelledObjects:
    """Measure the connected parts of the foreground that have a size as objects have."""
    parts, count = ndimage.label(is_foreground)
    areas = np.bincount(parts.ravel(), minlength=count + 1) * step**2
    is_kept = (areas >= SIZE_RANGE[0] * median_area) & (areas <= SIZE_RANGE[1] * median_area)
    is_kept[0] = False
    numbers = np.cumsum(is_kept) * is_kept
    kept_parts = numbers[parts]
    order = np.arange(1, int(is_kept.sum()) + 1)
    if len(order) == 0:
        return _no_candidates()
    slices = ndimage.find_objects(kept_parts)
    box = np.array([(x.start, y.start, x.stop - x.start, y.stop - y.start) for y, x in slices]) * step
    # The ring leaves one cell free: light scatters over an object's rim.
    ring = ndimage.maximum_filter(kept_parts, size=2 * _RING + 1)
    ring[(ndimage.maximum_filter(parts, size=3) > 0) | is_labelled] = 0
    inside = _label_medians(contrast, kept_parts, len(order))
    has_ring = np.bincount(ring.ravel(), minlength=len(order) + 1)[1:] >= _LEAST_RING
    around = np.where(has_ring, _label_medians(contrast, ring, len(order)), np.inf)
    area_px = areas[is_kept]
    edge = np.where(has_ring, around + _OUTLINE_LEVEL * (inside - around), _OUTLINE_LEVEL * inside)
    outline = tuple(
        _trace_outline(kept_parts, number, smooth, is_labelled, place, edge[number - 1], step)
        for number, place in zip(order.tolist(), slices, strict=True)
    )
    return UnlabelledObjects(
        box,
        area_px,
        area_px / median_area,
        area_px / (box[:, 2] * box[:, 3]),
        inside,
        np.where(has_ring, inside - around, 0.0),
        outline,
    )


def _trace_outline(
    kept_parts: NDArray[np.integer],
    number: int,
    smooth: Floats,
    is_labelled: NDArray[np.bool_],
    place: tuple[slice, slice],
    edge: float,
    step: int,
) -> list[float]:
    """Trace the part around a candidate that lies above the edge's contrast and is not labelled."""
    rows, columns = (slice(max(part.start - _OUTLINE_REACH, 0), part.stop + _OUTLINE_REACH) for part in place)
    candidate = kept_parts[rows, columns] == number
    above = (candidate | (smooth[rows, columns] > edge)) & ~is_labelled[rows, columns]
    parts, _ = ndimage.label(above)
    whole = ndimage.binary_fill_holes(np.isin(parts, parts[candidate])) & ~is_labelled[rows, columns]
    # A bridge one cell wide leads to something else.
    opened = ndimage.binary_opening(whole, iterations=1) | candidate
    parts, count = ndimage.label(opened)
    largest = np.bincount(parts[candidate], minlength=count + 1).argmax()
    ring = max(trace_polygons(parts == largest), key=len)
    points = np.asarray(ring).reshape(-1, 2) + np.array([columns.start, rows.start])
    outline: list[float] = (points * step).round(2).ravel().tolist()
    return outline
