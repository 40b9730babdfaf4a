"""Masks as COCO files write them: compressed RLE, and polygons that draw exactly the mask.

pycocotools encodes every RLE that is written, so that a reader of the COCO API finds what its writer wrote.
It trusts its input, so what reaches it here was checked by `audit.geometry.guard`, or comes from an array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from skimage.measure import find_contours

from audit.geometry.guard import CountsFault, counts_faults
from audit.geometry.raster import polygons_to_runs
from audit.geometry.runs import IntArray, Runs, runs_to_counts, runs_to_dense

Mask = NDArray[np.bool_]

_TOLERANCES = (0.4, 0.3, 0.2, 0.0)
"""Pixels. The untouched outline keeps 0.35 pixels away from every pixel centre, so it is exact."""


class Rle(TypedDict):
    """A mask as compressed run lengths."""

    size: list[int]
    """Height and width, pixels."""
    counts: str


def encode_mask(mask: Mask) -> Rle:
    """Encode a mask as COCO's compressed RLE.

    Parameters
    ----------
    mask : (H, W) bool

    Returns
    -------
    Rle

    Examples
    --------
    >>> encode_mask(np.array([[False, True], [False, True]]))
    {'size': [2, 2], 'counts': '22'}
    >>> encode_mask(np.zeros((2, 3), dtype=bool))
    {'size': [2, 3], 'counts': '6'}
    """
    encoded = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(n) for n in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def encode_runs(runs: Runs, height: IntArray, width: IntArray) -> list[Rle]:
    """Encode many masks as COCO's compressed RLE.

    Parameters
    ----------
    runs : Runs
        Of n masks, each inside of its image.
    height, width : (n,) int64
        Of each mask's image, pixels.

    Returns
    -------
    list of Rle

    Raises
    ------
    ValueError
        If a mask does not lie in its image.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.array([[[False, True], [False, True]]]))
    >>> encode_runs(runs, np.array([2]), np.array([2]))
    [{'size': [2, 2], 'counts': '22'}]
    >>> encode_runs(no_runs(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
    []
    """
    counts, count_start = runs_to_counts(runs, height, width)
    faults = counts_faults(counts.astype(np.int64), count_start, height * width)
    if (faults != CountsFault.OK).any():
        raise ValueError(f"mask {int(np.flatnonzero(faults)[0])} does not lie in its image")
    encoded: list[Rle] = []
    for k, (rows, columns) in enumerate(zip(height.tolist(), width.tolist(), strict=True)):
        written = counts[count_start[k] : count_start[k + 1]].tolist()
        rle = coco_mask.frPyObjects({"size": [rows, columns], "counts": written}, rows, columns)
        encoded.append({"size": [rows, columns], "counts": rle["counts"].decode("ascii")})
    return encoded


def trace_polygons(mask: Mask) -> list[list[float]]:
    """Trace a mask as polygons that COCO draws as the same pixels.

    Outlines run between the pixel centres (`skimage.measure.find_contours`) and are then thinned as far
    as not one pixel changes. Holes are not traced: COCO's polygons cannot have any.

    Parameters
    ----------
    mask : (H, W) bool
        4-connected parts become a ring each.

    Returns
    -------
    list of list of float
        ``[x0, y0, x1, y1, ...]`` a part, pixels, not closed, rounded to 0.01.

    Examples
    --------
    >>> trace_polygons(np.ones((2, 3), dtype=bool))
    [[2.5, 2.0, 0.5, 2.0, 0.0, 0.5, 2.5, 0.0, 3.0, 0.5]]
    >>> trace_polygons(np.zeros((2, 3), dtype=bool))
    []
    """
    return trace_mask_polygons([mask])[0]


def trace_mask_polygons(masks: Sequence[Mask]) -> list[list[list[float]]]:
    """Trace many masks, each as `trace_polygons` does.

    Parameters
    ----------
    masks : sequence of (H, W) bool
        Of any sizes.

    Returns
    -------
    list of list of list of float
        For each mask its parts.

    Examples
    --------
    >>> [len(parts) for parts in trace_mask_polygons([np.eye(2, dtype=bool), np.zeros((2, 3), dtype=bool)])]
    [2, 0]
    >>> trace_mask_polygons([])
    []
    """
    polygons: list[list[list[float]]] = [[] for _ in masks]
    windows = {number: _cut_window(mask) for number, mask in enumerate(masks) if mask.any()}
    rings = {number: _trace_rings(window) for number, (window, _) in windows.items()}
    # Untouched, they draw the mask with its holes filled.
    filled = _draw_windows(rings, windows)
    outlines = {number: _make_polygons(parts) for number, parts in rings.items()}
    for tolerance in _TOLERANCES:
        # shapely keeps a ring from crossing itself, which skimage's approximate_polygon does not.
        rounded = {number: _thin_rings(outlines[number], tolerance) for number in outlines}
        drawn = _draw_windows(rounded, windows)
        for number, thinned_rings in rounded.items():
            if tolerance == _TOLERANCES[-1] or np.array_equal(drawn[number], filled[number]):
                corner = windows[number][1]
                polygons[number] = [np.round(ring + corner, 2).ravel().tolist() for ring in thinned_rings]
                del outlines[number]
    return polygons


def _cut_window(mask: Mask) -> tuple[Mask, NDArray[np.int64]]:
    """Return what a mask covers with a free pixel around it, and where the window's corner (x, y) lies."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = np.zeros((rows[-1] - rows[0] + 3, columns[-1] - columns[0] + 3), dtype=np.bool_)
    window[1:-1, 1:-1] = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return window, np.array([columns[0] - 1, rows[0] - 1])


def _trace_rings(window: Mask) -> list[NDArray[np.float64]]:
    """Return the outline of each part, (x, y) in pixels, not closed."""
    contours = find_contours(window.astype(np.float32), 0.5, fully_connected="low")  # type: ignore[no-untyped-call]
    return [contour[:-1, ::-1] + 0.5 for contour in contours if _runs_around_a_part(contour)]


def _make_polygons(rings: list[NDArray[np.float64]]) -> NDArray[np.object_]:
    closed_rings: Any = [shapely.linearrings(ring) for ring in rings]
    return np.asarray(shapely.polygons(closed_rings))


def _thin_rings(outlines: NDArray[np.object_], tolerance: float) -> list[NDArray[np.float64]]:
    """Return the rings of polygons without the vertices that matter less than a tolerance, not closed."""
    thinned, part = shapely.get_coordinates(shapely.simplify(outlines, tolerance), return_index=True)
    return [np.round(ring[:-1], 2) for ring in np.split(thinned, np.flatnonzero(np.diff(part)) + 1)]


def _draw_windows(
    rings: Mapping[int, list[NDArray[np.float64]]], windows: Mapping[int, tuple[Mask, NDArray[np.int64]]]
) -> dict[int, NDArray[np.int64]]:
    """Draw the rings of each window; what is drawn is the same where the runs, (runs, 3), are."""
    if not rings:
        return {}
    all_rings = [ring for number in rings for ring in rings[number]]
    sizes = np.array([windows[number][0].shape for number in rings])
    runs = polygons_to_runs(
        np.concatenate(all_rings),
        np.cumsum([0, *map(len, all_rings)]),
        np.cumsum([0, *(len(rings[number]) for number in rings)]),
        np.ascontiguousarray(sizes[:, 0]),
        np.ascontiguousarray(sizes[:, 1]),
    )
    places = np.stack([runs.x, runs.y0, runs.y1], axis=1)
    ends = np.searchsorted(runs.mask, np.arange(len(rings)), side="right")
    return dict(zip(rings, np.split(places, ends[:-1]), strict=True))


def _runs_around_a_part(contour: NDArray[np.float64]) -> bool:
    """Say whether a contour runs around a part; around a hole it runs in the opposite direction."""
    y, x = contour[:-1].T
    return bool(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]) + x[-1] * y[0] - x[0] * y[-1] > 0)


def draw_polygons(rings: Sequence[list[float] | NDArray[np.float64]], height: int, width: int) -> Mask:
    """Draw sound polygons as COCO does.

    Parameters
    ----------
    rings : sequence of lists or arrays
        ``[x0, y0, x1, y1, ...]`` each, pixels.
    height, width : int
        Of the image, pixels.

    Returns
    -------
    (height, width) bool

    Examples
    --------
    >>> int(draw_polygons([[0, 0, 2, 0, 2, 2, 0, 2]], 4, 4).sum())
    4
    >>> int(draw_polygons([], 4, 4).sum())
    0
    """
    xy = np.concatenate([np.zeros(0), *map(np.asarray, rings)]).reshape(-1, 2)
    vertex_start = np.cumsum([0, *(len(ring) // 2 for ring in rings)])
    runs = polygons_to_runs(
        xy, vertex_start, np.array([0, len(rings)]), np.array([height]), np.array([width])
    )
    return np.asarray(runs_to_dense(runs, height, width)[0])
