"""Planted against found errors, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.report.terminal_table import TerminalTable
from audit.synthetic.confusion import count_right
from audit.synthetic.rankings import RuleRanking
from audit.synthetic.score import RuleScore

if TYPE_CHECKING:
    import pandas as pd


def planted_table(scores: Sequence[RuleScore]) -> TerminalTable:
    """Lay out how many of the planted errors each rule found, and what it flagged falsely.

    Examples
    --------
    >>> planted_table([RuleScore("mask.tiny", 4, 4, 0, 0, 0.0, True)]).row_count
    1
    >>> planted_table([]).row_count
    0
    """
    table = TerminalTable("rule", "planted", "found", "falsely flagged", text=("rule",))
    for line in scores:
        if line.planted or line.false_flags:
            note = "" if line.checked else " (not promised)"
            table.add_row(line.rule + note, str(line.planted), str(line.found), str(line.false_flags))
    return table


def ranking_table(judged: Sequence[RuleRanking]) -> TerminalTable:
    """Lay out how well each rule ranks planted errors before all else.

    Examples
    --------
    >>> [str(column.header) for column in ranking_table([]).table.columns][3:5]
    ['AUROC', 'AP']
    """
    titles = ("rule", "planted", "of", "AUROC", "AP", "recall at 80 %", "recall at 95 %")
    table = TerminalTable(*titles, text=("rule",), expendable=("recall at 95 %", "AUROC"))
    for line in judged:
        cells = [
            _figure(*(getattr(bound, name) for bound in (line.figures, line.low, line.high)))
            for name in ("auroc", "average_precision", "recall_p80", "recall_p95")
        ]
        table.add_row(line.rule, f"{line.planted:,}", f"{line.items:,}", *cells)
    return table


def _figure(value: float, low: float, high: float) -> str:
    if value != value:
        return "-"
    return f"{value:.3f}" if low != low else f"{value:.3f} ({low:.2f}–{high:.2f})"


def confusion_table(matrix: pd.DataFrame) -> TerminalTable:
    """Lay out planted against found causes.

    Parameters
    ----------
    matrix : DataFrame
        From `audit.synthetic.confusion.confusion_matrix`.

    Examples
    --------
    >>> from audit.synthetic.confusion import confusion_matrix
    >>> confusion_table(confusion_matrix([], {})).row_count
    0
    """
    table = TerminalTable(
        "planted cause",
        "pairs",
        "found",
        "taken for",
        text=("planted cause",),
        folded="taken for",
        least_width=16,
    )
    for cause, found in matrix.iterrows():
        mistaken = [f"{name} {count}" for name, count in found.items() if count and name != cause]
        right = count_right(matrix.loc[[cause]])
        table.add_row(str(cause), str(found.sum()), str(right), ", ".join(mistaken))
    return table
