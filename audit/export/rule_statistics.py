"""Findings counted by rule, one rule a line: what linters call statistics."""

from __future__ import annotations

from collections import Counter

from audit.findings.finding_table import FindingTable
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult


def export_rule_statistics(scan: ScanResult) -> str:
    """Count the findings of every rule.

    Parameters
    ----------
    scan : ScanResult

    Returns
    -------
    str
        ``COUNT SEVERITY RULE TITLE`` a line, columns aligned; the most frequent rule first.

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> from audit.measure.schema import empty_measurements
    >>> tiny = Finding("mask.tiny", Severity.WARNING, "2 px")
    >>> scan = ScanResult("1.0", empty_measurements(), (tiny, tiny), {}, {})
    >>> print(export_rule_statistics(scan), end="")
    2  warning  mask.tiny
    >>> export_rule_statistics(ScanResult("1.0", empty_measurements(), (), {}, {}))
    ''
    """
    table = FindingTable.of(scan.findings)
    counts = Counter(zip(table.cells("rule"), table.cells("severity"), strict=True))
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    count_width = max((len(f"{count}") for _, count in rows), default=0)
    severity_width = max((len(severity) for (_, severity), _ in rows), default=0)
    rule_width = max((len(rule) for (rule, _), _ in rows), default=0)
    lines = []
    for (rule, severity), count in rows:
        title = printable(scan.rules[rule].title) if rule in scan.rules else ""
        line = f"{count:>{count_width}}  {severity:<{severity_width}}  {rule:<{rule_width}}  {title}"
        lines.append(f"{line.rstrip()}\n")
    return "".join(lines)
