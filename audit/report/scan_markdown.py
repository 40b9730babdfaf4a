"""The summary as Markdown, for the page of a CI job: the same numbers as everywhere."""

from __future__ import annotations

import re

from audit.findings.number_format import format_percent, format_percent_range
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult
from audit.report.scan_summary import summarize_scan
from audit.report.scan_text import describe_audited

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
_EXAMPLES = 10


def write_scan_markdown(result: ScanResult) -> str:
    """Summarise a scan as GitHub-flavoured Markdown.

    Nothing of a dataset is read as markup: names and messages are escaped.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> print(write_scan_markdown(ScanResult("1.0", empty_measurements(), (), {}, {})))
    ## maskaudit
    <BLANKLINE>
    0 images, 0 annotations, 0 categories, 0 pairs that overlap or lie within 2 px
    <BLANKLINE>
    **Nothing found: every rule that was on is silent.**
    <BLANKLINE>
    """
    summary = summarize_scan(result)
    lines = ["## maskaudit", ""]
    lines += [f"Audited {escape_markdown(name)}  " for name in summary.sources]
    lines += [describe_audited(summary), "", f"**{escape_markdown(summary.verdict)}**", ""]
    if summary.rules:
        lines += [
            "| severity | rule | findings | annotations | images | what it says |",
            "|---|---|--:|--:|--:|---|",
        ]
        lines += [
            f"| {r.severity.value} | `{r.rule}` "
            f"| {r.findings:,} | {r.annotations:,} | {r.images:,} | {escape_markdown(r.title)} |"
            for r in summary.rules
        ]
        lines.append("")
    errors = [f for f in result.findings if f.severity == "error"][:_EXAMPLES]
    if errors:
        lines += ["<details><summary>First errors</summary>", ""]
        lines += [
            f"- `{f.rule}` {escape_markdown(f.file_name or f.source)}: {escape_markdown(f.message)}"
            for f in errors
        ]
        lines += ["", "</details>", ""]
    if result.reviews:
        lines += [
            "| reviewed rule | real | fine | unsure | precision (95 % interval) |",
            "|---|--:|--:|--:|---|",
        ]
        lines += [
            f"| `{r.rule}` | {r.real} | {r.fine} | {r.unsure} | "
            + (
                f"{format_percent(r.precision)} ({format_percent_range(r.low, r.high)}) |"
                if r.real + r.fine
                else "not yet known |"
            )
            for r in result.reviews
        ]
        lines.append("")
    lines += [f"- Not checked: {escape_markdown(reason)}" for reason in result.not_checked]
    return "\n".join(lines).rstrip("\n") + "\n"


def escape_markdown(text: str) -> str:
    r"""Write text so that Markdown shows it as it is.

    Examples
    --------
    >>> print(escape_markdown("a_b <img src=x> | `c`"))
    a\_b \<img src=x\> \| \`c\`
    >>> escape_markdown("")
    ''
    """
    return _SPECIAL.sub(r"\\\1", printable(text))
