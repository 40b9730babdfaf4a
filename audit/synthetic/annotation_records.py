"""Annotations as they stand in a COCO file: what planting an error spoils."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry.encode import encode_mask, trace_polygons

Mask = NDArray[np.bool_]
Record = dict[str, Any]
"""One annotation as it will stand in the file."""

POLYGONS, RLE, UNCOMPRESSED_RLE = "polygons", "rle", "uncompressed_rle"
"""How a mask is written."""


def uncompressed_rle(mask: Mask) -> Record:
    """Encode a mask as COCO's uncompressed RLE.

    Parameters
    ----------
    mask : (H, W) bool

    Examples
    --------
    >>> uncompressed_rle(np.array([[True, False], [True, False]]))
    {'size': [2, 2], 'counts': [0, 2, 2]}
    >>> uncompressed_rle(np.zeros((2, 3), dtype=bool))
    {'size': [2, 3], 'counts': [6]}
    """
    flat_pixels = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat_pixels.astype(np.int8))) + 1
    # Runs begin with background: a mask that holds the first pixel has an empty run before it.
    run_ends = np.concatenate(
        [[0] if len(flat_pixels) and flat_pixels[0] else [], [0], changes, [len(flat_pixels)]]
    )
    return {"size": list(mask.shape), "counts": np.diff(np.sort(run_ends)).astype(int).tolist()}


def mask_bbox(mask: Mask) -> list[float]:
    """Return the tight COCO box (xywh) of a mask; zeros where it is empty.

    Parameters
    ----------
    mask : (H, W) bool

    Examples
    --------
    >>> mask_bbox(np.array([[False, True], [False, True]]))
    [1.0, 0.0, 1.0, 2.0]
    >>> mask_bbox(np.zeros((2, 3), dtype=bool))
    [0.0, 0.0, 0.0, 0.0]
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return [0.0, 0.0, 0.0, 0.0]
    x, y = columns[0], rows[0]
    return [float(value) for value in (x, y, columns[-1] - x + 1, rows[-1] - y + 1)]


def mask_segmentation(mask: Mask, encoding: str = POLYGONS) -> object:
    """Write a mask as COCO's ``segmentation``.

    Parameters
    ----------
    mask : (H, W) bool
    encoding : str
        `POLYGONS`, `RLE` or `UNCOMPRESSED_RLE`.

    Examples
    --------
    >>> mask_segmentation(np.zeros((2, 3), dtype=bool), RLE)
    {'size': [2, 3], 'counts': '6'}
    """
    if encoding == RLE:
        return encode_mask(mask)
    return uncompressed_rle(mask) if encoding == UNCOMPRESSED_RLE else trace_polygons(mask)


def annotation_record(
    annotation_id: int, image_id: int, category_id: int, segmentation: object, mask: Mask
) -> Record:
    """Write one sound annotation: area and box are those of the mask.

    Parameters
    ----------
    annotation_id, image_id, category_id : int
    segmentation : object
        What draws the mask; see `mask_segmentation`.
    mask : (H, W) bool

    Examples
    --------
    >>> mask = np.ones((1, 2), dtype=bool)
    >>> annotation_record(7, 1, 2, uncompressed_rle(mask), mask)["area"]
    2
    >>> annotation_record(7, 1, 2, [], ~mask)["bbox"]
    [0.0, 0.0, 0.0, 0.0]
    """
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category_id,
        "segmentation": segmentation,
        "area": int(mask.sum()),
        "bbox": mask_bbox(mask),
        "iscrowd": 0,
    }
