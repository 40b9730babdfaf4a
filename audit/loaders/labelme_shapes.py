"""LabelMe's shapes become COCO segmentations: outlines as drawn, circles as polygons, pixel masks as RLE."""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from audit.dataset.paths import RefusedError
from audit.dataset.pixels import open_picture
from audit.loaders.json_value import UnusableNumber, shorten_json
from audit.loaders.shapes import FARTHEST, Segmentation, ShapeError, draw_ellipse, place_pixels

_WITHOUT_AREA = frozenset({"point", "points", "line", "linestrip"})
_N_POINTS = {"circle": 2, "mask": 2}


def convert_shape(shape: Any, height: int, width: int) -> Segmentation:
    """Make a COCO segmentation of a shape.

    Parameters
    ----------
    shape : any
        A member of ``shapes``.
    height, width : int
        Of the image, in pixels; 0 where they are not known.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> convert_shape({"shape_type": "rectangle", "points": [[1, 2], [5, 4]]}, 9, 9)
    [[1.0, 2.0, 5.0, 2.0, 5.0, 4.0, 1.0, 4.0]]
    >>> convert_shape({"points": []}, 9, 9)
    [[]]
    """
    if not isinstance(shape, dict):
        raise ShapeError("schema.type", "", f"is {shorten_json(shape)}, not an object")
    shape_type = shape.get("shape_type") or "polygon"
    if not isinstance(shape_type, str):
        raise ShapeError("segm.type", "/shape_type", f"the shape {shorten_json(shape_type)} is not known")
    if shape_type in _WITHOUT_AREA:
        raise ShapeError("segm.missing", "/shape_type", f"a {shape_type} has no area, so it is no mask")
    points = _read_points(shape.get("points"))
    if shape_type in _N_POINTS and len(points) != _N_POINTS[shape_type]:
        raise ShapeError("segm.nesting", "/points", f"a {shape_type} has 2 points, and not {len(points)}")
    if shape_type == "mask":
        return _read_mask(shape.get("mask"), points, height, width)
    if shape_type == "circle":
        centre, edge = points
        radius = math.hypot(edge[0] - centre[0], edge[1] - centre[1])
        points = draw_ellipse(centre, (radius, radius))
    elif shape_type == "rectangle" and len(points) == 2:
        (left, top), (right, bottom) = points
        points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    elif shape_type not in ("polygon", "rectangle", "oriented_rectangle"):
        raise ShapeError("segm.type", "/shape_type", f"the shape {shorten_json(shape_type)} is not known")
    return [[coordinate for point in points for coordinate in point]]


def _read_points(points: Any) -> list[tuple[float, float]]:
    if not isinstance(points, list):
        raise ShapeError("segm.type", "/points", f"points is {shorten_json(points)}, not a list")
    for position, point in enumerate(points):
        coordinates = point if isinstance(point, list) else []
        for number in coordinates:
            if isinstance(number, UnusableNumber):
                raise ShapeError(number.rule, f"/points/{position}", "a coordinate is no usable number")
        if len(coordinates) != 2 or not all(type(number) in (int, float) for number in coordinates):
            message = f"{shorten_json(point)} is no point [x, y]"
            raise ShapeError("polygon.type", f"/points/{position}", message)
        if any(abs(number) > FARTHEST for number in coordinates):
            raise ShapeError("polygon.range", f"/points/{position}", "its coordinates are beyond any image")
    return [(float(x), float(y)) for x, y in points]


def _read_mask(text: Any, points: Sequence[tuple[float, float]], height: int, width: int) -> Segmentation:
    """Read a picture of a box, both of whose corners belong to it."""
    (left, top), (right, bottom) = points
    if not (0 <= left <= right < width and 0 <= top <= bottom < height):
        raise ShapeError("rle.size_mismatch", "/points", "its box does not lie within the image")
    size = (int(right) - int(left) + 1, int(bottom) - int(top) + 1)
    if not isinstance(text, str):
        raise ShapeError("segm.type", "/mask", f"mask is {shorten_json(text)}, not a picture in base64")
    try:
        with open_picture(io.BytesIO(base64.b64decode(text, validate=True))) as picture:
            if picture.size != size or len(picture.getbands()) != 1:
                message = (
                    f"its picture is {picture.width} x {picture.height}, its box {size[0]} x {size[1]} pixels"
                )
                raise RefusedError("rle.size_mismatch", message)
            pixels = np.asarray(picture) > 0
    except (binascii.Error, ValueError):
        raise ShapeError("segm.type", "/mask", "mask is no base64") from None
    except RefusedError as refusal:
        rule = refusal.rule if refusal.rule.startswith("rle") else "label.unreadable"
        raise ShapeError(rule, "/mask", refusal.detail) from None
    return place_pixels(pixels, int(left), int(top), height, width)
