"""LabelMe: a JSON file a picture, with shapes and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from audit.dataset.pixels import inspect_picture
from audit.dataset.record_places import keep_odd_record_files
from audit.findings.finding import Finding
from audit.geometry import guard
from audit.loaders.converted import UNSTATED, convert_records, hash_files, report_place
from audit.loaders.json_file import read_json_file
from audit.loaders.json_value import parse_record, shorten_json
from audit.loaders.label_pictures import PICTURE_SUFFIXES
from audit.loaders.labelme_shapes import convert_shape
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.shapes import ShapeError


def read_labelme(path: Path, files: Sequence[Path], *, pictures: Path | None = None) -> LoadedDataset:
    """Read LabelMe files as one dataset.

    Parameters
    ----------
    path : Path
        The folder, or the only file.
    files : sequence of Path
        In this order.
    pictures : Path, optional
        Where the pictures are; default: beside the files.

    Returns
    -------
    LoadedDataset
        Images and annotations are numbered from 1, categories in the order of their names. Polygons of one
        label and ``group_id`` are one annotation.

    Raises
    ------
    UnreadableError
        If the only file cannot be read.

    Examples
    --------
    >>> len(read_labelme(Path("a"), []).dataset.images)
    0
    """
    folder = path if path.is_dir() else path.parent
    reader = _LabelMeReader(path, pictures or folder)
    # A single file may lie in a folder of anything: the pictures of that are not listed.
    names = _list_pictures(pictures or folder) if pictures or path.is_dir() else {}
    for file in files:
        place = file.relative_to(folder).as_posix()
        try:
            json_file = read_json_file(file)
            reader.contents[place] = bytes(json_file.data)
            document = _parse_document(file, json_file.data)
        except UnreadableError as error:
            if path == file:
                raise
            where = f"{error.where}: " if error.where else ""
            reader.findings.append(report_place(error.rule, str(path), place, f"{where}{error.what}"))
            continue
        reader.read_document(document, place, names)
    return reader.finish()


def _parse_document(file: Path, data: bytes | memoryview) -> dict[str, Any]:
    try:
        document = parse_record(data)
    except ValueError as error:
        raise UnreadableError("json.syntax", str(file), "", str(error), "save it again") from None
    except RecursionError:
        raise UnreadableError(
            "json.depth", str(file), "", "it is nested too deeply", "save it again"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), list):
        raise UnreadableError(
            "schema.top_level", str(file), "", "there is no list of shapes", "save it again"
        )
    return document


def list_readable_files(files: Sequence[Path]) -> list[Path]:
    """List the files that become an image each.

    Parameters
    ----------
    files : sequence of Path

    Examples
    --------
    >>> list_readable_files([Path("no such file.json")])
    []
    """
    readable = []
    for file in files:
        try:
            _parse_document(file, read_json_file(file).data)
        except UnreadableError:
            continue
        readable.append(file)
    return readable


def _list_pictures(folder: Path) -> dict[str, str]:
    """Map paths without ending to paths."""
    paths = (
        path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES
    )
    return {path.with_suffix("").as_posix(): path.as_posix() for path in sorted(paths)}


class _LabelMeReader:
    """Collects records, where they stand, and what is wrong."""

    def __init__(self, path: Path, picture_folder: Path) -> None:
        self.path = path
        self.picture_folder = picture_folder
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []
        self.labels: list[str | None] = []
        self.places: list[str] = []
        self.image_places: list[str] = []
        self.shape_numbers: list[int] = []
        self.contents: dict[str, bytes] = {}
        self.findings: list[Finding] = []

    def report(self, rule: str, place: str, message: str) -> None:
        image = (len(self.images) - 1, self.images[-1]["file_name"])
        self.findings.append(report_place(rule, str(self.path), place, message, image))

    def read_document(self, document: dict[str, Any], place: str, names: dict[str, str]) -> None:
        parts = PurePosixPath(place).with_suffix("").parts
        candidates = ["/".join(parts[start:]) for start in range(len(parts))]
        file_name = next((names[name] for name in candidates if name in names), None)
        if file_name is None:
            image_path = document.get("imagePath")
            text = image_path if isinstance(image_path, str) else f"{parts[-1]}.jpg"
            base_name = text.replace("\\", "/").rsplit("/", 1)[-1]
            is_a_name = base_name not in ("", ".", "..")
            file_name = str(PurePosixPath(place).with_name(base_name if is_a_name else "unnamed"))
        height, width = self._add_image(document, file_name, place)
        groups: dict[tuple[str, str], int] = {}
        for number, shape in enumerate(document["shapes"]):
            shape_place = f"{place}#/shapes/{number}"
            try:
                segmentation = convert_shape(shape, height, width)
            except ShapeError as error:
                self.report(error.rule, f"{shape_place}{error.field}", error.message)
                continue
            label = shape.get("label")
            group = shape.get("group_id")
            key = (shorten_json(label), shorten_json(group))
            if group is not None and key in groups and isinstance(segmentation, list):
                self.annotations[groups[key]]["segmentation"] += segmentation
                continue
            if group is not None and isinstance(segmentation, list):
                groups[key] = len(self.annotations)
            record = {**UNSTATED, "id": len(self.annotations) + 1, "image_id": len(self.images)}
            self.annotations.append({**record, "segmentation": segmentation})
            self.labels.append(label if isinstance(label, str) and label else None)
            self.places.append(shape_place)
            self.shape_numbers.append(number)

    def _add_image(self, document: dict[str, Any], file_name: str, place: str) -> tuple[int, int]:
        """Add an image; return its height and width, 0 where nobody knows."""
        height, width = _read_side(document, "imageHeight"), _read_side(document, "imageWidth")
        detail = ""
        if not height or not width:
            picture = inspect_picture(self.picture_folder, file_name, read_hash=False)
            height, width, detail = picture.height, picture.width, picture.detail
        self.image_places.append(place)
        self.images.append(
            {"id": len(self.images) + 1, "file_name": file_name, "height": height, "width": width}
        )
        if not height or not width:
            self.report(
                "image.size", place, f"there are no imageHeight and imageWidth, and of {file_name}: {detail}"
            )
        return height, width

    def finish(self) -> LoadedDataset:
        source = hash_files(self.path, "labelme", self.contents)
        names = sorted({label for label in self.labels if label is not None})
        numbers = {name: number for number, name in enumerate(names, 1)}
        for record, label in zip(self.annotations, self.labels, strict=True):
            record["category_id"] = numbers[label] if label is not None else 0
        categories = [{"id": number, "name": name} for name, number in numbers.items()]
        document = {"images": self.images, "annotations": self.annotations, "categories": categories}
        index = np.array(self.shape_numbers, dtype=np.int64)
        loaded = convert_records(document, source, self.places, index)
        images = loaded.dataset.images
        record_files = [self.image_places[row] for row in images.index.tolist()]
        images = replace(images, record_file=keep_odd_record_files(images.file_name, record_files))
        return LoadedDataset(replace(loaded.dataset, images=images), (*self.findings, *loaded.findings))


def _read_side(document: dict[str, Any], name: str) -> int:
    side = document.get(name)
    return side if type(side) is int and 0 < side <= guard.MAX_SIDE else 0
