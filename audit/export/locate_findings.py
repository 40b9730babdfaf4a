"""The findings of a gate with their places in the files: what every CI format starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audit.dataset.model import RecordOffsets, Source
from audit.findings.finding import Finding
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus
from audit.loaders.json_file import JsonFile, read_json_file, split_coco_lists, split_results
from audit.loaders.loaded import UnreadableError
from audit.pipeline.result import ScanResult

FILE_START = (1, 1)
RESULTS = "coco_results"


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding, what it is to the gate, and where it stands."""

    finding: Finding
    status: FindingStatus
    path: str
    """Of the file, with slashes, relative to the working directory where it lies below it."""
    line: int
    """Where the record begins, counted from 1; 1 where the finding is about the file."""
    column: int
    """In characters, counted from 1."""


def locate_findings(result: GateResult) -> tuple[LocatedFinding, ...]:
    """Find the places of findings.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    tuple of LocatedFinding
        In the findings' order. All places are the start of the file where that is not there any more or has
        changed since it was read.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> locate_findings(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    ()
    """
    findings = result.scan.findings
    first = result.scan.sources[0].name if result.scan.sources else ""
    names = sorted({finding.source for finding in findings})
    sources = {source.name: source for source in result.scan.sources}
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for name in names:
        if name in sources:
            pointers = sorted({finding.pointer for finding in findings if finding.source == name})
            located = _locate_pointers(result.scan, sources[name], pointers)
            places |= {(name, pointer): place for pointer, place in located.items()}
    paths = {name: path_for_ci(name or first) for name in names}
    return tuple(
        LocatedFinding(
            finding,
            status,
            paths[finding.source],
            *places.get((finding.source, finding.pointer), FILE_START),
        )
        for finding, status in zip(findings, result.statuses, strict=True)
    )


def _locate_pointers(scan: ScanResult, source: Source, pointers: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return line and column of the records that JSON pointers lead into."""
    is_results = source.format == RESULTS
    records = {pointer: record for pointer in pointers if (record := _pointed_record(pointer, is_results))}
    if not records or source.format not in ("coco", RESULTS):
        return {}
    try:
        file = read_json_file(Path(source.name))
        # Stored measurements are judged without their file, so nobody has noted the places.
        noted = scan.record_offsets.get(source.name)
        offsets = _read_offsets(file, is_results) if noted is None else noted
    except (OSError, UnreadableError):
        return {}
    if file.sha256 != source.sha256:
        return {}
    known = {
        pointer: int(offsets[name][index])
        for pointer, (name, index) in records.items()
        if index < len(offsets.get(name, ()))
    }
    lines, columns = line_columns(file.data, list(known.values()))
    return dict(zip(known, zip(lines, columns, strict=True), strict=True))


def _pointed_record(pointer: str, is_results: bool) -> tuple[str, int] | None:
    """Return the list and the position that a pointer leads into: ``/annotations/17/bbox``, ``/17/bbox``."""
    parts = pointer.split("/")[1:]
    if is_results:
        parts = ["", *parts]
    return (parts[0], int(parts[1])) if len(parts) > 1 and parts[1].isdecimal() else None


def _read_offsets(file: JsonFile, is_results: bool) -> RecordOffsets:
    lists = split_results(file, salvage=True) if is_results else split_coco_lists(file, salvage=True)
    return lists.offsets


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
    octets = np.frombuffer(data, dtype=np.uint8)
    line_ends = np.flatnonzero(octets == ord("\n"))
    at = np.array(offsets, dtype=np.int64)
    line = np.searchsorted(line_ends, at)
    line_start = np.append(0, line_ends + 1)[line]
    column = at - line_start
    if not data.isascii():  # bytes that go on with a character are no columns
        inner = np.append(0, np.cumsum((octets & 0xC0) == 0x80))
        column -= inner[at] - inner[line_start]
    return (line + 1).tolist(), (column + 1).tolist()


def path_for_ci(name: str) -> str:
    """Name a file as CI systems want it.

    Examples
    --------
    >>> path_for_ci("./labels/a.json")
    'labels/a.json'
    >>> path_for_ci("")
    ''
    """
    if not name:
        return ""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()
