"""The summary in the terminal: the same numbers as the page, readable in colour and when piped."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from audit.findings.number_format import format_count
from audit.findings.reviews import RuleReview
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult
from audit.report.scan_summary import RuleLine, ScanSummary, summarize_scan
from audit.report.terminal_table import TerminalTable

_STYLE = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def render_scan(result: ScanResult) -> RenderableType:
    """Summarise a scan for the terminal.

    Nothing of a dataset is read as markup: names are printed as they are, control characters escaped.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    rich renderable
        For ``rich.console.Console.print``.

    Examples
    --------
    >>> from rich.console import Console
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> Console(width=80, no_color=True).print(render_scan(empty))
    Configuration: none, so defaults
    0 images, 0 annotations, 0 categories, 0 pairs that overlap or lie within 2 px
    Nothing found: every rule that was on is silent.
    """
    summary = summarize_scan(result)
    parts: list[RenderableType] = [Text(f"Audited {name}") for name in summary.sources]
    parts.append(Text(describe_configuration(result.config_file)))
    parts.append(Text(describe_audited(summary)))
    if result.decisions:
        parts.append(Text(describe_decisions(result.reviews, len(result.decisions), result.hidden)))
    if summary.rules:
        parts.append(_rule_table(summary.rules))
    parts.append(Text(summary.verdict, style="bold"))
    parts.extend(Text(f"Not checked: {printable(reason)}", style="dim") for reason in result.not_checked)
    return Group(*parts)


def describe_configuration(config_file: str) -> str:
    """Say which file the options come from; "" = none.

    Examples
    --------
    >>> describe_configuration("maskaudit.toml")
    'Configuration: maskaudit.toml'
    >>> describe_configuration("")
    'Configuration: none, so defaults'
    """
    return f"Configuration: {printable(config_file)}" if config_file else "Configuration: none, so defaults"


def describe_audited(summary: ScanSummary) -> str:
    """Say in one line how much was audited.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> describe_audited(summarize_scan(ScanResult("1.0", empty_measurements(), (), {}, {})))
    '0 images, 0 annotations, 0 categories, 0 pairs that overlap or lie within 2 px'
    """
    return (
        f"{format_count(summary.images, 'image')}, {format_count(summary.annotations, 'annotation')}, "
        f"{summary.categories:,} {'category' if summary.categories == 1 else 'categories'}, "
        f"{format_count(summary.pairs, 'pair')} that "
        f"{'overlaps or lies' if summary.pairs == 1 else 'overlap or lie'} within 2 px"
    )


def describe_decisions(reviews: Sequence[RuleReview], n_known: int, n_hidden: int) -> str:
    """Say what became of decisions that were read from a file.

    Parameters
    ----------
    reviews : sequence of RuleReview
        Those that are about findings of this scan.
    n_known : int
        All that the file holds.
    n_hidden : int
        Findings left out because they are fine.

    Examples
    --------
    >>> review = RuleReview("touching.merged", real=7, fine=3, unsure=1, low=0.4, high=0.9)
    >>> describe_decisions([review], 12, 0)
    'Decisions: 7 real, 3 fine (--hide-fine leaves them out), 1 unsure; 1 is about what is no longer found'
    >>> describe_decisions([review], 11, 3)
    'Decisions: 7 real, 3 fine (left out), 1 unsure'
    >>> describe_decisions([], 2, 0)
    'Decisions: none of 2 is about a finding of this scan'
    """
    counts = {
        verdict: sum(getattr(review, verdict) for review in reviews) for verdict in ("real", "fine", "unsure")
    }
    n_used = sum(counts.values())
    if not n_used:
        return f"Decisions: none of {n_known:,} is about a finding of this scan"
    notes = {"fine": " (left out)" if n_hidden else " (--hide-fine leaves them out)"}
    told = [f"{count:,} {verdict}{notes.get(verdict, '')}" for verdict, count in counts.items() if count]
    n_gone = n_known - n_used
    gone = (
        f"; {n_gone:,} {'is' if n_gone == 1 else 'are'} about what is no longer found" if n_gone > 0 else ""
    )
    return f"Decisions: {', '.join(told)}{gone}"


def _rule_table(lines: tuple[RuleLine, ...]) -> TerminalTable:
    table = TerminalTable(
        "severity", "rule", "findings", "annotations", "images", "what it says",
        text=("severity", "rule"), folded="what it says", expendable=("what it says",),
    )  # fmt: skip
    for line in lines:
        table.add_row(
            Text(line.severity.value, style=_STYLE[line.severity.value]),
            Text(line.rule),
            f"{line.findings:,}",
            f"{line.annotations:,}",
            f"{line.images:,}",
            Text(line.title),
        )
    return table
