"""Masks as COCO writes them: polygons that draw exactly the mask, and both kinds of RLE."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco
from scipy import ndimage
from skimage.measure import find_contours

from audit.geometry.raster import polygons_to_runs
from audit.geometry.runs import to_dense

Mask = NDArray[np.bool_]
Record = dict[str, Any]
"""One annotation as it will stand in the file; planting an error means spoiling it."""

_TOLERANCES = (0.4, 0.3, 0.2, 0.0)
"""Pixels. The untouched outline keeps 0.35 pixels away from every pixel centre, so it is exact."""


def polygons(mask: Mask) -> list[list[float]]:
    """Trace a mask as polygons that COCO draws as the same pixels.

    Outlines run between the pixel centres and are then thinned, as far as not one pixel changes.
    Holes are not traced: COCO's polygons cannot have any.

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
    >>> polygons(np.ones((2, 3), dtype=bool))
    [[2.5, 2.0, 0.5, 2.0, 0.0, 0.5, 2.5, 0.0, 3.0, 0.5]]
    >>> polygons(np.zeros((2, 3), dtype=bool))
    []
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return []
    top, left = rows[0], columns[0]
    crop = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1)
    contours = find_contours(crop.astype(np.float32), 0.5, fully_connected="low")  # type: ignore[no-untyped-call]
    outer = [shapely.Polygon(c[:, ::-1] + 0.5) for c in contours if _is_outer(c)]
    # Parts are 4-connected, so what surrounds them is 8-connected: a diagonal gap is no hole.
    solid = ndimage.binary_fill_holes(crop, structure=np.ones((3, 3)))
    for tolerance in _TOLERANCES:
        thin = [np.round(shapely.get_coordinates(shapely.simplify(r, tolerance))[:-1], 2) for r in outer]
        if np.array_equal(draw([ring.ravel().tolist() for ring in thin], *crop.shape), solid):
            break
    return [np.round(ring + np.array([left - 1, top - 1]), 2).ravel().tolist() for ring in thin]


def _is_outer(contour: NDArray[np.float64]) -> bool:
    """Say whether a contour runs around a part; around a hole it runs the other way."""
    y, x = contour[:-1].T
    return bool(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) > 0)


def draw(rings: list[list[float]], height: int, width: int) -> Mask:
    """Draw sound polygons as COCO does.

    Examples
    --------
    >>> int(draw([[0, 0, 2, 0, 2, 2, 0, 2]], 4, 4).sum())
    4
    >>> int(draw([], 4, 4).sum())
    0
    """
    xy = np.concatenate([np.zeros(0), *map(np.asarray, rings)]).reshape(-1, 2)
    vertex_start = np.cumsum([0, *(len(ring) // 2 for ring in rings)])
    runs = polygons_to_runs(
        xy, vertex_start, np.array([0, len(rings)]), np.array([height]), np.array([width])
    )
    return np.asarray(to_dense(runs, height, width)[0])


def compressed(mask: Mask) -> Record:
    """Encode a mask as COCO's compressed RLE.

    Examples
    --------
    >>> compressed(np.zeros((2, 3), dtype=bool))
    {'size': [2, 3], 'counts': '6'}
    """
    rle = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(n) for n in rle["size"]], "counts": rle["counts"].decode("ascii")}


def uncompressed(mask: Mask) -> Record:
    """Encode a mask as COCO's uncompressed RLE.

    Examples
    --------
    >>> uncompressed(np.array([[True, False], [True, False]]))
    {'size': [2, 2], 'counts': [0, 2, 2]}
    >>> uncompressed(np.zeros((2, 3), dtype=bool))
    {'size': [2, 3], 'counts': [6]}
    """
    pixels = mask.ravel(order="F")
    change = np.flatnonzero(np.diff(pixels.astype(np.int8))) + 1
    edges = np.concatenate([[0] if len(pixels) and pixels[0] else [], [0], change, [len(pixels)]])
    return {"size": list(mask.shape), "counts": np.diff(np.sort(edges)).astype(int).tolist()}


def box(mask: Mask) -> list[float]:
    """Return the tight COCO box (xywh) of a mask; zeros where it is empty.

    Examples
    --------
    >>> box(np.array([[False, True], [False, True]]))
    [1.0, 0.0, 1.0, 2.0]
    >>> box(np.zeros((2, 3), dtype=bool))
    [0.0, 0.0, 0.0, 0.0]
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return [0.0, 0.0, 0.0, 0.0]
    x, y = columns[0], rows[0]
    return [float(v) for v in (x, y, columns[-1] - x + 1, rows[-1] - y + 1)]


def record(identity: int, image_id: int, category_id: int, segmentation: object, mask: Mask) -> Record:
    """Write one sound annotation: area and box are those of the mask.

    Examples
    --------
    >>> mask = np.ones((1, 2), dtype=bool)
    >>> record(7, 1, 2, uncompressed(mask), mask)["area"]
    2
    >>> record(7, 1, 2, [], ~mask)["bbox"]
    [0.0, 0.0, 0.0, 0.0]
    """
    return {
        "id": identity,
        "image_id": image_id,
        "category_id": category_id,
        "segmentation": segmentation,
        "area": int(mask.sum()),
        "bbox": box(mask),
        "iscrowd": 0,
    }
