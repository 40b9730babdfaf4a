"""ImageJ's regions of interest: ``RoiSet.zip`` of the ROI Manager, or single ``.roi`` files.

The format is ImageJ's ``ij/io/RoiDecoder.java``: a header of 64 bytes, the box, the points relative to it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from audit.dataset.model import Source
from audit.loaders.label_images import CATEGORY
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.packed import list_names, read_bytes, read_small_members
from audit.loaders.record_collector import RecordCollector, find_picture, list_pictures
from audit.loaders.shapes import (
    Point,
    Segmentation,
    ShapeError,
    box_corners,
    draw_ellipse,
    draw_rings,
    join_points,
    place_pixels,
)

FORMAT = "imagej_roi"
_HEADER_BYTES = 64
_POLYGON, _RECTANGLE, _OVAL, _FREEHAND, _TRACED = 0, 1, 2, 7, 8
_OUTLINES = (_POLYGON, _FREEHAND, _TRACED)
_WITHOUT_AREA = {3: "line", 4: "freehand line", 5: "polyline", 6: "region", 9: "angle", 10: "point"}
_ELLIPSE_SUBTYPE, _TURNED_SUBTYPE = 3, 5
_SUBPIXEL = 128
_MOVE = 0
_PATH_POINTS: Mapping[float, int] = {_MOVE: 1, 1: 1, 2: 2, 3: 3, 4: 0}
"""Operations of a path, by their number, to the points of each: move, line, curves of two orders, close."""
_CURVE_STEPS = 16
_RING_NUMBERS = 6
_BYTES_A_POINT = {False: 4, True: 12}
"""Whole coordinates of 2 bytes; with parts of pixels 4 bytes each after these."""


def read_imagej_roi(path: Path, *, pictures: Path | None = None) -> LoadedDataset:
    """Read the regions of one picture.

    Parameters
    ----------
    path : Path
        ``RoiSet.zip``, or one ``.roi`` file.
    pictures : Path, optional
        Where the picture is; default: beside the file. It has the file's name, or it is the only one.

    Returns
    -------
    LoadedDataset
        One image, whose size is the picture's; annotations are numbered as in ImageJ, from 1.

    Raises
    ------
    UnreadableError
        If it cannot be read, or there are no regions in it.

    Examples
    --------
    >>> try:
    ...     read_imagej_roi(Path("no such file.roi"))
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    """
    regions = list(_read_regions(path))
    if not regions:
        what = "there are no regions (*.roi) in it"
        raise UnreadableError("input.format", str(path), "", what, "save them again")
    folder = pictures or path.parent
    collector = RecordCollector(path, folder)
    size = collector.add_image(_find_picture(path, list_pictures(folder)), None, None, path.name)
    for number, (name, data) in enumerate(regions, 1):
        place = f"{path.name}#{number}"
        try:
            outline = convert_region(data, *size)
        except ShapeError as error:
            message = f"{name}: {error.message}" if name else error.message
            collector.report_shape(place, ShapeError(error.rule, "", message))
            continue
        collector.add_annotation(place, number, CATEGORY, outline)
    content = b"".join(data for _, data in regions)
    source = Source(str(path), FORMAT, path.stat().st_size, hashlib.sha256(content).hexdigest())
    return collector.finish(source, [CATEGORY])


def _read_regions(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix.lower() != ".zip":
        yield "", read_bytes(path)
        return
    yield from read_small_members(path, ".roi")


def _find_picture(path: Path, pictures: dict[str, str]) -> str:
    """Find ``a.png`` for ``a.zip``, ``a_RoiSet.zip`` or ``RoiSet_a.zip``, or the only picture."""
    stem = path.stem
    for name in (stem, stem.removesuffix("RoiSet").rstrip("_- "), stem.removeprefix("RoiSet").lstrip("_- ")):
        known = find_picture(f"{name}.png", pictures) if name else None
        if known is not None:
            return known
    return next(iter(pictures.values())) if len(pictures) == 1 else f"{stem}.tif"


def decode_region(data: bytes) -> list[Point]:
    """Return the outline of a region.

    Parameters
    ----------
    data : bytes
        Of a ``.roi`` file.

    Raises
    ------
    ShapeError
        If it is damaged, or has no area.

    References
    ----------
    https://github.com/imagej/ImageJ/blob/master/ij/io/RoiDecoder.java

    Examples
    --------
    >>> rectangle = b"Iout" + struct.pack(">hBxhhhh", 227, 1, 2, 3, 6, 9) + bytes(48)
    >>> decode_region(rectangle)
    [(3, 2), (9, 2), (9, 6), (3, 6)]
    >>> try:
    ...     decode_region(b"")
    ... except ShapeError as error:
    ...     error.rule
    'label.unreadable'
    """
    if len(data) < _HEADER_BYTES or not data.startswith(b"Iout"):
        raise ShapeError("label.unreadable", "", "it is no region of ImageJ")
    _, kind, top, left, bottom, right, n_points = struct.unpack(">hBxhhhhH", data[4:18])
    floats = struct.unpack(">ffff", data[18:34])
    subtype, options = struct.unpack(">hh", data[48:52])
    is_subpixel = bool(options & _SUBPIXEL)
    if kind in _WITHOUT_AREA:
        raise ShapeError("segm.missing", "", f"a {_WITHOUT_AREA[kind]} has no area, so it is no mask")
    if kind in (_RECTANGLE, _OVAL):
        x, y, width, height = floats if is_subpixel else (left, top, right - left, bottom - top)
        if kind == _RECTANGLE:
            return box_corners(x, y, x + width, y + height)
        return draw_ellipse((x + width / 2, y + height / 2), (width / 2, height / 2))
    if kind not in _OUTLINES:
        raise ShapeError("segm.type", "", f"regions of type {kind} are not known")
    n_points = n_points or struct.unpack(">i", data[18:22])[0]
    if not n_points and kind == _FREEHAND and subtype in (_ELLIPSE_SUBTYPE, _TURNED_SUBTYPE):
        raise ShapeError("segm.type", "", "its outline is not stored: convert it to a polygon")
    if n_points < 0 or _HEADER_BYTES + n_points * _BYTES_A_POINT[is_subpixel] > len(data):
        raise ShapeError("label.unreadable", "", "it is cut short")
    if is_subpixel:
        begin = _HEADER_BYTES + n_points * _BYTES_A_POINT[False]
        xy = np.frombuffer(data, ">f4", 2 * n_points, begin).reshape(2, n_points).astype(np.float64)
    else:
        whole = np.frombuffer(data, ">i2", 2 * n_points, _HEADER_BYTES).reshape(2, n_points)
        xy = whole.astype(np.float64) + np.array([[left], [top]])
    return [(x, y) for x, y in xy.T.tolist()]


def convert_region(data: bytes, height: int, width: int) -> Segmentation:
    """Make a segmentation of a region, also of one of several outlines.

    Parameters
    ----------
    data : bytes
        Of a ``.roi`` file.
    height, width : int
        Of the image; 0 where they are not known.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> rectangle = b"Iout" + struct.pack(">hBxhhhh", 227, 1, 2, 3, 6, 9) + bytes(48)
    >>> convert_region(rectangle, 9, 9)
    [[3.0, 2.0, 9.0, 2.0, 9.0, 6.0, 3.0, 6.0]]
    """
    n_numbers = struct.unpack(">i", data[36:40])[0] if len(data) >= _HEADER_BYTES else 0
    if n_numbers <= 0 or not data.startswith(b"Iout"):
        return join_points(decode_region(data))
    if _HEADER_BYTES + 4 * n_numbers > len(data):
        raise ShapeError("label.unreadable", "", "it is cut short")
    rings = [
        join_points(ring)[0]
        for ring in _walk_path(np.frombuffer(data, ">f4", n_numbers, _HEADER_BYTES).tolist())
    ]
    if len(rings) <= 1 or not (height and width):
        if len(rings) > 1:
            raise ShapeError("segm.missing", "", "it has several outlines, and its image's size is not known")
        return rings
    # Java's even-odd rule: what an even number of outlines encloses is a hole.
    drawn = [draw_rings([ring], height, width) for ring in rings if len(ring) >= _RING_NUMBERS]
    pixels = np.logical_xor.reduce(drawn) if drawn else np.zeros((height, width), dtype=np.bool_)
    if drawn and np.array_equal(pixels, np.logical_or.reduce(drawn)):
        return rings
    return place_pixels(pixels, 0, 0, height, width)


def _walk_path(numbers: list[float]) -> list[list[Point]]:
    """Follow a path of Java's: its operations, each with its points; curves become lines."""
    rings: list[list[Point]] = []
    position = 0
    while position < len(numbers):
        operation = numbers[position]
        n_points = _PATH_POINTS.get(operation, -1)
        values = numbers[position + 1 : position + 1 + 2 * n_points]
        if n_points < 0 or len(values) < 2 * n_points or (not rings and operation != _MOVE):
            raise ShapeError("label.unreadable", "", "its path cannot be followed")
        points = list(zip(values[::2], values[1::2], strict=True))
        if operation == _MOVE:
            rings.append([])
        if n_points:
            curve = [rings[-1][-1], *points] if n_points > 1 else points
            rings[-1] += curve if n_points == 1 else _draw_curve(curve)
        position += 1 + 2 * n_points
    return rings


def _draw_curve(points: list[Point]) -> list[Point]:
    """Draw a Bezier curve of the second or third order as lines, without its first point."""
    drawn = []
    for step in range(1, _CURVE_STEPS + 1):
        share, rest = step / _CURVE_STEPS, points
        while len(rest) > 1:  # de Casteljau
            rest = [(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for a, b in pairwise(rest)]
        drawn.append(rest[0])
    return drawn


def list_roi_files(path: Path) -> list[Path]:
    """List the files of regions that a path stands for.

    Examples
    --------
    >>> list_roi_files(Path("a.roi")), list_roi_files(Path("no such folder"))
    ([PosixPath('a.roi')], [])
    """
    if path.suffix.lower() in (".roi", ".zip"):
        return [path]
    found = [file for file in path.rglob("*.zip") if any(list_names(file, ".roi"))]
    return sorted([*found, *path.rglob("*.roi")])
