"""The image records of a COCO file."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int64
from pathlib import Path

import msgspec
import numpy as np

from audit.dataset.model import Images, IntArray
from audit.dataset.paths import NAME_FAULTS, are_plain_names, name_fault
from audit.geometry import guard
from audit.loaders.annotation_columns import RecordSpans
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, read_id, report_ids
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.slow_path import keep_original_id, parse_odd_record, report_text_faults
from audit.native.library import Columns, array, declare

_parse_images = declare("maskaudit_parse_images", array("u1"), array("i8"), array("i8"), c_int64)

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
    spans = records if isinstance(records, RecordSpans) else RecordSpans.of(records)
    columns = _parse_images(np.frombuffer(spans.data, dtype=np.uint8), spans.begin, spans.end, len(spans))
    names = _read_names(columns) if len(spans) else []
    ids, declared_height, declared_width = (columns[name] for name in ("id", "height", "width"))
    odd_keys: dict[int, object] = {}
    original_ids: dict[tuple[str, int], str] = {}
    no_records: list[int] = []
    for position in np.flatnonzero(columns["is_typed"] == 0).tolist():
        record = parse_odd_record(spans[position], "images", position, defect_log)
        if record is None:
            no_records.append(position)
            continue
        row = position - len(no_records)
        ids[position], odd_keys[row] = read_id(defect_log, "images", position, record)
        names[position] = _read_name(record, position, defect_log)
        declared_height[position] = _read_side(record, "height", position, defect_log)
        declared_width[position] = _read_side(record, "width", position, defect_log)
        keep_original_id("images", row, record, int(ids[position]), original_ids)
    index = np.delete(np.arange(len(spans)), no_records)
    if no_records:
        names = [names[position] for position in index.tolist()]
        ids, declared_height, declared_width = (
            column[index] for column in (ids, declared_height, declared_width)
        )
    height, width = _check_sizes(declared_height, declared_width, index, defect_log)
    if pictures is not None:
        _measure_pictures(pictures, names, height, width)
    _report_names(names, index, defect_log)
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


def _read_names(columns: Columns) -> list[str]:
    """Return the file names of typed records; those with escapes that are no text leave their records odd."""
    names = columns["names"].tobytes().decode().split("\n")
    for position in np.flatnonzero(columns["is_typed"] & columns["has_escapes"]).tolist():
        try:
            names[position] = msgspec.json.decode(f'"{names[position]}"', type=str)
        except (msgspec.MsgspecError, UnicodeError):  # half of a surrogate pair
            columns["is_typed"][position] = 0
    return names


def _read_name(value: JsonObject, position: int, defect_log: DefectLog) -> str:
    name = value.get("file_name")
    if isinstance(name, str):
        return name
    if not isinstance(name, UnusableNumber):  # else reported as a number
        is_there = "file_name" in value
        message = f"the file_name is {shorten_json(name)}" if is_there else "there is no file_name"
        pointer = "/file_name" if is_there else ""
        defect_log.add("path.invalid", "images", position, pointer, message, name)
    return _REPORTED_NAME


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


def _report_names(names: Sequence[str], positions: IntArray, defect_log: DefectLog) -> None:
    """Report file names that are refused, hide characters, or stand there twice."""
    if are_plain_names(names) and len(set(names)) == len(names):  # nearly always: a look at each takes longer
        return
    first_positions: dict[str, int] = {}
    for name, position in zip(names, positions.tolist(), strict=True):
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
