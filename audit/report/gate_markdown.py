"""The verdict as Markdown: for a job's page, a merge request or an e-mail to the vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.gates.gate import GateResult
from audit.report.gate_page import GatePage, GroupsPart, build_gate_page
from audit.report.scan_markdown import escape_markdown

_SHOWN = 20
_RULES = 30


def write_gate_markdown(result: GateResult) -> str:
    """Write a gate as GitHub-flavoured Markdown; nothing of a dataset is read as markup.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> write_gate_markdown(judge_batch(nothing, Policy(), today=date(2026, 1, 1))).splitlines()[0]
    '## maskaudit gate: pass'
    """
    text = "\n".join(_write_lines(build_gate_page(result)))
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def _write_lines(page: GatePage) -> Iterator[str]:
    yield f"## maskaudit gate: {page.outcome.value}"
    yield ""
    yield from (f"Audited {escape_markdown(name)}  " for name in page.sources)
    yield f"{page.audited}; {page.counted}"
    yield ""
    yield "| limit | demand | observed | upper bound | verdict |"
    yield "|---|---|--:|--:|---|"
    for row in page.limits:
        demand = escape_markdown(row.demand)
        yield f"| `{row.title}` | {demand} | {row.observed} | {row.bound} | {row.outcome.value} |"
    yield ""
    notes = [*page.notes, *_write_reviews(page)]
    yield from (f"- {escape_markdown(note)}" for note in notes)
    yield ""
    if page.rules:
        yield "| rule | new findings |"
        yield "|---|--:|"
        yield from (f"| `{rule}` | {n:,} |" for rule, n in page.rules[:_RULES])
        yield ""
        yield "<details><summary>First new findings</summary>"
        yield ""
        for f in page.new[:_SHOWN]:
            yield f"- `{f.rule}` {escape_markdown(f.file_name or f.source)}: {escape_markdown(f.message)}"
        yield ""
        yield "</details>"
        yield ""
    if page.groups is not None:
        yield from _write_groups(page.groups)


def _write_reviews(page: GatePage) -> Iterator[str]:
    for r in page.reviews:
        if r.precision:
            right = f"{r.real:,} of {r.real + r.fine:,}"
            yield f"Reviewed: {r.rule} was right in {right} ({r.precision}, {r.interval})."


def _write_groups(groups: GroupsPart) -> Iterator[str]:
    yield f"### By {escape_markdown(groups.by)}"
    yield ""
    yield "| group | annotations | with new findings | 95 % interval |"
    yield "|---|--:|--:|---|"
    for row in groups.rows:
        yield f"| {escape_markdown(row.name)} | {row.annotations:,} | {row.observed} | {row.interval} |"
    yield ""
    yield from (f"- {escape_markdown(sentence)}" for sentence in groups.named)
    yield ""
    if groups.agreements:
        yield "| annotators | images | objects | matched | F1 | mean IoU | splits, merges | alpha |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for a in groups.agreements:
            yield (
                f"| {escape_markdown(a.annotator_a)}, {escape_markdown(a.annotator_b)} | {a.n_images:,} "
                f"| {a.n_instances_a:,}, {a.n_instances_b:,} | {a.n_matched:,} "
                f"| {a.f1:.3f} | {a.mean_iou:.3f} | {a.n_splits}, {a.n_merges} | {a.alpha:.3f} |"
            )
        yield ""
