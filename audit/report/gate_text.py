"""The verdict of a gate as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.findings.sanitize import printable
from audit.gates.baseline import Baseline, count_by_rule
from audit.gates.gate import GateResult
from audit.gates.verdict import Outcome
from audit.report.gate_page import GroupsPart, build_gate_page
from audit.report.terminal_table import terminal_table

_STYLES = {Outcome.PASS: "green", Outcome.UNDECIDED: "yellow", Outcome.FAIL: "bold red"}
_RULES = 15


def render_gate(result: GateResult) -> RenderableType:
    """Lay out a verdict: the limits, why they failed, what is new, the groups."""
    page = build_gate_page(result)
    limits = terminal_table(
        "limit", "demand", "observed", "upper bound", "verdict", text=("limit", "demand", "verdict")
    )
    for row in page.limits:
        verdict = Text(row.outcome.value, style=_STYLES[row.outcome])
        limits.add_row(row.title, row.demand, row.observed, row.bound, verdict)
    parts: list[RenderableType] = [limits]
    parts += [Text(printable(note), style="yellow") for note in page.notes]
    if page.rules:
        table = terminal_table("rule", "new findings", text=("rule",))
        for rule, n in page.rules[:_RULES]:
            table.add_row(printable(rule), f"{n:,}")
        parts.append(table)
    if page.reviews:
        table = terminal_table(
            "reviewed rule", "real", "fine", "unsure", "precision", "95 % interval", text=("reviewed rule",)
        )
        for r in page.reviews:
            table.add_row(r.rule, f"{r.real:,}", f"{r.fine:,}", f"{r.unsure:,}", r.precision, r.interval)
        parts.append(table)
    if page.groups is not None:
        parts += _render_groups(page.groups)
    parts.append(Text(page.counted))
    parts.append(Text(f"Verdict: {page.outcome.value}", style=_STYLES[page.outcome]))
    return Group(*parts)


def _render_groups(groups: GroupsPart) -> Iterator[RenderableType]:
    group = f"by {printable(groups.by)}"
    table = terminal_table(group, "annotations", "with new findings", "95 % interval", text=(group,))
    for row in groups.rows:
        table.add_row(printable(row.name), f"{row.annotations:,}", row.observed, row.interval)
    yield table
    yield from (Text(printable(sentence), style="yellow") for sentence in groups.named)
    if groups.agreements:
        numbers = ("images", "objects", "matched", "F1", "mean IoU", "splits", "merges", "alpha")
        table = terminal_table("annotators", *numbers, text=("annotators",))
        for a in groups.agreements:
            table.add_row(
                printable(f"{a.annotator_a}, {a.annotator_b}"),
                f"{a.n_images:,}",
                f"{a.n_instances_a:,}, {a.n_instances_b:,}",
                f"{a.n_matched:,}",
                *(f"{value:.3f}" for value in (a.f1, a.mean_iou)),
                f"{a.n_splits:,}",
                f"{a.n_merges:,}",
                f"{a.alpha:.3f}",
            )
        yield table


def baseline_table(known: Baseline) -> Table:
    """Count the known findings of every rule.

    Examples
    --------
    >>> baseline_table(()).row_count
    0
    """
    table = terminal_table("rule", "findings", "images", text=("rule",))
    for rule, count in count_by_rule(known).items():
        images = {e.file_name for e in known if e.rule == rule and e.file_name}
        table.add_row(printable(rule), f"{count:,}", f"{len(images):,}")
    return table
