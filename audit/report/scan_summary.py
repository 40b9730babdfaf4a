"""The numbers that open every report: what was audited, how much of it is wrong, by which rules.

The page and the terminal both show these and nothing else, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.findings.finding import Finding, Severity
from audit.findings.number_format import format_count, format_percent, format_percent_range
from audit.findings.rates import wilson
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, with the 95 % Wilson interval of its rate."""

    count: int
    total: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Count by total; 0 where the total is 0."""
        return self.count / self.total if self.total else 0.0


def share(count: int, total: int) -> Share:
    """Make a `Share`; the interval is Wilson's (1927), which holds for small counts too.

    Examples
    --------
    >>> s = share(5, 100)
    >>> round(s.low, 4), round(s.high, 4)
    (0.0215, 0.1118)
    >>> share(0, 0)
    Share(count=0, total=0, low=0.0, high=0.0)
    """
    if not total:
        return Share(0, 0, 0.0, 0.0)
    low, high = wilson(np.array([count]), np.array([total]))
    return Share(count, total, float(low[0]), float(high[0]))


@dataclass(frozen=True, slots=True)
class SeverityLine:
    """All findings of one severity."""

    severity: Severity
    findings: int
    annotations: Share
    """Annotations with at least one such finding."""
    images: Share


@dataclass(frozen=True, slots=True)
class RuleLine:
    """All findings of one rule and severity."""

    rule: str
    title: str
    detail: str
    """What follows the colon in the rule's title."""
    severity: Severity
    findings: int
    annotations: int
    images: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The opening numbers of a report."""

    sources: tuple[str, ...]
    images: int
    annotations: int
    categories: int
    pairs: int
    severities: tuple[SeverityLine, ...]
    """One a severity, worst first, also where nothing was found."""
    rules: tuple[RuleLine, ...]
    """Worst severity first, then most findings."""
    silent: tuple[str, ...]
    """Rules that were on and found nothing."""

    @property
    def verdict(self) -> str:
        """One sentence: how much is wrong.

        Says nothing that the numbers do not say; there is no made-up score.
        """
        error, warning, info = self.severities
        if not (error.findings or warning.findings or info.findings):
            return "Nothing found: every rule that was on is silent."
        parts = [_phrase(line) for line in (error, warning) if line.findings]
        if not parts:
            return f"No errors and no warnings; {format_count(info.findings, 'note')}."
        return "; ".join(parts) + "."


def split_title(title: str) -> tuple[str, str]:
    """Split a rule's title at its colon: a short name, and what it means.

    Examples
    --------
    >>> split_title("A tiny mask: too few pixels to learn from")
    ('A tiny mask', 'too few pixels to learn from')
    >>> split_title("")
    ('', '')
    """
    name, _, detail = title.partition(": ")
    return name, detail


def _phrase(line: SeverityLine) -> str:
    part = line.annotations
    found = format_count(line.findings, line.severity.value)
    if not part.count:
        return f"{found}, none about a single annotation"
    rate = f"{format_percent(part.rate, 1)}; {interval(part)}"
    return f"{found} on {part.count:,} of {part.total:,} annotations ({rate})"


def interval(s: Share) -> str:
    """Write the interval of a share.

    Examples
    --------
    >>> interval(share(5, 100))
    '95 % interval 2.2 % to 11.2 %'
    >>> interval(share(0, 0))
    'nothing to count'
    """
    if not s.total:
        return "nothing to count"
    return f"95 % interval {format_percent_range(s.low, s.high, 1)}"


def summarise(result: ScanResult) -> Summary:
    """Count what a scan found.

    Parameters
    ----------
    result : ScanResult

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> summarise(ScanResult("1.0", empty_measurements(), (), {}, {})).verdict
    'Nothing found: every rule that was on is silent.'
    """
    m, findings = result.measurements, result.findings
    found = {f.rule for f in findings}
    return Summary(
        sources=tuple(printable(name) for name in m.sources),
        images=len(m.images),
        annotations=len(m.instances),
        categories=len(m.categories),
        pairs=len(m.pairs),
        severities=tuple(_severity_line(s, result) for s in Severity),
        rules=_rule_lines(findings, result),
        silent=tuple(sorted(rule for rule in result.rules if rule not in found)),
    )


def _severity_line(severity: Severity, result: ScanResult) -> SeverityLine:
    here = [f for f in result.findings if f.severity is severity]
    annotations = {row for f in here for row in f.instance_rows}
    images = {f.image_row for f in here if f.image_row >= 0}
    m = result.measurements
    return SeverityLine(
        severity, len(here), share(len(annotations), len(m.instances)), share(len(images), len(m.images))
    )


def _rule_lines(findings: Sequence[Finding], result: ScanResult) -> tuple[RuleLine, ...]:
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    titles = {rule: split_title(info.title) for rule, info in result.rules.items()}
    lines = [
        RuleLine(
            rule=rule,
            title=titles.get(rule, (rule, ""))[0],
            detail=titles.get(rule, ("", ""))[1],
            severity=severity,
            findings=len(group),
            annotations=len({row for f in group for row in f.instance_rows}),
            images=len({f.image_row for f in group if f.image_row >= 0}),
        )
        for (severity, rule), group in groups.items()
    ]
    return tuple(sorted(lines, key=lambda r: (r.severity.rank, -r.findings, r.rule)))
