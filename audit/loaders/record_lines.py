"""Where records stand in a JSON file: line and column, as an editor counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audit.loaders.json_file import JsonFile, Record, read_json_file, split_coco_lists, split_results
from audit.loaders.json_scanner import scan_records

COCO_LISTS = ("images", "annotations", "categories")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record begins, counted from 1; columns are characters."""

    line: int
    column: int


def record_lines(path: Path, pointers: Iterable[str], *, results: bool = False) -> Mapping[str, Spot]:
    r"""Find the records that JSON pointers lead into.

    Parameters
    ----------
    path : Path
        A COCO file, or a results file.
    pointers : iterable of str
        ``/annotations/17/segmentation`` is found where record 17 of the annotations begins.
    results : bool
        The file is one list of results: ``/17``.

    Returns
    -------
    mapping
        Pointer to place; pointers to nowhere are left out.

    Raises
    ------
    UnreadableError
        If the file is no such document any more.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = path.write_text('{"images": [],\n "annotations": [{}, {"id": 1}], "categories": []}')
    >>> record_lines(path, ["/annotations/1/bbox"])
    {'/annotations/1/bbox': Spot(line=2, column=22)}
    >>> record_lines(path, [])
    {}
    """
    wanted = {pointer: at for pointer in pointers if (at := _record(pointer, results)) is not None}
    if not wanted:
        return {}
    file = read_json_file(path)
    offsets = _offsets(file, sorted(set(wanted.values())), results)
    places = sorted(set(offsets.values()))
    spots = dict(zip(places, _spots(file.data, places), strict=True))
    return {pointer: spots[offsets[at]] for pointer, at in wanted.items() if at in offsets}


def _record(pointer: str, results: bool) -> tuple[str, int] | None:
    """Return the list and the position that a pointer leads into."""
    parts = pointer.split("/")[1:]
    name, *rest = ("", *parts) if results else (parts or [""])
    known = results or name in COCO_LISTS
    return (name, int(rest[0])) if known and rest and rest[0].isdecimal() else None


def _offsets(
    file: JsonFile, wanted: Sequence[tuple[str, int]], results: bool
) -> Mapping[tuple[str, int], int]:
    """Return the byte at which each record begins."""
    records = (split_results(file, salvage=True) if results else split_coco_lists(file, salvage=True)).records
    first = next((r for own in records.values() for r in own), None)
    if isinstance(first, bytes):  # the careful reader made copies, so it must be asked for places
        return _walked(file, wanted, results)
    start = _address(file.data)
    found = {}
    for name, index in wanted:
        if index < len(records[name]):
            found[name, index] = _address(records[name][index]) - start
    return found


def _address(buffer: Record) -> int:
    """Return where a buffer lies in memory: unparsed records are views of the file's bytes."""
    address: int = np.frombuffer(buffer, dtype=np.uint8).__array_interface__["data"][0]
    return address


def _walked(
    file: JsonFile, wanted: Sequence[tuple[str, int]], results: bool
) -> Mapping[tuple[str, int], int]:
    text = file.data.decode(errors="surrogateescape")
    spans, _ = scan_records(text, () if results else COCO_LISTS)
    found = {}
    for name, index in wanted:
        if index < len(spans[name]):
            found[name, index] = len(text[: spans[name][index][0]].encode(errors="surrogateescape"))
    return found


def _spots(data: bytes, offsets: Sequence[int]) -> list[Spot]:
    """Count lines and columns of ascending places."""
    octets = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(octets == ord("\n"))
    at = np.array(offsets, dtype=np.int64)
    line = np.searchsorted(ends, at)
    begin = np.append(0, ends + 1)[line]
    column = at - begin
    if not data.isascii():  # bytes that go on with a character are no columns
        inner = np.append(0, np.cumsum((octets & 0xC0) == 0x80))
        column -= inner[at] - inner[begin]
    return [Spot(*pair) for pair in zip((line + 1).tolist(), (column + 1).tolist(), strict=True)]
