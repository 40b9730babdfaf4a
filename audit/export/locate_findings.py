"""The findings of a gate with their places in the files: what every CI format starts from."""

from __future__ import annotations

from pathlib import Path

from audit.carriers import dataclass
from audit.export.record_positions import FILE_START, PlaceFinder
from audit.findings.finding import Finding
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding, what it is to the gate, and where it stands."""

    finding: Finding
    status: FindingStatus
    path: str
    """Of the file, with slashes, relative to the working directory where it lies below it."""
    line: int
    """Where the record begins, counted from 1; 1 where the finding is about the file, or it is no text."""
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
        In the findings' order. All places are the start of the file where that is not there any more, or is
        one file that has changed since it was read; files of a folder are looked up as they are now.

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
    first_source = scan.sources[0].name if scan.sources else ""
    sources = {source.name: source for source in scan.sources}
    finder = PlaceFinder(scan.record_offsets)
    keys = [(finding.source or first_source, finding.pointer, finding.file_name) for finding in scan.findings]
    places: dict[tuple[str, str, str | None], tuple[str, int, int]] = {}
    for name in dict.fromkeys(source_name for source_name, _, _ in keys):
        source_keys = [key for key in dict.fromkeys(keys) if key[0] == name]
        found = (
            finder.find(sources[name], [(pointer, file_name) for _, pointer, file_name in source_keys])
            if name in sources
            else [(name, *FILE_START)] * len(source_keys)
        )
        for key, (path, line, column) in zip(source_keys, found, strict=True):
            places[key] = (path_for_ci(path), line, column)
    return [places[key] for key in keys]


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
