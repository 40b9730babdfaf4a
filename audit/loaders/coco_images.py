"""The image records of a COCO file."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audit.dataset.model import Images, IntArray
from audit.dataset.paths import NAME_FAULTS, name_fault
from audit.geometry import guard
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, read_id, report_ids
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.slow_path import iterate_records, keep_original_id, report_text_faults
from audit.loaders.typed_records import ImageRow

_REPORTED_SIDE = -(2**62)
"""A height or width that was seen to be no integer, and reported."""
_HUGE_SIDE = 2**62
"""Stands for a height or width that 64 bits may not hold; it is reported as beyond the limit."""
_REPORTED_NAME = "\0no name"
"""A file name that was absent or no text, and reported; the dataset gets an empty one."""


def read_images(
    records: Sequence[bytes], defect_log: DefectLog, pictures: Path | None = None
) -> tuple[Images, IdIndex, dict[tuple[str, int], str]]:
    """Read the image records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    defect_log : DefectLog
    pictures : Path, optional
        Where the pictures are whose sizes no record says.

    Returns
    -------
    images : Images
        Of source 0; height and width are 0 where neither the record nor the picture has a usable size.
    id_index : IdIndex
        What annotations refer to.
    original_ids : dict
        As in `audit.dataset.model.Dataset`.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> record = b'{"id": 5, "file_name": "a.png", "height": 4, "width": 0}'
    >>> images, _, _ = read_images([record], defect_log)
    >>> images.height.tolist(), [defect.rule for defect in defect_log.defects]
    ([0], ['image.size'])
    >>> len(read_images([], defect_log)[0])
    0
    """
    names: list[str] = []
    odd_keys: dict[int, object] = {}
    original_ids: dict[tuple[str, int], str] = {}
    # Arrays of numbers: a million image records as objects are 300 MB.
    position_column, id_column, height_column, width_column = (array("q") for _ in range(4))
    for position, record in iterate_records(records, ImageRow, "images", defect_log):
        if isinstance(record, JsonObject):
            row, odd_keys[len(names)] = _read_odd_image(record, position, defect_log)
            keep_original_id("images", len(names), record, row.id, original_ids)
        else:
            row = record
        names.append(row.file_name)
        position_column.append(position)
        id_column.append(row.id)
        height_column.append(row.height)
        width_column.append(row.width)
    index, ids, declared_height, declared_width = (
        np.array(column, dtype=np.int64)
        for column in (position_column, id_column, height_column, width_column)
    )
    height, width = _check_sizes(declared_height, declared_width, index, defect_log)
    if pictures is not None:
        _measure_pictures(pictures, names, height, width)
    _report_names(names, position_column, defect_log)
    report_ids(defect_log, "images", ids, index)
    known_names = tuple("" if name == _REPORTED_NAME else name for name in names)
    images = Images(ids, known_names, height, width, np.zeros(len(names), dtype=np.int64), index)
    return images, IdIndex(ids, odd_keys), original_ids


def _check_sizes(
    height: IntArray, width: IntArray, positions: IntArray, defect_log: DefectLog
) -> tuple[IntArray, IntArray]:
    """Report sizes that no picture has; return heights and widths, 0 where there is no usable size."""
    faults = guard.image_size_faults(height, width)
    for row in np.flatnonzero(faults).tolist():
        if height[row] == _REPORTED_SIDE or width[row] == _REPORTED_SIDE:
            continue
        if faults[row] == guard.ImageFault.LIMIT:
            rule, problem = "image.size_limit", "more than any picture"
        else:
            rule, problem = "image.size", "not positive"
        size = f"{width[row]} x {height[row]}"
        message = f"its declared size {size} (width x height) is {problem}"
        defect_log.add(rule, "images", int(positions[row]), "", message, size)
    return np.where(faults, 0, height), np.where(faults, 0, width)


def _measure_pictures(folder: Path, names: Sequence[str], height: IntArray, width: IntArray) -> None:
    """Take sizes that no record says from the headers of the pictures."""
    unknown = np.flatnonzero((height == 0) | (width == 0)).tolist()
    if not unknown:
        return
    from audit.dataset.pixels import inspect_picture  # late: it needs Pillow

    for row in unknown:
        picture = inspect_picture(folder, names[row], read_hash=False)
        if (
            picture.height
            and not guard.image_size_faults(np.array([picture.height]), np.array([picture.width])).any()
        ):
            height[row], width[row] = picture.height, picture.width


def _read_odd_image(value: JsonObject, position: int, defect_log: DefectLog) -> tuple[ImageRow, object]:
    """Read a record field by field; return it, and the key that references to it have."""
    row_id, key = read_id(defect_log, "images", position, value)
    name = value.get("file_name")
    if not isinstance(name, str):
        if not isinstance(name, UnusableNumber):  # else reported as a number
            is_there = "file_name" in value
            message = f"the file_name is {shorten_json(name)}" if is_there else "there is no file_name"
            pointer = "/file_name" if is_there else ""
            defect_log.add("path.invalid", "images", position, pointer, message, name)
        name = _REPORTED_NAME
    height, width = (_read_side(value, side, position, defect_log) for side in ("height", "width"))
    return ImageRow(row_id, name, height, width), key


def _read_side(value: JsonObject, side: str, position: int, defect_log: DefectLog) -> int:
    length = value.get(side)
    if type(length) is int:
        return length if abs(length) < _HUGE_SIDE else _HUGE_SIDE
    if isinstance(length, UnusableNumber):
        return _REPORTED_SIDE
    text = shorten_json(length)
    message = f"the {side} is {text}, not an integer" if side in value else f"there is no {side}"
    defect_log.add("image.size", "images", position, f"/{side}" if side in value else "", message, text)
    # 480.0 is what some writers make of 480: reported, and used.
    is_whole = type(length) is float and length.is_integer() and 0 < length < 2**31
    return int(length) if is_whole and length is not None else _REPORTED_SIDE


def _report_names(names: Sequence[str], positions: Sequence[int], defect_log: DefectLog) -> None:
    """Report file names that are refused, hide characters, or stand there twice."""
    first_positions: dict[str, int] = {}
    for name, position in zip(names, positions, strict=True):
        if name == _REPORTED_NAME:
            continue
        fault = name_fault(name)
        if fault:
            message = f"its file_name is refused: {NAME_FAULTS[fault]}"
            defect_log.add(fault, "images", position, "/file_name", message, name)
        report_text_faults(name, position, "images", "file_name", defect_log)
        first = first_positions.setdefault(name, position)
        if first != position:
            message = f"image number {first} of the list has the same file_name"
            defect_log.add(
                "image.duplicate_file", "images", position, "/file_name", message, name, first_index=first
            )
