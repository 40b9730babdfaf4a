"""The verdict as Markdown: for a job's page, a merge request or an e-mail to the vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from audit.gates.gate import GateResult
from audit.gates.groups import GroupReport
from audit.gates.verdict import LimitLine
from audit.report.markdown import plain

_SHOWN = 20
_RULES = 30


def gate_markdown(result: GateResult) -> str:
    """Write a gate as GitHub-flavoured Markdown; nothing of a dataset is read as markup.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.engine.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> gate_markdown(judge_batch(nothing, Policy(), today=date(2026, 1, 1))).splitlines()[0]
    '## maskaudit gate: pass'
    """
    return "\n".join(_lines(result)).rstrip("\n") + "\n"


def _lines(result: GateResult) -> Iterator[str]:
    m, counts = result.scan.measurements, result.counts()
    yield f"## maskaudit gate: {result.outcome.value}"
    yield ""
    yield from (f"Audited {plain(source.name)}  " for source in result.scan.sources)
    yield (
        f"{len(m.images):,} images, {len(m.instances):,} annotations; "
        f"{len(result.scan.findings):,} findings: {counts['new']:,} new, {counts['known']:,} known, "
        f"{counts['waived']:,} waived, {counts['dismissed']:,} dismissed"
    )
    yield ""
    yield "| limit | demand | observed | upper bound | verdict |"
    yield "|---|---|--:|--:|---|"
    yield from map(_row, result.lines)
    yield ""
    yield from _notes(result)
    new = result.new()
    if new:
        yield "| rule | new findings |"
        yield "|---|--:|"
        count = Counter(f.rule for f in new).most_common()
        yield from (f"| `{rule}` | {n:,} |" for rule, n in count[:_RULES])
        yield ""
        yield "<details><summary>First new findings</summary>"
        yield ""
        yield from (
            f"- `{f.rule}` {plain(f.file_name or f.source)}: {plain(f.message)}" for f in new[:_SHOWN]
        )
        yield ""
        yield "</details>"
        yield ""
    if result.groups is not None:
        yield from _groups(result.groups)


def _row(line: LimitLine) -> str:
    seen = f"{line.findings:,}"
    if line.rate is not None:
        seen = f"{line.defective:,} of {line.units:,} ({_p(line.rate)})"
    return (
        f"| `{line.limit.title}` | {plain(line.limit.demand)} | {seen} | "
        f"{'' if line.bound is None else _p(line.bound)} | {line.outcome.value} |"
    )


def _notes(result: GateResult) -> Iterator[str]:
    notes = [line.reason for line in result.lines if line.outcome != "pass"]
    for use in result.standings.waivers:
        if use.expired:
            notes.append(f"Waiver {use.waiver.title} ended on {use.waiver.until}: {use.waiver.reason}")
        elif not use.findings:
            notes.append(f"Waiver {use.waiver.title} forgives nothing: it can go.")
    for grown in result.grown:
        notes.append(f"{grown.rule} grew from {grown.before:,} to {grown.now:,} findings.")
    if result.baseline is not None and result.baseline.stale:
        mended = sum(entry.count for entry in result.baseline.stale)
        notes.append(f"{mended:,} findings of the baseline are mended: maskaudit baseline prune.")
    if result.acceptance is not None:
        notes.append(f"Sample: {result.acceptance.reason}")
    for r in result.scan.reviews:
        if r.real + r.fine:
            right = f"{r.real:,} of {r.real + r.fine:,} ({_p(r.precision)}, {_p(r.low)} to {_p(r.high)})"
            notes.append(f"Reviewed: {r.rule} was right in {right}.")
    yield from (f"- {plain(note)}" for note in notes)
    if notes:
        yield ""


def _groups(groups: GroupReport) -> Iterator[str]:
    yield f"### By {plain(groups.by)}"
    yield ""
    yield "| group | annotations | with new findings | 95 % interval |"
    yield "|---|--:|--:|---|"
    for r in groups.rates:
        if r.what == "*":
            seen = f"{r.found:,} ({_p(r.rate)})"
            yield f"| {plain(r.group)} | {r.annotations:,} | {seen} | {_p(r.low)} to {_p(r.high)} |"
    yield ""
    named = groups.named()
    yield from (f"- {plain(r.sentence)}" for r in named)
    if named:
        yield ""
    if groups.agreements:
        yield "| annotators | images | objects | matched | F1 | mean IoU | splits, merges | alpha |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for a in groups.agreements:
            yield (
                f"| {plain(a.one)}, {plain(a.other)} | {a.images:,} "
                f"| {a.instances_one:,}, {a.instances_other:,} | {a.matched:,} "
                f"| {a.f1:.3f} | {a.mean_iou:.3f} | {a.splits}, {a.merges} | {a.alpha:.3f} |"
            )
        yield ""


def _p(rate: float) -> str:
    return f"{100 * rate:.3g} %"
