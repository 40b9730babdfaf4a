"""Printing findings one by one, or counted, as linters do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.terminal import emit, emit_ci_commands
from audit.findings.number_format import format_count

if TYPE_CHECKING:
    from audit.findings.finding import Finding
    from audit.pipeline.result import ScanResult

MAX_FIRST = 10
"""Findings that a refused batch names on the standard error."""


class FindingsFormat(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    lines = "lines"
    github = "github"


FORMAT_HELP = (
    "A summary, as text or json, or each finding as lines FILE:LINE:COL: image annotation rule message; "
    "github prints annotations for a workflow."
)
Statistics = Annotated[
    bool,
    typer.Option("--statistics", help="Print the count of each rule instead, most frequent first."),
]


def refuse_json_statistics(output_format: FindingsFormat, statistics: bool) -> None:
    """Refuse to count where the output is JSON, whose summary has the counts already.

    Parameters
    ----------
    output_format : FindingsFormat
    statistics : bool
        Whether counts were asked for.

    Raises
    ------
    typer.BadParameter
        If both are asked for.
    """
    if statistics and output_format in (FindingsFormat.json, FindingsFormat.github):
        raise typer.BadParameter(f"not with --format {output_format.value}", param_hint="--statistics")


def print_statistics(scan: ScanResult) -> None:
    """Print how many findings each rule has."""
    from audit.export.rule_statistics import export_rule_statistics

    emit(export_rule_statistics(scan))


def print_lines(scan: ScanResult) -> None:
    """Print each finding as a line that editors and CI logs jump to."""
    from audit.export.finding_lines import export_finding_lines

    emit(export_finding_lines(scan))


def print_github_annotations(scan: ScanResult) -> None:
    """Print the worst findings as commands of a GitHub workflow."""
    from audit.export.github import export_github_findings

    emit_ci_commands(export_github_findings(scan))


def list_first_findings(scan: ScanResult, findings: Sequence[Finding]) -> str:
    """Name the first findings, one a line.

    Parameters
    ----------
    scan : ScanResult
        That found them.
    findings : sequence of Finding
        The first `MAX_FIRST` are named, the others counted.

    Returns
    -------
    str
        Lines without the last line end; empty where there is no finding.
    """
    from audit.export.finding_lines import export_finding_lines

    lines = export_finding_lines(replace(scan, findings=tuple(findings[:MAX_FIRST]))).splitlines()
    if len(findings) > MAX_FIRST:
        lines.append(f"... and {format_count(len(findings) - MAX_FIRST, 'more finding')}")
    return "\n".join(lines)
