"""What the page of a gate says, in the order in which it says it: the verdict first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from audit.findings.finding import Finding
from audit.findings.number_format import format_percent, format_percent_range
from audit.gates.agreement import Agreement
from audit.gates.baseline import count_known
from audit.gates.gate import GateResult
from audit.gates.groups import ALL_RULES, GroupReport
from audit.gates.verdict import LimitResult, Outcome
from audit.report.report_data import ExtraPage

_SENTENCE = {
    Outcome.PASS: "The batch passes.",
    Outcome.FAIL: "The batch does not pass.",
    Outcome.UNDECIDED: "Too little was seen to decide.",
}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit of the policy."""

    title: str
    demand: str
    observed: str
    bound: str
    """Empty where the limit asks for no confidence."""
    outcome: Outcome
    reason: str
    used: float | None
    """Observed by allowed, for a bar; above 1 = too much; None where nothing is allowed or known."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """How a rule did in the eyes of reviewers."""

    rule: str
    real: int
    fine: int
    unsure: int
    precision: str
    interval: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One annotator, batch, folder ..."""

    name: str
    annotations: int
    observed: str
    interval: str
    rate: float
    low: float
    high: float
    """For a dot with whiskers."""


@dataclass(frozen=True, slots=True)
class GroupsPart:
    """The groups of a batch."""

    by: str
    rows: tuple[GroupRow, ...]
    named: tuple[str, ...]
    """Sentences about those that differ from the rest, the surest first."""
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class GatePage:
    """A gate, ready to be shown."""

    outcome: Outcome
    failed: bool
    """Whether the batch is refused; an undecided one may pass."""
    sources: tuple[str, ...]
    audited: str
    counted: str
    limits: tuple[LimitRow, ...]
    notes: tuple[str, ...]
    """One sentence each: why limits fail, expired waivers, growth, mended findings, the sample."""
    rules: tuple[tuple[str, int], ...]
    """Findings that count by rule, most first."""
    reviews: tuple[ReviewRow, ...]
    groups: GroupsPart | None
    new: tuple[Finding, ...]
    """The findings that count, in the order of every output: those to be shown with pictures."""


def build_gate_page(result: GateResult) -> GatePage:
    """Lay out a gate.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> build_gate_page(judge_batch(nothing, Policy(), today=date(2026, 1, 1))).counted
    '0 findings: 0 new, 0 known, 0 waived, 0 dismissed.'
    """
    m, counts, new = result.scan.measurements, result.count_by_status(), result.new_findings()
    numbers = ", ".join(f"{counts[name]:,} {name}" for name in ("new", "known", "waived", "dismissed"))
    return GatePage(
        outcome=result.outcome,
        failed=result.failed,
        sources=tuple(source.name for source in result.scan.sources),
        audited=f"{len(m.images):,} images, {len(m.instances):,} annotations",
        counted=f"{len(result.scan.findings):,} findings: {numbers}.",
        limits=tuple(_limit_row(limit) for limit in result.limits),
        notes=tuple(_describe_problems(result)),
        rules=tuple(Counter(f.rule for f in new).most_common()),
        reviews=tuple(_review_rows(result)),
        groups=_groups_part(result.groups) if result.groups is not None else None,
        new=new,
    )


def _limit_row(line: LimitResult) -> LimitRow:
    observed, share = f"{line.n_findings:,}", float(line.n_findings)
    allowed = float(line.limit.max_count or 0)
    if line.limit.max_rate is not None:
        observed = f"{line.n_defective:,} of {line.n_units:,}"
        share, allowed = line.rate or 0.0, line.limit.max_rate
        observed += f" ({format_percent(share, 1)})" if line.n_units else ""
    return LimitRow(
        line.limit.title,
        line.limit.demand,
        observed,
        "" if line.upper_bound is None else format_percent(line.upper_bound, 1),
        line.outcome,
        line.reason,
        share / allowed if allowed else None,
    )


def _describe_problems(result: GateResult) -> Iterator[str]:
    for line in result.limits:
        if line.outcome is not Outcome.PASS or line.n_outside_units:
            yield f"{line.limit.title}: {line.reason}"
    for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True):
        if waiver.has_expired(result.today):
            yield f"Waiver expired on {waiver.until}: {waiver.title} ({waiver.reason})."
        elif not n_waived:
            yield f"Waiver forgives nothing and can go: {waiver.title}."
    for rule, before, now in result.regressions:
        yield f"Ratchet: {rule} grew from {before:,} to {now:,} findings."
    if result.baseline is not None and result.baseline.stale:
        mended = count_known(result.baseline.stale)
        yield f"{mended:,} findings of the baseline are mended; maskaudit baseline prune forgets them."
    if result.acceptance is not None:
        bound = format_percent(result.acceptance.upper_bound, 1)
        yield f"Sample: {result.acceptance.reason} At most {bound} of the images are wrong."


def _review_rows(result: GateResult) -> Iterator[ReviewRow]:
    for r in result.scan.reviews:
        known = r.real + r.fine > 0
        interval = format_percent_range(r.low, r.high, 1) if known else ""
        yield ReviewRow(
            r.rule, r.real, r.fine, r.unsure, format_percent(r.precision, 1) if known else "", interval
        )


def _groups_part(groups: GroupReport) -> GroupsPart:
    rows = tuple(
        GroupRow(
            r.group,
            r.n_annotations,
            f"{r.n_found:,} ({format_percent(r.rate, 1)})",
            format_percent_range(r.low, r.high, 1),
            r.rate,
            r.low,
            r.high,
        )
        for r in groups.rates
        if r.subject == ALL_RULES
    )
    return GroupsPart(groups.by, rows, tuple(r.sentence for r in groups.differing()), groups.agreements)


def gate_extra_page(result: GateResult) -> ExtraPage:
    """Make the page of a gate.

    Parameters
    ----------
    result : GateResult

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> gate_extra_page(judge_batch(nothing, Policy(), today=date(2026, 1, 1))).headline
    'The batch passes. 0 findings: 0 new, 0 known, 0 waived, 0 dismissed.'
    """
    page = build_gate_page(result)
    said = describe_verdict(page)
    values = {"gate": page, "verdict": said}
    return ExtraPage("gate", "Gate", f"{said} {page.counted}", not page.failed, values)


def describe_verdict(page: GatePage) -> str:
    """Say the verdict in words.

    An undecided batch may pass or not, as the command was told.
    """
    if page.outcome is Outcome.UNDECIDED:
        return f"{_SENTENCE[page.outcome]} The batch {'does not pass' if page.failed else 'passes'}."
    return _SENTENCE[page.outcome]
