"""Label Studio's JSON export: tasks, their annotations, and the regions of each."""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from audit.dataset.model import Source
from audit.dataset.record_places import pack_region
from audit.geometry import guard
from audit.loaders.json_file import JsonFile
from audit.loaders.json_value import UnusableNumber, parse_record, shorten_json
from audit.loaders.label_pictures import PICTURE_SUFFIXES
from audit.loaders.label_studio_brush import decode_brush
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.record_collector import RecordCollector, find_picture, list_pictures
from audit.loaders.shapes import (
    Point,
    Segmentation,
    ShapeError,
    box_corners,
    draw_ellipse,
    join_points,
    place_pixels,
    turn_points,
)

FORMAT = "label_studio"
SHORT_FORMAT = "label_studio_min"
"""JSON-MIN: tasks without their annotations' administration."""
SHORT_CONTROL = "label"
"""What the control that draws regions is called unless somebody renames it."""
_FULL_KEYS = {"data", "annotations", "completions"}
_POINTS = ("keypointlabels", "vectorlabels")
_SHAPES = ("polygon", "brush", "ellipse", "rectangle")
_UPLOAD_PREFIX = 9
"""Characters that Label Studio puts before the names of pictures that are uploaded: ``1f2e3d4c-``."""
_logger = logging.getLogger("maskaudit.loaders")


def read_label_studio(file: JsonFile, *, pictures: Path | None = None) -> LoadedDataset:
    """Read an export of Label Studio.

    Parameters
    ----------
    file : JsonFile
    pictures : Path, optional
        Where the pictures are; default: beside the file.

    Returns
    -------
    LoadedDataset
        An image a task, categories in the order of their names. Of a task's annotations, the one marked
        as ground truth counts, else the first that was not skipped.

    Raises
    ------
    UnreadableError
        If it is no JSON, or no list of tasks.

    Examples
    --------
    >>> text = b'[{"data": {"image": "a.png"}, "annotations": []}]'
    >>> read_label_studio(JsonFile("a.json", text, 9, "", False)).dataset.images.file_name
    ('a.png',)
    >>> len(read_label_studio(JsonFile("a.json", b"[]", 2, "", False)).dataset.images)
    0
    """
    try:
        tasks = parse_record(file.data)
    except ValueError as error:
        raise UnreadableError("json.syntax", file.name, "", str(error), "export it again") from None
    except RecursionError:
        what = "it is nested too deeply"
        raise UnreadableError("json.depth", file.name, "", what, "export it again") from None
    if not isinstance(tasks, list):
        what = "this is no list of tasks"
        raise UnreadableError("schema.top_level", file.name, "", what, "export it as JSON")
    folder = pictures or Path(file.name).parent
    is_short = not any(isinstance(task, dict) and _FULL_KEYS & task.keys() for task in tasks)
    is_short = is_short and any(isinstance(task, dict) for task in tasks)
    reader = _TaskReader(
        Path(file.name), folder, list_pictures(folder) if pictures else {}, is_short=is_short
    )
    for number, task in enumerate(tasks):
        reader.read_task(number, task)
    if reader.n_several:
        message = (
            "%s: %d tasks have several annotations; one of each is audited: the ground truth, or the first"
        )
        _logger.warning(message, file.name, reader.n_several)
    name = SHORT_FORMAT if is_short else FORMAT
    return reader.collector.finish(Source(file.name, name, file.size_bytes, file.sha256))


