"""Which rules were right: the table for the terminal and the page."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.text import Text

from audit.diff.history import History, RuleRecord
from audit.findings.number_format import format_count, format_percent
from audit.findings.sanitize import printable
from audit.report.page_templates import PageTemplates
from audit.report.terminal_table import TerminalTable
from audit.report.text_format import shorten_text

_MAX_NAMED = 4
"""Rules that a sentence names."""
COLUMNS = ("rule", "named", "corrected", "not named, corrected", "odds ratio", "95 %", "verdict")


def describe_record(record: RuleRecord) -> tuple[str, ...]:
    """Write the cells of a rule's row.

    Parameters
    ----------
    record : RuleRecord

    Examples
    --------
    >>> describe_record(RuleRecord("mask.holes", 8, 6, 0.41, 0.93, 20, 5, 9.0, 1.4, 57.0, 0.02))
    ('mask.holes', '8', '75 % (41 to 93)', '25 % of 20', '9.0', '1.4 to 57', 'better than chance')
    >>> describe_record(RuleRecord("mask.holes", 8000, 80, 0.008, 0.0124, 0, 0, 9.0, 1.4, 57.0, 0.02))[2]
    '1 % (0.8 to 1.2)'
    """
    digits = 0 if record.high - record.low >= 0.02 else 1  # "1 to 1" tells nothing
    interval = f"({100 * record.low:.{digits}f} to {100 * record.high:.{digits}f})"
    others = "–" if not record.others else f"{format_percent(record.others_share)} of {record.others:,}"
    odds = "–" if math.isnan(record.odds_ratio) else _format_odds(record.odds_ratio)
    known = not math.isnan(record.odds_low)
    odds_interval = f"{_format_odds(record.odds_low)} to {_format_odds(record.odds_high)}" if known else "–"
    share = f"{format_percent(record.share)} {interval}"
    return record.rule, f"{record.named:,}", share, others, odds, odds_interval, record.verdict


def _format_odds(odds: float) -> str:
    if math.isinf(odds):
        return "∞"
    return f"{odds:.2f}" if odds < 1 else f"{odds:.1f}" if odds < 10 else f"{odds:,.0f}"


def summarize_history(history: History) -> str:
    """Say how much was corrected in all.

    Parameters
    ----------
    history : History

    Examples
    --------
    >>> summarize_history(History(("a", "b"), 0, 0, (), "1"))
    'Of 0 annotations 0 were corrected in the next version.'
    """
    share = f" ({format_percent(history.corrected / history.annotations)})" if history.annotations else ""
    counts = f"Of {history.annotations:,} annotations {history.corrected:,}{share}"
    return f"{counts} were corrected in the next version."


def judge_rules(history: History) -> str:
    """Say in one sentence which rules were right, more often than chance has it.

    Parameters
    ----------
    history : History

    Examples
    --------
    >>> right = RuleRecord("mask.holes", 8, 6, 0.41, 0.93, 20, 5, 9.0, 1.4, 57.0, 0.02)
    >>> judge_rules(History(("a", "b"), 28, 11, (right,), "1"))
    'Right more often than chance: mask.holes (6 of 8 corrected).'
    >>> judge_rules(History(("a", "b"), 0, 0, (), "1"))
    'No rule named an annotation that both versions could tell about.'
    """
    records = history.records
    if not records:
        return "No rule named an annotation that both versions could tell about."
    sentences = []
    for verdict, comparison in (("better than chance", "more"), ("worse than chance", "less")):
        judged = [record for record in records if record.verdict == verdict]
        if judged:
            names = [
                f"{record.rule} ({record.corrected:,} of {record.named:,} corrected)"
                for record in judged[:_MAX_NAMED]
            ]
            if len(judged) > _MAX_NAMED:
                names.append(f"{len(judged) - _MAX_NAMED:,} more")
            enumerated = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            sentences.append(f"Right {comparison} often than chance: {enumerated}.")
    n_open = sum(record.verdict == "cannot tell" for record in records)
    if n_open == len(records):
        of_rules = "the rule is" if n_open == 1 else f"any of the {n_open:,} rules is"
        return f"Too little was corrected to tell whether {of_rules} right more often than chance."
    if n_open:
        sentences.append(f"Of {format_count(n_open, 'other rule')} too little was seen to tell.")
    return " ".join(sentences)


def render_history(history: History) -> RenderableType:
    """Lay out a history for the terminal.

    Parameters
    ----------
    history : History
    """
    table = TerminalTable(
        *COLUMNS, text=("rule", "verdict"), expendable=("95 %", "odds ratio", "not named, corrected")
    )
    for record in history.records:
        table.add_row(*map(Text, describe_record(record)))
    names = Text(printable(" to ".join(history.versions)))
    verdict = Text(printable(judge_rules(history)), style="bold")
    return Group(names, *([table] if history.records else []), Text(summarize_history(history)), verdict)


def render_history_page(history: History) -> bytes:
    """Write the page of a history as one file.

    Parameters
    ----------
    history : History

    Examples
    --------
    >>> b"0 were corrected" in render_history_page(History(("a", "b"), 0, 0, (), "1"))
    True
    """
    return PageTemplates().single(
        "history.html.j2",
        history=history,
        columns=COLUMNS,
        rows=[describe_record(record) for record in history.records],
        versions=[shorten_text(name.replace("\\", "/").rsplit("/", 1)[-1]) for name in history.versions],
        verdict=judge_rules(history),
        summary=summarize_history(history),
        version=history.version,
    )
