"""The summary of a comparison in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from audit.comparison.cause_summary import CauseCount
from audit.comparison.result import Comparison
from audit.findings.number_format import format_percent, format_percent_range
from audit.report.cause_wording import cause_title
from audit.report.comparison_page import ComparisonPage, build_comparison_page
from audit.report.terminal_table import TerminalTable


def render_comparison(comparison: Comparison) -> RenderableType:
    """Summarise a comparison for the terminal.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    rich renderable

    Examples
    --------
    >>> from rich.console import Console
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> with (console := Console(width=80, no_color=True)).capture() as shown:
    ...     console.print(render_comparison(nothing))
    >>> shown.get().splitlines()[0]
    'No two predictions overlap.'
    """
    page = build_comparison_page(comparison)
    parts: list[RenderableType] = [Text(page.warning, style="bold")] if page.warning else []
    parts.append(Text(page.answer, style="bold"))
    parts.extend(Text(f"What helps: {sentence}") for sentence in page.remedies)
    if page.n_pairs:
        parts += [_evidence_table(page), _symptom_table(page.causes)]
    parts.extend(
        Text(sentence) for sentence in (page.nms, page.recommendation, *page.recall_bounds) if sentence
    )
    parts += [Text(page.compared), _metric_table(page)]
    return Group(*parts)


def _metric_table(page: ComparisonPage) -> TerminalTable:
    table = TerminalTable(
        "metric", "value", "what it is", text=("metric",), folded="what it is", expendable=("what it is",)
    )
    for name, number, meaning, is_headline in page.metrics:
        if is_headline:
            table.add_row(name, number, Text(meaning))
    return table


def _evidence_table(page: ComparisonPage) -> TerminalTable:
    table = TerminalTable(
        "evidence", "here", "95 % interval", "usual", text=("evidence", "usual"), folded="evidence"
    )
    for title, value, interval, usual, is_unusual, is_told in page.evidence:
        if is_told:
            table.add_row(Text(title, style="bold" if is_unusual else ""), value, interval, usual)
    return table


def _symptom_table(causes: Sequence[CauseCount]) -> TerminalTable:
    """List what the overlapping pairs show, commonest first; what is to blame is said above."""
    table = TerminalTable(
        "pairs show",
        "pairs",
        "share",
        "95 % interval",
        "that is",
        text=("pairs show",),
        folded="that is",
        expendable=("that is",),
    )
    symptoms = [count for count in causes if count.pairs and (count.cause or count.group == "undetermined")]
    for count in sorted(symptoms, key=lambda count: -count.pairs):
        table.add_row(
            Text(count.cause or count.group),
            f"{count.pairs:,}",
            format_percent(count.share),
            format_percent_range(count.low, count.high),
            Text(cause_title(count)),
        )
    return table
