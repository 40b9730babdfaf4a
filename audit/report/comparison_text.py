"""The summary of a comparison in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.comparison.cause_summary import CauseCount
from audit.comparison.result import Comparison
from audit.findings.number_format import format_percent, format_percent_range
from audit.report.cause_wording import cause_remedy
from audit.report.comparison_page import ComparisonPage, build_comparison_page
from audit.report.terminal_table import terminal_table


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
    '0 predictions against 0 labels'
    """
    page = build_comparison_page(comparison)
    parts: list[RenderableType] = [Text(page.compared), _metric_table(page), Text(page.answer, style="bold")]
    if page.n_pairs:
        parts.append(_cause_table(page.causes))
    parts.extend(
        Text(sentence) for sentence in (page.nms, page.recommendation, *page.recall_bounds) if sentence
    )
    return Group(*parts)


def _metric_table(page: ComparisonPage) -> Table:
    table = terminal_table("metric", "value", "what it is", text=("metric",), folded="what it is")
    for name, number, meaning, is_headline in page.metrics:
        if is_headline:
            table.add_row(name, number, Text(meaning))
    return table


def _cause_table(causes: Sequence[CauseCount]) -> Table:
    table = terminal_table(
        "cause", "pairs", "share", "95 % interval", "what helps", text=("cause",), folded="what helps"
    )
    for count in causes:
        if count.pairs:
            table.add_row(
                Text(f"  {count.cause}") if count.cause else Text(count.group, style="bold"),
                f"{count.pairs:,}",
                format_percent(count.share),
                format_percent_range(count.low, count.high),
                Text(cause_remedy(count)),
            )
    return table
