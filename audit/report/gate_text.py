"""The verdict of a gate, and the findings of a baseline, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from audit.findings.sanitize import printable
from audit.gates.baseline import Baseline, count_by_rule
from audit.gates.gate import GateResult
from audit.gates.verdict import Outcome
from audit.report.gate_page import GatePage, build_gate_page
from audit.report.gate_wording import (
    describe_bound,
    describe_group_findings,
    describe_observed,
    describe_review,
)
from audit.report.scan_text import describe_configuration
from audit.report.terminal_table import TerminalTable

_STYLES = {Outcome.PASS: "green", Outcome.UNDECIDED: "yellow", Outcome.FAIL: "bold red"}
_MAX_RULES = 15


def render_gate(result: GateResult) -> RenderableType:
    """Lay out a gate: its verdict, the limits, why they failed, what is new, the reviews, the groups."""
    page = build_gate_page(result)
    verdict = f"Verdict: {page.outcome.value}"
    if page.outcome is Outcome.UNDECIDED:
        verdict += ", so the batch does not pass" if page.failed else ", so the batch passes"
    parts: list[RenderableType] = [Text(verdict, style=_STYLES[page.outcome]), _limit_table(page)]
    parts += [Text(printable(note), style="yellow") for note in page.notes]
    if page.rules:
        rules = TerminalTable("rule", "severity", "new findings", text=("rule", "severity"))
        for rule, severity, count in page.rules[:_MAX_RULES]:
            rules.add_row(printable(rule), severity.value, f"{count:,}")
        parts.append(rules)
    if page.reviews:
        parts.append(_review_table(page))
    if page.grouped_by:
        parts += _render_groups(page)
    parts.append(Text(page.counted))
    parts += [Text(describe_policy(result)), Text(describe_configuration(result.scan.config_file))]
    return Group(*parts)


def describe_policy(result: GateResult) -> str:
    """Say which file the limits come from.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.pipeline.result import ScanResult
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> for file in ("gate.toml", ""):
    ...     print(describe_policy(judge_batch(nothing, Policy(file=file), today=date(2026, 1, 1))))
    Policy: gate.toml
    Policy: none, so the default limits
    """
    if result.policy.file:
        return f"Policy: {printable(result.policy.file)}"
    return "Policy: none, so the default limits"


def _limit_table(page: GatePage) -> TerminalTable:
    table = TerminalTable(
        "limit",
        "demand",
        "observed",
        "upper bound",
        "verdict",
        text=("limit", "demand", "verdict"),
        folded="demand",
    )
    for judged in page.limits:
        verdict = Text(judged.outcome.value, style=_STYLES[judged.outcome])
        observed, bound = describe_observed(judged), describe_bound(judged)
        table.add_row(judged.limit.title, judged.limit.demand, observed, bound, verdict)
    return table


def _review_table(page: GatePage) -> TerminalTable:
    table = TerminalTable(
        "reviewed rule",
        "real",
        "fine",
        "unsure",
        "precision",
        "95 % interval",
        text=("reviewed rule",),
        expendable=("95 % interval", "unsure"),
    )
    for review in page.reviews:
        decisions = (f"{count:,}" for count in (review.real, review.fine, review.unsure))
        table.add_row(review.rule, *decisions, *describe_review(review))
    return table


def _render_groups(page: GatePage) -> Iterator[RenderableType]:
    title = f"by {printable(page.grouped_by)}"
    table = TerminalTable(
        title, "annotations", "with new findings", "95 % interval", text=(title,), folded=title
    )
    for rate in page.groups:
        table.add_row(printable(rate.group), f"{rate.n_annotations:,}", *describe_group_findings(rate))
    yield table
    yield from (Text(printable(sentence), style="yellow") for sentence in page.differing_groups)
    if page.agreements:
        yield _agreement_table(page)


def _agreement_table(page: GatePage) -> TerminalTable:
    numbers = ("images", "objects", "matched", "F1", "mean IoU", "splits", "merges", "alpha")
    table = TerminalTable("annotators", *numbers, folded="annotators", expendable=("splits", "merges"))
    for agreement in page.agreements:
        table.add_row(
            printable(f"{agreement.annotator_a}, {agreement.annotator_b}"),
            f"{agreement.n_images:,}",
            f"{agreement.n_instances_a:,}, {agreement.n_instances_b:,}",
            f"{agreement.n_matched:,}",
            f"{agreement.f1:.3f}",
            f"{agreement.mean_iou:.3f}",
            f"{agreement.n_splits:,}",
            f"{agreement.n_merges:,}",
            f"{agreement.alpha:.3f}",
        )
    return table


def baseline_table(known: Baseline) -> TerminalTable:
    """Count the known findings of every rule.

    Examples
    --------
    >>> baseline_table(()).row_count
    0
    """
    table = TerminalTable("rule", "findings", "images", text=("rule",))
    for rule, count in count_by_rule(known).items():
        images = {e.file_name for e in known if e.rule == rule and e.file_name}
        table.add_row(printable(rule), f"{count:,}", f"{len(images):,}")
    return table
