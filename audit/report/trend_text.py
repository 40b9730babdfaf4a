"""How findings change from batch to batch: the table for the terminal and the page."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.text import Text

from audit import __version__
from audit.diff.trend import BatchRate, RuleTrend, Trend
from audit.findings.number_format import format_count
from audit.findings.sanitize import printable
from audit.report.line_charts import ChartLine, LineChart
from audit.report.page_templates import PageTemplates
from audit.report.terminal_table import TerminalTable
from audit.report.text_format import shorten_text

MAX_BATCHES = 4
"""Batches that a terminal has room for: the newest."""
MAX_RULES = 15
MAX_LINES = 6
_NAME = 14


def describe_rate(batch: BatchRate) -> tuple[str, str]:
    """Write a rate and its interval.

    Parameters
    ----------
    batch : BatchRate

    Returns
    -------
    tuple of str
        Dashes where the rule was off.

    Examples
    --------
    >>> describe_rate(BatchRate(12, 1.2, 0.69, 2.09))
    ('1.20', '0.69 to 2.09')
    >>> describe_rate(BatchRate(0, math.nan, math.nan, math.nan))
    ('–', '–')
    """
    if math.isnan(batch.per_100):
        return "–", "–"
    return f"{batch.per_100:.2f}", f"{batch.low:.2f} to {batch.high:.2f}"


def summarize_trend(trend: Trend) -> str:
    """Say which rules changed; nothing else is called a change.

    Parameters
    ----------
    trend : Trend

    Examples
    --------
    >>> summarize_trend(Trend(("a", "b"), (9, 9), (1, 1), (), ()))
    'No rule changes beyond chance over 2 batches.'
    """
    changed = [f"{rule.rule} {_in_words(rule)}" for rule in trend.rules if rule.verdict]
    if not changed:
        return f"No rule changes beyond chance over {len(trend.names):,} batches."
    return f"Beyond chance: {'; '.join(changed)}."


def _in_words(rule: RuleTrend) -> str:
    words = {"newest higher": "is higher in the newest batch", "newest lower": "is lower in the newest batch"}
    return words.get(rule.verdict, rule.verdict)


def render_trend(trend: Trend) -> RenderableType:
    """Lay out a trend for the terminal: the newest batches, the interval of the last.

    Parameters
    ----------
    trend : Trend
    """
    shown = slice(-MAX_BATCHES, None)
    names = [shorten_text(printable(name), _NAME) for name in trend.names[shown]]
    titles = [f"{number}: {name}" for number, name in enumerate(names, len(trend.names) - len(names) + 1)]
    parts: list[RenderableType] = [Text("Findings per 100 annotations, oldest batch first")]
    sizes = zip(titles, trend.images[shown], trend.annotations[shown], strict=True)
    parts += [
        Text(f"{title}: {format_count(images, 'image')}, {format_count(annotations, 'annotation')}")
        for title, images, annotations in sizes
    ]
    numbers = [title.partition(":")[0] for title in titles]
    table = TerminalTable(
        "rule", *numbers, "95 % of newest", "change", text=("rule", "change"),
        expendable=("95 % of newest", *numbers[:-2]),
    )  # fmt: skip
    for rule in trend.rules[:MAX_RULES]:
        rates = [describe_rate(batch) for batch in rule.batches[shown]]
        style = "bold" if rule.verdict else ""
        table.add_row(
            Text(printable(rule.rule), style=style), *(rate for rate, _ in rates), rates[-1][1],
            Text(rule.verdict, style=style),
        )  # fmt: skip
    if trend.rules:
        parts.append(table)
    n_left_out = len(trend.rules) - MAX_RULES
    if n_left_out > 0:
        parts.append(
            Text(f"{format_count(n_left_out, 'more rule')} of fewer findings: see --out or --format json.")
        )
    parts += [Text(printable(note), style="yellow") for note in trend.notes]
    parts.append(Text(summarize_trend(trend), style="bold"))
    return Group(*parts)


def render_trend_page(trend: Trend) -> bytes:
    """Write the page of a trend as one file.

    Parameters
    ----------
    trend : Trend

    Examples
    --------
    >>> b"No rule changes" in render_trend_page(Trend(("a", "b"), (9, 9), (1, 1), (), ()))
    True
    """
    charted = [rule for rule in trend.rules if rule.verdict] or list(trend.rules)
    lines = tuple(
        ChartLine(rule.rule, tuple(range(1, len(rule.batches) + 1)), tuple(b.per_100 for b in rule.batches))
        for rule in charted[:MAX_LINES]
    )
    chart = LineChart(
        "Findings per 100 annotations, rules that changed"
        if trend.rules and trend.rules[0].verdict
        else "Findings per 100 annotations",
        "batch",
        lines,
        has_whole_steps=True,
        starts_at_zero=True,
    )
    rows = [
        (rule.rule, [describe_rate(batch) for batch in rule.batches], rule.verdict) for rule in trend.rules
    ]
    batches = list(zip(trend.names, trend.images, trend.annotations, strict=True))
    return PageTemplates().single(
        "trend.html.j2",
        trend=trend,
        batches=batches,
        rows=rows,
        chart=chart,
        summary=summarize_trend(trend),
        version=__version__,
    )
