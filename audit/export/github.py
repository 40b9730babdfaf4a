"""GitHub annotations: workflow commands that mark the worst findings in the changed file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audit.export.locate_findings import LocatedFinding, locate_findings
from audit.findings.finding import Severity
from audit.findings.sanitize import printable
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus

MAX_OF_A_KIND = 10
"""GitHub shows so many errors, warnings and notices of a step, and drops the rest."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(result: GateResult, found: Sequence[LocatedFinding] | None = None) -> str:
    """Write the findings that count as workflow commands.

    Parameters
    ----------
    result : GateResult
    found : sequence of LocatedFinding, optional
        All findings with their places, where they were looked up already.

    Returns
    -------
    str
        One command a line; the verdict comes first.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> print(github(judge_batch(nothing, Policy(), today=date(2026, 1, 1))), end="")
    ::notice title=maskaudit gate::pass: 2 of 2 limits keep to the policy
    """
    return "".join(
        f"{line}\n" for line in _commands(result, locate_findings(result) if found is None else found)
    )


def _commands(result: GateResult, found: Sequence[LocatedFinding]) -> Iterator[str]:
    kept = sum(line.outcome == "pass" for line in result.limits)
    said = f"{result.outcome.value}: {kept} of {len(result.limits)} limits keep to the policy"
    yield f"::{'error' if result.failed else 'notice'} title=maskaudit gate::{said}"
    for line in result.limits:
        if line.outcome != "pass":
            kind = "error" if result.failed else "warning"
            yield f"::{kind} title={_value(line.limit.title)}::{_text(line.reason)}"
    shown: Counter[Severity] = Counter()
    for one in found:
        shown[one.finding.severity] += one.status is FindingStatus.NEW
        if one.status is FindingStatus.NEW and shown[one.finding.severity] <= MAX_OF_A_KIND:
            yield _command(one)


def _command(one: LocatedFinding) -> str:
    f = one.finding
    where = f"{f.file_name}: " if f.file_name else ""
    place = f"file={_value(one.path)},line={one.line},col={one.column}," if one.path else ""
    return f"::{_COMMANDS[f.severity]} {place}title={_value(f.rule)}::{_text(where + f.message)}"


def _text(text: str) -> str:
    """Escape a message: only these characters end it or begin an escape."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    """Escape a property, which colons and commas end too."""
    return _text(text).replace(":", "%3A").replace(",", "%2C")
