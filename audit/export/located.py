"""The findings of a gate with their places in the files: what every CI format starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit.findings.finding import Finding
from audit.gates.gate import GateResult
from audit.gates.status import Standing
from audit.loaders.loaded import UnreadableError
from audit.loaders.record_lines import Spot, record_lines

START = Spot(1, 1)


@dataclass(frozen=True, slots=True)
class Located:
    """A finding, what it is to the gate, and where it stands."""

    finding: Finding
    standing: Standing
    path: str
    """Of the file, with slashes, relative to the working directory where it lies below it."""
    spot: Spot
    """Where the record begins; the first character where the finding is about the file."""


def located(result: GateResult) -> tuple[Located, ...]:
    """Find the places of findings.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    tuple of Located
        In the findings' order.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> located(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    ()
    """
    chosen = list(zip(result.scan.findings, result.standings.of, strict=True))
    formats = {source.name: source.format for source in result.scan.sources}
    spots: dict[tuple[str, str], Spot] = {}
    for name in sorted({f.source for f, _ in chosen}):
        if formats.get(name) in ("coco", "coco_results"):
            pointers = {f.pointer for f, _ in chosen if f.source == name}
            found = _lines(Path(name), pointers, formats[name] == "coco_results")
            spots |= {(name, pointer): spot for pointer, spot in found.items()}
    first = result.scan.sources[0].name if result.scan.sources else ""
    paths = {name: file_path(name or first) for name in {f.source for f, _ in chosen}}
    return tuple(
        Located(f, standing, paths[f.source], spots.get((f.source, f.pointer), START))
        for f, standing in chosen
    )


def _lines(path: Path, pointers: set[str], results: bool) -> dict[str, Spot]:
    try:
        return dict(record_lines(path, pointers, results=results))
    except (OSError, UnreadableError):  # judged from stored measurements, and the file has gone
        return {}


def file_path(name: str) -> str:
    """Name a file as CI systems want it.

    Examples
    --------
    >>> file_path("./labels/a.json")
    'labels/a.json'
    >>> file_path("")
    ''
    """
    if not name:
        return ""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()
