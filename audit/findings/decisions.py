"""What people decided about findings: read from a file, and put onto the findings they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from audit.carriers import dataclass
from audit.findings.document import read_document
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """What somebody who looked at a finding said."""

    REAL = "real"
    """A real error."""
    FINE = "fine"
    """Fine as it is: not to be said again."""
    UNSURE = "unsure"
    FIX = "fix"
    """A real error, and what is proposed about it is right: `maskaudit fix` may do it."""


ERROR_VERDICTS = frozenset({Verdict.REAL, Verdict.FIX})
"""What somebody says of a finding that is an error."""


class DecisionsError(ValueError):
    """A file of decisions cannot be read; the message names the file and the place."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer."""

    verdict: Verdict
    rule: str = ""
    note: str = ""
    file_name: str = ""
    """Of the picture, as the report showed it; fingerprints say nothing to a reader."""
    annotation_ids: tuple[int, ...] = ()
    """As the labels named them then; a later export may number them anew."""
    reviewer: str = ""
    date: str = ""
    """YYYY-MM-DD."""


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
        ``{"schema_version": 1, "decisions": {fingerprint: {"verdict": "real", "note": ""}}}``; beside the
        verdict each may hold the other fields of `Decision`.

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


def apply_decisions(findings: Sequence[Finding], decisions: Mapping[str, Decision]) -> FindingTable:
    """Put decisions onto the findings with their fingerprints.

    Parameters
    ----------
    findings : sequence of Finding
    decisions : mapping
        Fingerprint to `Decision`.

    Returns
    -------
    FindingTable
        In order; those that nobody decided about as they are.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> said = [Finding("mask.tiny", Severity.INFO, "2 px", fingerprint="0a")]
    >>> [f.decision for f in apply_decisions(said, {"0a": Decision(Verdict.FINE)})]
    ['fine']
    >>> len(apply_decisions([], {}))
    0
    """
    table = FindingTable.of(findings)
    if not decisions:
        return table
    decided = [decisions.get(fingerprint) for fingerprint in table.cells("fingerprint")]
    earlier = zip(decided, table.cells("decision"), table.cells("note"), strict=True)
    answers = [
        (verdict, note) if decision is None else (decision.verdict.value, decision.note)
        for decision, verdict, note in earlier
    ]
    verdicts, notes = [verdict for verdict, _ in answers], [note for _, note in answers]
    return table.replace("decision", verdicts).replace("note", notes)


def hide_decided(findings: FindingTable, verdict: Verdict) -> FindingTable:
    """Leave out the findings about which somebody decided so.

    Parameters
    ----------
    findings : FindingTable
    verdict : Verdict

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> fine = FindingTable.of([Finding("mask.tiny", Severity.INFO, "2 px", decision="fine")])
    >>> len(hide_decided(fine, Verdict.FINE)), len(hide_decided(fine, Verdict.REAL))
    (0, 1)
    """
    codes, decisions = findings.codes("decision")
    return findings.filter(codes != (decisions.index(verdict) if verdict in decisions else -1))
