"""From where a record stands, as its format counts, to file, line and column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from audit.dataset.model import RecordOffsets, Source
from audit.dataset.record_places import LABEL_PICTURES
from audit.loaders.json_file import JsonFile, read_json_file, split_coco_lists, split_results
from audit.loaders.json_pointers import find_pointers
from audit.loaders.loaded import UnreadableError
from audit.loaders.mask_files import list_masks
from audit.loaders.packed import read_bytes
from audit.loaders.record_offsets import byte_places

FILE_START = (1, 1)
RESULTS = "coco_results"
_RECORD_DEPTH = {
    "coco_panoptic": 4, "label_studio": 5, "label_studio_min": 3, "labelme": 2, "qupath": 2, "sa1b": 2,
}  # fmt: skip
"""Formats in JSON that is no COCO: parts of a pointer that name the record; what follows is a field of it."""
_FILE_AN_IMAGE = LABEL_PICTURES | {"labelme", "mask_files", "sa1b", "yolo"}
"""Formats whose pointers begin with a file of the folder."""
_LINE = re.compile(r":(\d{1,9})$")
_COUNTED_FILE = re.compile(r"#(\d{1,9})$")

Place = tuple[str, int, int]
"""Path, line and column, counted from 1."""


class PlaceFinder:
    """Looks up where records stand; each file is read once.

    Parameters
    ----------
    record_offsets : mapping
        Name of a source to the bytes at which its records begin, where they were noted while reading.

    Examples
    --------
    >>> PlaceFinder({}).find(Source("no such folder", "yolo", 0, ""), [("labels/a.txt:3", "images/a.png")])
    [('no such folder', 3, 1)]
    >>> PlaceFinder({}).find(Source("a.json", "coco", 0, ""), [])
    []
    """

    def __init__(self, record_offsets: Mapping[str, RecordOffsets]) -> None:
        self.record_offsets = record_offsets
        self.known_files: dict[tuple[str, str, str | None], str] = {}

    def find(self, source: Source, records: Sequence[tuple[str, str | None]]) -> list[Place]:
        """Find the places of records of one source.

        Parameters
        ----------
        source : Source
        records : sequence of (str, str or None)
            Pointer of each, and the file name of its image.
        """
        if source.format in ("coco", RESULTS):
            known = self._locate_coco(source, [pointer for pointer, _ in records])
            return [(source.name, *known.get(pointer, FILE_START)) for pointer, _ in records]
        parts = [self._split_place(source, pointer, file_name) for pointer, file_name in records]
        lines_of: dict[str, set[int]] = {}
        pointers_of: dict[str, set[str]] = {}
        for path, line, pointer in parts:
            if line > 1:
                lines_of.setdefault(path, set()).add(line)
            if pointer:
                pointers_of.setdefault(path, set()).add(pointer)
        # Of many files only the hash of all together is known.
        sha256 = "" if source.format in _FILE_AN_IMAGE else source.sha256
        located = {path: _locate_values(path, pointers, sha256) for path, pointers in pointers_of.items()}
        columns = (
            {path: _find_first_columns(path, lines) for path, lines in lines_of.items()}
            if source.format == "cvat"
            else {}
        )
        return [
            (path, *located[path].get(pointer, FILE_START))
            if pointer
            else (path, line, columns.get(path, {}).get(line, 1))
            for path, line, pointer in parts
        ]

    def _split_place(self, source: Source, pointer: str, file_name: str | None) -> tuple[str, int, str]:
        """Split a pointer into the file, the line and what JSON pointer leads to the record in it."""
        name, _, json_pointer = pointer.partition("#") if "#/" in pointer else (pointer, "", "")
        if name.startswith("/"):
            name, json_pointer = "", name
        depth = _RECORD_DEPTH.get(source.format, 0)
        json_pointer = "/".join(json_pointer.split("/")[: depth + 1]) if depth else ""
        line = 1
        if source.format in ("yolo", "cvat") and (match := _LINE.search(name)):
            name, line = name[: match.start()], max(1, int(match[1]))
        if source.format not in _FILE_AN_IMAGE:
            return source.name, line, json_pointer
        key = (source.name, name, file_name)
        if key not in self.known_files:
            self.known_files[key] = _find_file(source, name, file_name)
        return self.known_files[key], line, json_pointer

    def _locate_coco(self, source: Source, pointers: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return line and column of the records that pointers lead into."""
        is_results = source.format == RESULTS
        pointed_records = {
            pointer: record for pointer in pointers if (record := _pointed_record(pointer, is_results))
        }
        if not pointed_records:
            return {}
        json_file = _read_unchanged(source.name, source.sha256)
        if json_file is None:
            return {}
        # Stored measurements are judged without their file, so nobody has noted the places.
        noted_offsets = self.record_offsets.get(source.name)
        record_offsets = _read_offsets(json_file, is_results) if noted_offsets is None else noted_offsets
        known_offsets = {
            pointer: int(record_offsets[list_name][record_index])
            for pointer, (list_name, record_index) in pointed_records.items()
            if record_index < len(record_offsets.get(list_name, ()))
        }
        line_numbers, column_numbers = line_columns(bytes(json_file.data), list(known_offsets.values()))
        return dict(zip(known_offsets, zip(line_numbers, column_numbers, strict=True), strict=True))


