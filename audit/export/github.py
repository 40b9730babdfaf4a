"""GitHub annotations: workflow commands that mark the worst findings in the changed file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from audit.export.locate_findings import LocatedFinding, find_places, locate_findings
from audit.findings.finding import Finding, Severity
from audit.findings.number_format import format_count
from audit.findings.sanitize import neutralize_ci_commands, printable
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus
from audit.pipeline.result import ScanResult

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
    new_findings = (
        (found.finding, (found.path, found.line, found.column))
        for found in located
        if found.status is FindingStatus.NEW
    )
    yield from _format_worst(new_findings)


def export_github_findings(scan: ScanResult) -> str:
    """Write the findings of a scan as workflow commands, as linters print them.

    Parameters
    ----------
    scan : ScanResult

    Returns
    -------
    str
        One command a line, `MAX_OF_A_KIND` of each severity; where there are more, a notice says so first.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> tiny = Finding("mask.tiny", Severity.WARNING, "50 % of it", file_name="a.png")
    >>> print(export_github_findings(ScanResult("1.0", empty_measurements(), (tiny,), {}, {})), end="")
    ::warning title=mask.tiny::a.png: 50 %25 of it
    >>> export_github_findings(ScanResult("1.0", empty_measurements(), (), {}, {}))
    ''
    """
    commands = list(_format_worst(zip(scan.findings, find_places(scan), strict=True)))
    n_findings = len(scan.findings)
    if len(commands) < n_findings:
        counted = f"{format_count(n_findings, 'finding')}, {len(commands):,} of them marked: "
        reason = f"GitHub shows {MAX_OF_A_KIND} errors, warnings and notices of a step"
        commands.insert(0, f"::notice title=maskaudit::{counted}{reason}")
    return "".join(f"{command}\n" for command in commands)


def _format_worst(placed_findings: Iterable[tuple[Finding, tuple[str, int, int]]]) -> Iterator[str]:
    """Yield as many commands of a severity as GitHub shows, in the findings' order."""
    n_seen: Counter[Severity] = Counter()
    for finding, place in placed_findings:
        n_seen[finding.severity] += 1
        if n_seen[finding.severity] <= MAX_OF_A_KIND:
            yield _format_command(finding, place)


def _format_command(finding: Finding, place: tuple[str, int, int]) -> str:
    path, line, column = place
    subject = f"{finding.file_name}: " if finding.file_name else ""
    command, title = _COMMANDS[finding.severity], _escape_property(finding.rule)
    location = f"file={_escape_property(path)},line={line},col={column}," if path else ""
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
