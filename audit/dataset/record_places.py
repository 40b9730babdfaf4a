"""Where a record stands in the file that it came from: a JSON pointer, or a file and a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

_LIST_OF_FORMAT = {"labelme": "shapes", "sa1b": "annotations"}
"""Formats with a JSON file an image: what the list of its annotations is called."""

WITHOUT_COCO_FIELDS = frozenset({"label_studio", "label_studio_min", "qupath"})
"""Formats with JSON pointers, whose records have no ``segmentation``, ``bbox`` ..."""
LABEL_PICTURES = frozenset({"label_images", "cityscapes", "cellpose"})
"""Formats whose labels are pictures or arrays: a finding points at the file."""
_PAGE = re.compile(r"\[\d+\]$")
_REGION_BITS, _ANNOTATION_BITS = 22, 10


def point_at_record(
    source_format: str,
    entity: str,
    index: int,
    file_name: str | None,
    source_name: str = "",
    record_file: str = "",
) -> str:
    """Say where a record stands.

    Parameters
    ----------
    source_format : str
        As `audit.dataset.model.Source` says.
    entity : str
        ``images`` or ``annotations``.
    index : int
        Of the record in its table: its position in the list, or its line.
    file_name : str or None
        Of its image.
    source_name : str
        The file that it stands in.
    record_file : str
        Where a source has a file an image: that file, if it is not named as the image (`name_record_file`).
        Of masks that are files, the folder.

    Returns
    -------
    str
        Empty where it is not known.

    Examples
    --------
    >>> point_at_record("coco", "annotations", 7, "a.jpg")
    '/annotations/7'
    >>> point_at_record("coco_results", "annotations", 7, "a.jpg")
    '/7'
    >>> point_at_record("yolo", "annotations", 3, "train/images/a.jpg")
    'train/labels/a.txt:3'
    >>> point_at_record("labelme", "annotations", 3, "a.jpg")
    'a.json#/shapes/3'
    >>> point_at_record("sa1b", "annotations", 3, "sa_7.jpg")
    'sa_7.json#/annotations/3'
    >>> point_at_record("sa1b", "annotations", 3, "sa_7.jpg", record_file="batch_1/labels_7.json")
    'batch_1/labels_7.json#/annotations/3'
    >>> point_at_record("cvat", "annotations", 12, "a.jpg", "data/annotations.xml")
    'annotations.xml:12'
    >>> point_at_record("label_studio", "annotations", pack_region(3, 0, 5), "a.jpg")
    '/3/annotations/0/result/5'
    >>> point_at_record("parquet", "annotations", pack_row(3, 5), "a.png", "data/train.parquet")
    'train.parquet#/3/5'
    >>> point_at_record("coco_panoptic", "annotations", pack_region(3, 0, 5), "a.jpg")
    '/annotations/3/segments_info/5'
    >>> point_at_record("label_images", "annotations", 3, "a.tif[2]")
    'a.tif'
    >>> point_at_record("mask_files", "annotations", 3, "images/a.png", record_file="masks/a")
    'masks/a#3'
    """
    if source_format in LABEL_PICTURES:
        return record_file or name_label_picture(file_name or "")
    if source_format == "mask_files":
        return f"{record_file}#{index}" if record_file and entity == "annotations" else record_file
    if source_format == "coco_panoptic" and entity == "annotations":
        record, _, segment = unpack_region(index)
        return f"/annotations/{record}/segments_info/{segment}"
    if source_format == "yolo":
        label_file = record_file or label_path(file_name or "")
        return f"{label_file}:{index}" if entity == "annotations" else label_file
    if source_format in _LIST_OF_FORMAT:
        json_file = record_file or name_record_file(file_name or "")
        return (
            f"{json_file}#/{_LIST_OF_FORMAT[source_format]}/{index}" if entity == "annotations" else json_file
        )
    if source_format == "qupath":
        return f"/features/{index}" if entity == "annotations" else PurePosixPath(source_name).name
    if source_format == "imagej_roi":
        name = PurePosixPath(source_name).name
        return f"{name}#{index}" if entity == "annotations" else name
    if source_format == "parquet":
        return point_at_row(PurePosixPath(source_name).name, *unpack_row(index))
    if source_format == "cvat":
        return f"{PurePosixPath(source_name).name}:{index}"
    if source_format == "label_studio":
        task, annotation, region = unpack_region(index)
        return f"/{task}/annotations/{annotation}/result/{region}" if entity == "annotations" else f"/{index}"
    if source_format == "label_studio_min":
        task, is_usual, region = unpack_region(index if entity == "annotations" else 0)
        return f"/{task}/label/{region}" if is_usual else f"/{task if entity == 'annotations' else index}"
    return f"/{index}" if source_format == "coco_results" else f"/{entity}/{index}"


def name_record_file(file_name: str) -> str:
    """Name the JSON file of an image as LabelMe and SA-1B do: as the image, with another ending.

    Parameters
    ----------
    file_name : str

    Examples
    --------
    >>> name_record_file("batch_1/sa_7.jpg"), name_record_file("")
    ('batch_1/sa_7.json', '')
    """
    path = PurePosixPath(file_name)
    return path.with_suffix(".json").as_posix() if path.name else ""


def name_label_picture(file_name: str) -> str:
    """Name the file of labels that are a picture, where it is called as its image: without the page.

    Parameters
    ----------
    file_name : str

    Examples
    --------
    >>> name_label_picture("cells/a.tif[12]"), name_label_picture("")
    ('cells/a.tif', '')
    """
    return _PAGE.sub("", file_name)


def keep_odd_record_files(
    file_names: Sequence[str],
    record_files: Sequence[str],
    name_usual_file: Callable[[str], str] = name_record_file,
) -> tuple[str, ...]:
    """Keep the files of images whose names do not follow from those of the images; empty for the others.

    Parameters
    ----------
    file_names : sequence of str
        Of the images.
    record_files : sequence of str
        The files that they were read from, within their source.
    name_usual_file : callable
        Makes of the name of an image that of its file.

    Returns
    -------
    tuple of str
        One an image; none at all where all names follow.

    Examples
    --------
    >>> keep_odd_record_files(["a.jpg", "b.jpg"], ["a.json", "labels/2.json"])
    ('', 'labels/2.json')
    >>> keep_odd_record_files(["a.jpg"], ["a.json"]), keep_odd_record_files([], [])
    ((), ())
    """
    odd_files = tuple(
        "" if name_usual_file(name) == file else file
        for name, file in zip(file_names, record_files, strict=True)
    )
    return odd_files if any(odd_files) else ()


def pack_region(task: int, annotation: int, region: int) -> int:
    """Make one number of where a region of Label Studio stands.

    Parameters
    ----------
    task, annotation, region : int
        Positions in their lists.

    Examples
    --------
    >>> unpack_region(pack_region(7, 1, 12))
    (7, 1, 12)
    """
    annotation, region = min(annotation, 2**_ANNOTATION_BITS - 1), min(region, 2**_REGION_BITS - 1)
    return (task << _ANNOTATION_BITS | annotation) << _REGION_BITS | region


def unpack_region(index: int) -> tuple[int, int, int]:
    """Return what `pack_region` was given.

    Examples
    --------
    >>> unpack_region(5)
    (0, 0, 5)
    """
    task, annotation = divmod(index >> _REGION_BITS, 2**_ANNOTATION_BITS)
    return task, annotation, index % 2**_REGION_BITS


def pack_row(row: int, position: int) -> int:
    """Make one number of where an object stands in a table.

    Parameters
    ----------
    row : int
    position : int
        Of the object within the row; -1 where the row itself is meant.

    Examples
    --------
    >>> unpack_row(pack_row(7, 12)), unpack_row(pack_row(7, -1))
    ((7, 12), (7, -1))
    """
    position = min(position + 1, 2**_REGION_BITS - 1)
    return row << _REGION_BITS | position


def unpack_row(index: int) -> tuple[int, int]:
    """Return what `pack_row` was given.

    Examples
    --------
    >>> unpack_row(0)
    (0, -1)
    """
    position = index % 2**_REGION_BITS
    return index >> _REGION_BITS, position - 1


def point_at_row(file_name: str, row: int, position: int) -> str:
    """Say where an object stands in a table, by row and position within it.

    Parameters
    ----------
    file_name : str
    row : int
    position : int
        -1 where the row itself is meant.

    Examples
    --------
    >>> point_at_row("a.parquet", 3, 5), point_at_row("a.parquet", 3, -1)
    ('a.parquet#/3/5', 'a.parquet#/3')
    """
    return f"{file_name}#/{row}" if position < 0 else f"{file_name}#/{row}/{position}"


def label_path(file_name: str) -> str:
    """Name the YOLO label file of a picture: ``labels`` in place of the last ``images``.

    Parameters
    ----------
    file_name : str

    Examples
    --------
    >>> label_path("images/val/a.jpg"), label_path("a.jpg"), label_path("")
    ('labels/val/a.txt', 'labels/a.txt', '')
    """
    parts = list(PurePosixPath(file_name).parts)
    if not parts:
        return ""
    for position in range(len(parts) - 2, -1, -1):
        if parts[position] == "images":
            parts[position] = "labels"
            break
    else:
        parts.insert(0, "labels")
    return PurePosixPath(*parts).with_suffix(".txt").as_posix()
