"""Planted against found errors, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from audit.report.terminal_table import terminal_table
from audit.synthetic.confusion import ConfusionLine
from audit.synthetic.judge import Line
from audit.synthetic.score import RuleScore


def planted_table(scores: Sequence[RuleScore]) -> Table:
    """Lay out how many of the planted errors each rule found, and what it flagged falsely.

    Examples
    --------
    >>> planted_table([RuleScore("mask.tiny", 4, 4, 0, 0, 0.0, True)]).row_count
    1
    >>> planted_table([]).row_count
    0
    """
    table = terminal_table("rule", "planted", "found", "falsely flagged", text=("rule",))
    table.columns[0].no_wrap = True
    for line in scores:
        if line.planted or line.false_flags:
            note = "" if line.checked else " (not promised)"
            table.add_row(line.rule + note, str(line.planted), str(line.found), str(line.false_flags))
    return table


def ranking_table(judged: Sequence[Line]) -> Table:
    """Lay out how well each rule ranks planted errors before all else.

    Examples
    --------
    >>> [str(column.header) for column in ranking_table([]).columns][3:5]
    ['AUROC', 'AP']
    """
    titles = ("rule", "planted", "of", "AUROC", "AP", "recall at 80 %", "recall at 95 %")
    table = terminal_table(*titles, text=("rule",))
    table.columns[0].no_wrap = True
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


def confusion_table(lines: Sequence[ConfusionLine]) -> Table:
    """Lay out planted against found causes.

    Examples
    --------
    >>> confusion_table([]).row_count
    0
    """
    table = terminal_table(
        "planted cause", "pairs", "found", "taken for", text=("planted cause",), folded="taken for"
    )
    for line in lines:
        others = ", ".join(f"{cause} {count}" for cause, count in line.found.items() if cause != line.planted)
        table.add_row(line.planted, str(line.pairs), str(line.right), others)
    return table
