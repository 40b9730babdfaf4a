"""Masks in the cells of tables: polygons, RLE, text of these, pictures, rows of pixels."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from audit.dataset.paths import RefusedError
from audit.dataset.pixels import open_picture
from audit.loaders.shapes import ShapeError, place_pixels


def convert_segmentation(value: Any, height: int, width: int, *, is_dense: bool = False) -> Any:
    """Make a COCO segmentation of what tables hold; what it cannot be is left to COCO's checks.

    Parameters
    ----------
    value : any
        Polygons, one flat polygon, an RLE, JSON of one of these, a picture ``{"bytes": ...}``, rows of
        pixels.
    height, width : int
        Of the image; 0 where they are not known.
    is_dense : bool
        Whether lists are rows of pixels.

    Raises
    ------
    ShapeError
        If a picture cannot be read or has another size.

    Examples
    --------
    >>> convert_segmentation([0, 0, 2, 0, 2, 2], 4, 4)
    [[0, 0, 2, 0, 2, 2]]
    >>> convert_segmentation([[0, 1], [0, 1]], 2, 2, is_dense=True)
    {'size': [2, 2], 'counts': [2, 2]}
    >>> convert_segmentation({"size": [2, 2], "counts": b"22"}, 2, 2)
    {'size': [2, 2], 'counts': '22'}
    >>> convert_segmentation(None, 2, 2) is None
    True
    """
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, bytes):
        value = {"bytes": value}
    if isinstance(value, Mapping):
        if "counts" in value:
            counts = value["counts"]
            counts = counts.decode("ascii", "replace") if isinstance(counts, bytes) else counts
            return {"size": value.get("size"), "counts": counts}
        if isinstance(value.get("bytes"), bytes):
            return _read_mask_picture(value["bytes"], height, width)
        return value
    if isinstance(value, list) and is_dense:
        lengths = {len(line) if isinstance(line, list) else -1 for line in value}
        if len(lengths) != 1 or -1 in lengths:
            raise ShapeError("segm.type", "", "its rows of pixels have different lengths")
        return _place(np.array(value) > 0, height, width)
    if isinstance(value, list) and value and not isinstance(value[0], list):
        return [value]
    return value


def _read_mask_picture(data: bytes, height: int, width: int) -> dict[str, Any]:
    try:
        with open_picture(io.BytesIO(data)) as picture:
            mode, n_bands, size = picture.mode, len(picture.getbands()), picture.size
            is_usable = n_bands == 1 and size == (width, height)
            pixels = np.asarray(picture) > 0 if is_usable else np.zeros(size[::-1], dtype=np.bool_)
    except RefusedError as refusal:
        raise ShapeError("label.unreadable", "", refusal.detail) from None
    if n_bands > 1:
        raise ShapeError("segm.type", "", f"its mask is a picture of colours ({mode})")
    return _place(pixels, height, width)


def _place(pixels: Any, height: int, width: int) -> dict[str, Any]:
    if pixels.shape != (height, width):
        shape = f"{pixels.shape[1]} x {pixels.shape[0]}"
        message = f"its mask has {shape} pixels, its image {width} x {height}"
        raise ShapeError("rle.size_mismatch", "", message)
    return place_pixels(pixels, 0, 0, height, width)
