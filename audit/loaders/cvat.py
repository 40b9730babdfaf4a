"""CVAT's XML, for images and for video, alone or in the zip archive that CVAT gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from audit.dataset.model import Source
from audit.geometry import guard
from audit.loaders.json_value import shorten_json
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.packed import read_bytes
from audit.loaders.recognise import read_head
from audit.loaders.record_collector import RecordCollector, find_picture, list_pictures
from audit.loaders.shapes import (
    Point,
    Segmentation,
    ShapeError,
    box_corners,
    draw_ellipse,
    join_points,
    place_pixels,
)
from audit.loaders.xml_file import XmlElement, parse_xml

FORMAT = "cvat"
_WITHOUT_AREA = frozenset({"polyline", "points", "skeleton", "cuboid", "tag"})
_FRAME_NAME = "frame_{:06d}.PNG"
"""What CVAT calls the pictures of a video."""


def list_xml_files(path: Path, files: Sequence[Path]) -> list[Path]:
    """List the documents that a path stands for.

    Parameters
    ----------
    path : Path
    files : sequence of Path
        Itself, or the members of an archive; of a folder, its JSON files.

    Examples
    --------
    >>> list_xml_files(Path("a.xml"), [Path("a.xml")]), list_xml_files(Path("no such folder"), [])
    ([PosixPath('a.xml')], [])
    """
    if files and not path.is_dir():
        return list(files)
    return sorted(file for file in path.rglob("*.xml") if b"<annotations>" in read_head(file))


def read_cvat(path: Path, *, pictures: Path | None = None) -> LoadedDataset:
    """Read one document of CVAT.

    Parameters
    ----------
    path : Path
        The file, or a member of an archive.
    pictures : Path, optional
        Where the pictures are; default: beside the file.

    Raises
    ------
    UnreadableError
        If it cannot be read, is no XML, or not CVAT's.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "annotations.xml"
    >>> _ = path.write_text("<annotations></annotations>")
    >>> len(read_cvat(path).dataset.images)
    0
    """
    return parse_cvat(path, read_bytes(path), pictures=pictures)


def parse_cvat(path: Path, data: bytes, *, pictures: Path | None = None) -> LoadedDataset:
    """Read a document of CVAT that is in memory.

    Parameters
    ----------
    path : Path
        The file, or a member of an archive.
    data : bytes
    pictures : Path, optional
        Where the pictures are; default: beside the file.

    Returns
    -------
    LoadedDataset
        Numbered from 1, categories as the labels are declared. Polygons of one label
        and ``group_id`` are one annotation. Of tracks, every frame that is drawn is an image.

    Raises
    ------
    UnreadableError
        If it is no XML, or not CVAT's.

    Examples
    --------
    >>> shape = b'<polygon label="cell" points="0,0;4,0;4,4"/>'
    >>> text = b'<annotations><image name="a.png" width="9" height="8">' + shape + b"</image></annotations>"
    >>> parse_cvat(Path("a.xml"), text).dataset.annotations.segmentation.xy.tolist()
    [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0]]
    >>> len(parse_cvat(Path("a.xml"), b"<annotations/>").dataset.images)
    0
    """
    root = parse_xml(str(path), data)
    if root.tag != "annotations":
        what = f"this XML is not CVAT's: it begins with <{root.tag}>"
        raise UnreadableError("input.format", str(path), f"line {root.line}", what, "give annotations.xml")
    folder = pictures or path.parent
    reader = _CvatReader(path, folder, list_pictures(folder) if pictures else {})
    for image in root.find_all("image"):
        reader.read_image(image)
    reader.read_tracks(root)
    source = Source(str(path), FORMAT, len(data), hashlib.sha256(data).hexdigest())
    return reader.collector.finish(source, _declared_labels(root))


def _declared_labels(root: XmlElement) -> list[str]:
    paths = [("meta", kind, "labels", "label", "name") for kind in ("task", "project", "job")]
    names = [name.text.strip() for path in paths for name in root.find_all(*path)]
    return [name for name in dict.fromkeys(names) if name]


class _CvatReader:
    """Walks images and tracks."""

    def __init__(self, path: Path, picture_folder: Path, pictures: dict[str, str]) -> None:
        self.collector = RecordCollector(path, picture_folder)
        self.file_name = path.name
        self.pictures = pictures

    def read_image(self, image: XmlElement) -> None:
        place = f"{self.file_name}:{image.line}"
        name = image.attributes.get("name", "")
        height, width = self._add_image(name, image, place, image.line)
        for shape in image.children:
            self._read_shape(shape, shape.attributes.get("label"), height, width)

    def read_tracks(self, root: XmlElement) -> None:
        """Read what is tracked, frame by frame."""
        drawn: dict[int, list[tuple[XmlElement, XmlElement]]] = {}
        for track in root.find_all("track"):
            for shape in track.children:
                frame = _whole_number(shape.attributes.get("frame"))
                if frame is None:
                    place = f"{self.file_name}:{shape.line}"
                    self.collector.report("ref.image", place, "its frame is no number", of_image=False)
                elif shape.attributes.get("outside") != "1":
                    drawn.setdefault(frame, []).append((track, shape))
        size = next(root.find_all("meta", "task", "original_size"), None) or next(
            root.find_all("meta", "original_size"), None
        )
        sides = {side.tag: side.text.strip() for side in size.children} if size is not None else {}
        for frame, shapes in sorted(drawn.items()):
            line = shapes[0][1].line
            image = XmlElement("image", sides, line, 0)
            name = _FRAME_NAME.format(frame)
            height, width = self._add_image(name, image, f"{self.file_name}:{line}", line)
            for track, shape in shapes:
                group = track.attributes.get("group_id", "0")
                if group != "0":
                    shape.attributes.setdefault("group_id", group)
                self._read_shape(shape, track.attributes.get("label"), height, width)

    def _add_image(self, name: str, image: XmlElement, place: str, line: int) -> tuple[int, int]:
        height, width = (_whole_number(image.attributes.get(side)) for side in ("height", "width"))
        found = find_picture(name, self.pictures) if PurePosixPath(name).name else None
        return self.collector.add_image(found or name, height, width, place, line)

    def _read_shape(self, shape: XmlElement, label: str | None, height: int, width: int) -> None:
        place = f"{self.file_name}:{shape.line}"
        try:
            segmentation, box = _convert_shape(shape, height, width)
        except ShapeError as error:
            if shape.tag != "tag":  # it is about the picture as a whole
                self.collector.report_shape(place, error)
            return
        group = shape.attributes.get("group_id", "0")
        key = (label, group) if group not in ("", "0") else None
        self.collector.add_annotation(place, shape.line, label, segmentation, box=box, group=key)


def _convert_shape(
    shape: XmlElement, height: int, width: int
) -> tuple[Segmentation | None, list[float] | None]:
    """Return a mask, or the box of what is only a box."""
    if shape.tag in _WITHOUT_AREA:
        raise ShapeError("segm.missing", "", f"a {shape.tag} has no area, so it is no mask")
    if shape.tag == "polygon":
        return join_points(_read_points(shape.attributes.get("points", ""))), None
    if shape.tag == "mask":
        return _read_mask(shape, height, width), None
    if shape.tag == "ellipse":
        x, y, x_radius, y_radius = _read_numbers(shape, "cx", "cy", "rx", "ry")
        return join_points(draw_ellipse((x, y), (x_radius, y_radius), _rotation(shape))), None
    if shape.tag == "box":
        left, top, right, bottom = _read_numbers(shape, "xtl", "ytl", "xbr", "ybr")
        join_points(box_corners(left, top, right, bottom))
        return None, [left, top, right - left, bottom - top]
    raise ShapeError("segm.type", "", f"the shape {shorten_json(shape.tag)} is not known")


def _read_points(text: str) -> list[Point]:
    points: list[Point] = []
    for pair in text.split(";") if text.strip() else []:
        try:
            x, y = map(_parse_number, pair.split(","))
        except ValueError:
            raise ShapeError("polygon.type", "", f"{shorten_json(pair)} is no point x,y") from None
        points.append((x, y))
    return points


def _read_numbers(shape: XmlElement, *names: str) -> Iterator[float]:
    for name in names:
        text = shape.attributes.get(name, "")
        try:
            yield _parse_number(text)
        except ValueError:
            raise ShapeError("segm.type", "", f"{name} is {shorten_json(text)}, no number") from None


def _rotation(shape: XmlElement) -> float:
    return next(_read_numbers(shape, "rotation")) if "rotation" in shape.attributes else 0.0


def _read_mask(shape: XmlElement, height: int, width: int) -> Segmentation:
    """Read runs that go along the rows of a box, the first one being empty pixels."""
    left, top, box_width, box_height = (
        _parse_with(_whole_number, shape, name) for name in ("left", "top", "width", "height")
    )
    if not (0 < box_height <= guard.MAX_SIDE and 0 < box_width <= guard.MAX_SIDE):
        raise ShapeError("rle.size_mismatch", "", f"its box has {box_width} x {box_height} pixels")
    if not (height and width and left + box_width <= width and top + box_height <= height):
        raise ShapeError("rle.size_mismatch", "", "its box does not lie within the image")
    words = shape.attributes.get("rle", "").split(",")
    lengths = [length for word in words if (length := _whole_number(word)) is not None]
    if len(lengths) < len(words):
        raise ShapeError("rle.type", "", "its rle is no list of lengths, separated by commas")
    if sum(lengths) != box_width * box_height:
        what = f"its runs are {sum(lengths)} pixels long, its box has {box_width * box_height}"
        raise ShapeError("rle.sum", "", what)
    values = np.arange(len(lengths)) % 2 == 1
    pixels = np.repeat(values, lengths).reshape(box_height, box_width)
    return place_pixels(pixels, left, top, height, width)


def _parse_with(parse: Callable[[str | None], int | None], shape: XmlElement, name: str) -> int:
    text = shape.attributes.get(name)
    number = parse(text)
    if number is None:
        raise ShapeError("rle.type", "", f"{name} is {shorten_json(text)}, no whole number")
    return number


def _whole_number(text: str | None) -> int | None:
    """Read a number that is not negative."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _parse_number(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)