class _TaskReader:
    """Walks tasks and regions."""

    def __init__(
        self, path: Path, picture_folder: Path, pictures: dict[str, str], *, is_short: bool = False
    ) -> None:
        self.is_short = is_short
        self.collector = RecordCollector(path, picture_folder)
        self.pictures = pictures
        self.n_several = 0

    def read_task(self, number: int, task: Any) -> None:
        place = f"/{number}"
        task = task if isinstance(task, dict) else {}
        if self.is_short:
            self._read_short_task(number, task)
            return
        annotations = task.get("annotations")
        annotations = annotations if isinstance(annotations, list) else []
        chosen = _choose_annotation(annotations)
        self.n_several += sum(map(_is_usable, annotations)) > 1
        regions = annotations[chosen].get("result") if chosen is not None else []
        regions = regions if isinstance(regions, list) else []
        sides = next(
            (
                (region.get("original_height"), region.get("original_width"))
                for region in regions
                if isinstance(region, dict) and "original_width" in region
            ),
            (None, None),
        )
        name = self._find_picture(task.get("data"))
        size = self.collector.add_image(name or f"task_{number}", *sides, place, number)
        if not name:
            self.collector.report("image.missing", f"{place}/data", "no picture is named there")
        for position, region in enumerate(regions):
            self._read_region((number, chosen or 0, position), region, *size)

    def _read_short_task(self, number: int, task: dict[str, Any]) -> None:
        """Read a task of JSON-MIN: its regions stand in lists with the names of controls."""
        lists = {name: value for name, value in task.items() if isinstance(value, list)}
        regions = [
            (name, position, _lengthen(region))
            for name, listed in lists.items()
            for position, region in enumerate(listed)
        ]
        sides = next(
            (
                (region.get("original_height"), region.get("original_width"))
                for _, _, region in regions
                if region
            ),
            (None, None),
        )
        name = self._find_picture(task)
        size = self.collector.add_image(name or f"task_{number}", *sides, f"/{number}", number)
        if not name:
            self.collector.report("image.missing", f"/{number}", "no picture is named there")
        for control, position, region in regions:
            numbers = (number, int(control == SHORT_CONTROL), position)
            self._read_region(numbers, region, *size, f"/{number}/{control}/{position}")

    def _find_picture(self, data: Any) -> str:
        values = dict(data) if isinstance(data, dict) else {}
        # The project's configuration names the field; without it, "image" or whatever looks like a picture.
        texts = [_path_of(values[name]) for name in ["image", *values] if isinstance(values.get(name), str)]
        text = next(
            (text for text in texts if text.lower().endswith(PICTURE_SUFFIXES)), next(iter(texts), "")
        )
        if not text:
            return ""
        path = PurePosixPath(text)
        uploaded = path.with_name(path.name[_UPLOAD_PREFIX:] or path.name).as_posix()
        known = find_picture(text, self.pictures) or find_picture(uploaded, self.pictures)
        return known or path.name

    def _read_region(
        self, numbers: tuple[int, int, int], region: Any, height: int, width: int, place: str = ""
    ) -> None:
        place = place or "/{}/annotations/{}/result/{}".format(*numbers)
        if not isinstance(region, dict):
            self.collector.report("schema.type", place, f"is {shorten_json(region)}, not an object")
            return
        value = region.get("value")
        value = value if isinstance(value, dict) else {}
        kind = next((name for name in _SHAPES if str(region.get("type", "")).startswith(name)), None)
        if kind is None:
            if str(region.get("type")) in ("keypointlabels", "keypoint", "vectorlabels", "vector"):
                message = f"a {region['type']} has no area, so it is no mask"
                self.collector.report("segm.missing", f"{place}/type", message)
            return  # choices, ratings and text are about the picture
        labels = value.get(f"{kind}labels")
        label = labels[0] if isinstance(labels, list) and labels else None
        try:
            segmentation, box = convert_region(kind, value, height, width)
        except ShapeError as error:
            self.collector.report_shape(place, error)
            return
        self.collector.add_annotation(place, pack_region(*numbers), label, segmentation, box=box)


def _lengthen(region: Any) -> dict[str, Any]:
    """Return a region of JSON-MIN as the full form has it; nothing where it is none."""
    if not isinstance(region, dict):
        return {}
    kind = next((name for name in (*(f"{shape}labels" for shape in _SHAPES), *_POINTS) if name in region), "")
    sides = {name: region.get(name) for name in ("original_width", "original_height")}
    return {"type": kind, "value": region, **sides}


