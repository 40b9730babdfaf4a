"""What people decided about findings: read from a file, and put onto the findings they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from audit.findings.document import read_document
from audit.findings.finding import Finding

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """What somebody who looked at a finding said."""

    REAL = "real"
    """A real error."""
    FINE = "fine"
    """Fine as it is: not to be said again."""
    UNSURE = "unsure"


class DecisionsError(ValueError):
    """A file of decisions cannot be read; the message names the file and the place."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer."""

    verdict: Verdict
    rule: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Document:
    schema_version: int
    decisions: dict[str, Decision]
    tool: str = ""


def read_decisions(path: Path) -> Mapping[str, Decision]:
    """Read ``decisions.json``, as a report exports it.

    Parameters
    ----------
    path : Path
        ``{"schema_version": 1, "decisions": {fingerprint: {"verdict": "real", "note": ""}}}``.

    Returns
    -------
    mapping
        Fingerprint to `Decision`.

    Raises
    ------
    DecisionsError
        If the file cannot be read or holds anything else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "decisions.json"
    ...     _ = file.write_text('{"schema_version": 1, "decisions": {"0a": {"verdict": "fine"}}}')
    ...     read_decisions(file)["0a"].verdict.value
    'fine'
    """
    document = read_document(path, _Document, SCHEMA_VERSION, "a file of decisions", DecisionsError)
    return document.decisions


def apply_decisions(findings: Sequence[Finding], decisions: Mapping[str, Decision]) -> Iterator[Finding]:
    """Put decisions onto the findings with their fingerprints.

    Parameters
    ----------
    findings : sequence of Finding
    decisions : mapping
        Fingerprint to `Decision`.

    Yields
    ------
    Finding
        In order; those that nobody decided about as they are.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> said = Finding("mask.tiny", Severity.INFO, "2 px", fingerprint="0a")
    >>> [f.decision for f in apply_decisions([said], {"0a": Decision(Verdict.FINE)})]
    ['fine']
    >>> list(apply_decisions([], {}))
    []
    """
    for finding in findings:
        decision = decisions.get(finding.fingerprint)
        yield (
            finding
            if decision is None
            else replace(finding, decision=decision.verdict.value, note=decision.note)
        )
