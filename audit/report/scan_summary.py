"""The numbers that open every report: what was audited, how much of it is wrong, by which rules.

The page and the terminal both show these and nothing else, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audit.carriers import dataclass
from audit.findings.finding import Severity
from audit.findings.finding_table import FindingTable
from audit.findings.number_format import format_count, format_percent, format_percent_range
from audit.findings.rates import wilson_interval
from audit.findings.sanitize import printable
from audit.gates.plan_file import REVIEW_RULE
from audit.measure.schema import Measurements
from audit.pipeline.result import ScanResult

MANY = 0.05
"""Share of annotations with a warning above which a page says that they are many."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A count out of a total, with the 95 % Wilson interval of its rate."""

    count: int
    total: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Count by total; 0 where the total is 0."""
        return self.count / self.total if self.total else 0.0


def measure_proportion(count: int, total: int) -> Proportion:
    """Make a `Proportion`; the interval is Wilson's (1927), which holds for small counts too.

    Parameters
    ----------
    count, total : int

    Examples
    --------
    >>> s = measure_proportion(5, 100)
    >>> round(s.low, 4), round(s.high, 4)
    (0.0215, 0.1118)
    >>> measure_proportion(0, 0)
    Proportion(count=0, total=0, low=0.0, high=0.0)
    """
    if not total:
        return Proportion(0, 0, 0.0, 0.0)
    low, high = wilson_interval(np.array([count]), np.array([total]))
    return Proportion(count, total, float(low[0]), float(high[0]))


@dataclass(frozen=True, slots=True)
class SeverityLine:
    """All findings of one severity."""

    severity: Severity
    findings: int
    annotations: Proportion
    """Annotations with at least one such finding."""
    images: Proportion
    predictions: int = 0
    """Findings about predictions that the labels are compared with, and so about no annotation."""


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
class ScanSummary:
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
    n_not_new: int = 0
    """Findings that are left out because a gate does not count them."""

    @property
    def verdict(self) -> str:
        """One sentence: how much is wrong.

        Says nothing that the numbers do not say; there is no made-up score.
        """
        error, warning, info = self.severities
        if not (error.findings or warning.findings or info.findings):
            if self.n_not_new:
                not_new = format_count(self.n_not_new, "finding")
                return f"Nothing new found; {not_new} known, waived or dismissed."
            return "Nothing found: every rule that was on is silent."
        parts = [_describe_severity(line) for line in (error, warning) if line.findings]
        if not parts:
            new = "new " if self.n_not_new else ""
            return f"No {new}errors and no {new}warnings; {format_count(info.findings, f'{new}note')}."
        return "; ".join(parts) + "."

    @property
    def opening(self) -> str:
        """The verdict in plain words, for the head of a page; intervals stand below it."""
        error, warning, _ = self.severities
        parts = [_describe_severity(line, interval=False) for line in (error, warning) if line.findings]
        if not parts:
            return self.verdict
        if self.n_not_new:
            first = "New"  # what is known may be worse, so nothing is said about the labels as a whole
        elif error.findings:
            first = "Not fit for training yet"
        elif warning.annotations.rate >= MANY:
            first = "Many labels are worth a look before training"
        else:
            first = "Mostly in order; some labels are worth a look"
        return f"{first}: {'; '.join(parts)}."


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


def _describe_severity(line: SeverityLine, *, interval: bool = True) -> str:
    annotations, severity = line.annotations, line.severity.value
    about_labels = line.findings - line.predictions
    if not about_labels:
        return f"{format_count(line.predictions, severity)} about predictions"
    phrase = f"{format_count(about_labels, severity)}, none about a single annotation"
    if annotations.count:
        rate = format_percent(annotations.rate, 1)
        rate += f"; {format_interval(annotations)}" if interval else ""
        places = f"{annotations.count:,} of {annotations.total:,} annotations ({rate})"
        phrase = f"{format_count(about_labels, severity)} on {places}"
    return f"{phrase}, and {line.predictions:,} about predictions" if line.predictions else phrase


def format_interval(proportion: Proportion) -> str:
    """Write the interval of a share.

    Examples
    --------
    >>> format_interval(measure_proportion(5, 100))
    '95 % interval 2.2 % to 11.2 %'
    >>> format_interval(measure_proportion(0, 0))
    'nothing to count'
    """
    if not proportion.total:
        return "nothing to count"
    return f"95 % interval {format_percent_range(proportion.low, proportion.high, 1)}"


def summarize_scan(result: ScanResult) -> ScanSummary:
    """Count what a scan found.

    Parameters
    ----------
    result : ScanResult

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> summarize_scan(ScanResult("1.0", empty_measurements(), (), {}, {})).verdict
    'Nothing found: every rule that was on is silent.'
    """
    measurements, findings = result.measurements, FindingTable.of(result.findings)
    if result.sampled_images is not None:  # rates are of what was drawn, and not of the whole batch
        measurements = _keep_images(measurements, result.sampled_images)
        # Each drawn image is asked about: that is no finding.
        codes, rule_ids = findings.codes("rule")
        if REVIEW_RULE in rule_ids:
            findings = findings.filter(codes != list(rule_ids).index(REVIEW_RULE))
    firing = findings.count_texts("rule")
    return ScanSummary(
        sources=tuple(printable(name) for name in measurements.sources),
        images=len(measurements.images),
        annotations=len(measurements.instances),
        categories=len(measurements.categories),
        pairs=len(measurements.pairs),
        severities=tuple(_count_severity(severity, findings, measurements) for severity in Severity),
        rules=_count_rules(findings, result),
        silent=tuple(sorted(rule for rule in result.rules if rule not in firing and rule != REVIEW_RULE)),
        n_not_new=result.n_not_new,
    )


def _keep_images(measurements: Measurements, image_rows: Sequence[int]) -> Measurements:
    """Keep the rows of some images, for counting alone: they still point to the rows of the whole tables."""
    images, instances, pairs = measurements.images, measurements.instances, measurements.pairs
    return replace(
        measurements,
        images=images.take(np.array(image_rows, dtype=np.int64)),
        instances=instances.take(np.isin(instances["image"].to_numpy(), image_rows)),
        pairs=pairs.take(np.isin(pairs["image"].to_numpy(), image_rows)),
    )


def _count_severity(
    severity: Severity, all_findings: FindingTable, measurements: Measurements
) -> SeverityLine:
    findings = all_findings.filter(all_findings.severity_ranks() == severity.rank)
    return SeverityLine(
        severity,
        len(findings),
        measure_proportion(_count_annotations(findings), len(measurements.instances)),
        measure_proportion(_count_images(findings), len(measurements.images)),
        int((findings.lists("prediction_rows")[0] > 0).sum()),
    )


def _count_annotations(findings: FindingTable) -> int:
    return len(np.unique(findings.lists("instance_rows")[1]))


def _count_images(findings: FindingTable) -> int:
    image_rows = np.unique(findings.numbers("image_row"))
    return int((image_rows >= 0).sum())


def _count_rules(findings: FindingTable, result: ScanResult) -> tuple[RuleLine, ...]:
    titles = {rule: split_title(rule_.title) for rule, rule_ in result.rules.items()}
    ranks, (codes, rule_ids) = findings.severity_ranks(), findings.codes("rule")
    lines = []
    for rank, code in np.unique(np.stack([ranks, codes], axis=1), axis=0).tolist():
        group, rule = findings.filter((ranks == rank) & (codes == code)), rule_ids[code]
        title, detail = titles.get(rule, (rule, ""))
        line = RuleLine(
            rule=rule,
            title=title,
            detail=detail,
            severity=tuple(Severity)[rank],
            findings=len(group),
            annotations=_count_annotations(group),
            images=_count_images(group),
        )
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: (line.severity.rank, -line.findings, line.rule)))