def _path_of(text: str) -> str:
    """Return the path of a picture out of an address: ``/data/local-files/?d=a/b.png`` is ``a/b.png``."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    query = parse_qs(parts.query).get("d")
    return unquote(query[0] if query else parts.path).replace("\\", "/").strip("/")


def _choose_annotation(annotations: list[Any]) -> int | None:
    """Return the position of the annotation that counts; None where there is none."""
    usable = [position for position, annotation in enumerate(annotations) if _is_usable(annotation)]
    marked = [position for position in usable if annotations[position].get("ground_truth") is True]
    return next(iter([*marked, *usable]), None)


def _is_usable(annotation: Any) -> bool:
    return isinstance(annotation, dict) and annotation.get("was_cancelled") is not True


def convert_region(
    kind: str, value: dict[str, Any], height: int, width: int
) -> tuple[Segmentation | None, list[float] | None]:
    """Make a segmentation of a region, or the box of one that is only a box.

    Parameters
    ----------
    kind : {"polygon", "brush", "ellipse", "rectangle"}
    value : dict
        Lengths are percent of the image's sides.
    height, width : int
        Of the image, pixels; 0 where they are not known.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> convert_region("rectangle", {"x": 50, "y": 0, "width": 25, "height": 100}, 8, 4)
    (None, [2.0, 0.0, 1.0, 8.0])
    >>> convert_region("polygon", {"points": []}, 8, 4)
    ([[]], None)
    """
    if not (height and width):
        raise ShapeError("segm.missing", "", "shares of an unknown size are no outline")
    if kind == "brush":
        if guard.image_size_faults(np.array([height]), np.array([width]))[0]:
            raise ShapeError("image.size", "", f"{width} x {height} pixels are more than a mask may have")
        return place_pixels(decode_brush(value.get("rle"), height, width), 0, 0, height, width), None
    if kind == "polygon":
        points = value.get("points")
        if not isinstance(points, list):
            raise ShapeError("segm.type", "/value/points", f"points is {shorten_json(points)}, not a list")
        outline = [_scale_point(point, f"/value/points/{n}", height, width) for n, point in enumerate(points)]
        return _join(outline, "/value/points"), None
    rotation = _read_number(value.get("rotation", 0), "/value/rotation")
    left, top = _scale_point([value.get("x"), value.get("y")], "/value", height, width)
    if kind == "ellipse":
        radii = _scale_point([value.get("radiusX"), value.get("radiusY")], "/value", height, width)
        return _join(draw_ellipse((left, top), radii, rotation), "/value"), None
    sides = _scale_point([value.get("width"), value.get("height")], "/value", height, width)
    corners = turn_points(box_corners(left, top, left + sides[0], top + sides[1]), (left, top), rotation)
    _join(corners, "/value")
    return (_join(corners, "/value"), None) if rotation else (None, [left, top, *sides])


def _scale_point(point: Any, field: str, height: int, width: int) -> Point:
    if not isinstance(point, list) or len(point) != 2:
        raise ShapeError("polygon.type", field, f"{shorten_json(point)} is no point [x, y]")
    x, y = (_read_number(number, field) for number in point)
    return x / 100 * width, y / 100 * height


def _read_number(number: Any, field: str) -> float:
    if isinstance(number, UnusableNumber):
        raise ShapeError(number.rule, field, "a number is not usable")
    if type(number) not in (int, float):
        raise ShapeError("polygon.type", field, f"{shorten_json(number)} is no number")
    return float(number) if abs(number) < 1e300 else float("inf")


def _join(points: list[Point], field: str) -> list[list[float]]:
    try:
        return join_points(points)
    except ShapeError as error:
        raise ShapeError(error.rule, field, error.message) from None
