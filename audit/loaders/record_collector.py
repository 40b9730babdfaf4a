"""Collects the records of a format that is not COCO, where they stand, and what is wrong."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from audit.dataset.model import Source
from audit.dataset.pixels import inspect_picture
from audit.findings.finding import Finding
from audit.geometry import guard
from audit.loaders.converted import UNSTATED, convert_records, report_place
from audit.loaders.label_pictures import PICTURE_SUFFIXES
from audit.loaders.loaded import LoadedDataset
from audit.loaders.shapes import Segmentation, ShapeError


class RecordCollector:
    """Images and annotations, numbered from 1 as they come; categories by name.

    Parameters
    ----------
    path : Path
        What the user named.
    picture_folder : Path
        Where sizes that are not declared are looked up.

    Examples
    --------
    >>> collector = RecordCollector(Path("a.xml"), Path("."))
    >>> collector.add_image("a.png", 8, 9, "a.xml:3")
    (8, 9)
    >>> collector.add_annotation("a.xml:4", 4, "cell", [[0, 0, 4, 0, 4, 4]])
    >>> dataset = collector.finish(Source("a.xml", "cvat", 0, "")).dataset
    >>> dataset.categories.name, dataset.annotations.index.tolist()
    (('cell',), [4])
    """

    def __init__(self, path: Path, picture_folder: Path) -> None:
        self.path = path
        self.picture_folder = picture_folder
        self.images: list[dict[str, Any]] = []
        self.image_index: list[int] = []
        self.annotations: list[dict[str, Any]] = []
        self.labels: list[str | None] = []
        self.places: list[str] = []
        self.index: list[int] = []
        self.findings: list[Finding] = []
        self._groups: dict[Hashable, int] = {}

    def report(self, rule: str, place: str, message: str, *, of_image: bool = True) -> None:
        """Report what is wrong at a place that becomes no record.

        Parameters
        ----------
        rule : str
        place : str
        message : str
        of_image : bool
            Whether it is about the image that was added last.
        """
        image = (len(self.images) - 1, self.images[-1]["file_name"]) if of_image else None
        self.findings.append(report_place(rule, str(self.path), place, message, image))

    def report_shape(self, place: str, error: ShapeError) -> None:
        """Report a shape that is no mask.

        Parameters
        ----------
        place : str
        error : ShapeError
        """
        self.report(error.rule, f"{place}{error.field}", error.message)

    def add_image(
        self, file_name: str, height: object, width: object, place: str, index: int | None = None
    ) -> tuple[int, int]:
        """Add an image; what is not declared of its size is the picture's.

        Parameters
        ----------
        file_name : str
        height, width : any
            As declared.
        place : str
        index : int, optional
            What `audit.dataset.record_places` makes its place of; left out, its position.

        Returns
        -------
        height, width : int
            0 where nobody knows.
        """
        sides = [side if type(side) is int and 0 < side <= guard.MAX_SIDE else 0 for side in (height, width)]
        detail = ""
        if not all(sides):
            picture = inspect_picture(self.picture_folder, file_name, read_hash=False)
            sides, detail = [picture.height, picture.width], picture.detail
        record = {"id": len(self.images) + 1, "file_name": file_name, "height": sides[0], "width": sides[1]}
        self.images.append(record)
        self.image_index.append(len(self.images) - 1 if index is None else index)
        self._groups = {}
        if not all(sides):
            self.report("image.size", place, f"no usable size is declared, and of {file_name}: {detail}")
        return sides[0], sides[1]

    def add_annotation(
        self,
        place: str,
        index: int,
        label: object,
        segmentation: Segmentation | None,
        *,
        box: Sequence[float] | None = None,
        group: Hashable = None,
    ) -> None:
        """Add an annotation of the image that was added last.

        Parameters
        ----------
        place : str
        index : int
            What `audit.dataset.record_places` makes its place of.
        label : any
            Name of its category; other than text it is reported.
        segmentation : list of lists, dict or None
        box : xywh, optional
            Where there is no segmentation.
        group : hashable, optional
            Polygons of one group of an image are one annotation.
        """
        if group is not None and isinstance(segmentation, list):
            if group in self._groups:
                self.annotations[self._groups[group]]["segmentation"] += segmentation
                return
            self._groups[group] = len(self.annotations)
        record = {**UNSTATED, "id": len(self.annotations) + 1, "image_id": len(self.images)}
        shape = {"bbox": list(box)} if segmentation is None and box else {"segmentation": segmentation}
        self.annotations.append({**record, **shape})
        self.labels.append(label if isinstance(label, str) and label else None)
        self.places.append(place)
        self.index.append(index)

    def finish(self, source: Source, names: Sequence[str] = ()) -> LoadedDataset:
        """Check everything.

        Parameters
        ----------
        source : Source
        names : sequence of str
            The declared categories, numbered from 1; a label that is none of them is reported. None declared:
            the labels, sorted.
        """
        known = names or sorted({label for label in self.labels if label is not None})
        numbers = {name: number for number, name in enumerate(known, 1)}
        for record, label in zip(self.annotations, self.labels, strict=True):
            record["category_id"] = numbers.get(label or "", 0)
        categories = [{"id": number, "name": name} for name, number in numbers.items()]
        document = {"images": self.images, "annotations": self.annotations, "categories": categories}
        index, image_index = np.array(self.index, dtype=np.int64), np.array(self.image_index, dtype=np.int64)
        loaded = convert_records(document, source, self.places, index, image_index)
        return LoadedDataset(loaded.dataset, (*self.findings, *loaded.findings))


def list_pictures(folder: Path) -> dict[str, str]:
    """Map the pictures of a folder, paths without ending to paths.

    Examples
    --------
    >>> list_pictures(Path("no such folder"))
    {}
    """
    paths = (
        path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES
    )
    return {path.with_suffix("").as_posix(): path.as_posix() for path in sorted(paths)}


def find_picture(name: str, pictures: dict[str, str]) -> str | None:
    """Find a picture by its path without ending, or by the end of that path.

    Parameters
    ----------
    name : str
        With or without ending.
    pictures : dict
        From `list_pictures`.

    Examples
    --------
    >>> find_picture("labels/a.json", {"a": "a.jpg"}), find_picture("b", {})
    ('a.jpg', None)
    """
    parts = PurePosixPath(name).with_suffix("").parts if name.strip("/.") else ()
    candidates = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((pictures[candidate] for candidate in candidates if candidate in pictures), None)