def _find_file(source: Source, name: str, file_name: str | None) -> str:
    """Return the path of a file of a folder; where it is not there that of its image, or the folder."""
    folder = Path(source.name)
    if not folder.is_dir():
        return source.name
    if source.format == "mask_files" and (match := _COUNTED_FILE.search(name)):
        masks = list_masks(folder / name[: match.start()])
        number = int(match[1])
        name = f"{name[: match.start()]}/{masks[number - 1]}" if 0 < number <= len(masks) else ""
    candidates = (folder / part for part in (name, file_name) if part)
    return next((str(path) for path in candidates if path.exists()), source.name)


def _locate_values(path: str, pointers: set[str], sha256: str) -> dict[str, tuple[int, int]]:
    """Return line and column of the values that JSON pointers lead to."""
    json_file = _read_unchanged(path, sha256)
    if json_file is None:
        return {}
    data = bytes(json_file.data)
    positions = find_pointers(data.decode(errors="replace"), pointers)
    begin, _ = byte_places(data, [(position, position) for position in positions.values()])
    line_numbers, column_numbers = line_columns(data, begin.tolist())
    return dict(zip(positions, zip(line_numbers, column_numbers, strict=True), strict=True))


def _read_unchanged(path: str, sha256: str) -> JsonFile | None:
    """Read a file; None where it is not there any more, or is another one than was audited."""
    try:
        json_file = read_json_file(Path(path))
    except (OSError, UnreadableError):
        return None
    return json_file if sha256 in ("", json_file.sha256) else None


def _find_first_columns(path: str, lines: set[int]) -> dict[int, int]:
    """Return the column of the first character of each line that is no blank."""
    try:
        data = read_bytes(Path(path))
    except (OSError, UnreadableError):
        return {}
    texts = data.split(b"\n")
    return {
        line: len(texts[line - 1]) - len(texts[line - 1].lstrip()) + 1
        for line in lines
        if line <= len(texts) and texts[line - 1].strip()
    }


def _pointed_record(pointer: str, is_results: bool) -> tuple[str, int] | None:
    """Return the list and the position that a pointer leads into: ``/annotations/17/bbox``, ``/17/bbox``."""
    pointer_parts = pointer.split("/")[1:]
    if is_results:
        pointer_parts = ["", *pointer_parts]
    return (
        (pointer_parts[0], int(pointer_parts[1]))
        if len(pointer_parts) > 1 and pointer_parts[1].isdecimal()
        else None
    )


def _read_offsets(json_file: JsonFile, is_results: bool) -> RecordOffsets:
    record_lists = (
        split_results(json_file, salvage=True) if is_results else split_coco_lists(json_file, salvage=True)
    )
    return record_lists.offsets


def line_columns(data: bytes, offsets: Sequence[int]) -> tuple[list[int], list[int]]:
    r"""Name places as a person finds them in an editor.

    Parameters
    ----------
    data : bytes
        A text, UTF-8.
    offsets : sequence of int
        Bytes of it.

    Returns
    -------
    lines, columns : list of int
        Counted from 1; columns are characters, not bytes.

    Examples
    --------
    >>> line_columns('{\n "é": 1}'.encode(), [0, 3, 7])
    ([1, 2, 2], [1, 2, 5])
    >>> line_columns(b"", [])
    ([], [])
    """
    file_bytes = np.frombuffer(data, dtype=np.uint8)
    line_ends = np.flatnonzero(file_bytes == ord("\n"))
    positions = np.array(offsets, dtype=np.int64)
    line_index = np.searchsorted(line_ends, positions)
    line_starts = np.append(0, line_ends + 1)[line_index]
    column_index = positions - line_starts
    if not data.isascii():  # bytes that go on with a character are no columns
        inner_bytes = np.append(0, np.cumsum((file_bytes & 0xC0) == 0x80))
        column_index -= inner_bytes[positions] - inner_bytes[line_starts]
    return (line_index + 1).tolist(), (column_index + 1).tolist()
