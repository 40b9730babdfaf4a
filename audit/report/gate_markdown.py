"""The verdict as Markdown: for a job's page, a merge request or an e-mail to the vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.gates.gate import GateResult
from audit.report.gate_page import GatePage, build_gate_page
from audit.report.gate_wording import (
    describe_bound,
    describe_group_findings,
    describe_observed,
    describe_review,
)
from audit.report.scan_markdown import escape_markdown

_MAX_FINDINGS = 20
_MAX_RULES = 30


def write_gate_markdown(result: GateResult) -> str:
    """Write a gate as GitHub-flavoured Markdown; nothing of a dataset is read as markup.

    Parameters
    ----------
    result : GateResult

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Limit, Policy
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> policy = Policy((Limit("overlap", max_count=0),))
    >>> print(write_gate_markdown(judge_batch(empty, policy, today=date(2026, 1, 1))))
    ## maskaudit gate: pass
    <BLANKLINE>
    0 images, 0 annotations; 0 new of 0 findings; 0 known, 0 waived, 0 dismissed.
    <BLANKLINE>
    | limit | demand | observed | upper bound | verdict |
    |---|---|--:|--:|---|
    | `overlap` | at most 0 | 0 |  | pass |
    <BLANKLINE>
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
    for judged in page.limits:
        demand = escape_markdown(judged.limit.demand)
        observed, bound = describe_observed(judged), describe_bound(judged)
        yield f"| `{judged.limit.title}` | {demand} | {observed} | {bound} | {judged.outcome.value} |"
    yield ""
    notes = [*page.notes, *_write_reviews(page)]
    yield from (f"- {escape_markdown(note)}" for note in notes)
    yield ""
    if page.rules:
        yield from _write_rules(page)
    if page.grouped_by:
        yield from _write_groups(page)


def _write_rules(page: GatePage) -> Iterator[str]:
    yield "| rule | severity | new findings |"
    yield "|---|---|--:|"
    rows = page.rules[:_MAX_RULES]
    yield from (f"| `{rule}` | {severity.value} | {count:,} |" for rule, severity, count in rows)
    yield ""
    yield "<details><summary>First new findings</summary>"
    yield ""
    for finding in page.new_findings[:_MAX_FINDINGS]:
        place = escape_markdown(finding.file_name or finding.source)
        yield f"- `{finding.rule}` {place}: {escape_markdown(finding.message)}"
    yield ""
    yield "</details>"
    yield ""


def _write_reviews(page: GatePage) -> Iterator[str]:
    for review in page.reviews:
        precision, interval = describe_review(review)
        if precision:
            right = f"{review.real:,} of {review.real + review.fine:,}"
            yield f"Reviewed: {review.rule} was right in {right} ({precision}, {interval})."


def _write_groups(page: GatePage) -> Iterator[str]:
    yield f"### By {escape_markdown(page.grouped_by)}"
    yield ""
    yield "| group | annotations | with new findings | 95 % interval |"
    yield "|---|--:|--:|---|"
    for rate in page.groups:
        observed, interval = describe_group_findings(rate)
        yield f"| {escape_markdown(rate.group)} | {rate.n_annotations:,} | {observed} | {interval} |"
    yield ""
    yield from (f"- {escape_markdown(sentence)}" for sentence in page.differing_groups)
    yield ""
    if page.agreements:
        yield "| annotators | images | objects | matched | F1 | mean IoU | splits, merges | alpha |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for agreement in page.agreements:
            annotators = f"{agreement.annotator_a}, {agreement.annotator_b}"
            cells = (
                escape_markdown(annotators),
                f"{agreement.n_images:,}",
                f"{agreement.n_instances_a:,}, {agreement.n_instances_b:,}",
                f"{agreement.n_matched:,}",
                f"{agreement.f1:.3f}",
                f"{agreement.mean_iou:.3f}",
                f"{agreement.n_splits}, {agreement.n_merges}",
                f"{agreement.alpha:.3f}",
            )
            yield f"| {' | '.join(cells)} |"
        yield ""
