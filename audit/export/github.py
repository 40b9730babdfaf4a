"""GitHub annotations: workflow commands that mark the worst findings in the changed file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audit.export.locate_findings import LocatedFinding, locate_findings
from audit.findings.finding import Severity
from audit.findings.sanitize import neutralize_ci_commands, printable
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus

MAX_OF_A_KIND = 10
"""GitHub shows so many errors, warnings and notices of a step, and drops the rest."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def export_github(result: GateResult, located: Sequence[LocatedFinding] | None = None) -> str:
    """Write the findings that count as workflow commands.

    Parameters
    ----------
    result : GateResult
    located : sequence of LocatedFinding, optional
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
    >>> print(export_github(judge_batch(nothing, Policy(), today=date(2026, 1, 1))), end="")
    ::notice title=maskaudit gate::pass: 2 of 2 limits keep to the policy
    """
    located = locate_findings(result) if located is None else located
    return "".join(f"{command}\n" for command in _format_commands(result, located))


def _format_commands(result: GateResult, located: Sequence[LocatedFinding]) -> Iterator[str]:
    n_passed = sum(limit_result.outcome == "pass" for limit_result in result.limits)
    verdict = f"{result.outcome.value}: {n_passed} of {len(result.limits)} limits keep to the policy"
    yield f"::{'error' if result.failed else 'notice'} title=maskaudit gate::{verdict}"
    for limit_result in result.limits:
        if limit_result.outcome != "pass":
            command = "error" if result.failed else "warning"
            title, reason = _escape_property(limit_result.limit.title), _escape_message(limit_result.reason)
            yield f"::{command} title={title}::{reason}"
    n_shown: Counter[Severity] = Counter()
    for located_finding in located:
        n_shown[located_finding.finding.severity] += located_finding.status is FindingStatus.NEW
        if (
            located_finding.status is FindingStatus.NEW
            and n_shown[located_finding.finding.severity] <= MAX_OF_A_KIND
        ):
            yield _format_command(located_finding)


def _format_command(located_finding: LocatedFinding) -> str:
    finding = located_finding.finding
    subject = f"{finding.file_name}: " if finding.file_name else ""
    command, title = _COMMANDS[finding.severity], _escape_property(finding.rule)
    location = ""
    if located_finding.path:
        line_and_column = f"line={located_finding.line},col={located_finding.column}"
        location = f"file={_escape_property(located_finding.path)},{line_and_column},"
    return f"::{command} {location}title={title}::{_escape_message(subject + finding.message)}"


def _escape_message(message_text: str) -> str:
    """Escape a message: only these characters end it or begin an escape."""
    return (
        neutralize_ci_commands(printable(message_text))
        .replace("%", "%25")
        .replace("\r", "%0D")
        .replace("\n", "%0A")
    )


def _escape_property(property_text: str) -> str:
    """Escape a property, which colons and commas end too."""
    return _escape_message(property_text).replace(":", "%3A").replace(",", "%2C")
