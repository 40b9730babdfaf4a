"""The summary of a comparison in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.comparison.cause_summary import CauseCount
from audit.comparison.page import ComparisonPage, comparison_page
from audit.comparison.result import Comparison
from audit.findings.number_format import format_percent, format_percent_range
from audit.synthetic.confusion import ConfusionLine


def render(comparison: Comparison) -> RenderableType:
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
    >>> from audit.comparison.causes import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> with (console := Console(width=80, no_color=True)).capture() as shown:
    ...     console.print(render(nothing))
    >>> shown.get().splitlines()[0]
    '0 predictions against 0 labels'
    """
    page = comparison_page(comparison)
    parts: list[RenderableType] = [Text(page.compared), _metrics(page), Text(page.answer, style="bold")]
    if page.pairs:
        parts.append(_causes(page.causes))
    parts.extend(Text(line) for line in (page.nms, page.recommendation, *page.ceiling_lines) if line)
    return Group(*parts)


def _metrics(page: ComparisonPage) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for line in page.metrics:
        if line.headline:
            table.add_row(line.name, line.text, Text(line.meaning))
    return table


def _causes(lines: Sequence[CauseCount]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("cause", no_wrap=True)
    for name in ("pairs", "share", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what helps", overflow="fold")
    for line in lines:
        if not line.pairs:
            continue
        interval = format_percent_range(line.low, line.high)
        name = f"  {line.cause}" if line.cause else line.group
        table.add_row(
            Text(name, style="" if line.cause else "bold"), f"{line.pairs:,}", format_percent(line.share),
            interval, Text(line.remedy),
        )  # fmt: skip
    return table


def confusion_table(lines: Sequence[ConfusionLine]) -> Table:
    """Lay out planted against found causes.

    Examples
    --------
    >>> confusion_table([]).row_count
    0
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("planted cause", no_wrap=True)
    for name in ("pairs", "found"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("taken for", overflow="fold")
    for line in lines:
        others = ", ".join(f"{cause} {n}" for cause, n in line.found.items() if cause != line.planted)
        table.add_row(line.planted, str(line.pairs), str(line.right), others)
    return table
