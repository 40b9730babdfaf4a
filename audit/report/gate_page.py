"""The page of a gate: the verdict first, then the limits, the groups and the reviews behind it.

The terminal and the Markdown show the same `GatePage`, so they cannot disagree with the page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from audit.agreement.pairwise import Agreement
from audit.carriers import dataclass
from audit.findings.finding import Finding, Severity
from audit.findings.number_format import format_count
from audit.findings.reviews import RuleReview
from audit.gates.gate import GateResult
from audit.gates.groups import ALL_RULES, GroupRate
from audit.gates.verdict import LimitResult, Outcome
from audit.pipeline.result import ScanResult
from audit.report.gate_wording import (
    describe_bound,
    describe_group_findings,
    describe_groups,
    describe_observed,
    describe_problems,
    describe_review,
    describe_verdict,
    measure_use,
    order_limits,
)
from audit.report.report_data import ExtraPage


@dataclass(frozen=True, slots=True)
class GatePage:
    """A gate, ready to be shown."""

    outcome: Outcome
    failed: bool
    """Whether the batch is refused; an undecided one may pass."""
    sources: tuple[str, ...]
    audited: str
    counted: str
    limits: tuple[LimitResult, ...]
    """Those that failed first, then the undecided ones; among these in the order of the policy."""
    notes: tuple[str, ...]
    """One sentence each: why limits fail, expired waivers, growth, mended findings, the sample."""
    rules: tuple[tuple[str, Severity, int], ...]
    """Findings that count by rule and severity: the most severe first, of these the most."""
    reviews: tuple[RuleReview, ...]
    grouped_by: str
    """What the groups are: annotators, batches ...; empty where there are none."""
    groups: tuple[GroupRate, ...]
    """How many annotations of each group have any finding that counts."""
    differing_groups: tuple[str, ...]
    """Sentences about the groups that differ from the rest, the surest first."""
    agreements: tuple[Agreement, ...]
    new_findings: tuple[Finding, ...]
    """The findings that count, in the order of every output: those to be shown with pictures."""


def build_gate_page(result: GateResult) -> GatePage:
    """Collect what the page of a gate shows.

    Parameters
    ----------
    result : GateResult

    Examples
    --------
    >>> from datetime import date
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Limit, Policy
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> policy = Policy((Limit("overlap", max_count=0),))
    >>> page = build_gate_page(judge_batch(empty, policy, today=date(2026, 1, 1)))
    >>> [(limit.limit.demand, describe_observed(limit)) for limit in page.limits]
    [('at most 0', '0')]
    >>> build_gate_page(judge_batch(empty, Policy(), today=date(2026, 1, 1))).counted
    '0 new of 0 findings; 0 known, 0 waived, 0 dismissed.'
    """
    measurements, new_findings = result.scan.measurements, result.new_findings()
    counts = result.count_by_status()
    others = ", ".join(f"{counts[name]:,} {name}" for name in ("known", "waived", "dismissed"))
    groups = result.groups
    return GatePage(
        outcome=result.outcome,
        failed=result.failed,
        sources=tuple(source.name for source in result.scan.sources),
        audited=f"{format_count(len(measurements.images), 'image')}, "
        f"{format_count(len(measurements.instances), 'annotation')}",
        counted=f"{counts['new']:,} new of {format_count(len(result.scan.findings), 'finding')}; {others}.",
        limits=order_limits(result),
        notes=tuple(describe_problems(result)),
        rules=_count_rules(new_findings),
        reviews=result.scan.reviews,
        grouped_by=groups.by if groups is not None else "",
        groups=tuple(rate for rate in groups.rates if rate.subject == ALL_RULES)
        if groups is not None
        else (),
        differing_groups=describe_groups(groups) if groups is not None else (),
        agreements=groups.agreements if groups is not None else (),
        new_findings=new_findings,
    )


def _count_rules(findings: tuple[Finding, ...]) -> tuple[tuple[str, Severity, int], ...]:
    counts = Counter((finding.rule, finding.severity) for finding in findings).most_common()
    counts.sort(key=lambda counted: counted[0][1].rank)
    return tuple((rule, severity, count) for (rule, severity), count in counts)


def gate_extra_page(result: GateResult) -> ExtraPage:
    """Make the page of a gate, to stand beside those of the scan.

    Parameters
    ----------
    result : GateResult

    Examples
    --------
    >>> from datetime import date
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> gate_extra_page(judge_batch(empty, Policy(), today=date(2026, 1, 1))).headline
    'The batch passes. 0 new of 0 findings; 0 known, 0 waived, 0 dismissed.'
    """
    page = build_gate_page(result)
    verdict = describe_verdict(page.outcome, page.failed)
    values = {
        "gate": page,
        "verdict": verdict,
        "describe_observed": describe_observed,
        "describe_bound": describe_bound,
        "measure_use": measure_use,
        "describe_review": describe_review,
        "describe_group_findings": describe_group_findings,
    }
    return ExtraPage("gate", "Gate", f"{verdict} {page.counted}", not page.failed, values)


def keep_new_findings(result: GateResult) -> ScanResult:
    """Keep what counts, and say how much was left out.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    ScanResult
        For the report of a gate, which shows what is to be done.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> keep_new_findings(judge_batch(empty, Policy(), today=date(2026, 1, 1))).notice
    ''
    """
    new_findings = result.new_findings()
    n_findings = len(result.scan.findings)
    notice = ""
    if len(new_findings) < n_findings:
        verb = "is" if len(new_findings) == 1 else "are"
        notice = (
            f"Only new findings are shown and counted here: {len(new_findings):,} of {n_findings:,} {verb} "
            "neither known, nor waived, nor dismissed."
        )
    n_not_new = n_findings - len(new_findings)
    return replace(result.scan, findings=new_findings, n_not_new=n_not_new, notice=notice)


def group_new_findings(result: GateResult) -> tuple[str, tuple[str, ...]]:
    """Say who or what made the annotation of each finding that counts.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    str
        What the groups are; empty where there are none.
    tuple of str
        One a finding; `NO_GROUP` where it is about no annotation and no image of a group.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> group_new_findings(judge_batch(empty, Policy(), today=date(2026, 1, 1)))
    ('', ())
    """
    grouping = result.grouping
    if grouping is None:
        return "", ()
    return grouping.by, grouping.group_findings(result.new_findings())
