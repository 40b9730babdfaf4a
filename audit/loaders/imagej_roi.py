"""ImageJ's regions of interest: ``RoiSet.zip`` of the ROI Manager, or single ``.roi`` files.

The format is ImageJ's ``ij/io/RoiDecoder.java``: a header of 64 bytes, the box, the points relative to it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from audit.dataset.model import Source
from audit.loaders.label_images import CATEGORY
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.packed import list_names, read_bytes, read_small_members
from audit.loaders.record_collector import RecordCollector, find_picture, list_pictures
from audit.loaders.shapes import Point, ShapeError, box_corners, draw_ellipse, join_points

FORMAT = "imagej_roi"
_HEADER_BYTES = 64
_POLYGON, _RECTANGLE, _OVAL, _FREEHAND, _TRACED = 0, 1, 2, 7, 8
_OUTLINES = (_POLYGON, _FREEHAND, _TRACED)
_WITHOUT_AREA = {3: "line", 4: "freehand line", 5: "polyline", 6: "region", 9: "angle", 10: "point"}
_ELLIPSE_SUBTYPE, _TURNED_SUBTYPE = 3, 5
_SUBPIXEL = 128
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
    collector.add_image(_find_picture(path, list_pictures(folder)), None, None, path.name)
    for number, (name, data) in enumerate(regions, 1):
        place = f"{path.name}#{number}"
        try:
            outline = join_points(decode_region(data))
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
        If it is damaged, has no area, or is made of several outlines.

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
    n_shape_bytes = struct.unpack(">i", data[36:40])[0]
    subtype, options = struct.unpack(">hh", data[48:52])
    is_subpixel = bool(options & _SUBPIXEL)
    if n_shape_bytes > 0:
        raise ShapeError("segm.type", "", "it is made of several outlines: split it, or save a label image")
    if kind in _WITHOUT_AREA:
        raise ShapeError("segm.missing", "", f"a {_WITHOUT_AREA[kind]} has no area, so it is no mask")
    if kind == _FREEHAND and subtype in (_ELLIPSE_SUBTYPE, _TURNED_SUBTYPE):
        raise ShapeError(
            "segm.type", "", "ellipses and turned rectangles are not read: convert it to a polygon"
        )
    if kind in (_RECTANGLE, _OVAL):
        x, y, width, height = floats if is_subpixel else (left, top, right - left, bottom - top)
        if kind == _RECTANGLE:
            return box_corners(x, y, x + width, y + height)
        return draw_ellipse((x + width / 2, y + height / 2), (width / 2, height / 2))
    if kind not in _OUTLINES:
        raise ShapeError("segm.type", "", f"regions of type {kind} are not known")
    n_points = n_points or struct.unpack(">i", data[18:22])[0]
    if n_points < 0 or _HEADER_BYTES + n_points * _BYTES_A_POINT[is_subpixel] > len(data):
        raise ShapeError("label.unreadable", "", "it is cut short")
    if is_subpixel:
        begin = _HEADER_BYTES + n_points * _BYTES_A_POINT[False]
        xy = np.frombuffer(data, ">f4", 2 * n_points, begin).reshape(2, n_points).astype(np.float64)
    else:
        whole = np.frombuffer(data, ">i2", 2 * n_points, _HEADER_BYTES).reshape(2, n_points)
        xy = whole.astype(np.float64) + np.array([[left], [top]])
    return [(x, y) for x, y in xy.T.tolist()]


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
