"""The image records of a COCO file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audit.dataset.model import Images
from audit.dataset.paths import NAME_FAULTS, name_fault
from audit.geometry import guard
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, read_id, report_ids
from audit.loaders.json_file import Record
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.slow_path import keep_original_id, parse_odd_record, report_text_faults
from audit.loaders.typed_records import ImageRow, decode_records


@dataclass(frozen=True, slots=True)
class ImagesRead:
    """Image records as columns, and as what references point to."""

    images: Images
    known: IdIndex
    given_ids: Mapping[tuple[str, int], str]


def read_images(records: Sequence[Record], log: DefectLog) -> ImagesRead:
    """Read the image records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    log : DefectLog

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read = read_images([b'{"id": 5, "file_name": "a.png", "height": 4, "width": 0}'], log)
    >>> read.images.height.tolist(), [d.rule for d in log.defects]
    ([0], ['image.size'])
    >>> len(read_images([], log).images)
    0
    """
    found: list[ImageRow] = []
    index: list[int] = []
    keys: list[object] = []
    given: dict[tuple[str, int], str] = {}
    position = 0
    for chunk in decode_records(records, ImageRow):
        for row in chunk:
            key: object = row.id if row is not None else None
            if (
                row is None
                and (value := parse_odd_record(records[position], "images", position, log)) is not None
            ):
                row, key = _image(value, position, log)
                keep_original_id("images", len(found), value, row.id, given)
            if row is not None:
                found.append(row)
                index.append(position)
                keys.append(key)
            position += 1
    at = np.array(index, dtype=np.int64)
    ids = np.array([row.id for row in found], dtype=np.int64)
    height = np.array([row.height for row in found], dtype=np.int64)
    width = np.array([row.width for row in found], dtype=np.int64)
    faults = guard.image_size_faults(height, width)
    for k in np.flatnonzero(faults).tolist():
        if height[k] == _REPORTED or width[k] == _REPORTED:
            continue
        limit = faults[k] == guard.ImageFault.LIMIT
        rule, said = (
            ("image.size_limit", "more than any picture") if limit else ("image.size", "not positive")
        )
        size = f"{width[k]} x {height[k]}"
        log.add(rule, "images", index[k], "", f"its declared size {size} (width x height) is {said}", size)
    height, width = np.where(faults, 0, height), np.where(faults, 0, width)
    _report_names([row.file_name for row in found], index, log)
    names = tuple("" if row.file_name == _NO_NAME else row.file_name for row in found)
    report_ids(log, "images", ids, at)
    images = Images(ids, names, height, width, np.zeros(len(found), dtype=np.int64), at)
    return ImagesRead(images, IdIndex(ids, keys), given)


_REPORTED = -(2**62)
"""A height or width that was found to be no integer, and reported."""


def _image(value: JsonObject, index: int, log: DefectLog) -> tuple[ImageRow, object]:
    row_id, key = read_id(log, "images", index, value)
    name = value.get("file_name")
    if not isinstance(name, str):
        if not isinstance(name, UnusableNumber):
            said = (
                f"the file_name is {shorten_json(name)}" if "file_name" in value else "there is no file_name"
            )
            log.add("path.invalid", "images", index, "/file_name" if "file_name" in value else "", said, name)
        name = _NO_NAME
    height, width = (_side(value, side, index, log) for side in ("height", "width"))
    return ImageRow(row_id, name, height, width), key


_NO_NAME = "\0no name"
"""A file name that was absent or no text, and reported; the dataset gets an empty one."""


def _side(value: JsonObject, side: str, index: int, log: DefectLog) -> int:
    given = value.get(side)
    if type(given) is int and abs(given) < 2**62:
        return given
    if type(given) is int:
        return 2**62  # reported as beyond the limit
    if isinstance(given, UnusableNumber):
        return _REPORTED
    said = f"the {side} is {shorten_json(given)}, not an integer" if side in value else f"there is no {side}"
    log.add("image.size", "images", index, f"/{side}" if side in value else "", said, shorten_json(given))
    whole = type(given) is float and given.is_integer() and 0 < given < 2**31
    return int(given) if whole and given is not None else _REPORTED


def _report_names(names: Sequence[str], index: Sequence[int], log: DefectLog) -> None:
    first: dict[str, int] = {}
    for name, position in zip(names, index, strict=True):
        if name == _NO_NAME:
            continue
        fault = name_fault(name)
        if fault:
            log.add(
                fault,
                "images",
                position,
                "/file_name",
                f"its file_name is refused: {NAME_FAULTS[fault]}",
                name,
            )
        report_text_faults(name, position, "images", "file_name", log)
        if name in first:
            message = f"image number {first[name]} of the list has the same file_name"
            log.add(
                "image.duplicate_file",
                "images",
                position,
                "/file_name",
                message,
                name,
                first_index=first[name],
            )
        first.setdefault(name, position)
