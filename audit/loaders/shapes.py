"""What annotation tools draw becomes COCO segmentations: outlines stay as drawn, pixels become RLE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry import guard
from audit.geometry.runs import Runs, dense_to_runs, runs_to_counts

ELLIPSE_VERTICES = 64
FARTHEST = 1e15
"""Coordinates beyond are no longer written as numbers that everybody reads."""

Point = tuple[float, float]
Segmentation = list[list[float]] | dict[str, Any]


class ShapeError(Exception):
    """A shape that is no mask: a rule and what is wrong, in words.

    Parameters
    ----------
    rule : str
    field : str
        Where it is wrong, below the place of the shape; for JSON a pointer.
    message : str
    """

    def __init__(self, rule: str, field: str, message: str) -> None:
        self.rule, self.field, self.message = rule, field, message
        super().__init__(message)


def join_points(points: Sequence[Point]) -> list[list[float]]:
    """Make one polygon of points.

    Raises
    ------
    ShapeError
        If a coordinate is not finite, or beyond any image.

    Examples
    --------
    >>> join_points([(1, 2), (3, 4)]), join_points([])
    ([[1.0, 2.0, 3.0, 4.0]], [[]])
    """
    numbers = [float(number) for point in points for number in point]
    if not all(map(math.isfinite, numbers)):
        raise ShapeError("number.nonfinite", "", "a coordinate is not finite")
    if any(abs(number) > FARTHEST for number in numbers):
        raise ShapeError("polygon.range", "", "its coordinates are beyond any image")
    return [numbers]


def draw_ellipse(centre: Point, radii: Point, degrees: float = 0.0) -> list[Point]:
    """Draw an ellipse as a polygon, to a thousandth of a pixel.

    Parameters
    ----------
    centre : (x, y)
    radii : (x, y)
        Pixels.
    degrees : float
        How far it is turned about its centre, clockwise on the screen.

    Examples
    --------
    >>> draw_ellipse((5, 5), (2, 1))[::16]
    [(7.0, 5.0), (5.0, 6.0), (3.0, 5.0), (5.0, 4.0)]
    """
    steps = (2 * math.pi * step / ELLIPSE_VERTICES for step in range(ELLIPSE_VERTICES))
    outline = [(centre[0] + radii[0] * math.cos(t), centre[1] + radii[1] * math.sin(t)) for t in steps]
    return [(round(x, 3), round(y, 3)) for x, y in turn_points(outline, centre, degrees)]


def box_corners(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """List the corners of a box.

    Examples
    --------
    >>> box_corners(0, 1, 2, 3)
    [(0, 1), (2, 1), (2, 3), (0, 3)]
    """
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def turn_points(points: Sequence[Point], centre: Point, degrees: float) -> list[Point]:
    """Turn points about another one, clockwise on the screen.

    Parameters
    ----------
    points : sequence of (x, y)
    centre : (x, y)
    degrees : float

    Examples
    --------
    >>> [(round(x), round(y)) for x, y in turn_points([(1, 0)], (0, 0), 90)]
    [(0, 1)]
    >>> turn_points([], (0, 0), 90)
    []
    """
    if not degrees:
        return list(points)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    offsets = [(x - centre[0], y - centre[1]) for x, y in points]
    return [(centre[0] + cosine * x - sine * y, centre[1] + sine * x + cosine * y) for x, y in offsets]


def draw_rings(rings: Sequence[Sequence[float]], height: int, width: int) -> NDArray[np.bool_]:
    """Draw all that rings enclose, where the guard passes them.

    Parameters
    ----------
    rings : sequence of sequences of float
        x, y, x, y ...
    height, width : int
        Of the image.

    Raises
    ------
    ShapeError
        If one cannot be drawn.

    Examples
    --------
    >>> draw_rings([[0, 0, 2, 0, 2, 1, 0, 1]], 2, 2).tolist()
    [[True, True], [False, False]]
    >>> draw_rings([], 1, 1).tolist()
    [[False]]
    """
    from audit.geometry.encode import draw_polygons  # late: it needs shapely

    xy = np.array([number for ring in rings for number in ring], dtype=np.float64).reshape(-1, 2)
    vertex_start = np.cumsum([0, *(len(ring) // 2 for ring in rings)])
    ring_start = np.array([0, len(rings)])
    is_faulty = any(len(ring) < 6 for ring in rings) or guard.polygon_faults(xy, vertex_start).any()
    if is_faulty or guard.annotation_faults(vertex_start, ring_start, xy).any():
        raise ShapeError("polygon.range", "", "its outline cannot be drawn")
    if guard.image_size_faults(np.array([height]), np.array([width])).any():
        raise ShapeError("image.size", "", "its image is larger than a mask may be")
    return draw_polygons([list(ring) for ring in rings], height, width)


def place_pixels(pixels: NDArray[np.bool_], left: int, top: int, height: int, width: int) -> dict[str, Any]:
    """Make an RLE of the pixels of a box.

    Parameters
    ----------
    pixels : (h, w) bool
    left, top : int
        Where the box lies in the image.
    height, width : int
        Of the image.

    Raises
    ------
    ShapeError
        If the box does not lie within the image, or the image is larger than a mask may be.

    Examples
    --------
    >>> place_pixels(np.array([[True], [True]]), 1, 0, 3, 2)
    {'size': [3, 2], 'counts': [3, 2, 1]}
    >>> place_pixels(np.zeros((0, 0), dtype=bool), 0, 0, 1, 2)
    {'size': [1, 2], 'counts': [2]}
    """
    if not (height and width):
        raise ShapeError("rle.size_mismatch", "", "the size of its image is not known")
    if guard.image_size_faults(np.array([height]), np.array([width]))[0]:
        raise ShapeError("image.size", "", f"{width} x {height} pixels are more than a mask may have")
    if not (0 <= left <= width - pixels.shape[1] and 0 <= top <= height - pixels.shape[0]):
        raise ShapeError("rle.size_mismatch", "", "its box does not lie within the image")
    runs = dense_to_runs(pixels[np.newaxis])
    x, y = np.int32(left), np.int32(top)
    moved = Runs(runs.mask, runs.x + x, runs.y0 + y, runs.y1 + y, 1)
    counts, _ = runs_to_counts(moved, np.array([height]), np.array([width]))
    return {"size": [height, width], "counts": counts.tolist()}
