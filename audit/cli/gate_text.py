"""Verdicts and changes as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.diff.diff import DiffResult
from audit.findings.sanitize import printable
from audit.gates.gate import GateResult
from audit.gates.verdict import Outcome
from audit.report.diff_page import diff_page
from audit.report.gate_page import GroupsPart, gate_page

_STYLES = {Outcome.PASS: "green", Outcome.UNDECIDED: "yellow", Outcome.FAIL: "bold red"}
_RULES = 15
_TEXT = frozenset(
    {"limit", "demand", "verdict", "rule", "reviewed rule", "annotators", "instances", "meaning"}
)
"""Columns of words; the others hold numbers."""


def gate_text(result: GateResult) -> RenderableType:
    """Lay out a verdict: the limits, why they failed, what is new, the groups."""
    page = gate_page(result)
    limits = _table("limit", "demand", "observed", "upper bound", "verdict")
    for row in page.limits:
        verdict = Text(row.verdict.value, style=_STYLES[row.verdict])
        limits.add_row(row.title, row.demand, row.observed, row.bound, verdict)
    parts: list[RenderableType] = [limits]
    parts += [Text(printable(note), style="yellow") for note in page.notes]
    if page.rules:
        table = _table("rule", "new findings")
        for rule, n in page.rules[:_RULES]:
            table.add_row(printable(rule), f"{n:,}")
        parts.append(table)
    if page.reviews:
        table = _table("reviewed rule", "real", "fine", "unsure", "precision", "95 % interval")
        for r in page.reviews:
            table.add_row(r.rule, f"{r.real:,}", f"{r.fine:,}", f"{r.unsure:,}", r.precision, r.interval)
        parts.append(table)
    if page.groups is not None:
        parts += _groups(page.groups)
    parts.append(Text(page.counted))
    parts.append(Text(f"Verdict: {page.verdict.value}", style=_STYLES[page.verdict]))
    return Group(*parts)


def _groups(groups: GroupsPart) -> Iterator[RenderableType]:
    table = _table(f"by {printable(groups.by)}", "annotations", "with new findings", "95 % interval")
    table.columns[0].justify = "left"
    for row in groups.rows:
        table.add_row(printable(row.name), f"{row.annotations:,}", row.observed, row.interval)
    yield table
    yield from (Text(printable(sentence), style="yellow") for sentence in groups.named)
    if groups.agreements:
        numbers = ("images", "objects", "matched", "F1", "mean IoU", "splits", "merges", "alpha")
        table = _table("annotators", *numbers)
        for a in groups.agreements:
            table.add_row(
                printable(f"{a.one}, {a.other}"),
                f"{a.images:,}",
                f"{a.instances_one:,}, {a.instances_other:,}",
                f"{a.matched:,}",
                *(f"{value:.3f}" for value in (a.f1, a.mean_iou)),
                f"{a.splits:,}",
                f"{a.merges:,}",
                f"{a.alpha:.3f}",
            )
        yield table


def diff_text(result: DiffResult) -> RenderableType:
    """Lay out what changed between two versions."""
    page = diff_page(result)
    table = _table("instances", "number", "meaning")
    for row in page.kinds:
        table.add_row(row.kind.value, f"{row.number:,}", row.meaning)
    return Group(table, *(Text(printable(line)) for line in page.lines))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name in _TEXT else "right")
    return table
