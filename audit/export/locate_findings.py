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
    places = find_places(result.scan)
    return tuple(
        LocatedFinding(finding, status, *place)
        for finding, status, place in zip(result.scan.findings, result.statuses, places, strict=True)
    )


def find_places(scan: ScanResult) -> list[tuple[str, int, int]]:
    """Find path, line and column of each finding of a scan.

    Parameters
    ----------
    scan : ScanResult

    Returns
    -------
    list of tuple
        In the findings' order; as `LocatedFinding` has them.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> find_places(ScanResult("1.0", empty_measurements(), (), {}, {}))
    []
    """
    findings = scan.findings
    first_source = scan.sources[0].name if scan.sources else ""
    source_names = sorted({finding.source for finding in findings})
    sources = {source.name: source for source in scan.sources}
    record_places: dict[tuple[str, str], tuple[int, int]] = {}
    for source_name in source_names:
        if source_name in sources:
            pointers = sorted({finding.pointer for finding in findings if finding.source == source_name})
            located = _locate_pointers(scan, sources[source_name], pointers)
            record_places |= {
                (source_name, pointer): line_and_column for pointer, line_and_column in located.items()
            }
    paths_for_ci = {source_name: path_for_ci(source_name or first_source) for source_name in source_names}
    return [
        (paths_for_ci[finding.source], *record_places.get((finding.source, finding.pointer), FILE_START))
        for finding in findings
    ]


def _locate_pointers(scan: ScanResult, source: Source, pointers: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return line and column of the records that JSON pointers lead into, or that name their line."""
    if source.format == "cvat":
        lines = {pointer: pointer.rpartition(":")[2] for pointer in pointers}
        return {pointer: (int(line), 1) for pointer, line in lines.items() if line.isdecimal()}
    is_results = source.format == RESULTS
    pointed_records = {
        pointer: record for pointer in pointers if (record := _pointed_record(pointer, is_results))
    }
    if not pointed_records or source.format not in ("coco", RESULTS):
        return {}
    try:
        json_file = read_json_file(Path(source.name))
        # Stored measurements are judged without their file, so nobody has noted the places.
        noted_offsets = scan.record_offsets.get(source.name)
        record_offsets = _read_offsets(json_file, is_results) if noted_offsets is None else noted_offsets
    except (OSError, UnreadableError):
        return {}
    if json_file.sha256 != source.sha256:
        return {}
    known_offsets = {
        pointer: int(record_offsets[list_name][record_index])
        for pointer, (list_name, record_index) in pointed_records.items()
        if record_index < len(record_offsets.get(list_name, ()))
    }
    line_numbers, column_numbers = line_columns(bytes(json_file.data), list(known_offsets.values()))
    return dict(zip(known_offsets, zip(line_numbers, column_numbers, strict=True), strict=True))


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


def path_for_ci(file_name: str) -> str:
    """Name a file as CI systems want it.

    Examples
    --------
    >>> path_for_ci("./labels/a.json")
    'labels/a.json'
    >>> path_for_ci("")
    ''
    """
    if not file_name:
        return ""
    ci_path = Path(file_name)
    if ci_path.is_absolute() and ci_path.is_relative_to(Path.cwd()):
        ci_path = ci_path.relative_to(Path.cwd())
    return ci_path.as_posix()
