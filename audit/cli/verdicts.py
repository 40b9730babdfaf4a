"""Verdicts and changes as tables for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.changes.diff import DiffResult, Kind
from audit.findings.plain import printable
from audit.gates.gate import GateResult
from audit.gates.groups import ALL, GroupReport
from audit.gates.verdict import LimitLine, Outcome

_STYLES = {Outcome.PASS: "green", Outcome.UNDECIDED: "yellow", Outcome.FAIL: "bold red"}
_RULES = 15


def gate_text(result: GateResult) -> RenderableType:
    """Lay out a verdict: the limits, why they failed, what is new, the groups."""
    parts: list[RenderableType] = [_limits(result)]
    parts += [Text(printable(note), style="yellow") for note in _notes(result)]
    new = Counter(f.rule for f in result.new())
    if new:
        table = _table("rule", "new findings")
        for rule, n in new.most_common(_RULES):
            table.add_row(rule, f"{n:,}")
        parts.append(table)
    if result.scan.reviews:
        table = _table("reviewed rule", "real", "fine", "unsure", "precision", "95 % interval")
        for r in result.scan.reviews:
            said = (_p(r.precision), f"{_p(r.low)} to {_p(r.high)}") if r.real + r.fine else ("", "")
            table.add_row(r.rule, str(r.real), str(r.fine), str(r.unsure), *said)
        parts.append(table)
    if result.groups is not None:
        parts += _groups(result.groups)
    counts = result.counts()
    numbers = ", ".join(f"{counts[name]:,} {name}" for name in ("new", "known", "waived", "dismissed"))
    parts.append(Text(f"{len(result.scan.findings):,} findings: {numbers}."))
    parts.append(Text(f"Verdict: {result.outcome.value}", style=_STYLES[result.outcome]))
    return Group(*parts)


def _limits(result: GateResult) -> Table:
    table = _table("limit", "demand", "observed", "upper bound", "verdict", text=2)
    for line in result.lines:
        bound = "" if line.bound is None else _p(line.bound)
        verdict = Text(line.outcome.value, style=_STYLES[line.outcome])
        table.add_row(line.limit.title, line.limit.demand, _observed(line), bound, verdict)
    return table


def _observed(line: LimitLine) -> str:
    if line.rate is None:
        return f"{line.findings:,}"
    return f"{line.defective:,} of {line.units:,} ({_p(line.rate)})"


def _notes(result: GateResult) -> Iterator[str]:
    for line in result.lines:
        if line.outcome is not Outcome.PASS or line.uncounted:
            yield f"{line.limit.title}: {line.reason}"
    for use in result.standings.waivers:
        if use.expired:
            yield f"waiver expired on {use.waiver.until}: {use.waiver.title} ({use.waiver.reason})"
        elif not use.findings:
            yield f"waiver forgives nothing and can go: {use.waiver.title}"
    for grown in result.grown:
        yield f"ratchet: {grown.rule} grew from {grown.before:,} to {grown.now:,} findings"
    if result.baseline is not None and result.baseline.stale:
        mended = sum(entry.count for entry in result.baseline.stale)
        yield f"{mended:,} findings of the baseline are mended; maskaudit baseline prune forgets them"
    if result.acceptance is not None:
        bound = _p(result.acceptance.bound)
        yield f"sample: {result.acceptance.reason} At most {bound} of the images are wrong."


def _groups(groups: GroupReport) -> Iterator[RenderableType]:
    table = _table(f"by {printable(groups.by)}", "annotations", "with new findings", "95 % interval")
    for r in groups.rates:
        if r.what == ALL:
            seen = f"{r.found:,} ({_p(r.rate)})"
            table.add_row(printable(r.group), f"{r.annotations:,}", seen, f"{_p(r.low)} to {_p(r.high)}")
    yield table
    yield from (Text(printable(r.sentence), style="yellow") for r in groups.named())
    if groups.agreements:
        table = _table(
            "annotators", "images", "objects", "matched", "F1", "mean IoU", "splits", "merges", "alpha"
        )
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
    table = _table("instances", "number", "what it means", text=1)
    counts = result.counts()
    meanings = {
        Kind.KEPT: "the same pixels and category",
        Kind.RESHAPED: "one object, other pixels",
        Kind.RECATEGORISED: f"another category; {result.reshaped_too:,} of them other pixels too",
        Kind.SPLIT: f"one mask became several ({result.split_into:,})",
        Kind.MERGED: f"several masks ({result.merged_from:,}) became one",
        Kind.ADDED: f"{result.masks_added:,} with the parts of splits and the results of merges",
        Kind.REMOVED: f"{result.masks_removed:,} with what was split or merged",
    }
    for kind in Kind:
        table.add_row(kind.value, f"{counts[kind.value]:,}", meanings[kind])
    lines = [
        f"Images: {len(result.images_added):,} added, {len(result.images_removed):,} removed.",
        (
            f"Findings: {len(result.findings_new):,} new, {len(result.findings_fixed):,} fixed, "
            f"{result.findings_remaining:,} remaining."
        ),
    ]
    if any(result.without_mask):
        old, new = result.without_mask
        lines.append(f"Annotations without a mask, not compared: {old:,} old, {new:,} new.")
    lines += [f"Category “{old}” is now called “{new}”." for old, new in result.renamed.items()]
    return Group(table, *(Text(printable(line)) for line in lines))


def _table(first: str, *columns: str, text: int = 1) -> Table:
    """Make a table; the first columns are text, the others numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for k, name in enumerate(columns, start=1):
        words = k < text or name in ("verdict", "what it means")
        table.add_column(name, justify="left" if words else "right")
    return table


def _p(rate: float) -> str:
    return f"{100 * rate:.3g} %"
