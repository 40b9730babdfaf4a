"""YOLO segmentation datasets: a text file a picture, a line an object, coordinates as shares of the sides."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.dataset.pixels import inspect_picture
from audit.dataset.record_places import keep_odd_record_files, label_path
from audit.findings.finding import Finding
from audit.loaders.converted import UNSTATED, convert_records, hash_files, report_place
from audit.loaders.json_value import shorten_json
from audit.loaders.label_pictures import PICTURE_SUFFIXES
from audit.loaders.loaded import LoadedDataset
from audit.loaders.yolo_names import parse_names

NAME_FILES = ("data.yaml", "data.yml", "dataset.yaml")
"""What the file with the names of classes is called."""
_MAX_NAMES_BYTES = 2**20
_LONGEST_CLASS = 9
"""Digits of a class number."""


def find_label_files(folder: Path) -> list[PurePosixPath]:
    """List the label files of a YOLO dataset, all ``*.txt`` below folders called ``labels``.

    Parameters
    ----------
    folder : Path
        The root, with ``images/`` and ``labels/`` at any depth.

    Returns
    -------
    list of PurePosixPath
        Relative to the folder, sorted; empty where there is no ``data.yaml`` and the first line of the first
        files is no class with numbers.

    Examples
    --------
    >>> find_label_files(Path("no such folder"))
    []
    """
    paths = sorted(
        PurePosixPath(path.relative_to(folder).as_posix())
        for path in folder.rglob("*.txt")
        if "labels" in path.relative_to(folder).parts[:-1] and path.is_file()
    )
    is_named = any((folder / name).is_file() for name in NAME_FILES)
    return paths if is_named or any(_begins_with_class(folder, path) for path in paths[:20]) else []


def _begins_with_class(folder: Path, path: PurePosixPath) -> bool:
    try:
        with open_inside(folder, path.as_posix()) as file:
            words = file.readline(1000).split()
    except RefusedError:
        return False
    if len(words) < 5 or not words[0].isdigit():
        return False
    return all(_parse_number(word.decode(errors="replace")) is not None for word in words[1:5])


def read_yolo(folder: Path, paths: list[PurePosixPath], *, pictures: Path | None = None) -> LoadedDataset:
    """Read a YOLO dataset; the sizes come from the headers of the pictures.

    Parameters
    ----------
    folder : Path
    paths : list of PurePosixPath
        From `find_label_files`.
    pictures : Path, optional
        Where the pictures are; default: in the folder.

    Returns
    -------
    LoadedDataset
        One category a class, whose id is its number; annotations are numbered from 1.

    Examples
    --------
    >>> import tempfile
    >>> len(read_yolo(Path(tempfile.mkdtemp()), []).dataset.images)
    0
    """
    reader = _YoloReader(folder, pictures or folder)
    reader.read_names()
    picture_files = _list_pictures(pictures or folder)
    unlabelled = dict(picture_files)
    for path in paths:
        candidates = _list_candidates(path)
        key = next((candidate for candidate in candidates if candidate in picture_files), None)
        unlabelled.pop(key or "", None)
        reader.read_label_file(path, picture_files[key] if key else candidates[0])
    for file_name in unlabelled.values():
        if pictures or "images" in PurePosixPath(file_name).parts[:-1]:
            reader.add_image(file_name, file_name)
    return reader.finish()


def _list_pictures(folder: Path) -> dict[str, str]:
    """Map paths without ending to paths."""
    paths = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
    )
    return {path.with_suffix("").as_posix(): path.as_posix() for path in paths}


def _list_candidates(label: PurePosixPath) -> list[str]:
    """List where the picture of a label file may be: the longest path first."""
    parts = list(label.with_suffix("").parts)
    last = len(parts) - 1 - parts[::-1].index("labels")
    parts[last] = "images"
    return ["/".join(parts[start:]) for start in range(len(parts))]


class _YoloReader:
    """Collects records, where they stand, and what is wrong."""

    def __init__(self, folder: Path, picture_folder: Path) -> None:
        self.folder = folder
        self.picture_folder = picture_folder
        self.names: dict[int, str] = {}
        self.has_names = False
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []
        self.places: list[str] = []
        self.line_numbers: list[int] = []
        self.label_files: list[str] = []
        self.contents: dict[str, bytes] = {}
        self.findings: list[Finding] = []

    def report(self, rule: str, place: str, message: str, *, of_image: bool = True) -> None:
        image = (len(self.images) - 1, self.images[-1]["file_name"]) if of_image else None
        self.findings.append(report_place(rule, str(self.folder), place, message, image))

    def read_names(self) -> None:
        for name in NAME_FILES:
            if (self.folder / name).is_file():
                try:
                    self.contents[name] = self._read_file(name)
                except RefusedError as refusal:
                    self.report("category.name", name, refusal.detail, of_image=False)
                    return
                names, line = parse_names(self.contents[name][:_MAX_NAMES_BYTES].decode(errors="replace"))
                if names is None:
                    message = "the class names cannot be read" if line else "there are no class names"
                    place = f"{name}:{line}" if line else name
                    self.report("category.name", place, f"{message}, so classes are numbers", of_image=False)
                self.names, self.has_names = names or {}, names is not None
                return

    def _read_file(self, name: str) -> bytes:
        with open_inside(self.folder, name) as file:
            return file.read(MAX_FILE_BYTES)

    def add_image(self, file_name: str, place: str) -> tuple[int, int]:
        """Add an image; return its height and width, 0 where nobody knows."""
        picture = inspect_picture(self.picture_folder, file_name, read_hash=False)
        record = {"id": len(self.images) + 1, "file_name": file_name}
        self.images.append({**record, "height": picture.height, "width": picture.width})
        self.label_files.append(place if place != file_name else label_path(file_name))
        if not picture.height:
            message = f"the size of its picture {file_name} is not known: {picture.detail}"
            self.report("image.size", place, message)
        return picture.height, picture.width

    def read_label_file(self, path: PurePosixPath, file_name: str) -> None:
        height, width = self.add_image(file_name, path.as_posix())
        try:
            data = self._read_file(path.as_posix())
        except RefusedError as refusal:
            self.report("label.unreadable", path.as_posix(), refusal.detail)
            return
        self.contents[path.as_posix()] = data
        for number, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), 1):
            words = line.split()
            if words:
                self._read_line(words, f"{path.as_posix()}:{number}", number, height, width)

    def _read_line(self, words: list[str], place: str, line_number: int, height: int, width: int) -> None:
        category = words[0].removesuffix(".0")
        numbers = [_parse_number(word) for word in words[1:]]
        bad_word = next(
            (word for word, number in zip(words[1:], numbers, strict=True) if number is None), None
        )
        if bad_word is not None:
            self.report("schema.type", place, f"{shorten_json(bad_word)} is no number")
            return
        if not (category.isascii() and category.isdigit() and len(category) <= _LONGEST_CLASS):
            self.report("ref.category", place, f"the class {shorten_json(words[0])} is no whole number")
            return
        coordinates = [number for number in numbers if number is not None]
        if not all(math.isfinite(share * max(width, height, 1)) for share in coordinates):
            self.report("number.nonfinite", place, "a coordinate is not finite")
            return
        record = {**UNSTATED, "id": len(self.annotations) + 1, "image_id": len(self.images)}
        record["category_id"] = int(category)
        if len(coordinates) == 4:
            x, y, box_width, box_height = coordinates
            left, top = (x - box_width / 2) * width, (y - box_height / 2) * height
            record["bbox"] = [left, top, box_width * width, box_height * height]
        else:
            sides = (width or 1, height or 1)
            record["segmentation"] = [[share * sides[k % 2] for k, share in enumerate(coordinates)]]
        self.annotations.append(record)
        self.places.append(place)
        self.line_numbers.append(line_number)

    def _list_categories(self) -> Iterator[dict[str, Any]]:
        names = self.names
        if not self.has_names:
            names = {
                number: str(number) for number in sorted({row["category_id"] for row in self.annotations})
            }
        for number, name in names.items():
            yield {"id": number, "name": name}

    def finish(self) -> LoadedDataset:
        source = hash_files(self.folder, "yolo", self.contents)
        document = {
            "images": self.images,
            "annotations": self.annotations,
            "categories": list(self._list_categories()),
        }
        index = np.array(self.line_numbers, dtype=np.int64)
        loaded = convert_records(document, source, self.places, index)
        images = loaded.dataset.images
        label_files = [self.label_files[row] for row in images.index.tolist()]
        record_file = keep_odd_record_files(images.file_name, label_files, label_path)
        dataset = replace(loaded.dataset, images=replace(images, record_file=record_file))
        return LoadedDataset(dataset, (*self.findings, *loaded.findings))


def _parse_number(text: str) -> float | None:
    """Read a number as YOLO's tools do; None where it is none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None
