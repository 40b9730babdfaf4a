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
            f"| {line.severity.value} | `{line.rule}` "
            f"| {line.findings:,} | {line.annotations:,} | {line.images:,} | {escape_markdown(line.title)} |"
            for line in summary.rules
        ]
        lines.append("")
    errors = [finding for finding in result.findings if finding.severity == "error"][:_EXAMPLES]
    if errors:
        lines += ["<details><summary>First errors</summary>", ""]
        for finding in errors:
            place = escape_markdown(finding.file_name or finding.source)
            lines.append(f"- `{finding.rule}` {place}: {escape_markdown(finding.message)}")
        lines += ["", "</details>", ""]
    if result.reviews:
        lines += [
            "| reviewed rule | real | fine | unsure | precision (95 % interval) |",
            "|---|--:|--:|--:|---|",
        ]
        lines += [
            f"| `{line.rule}` | {line.real} | {line.fine} | {line.unsure} | "
            + (
                f"{format_percent(line.precision)} ({format_percent_range(line.low, line.high)}) |"
                if line.real + line.fine
                else "not yet known |"
            )
            for line in result.reviews
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
