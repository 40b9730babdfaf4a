"""What changed between two versions, for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from audit.diff.diff import DiffResult
from audit.findings.sanitize import printable
from audit.report.diff_page import count_changes, describe_diff, summarize_changes
from audit.report.terminal_table import TerminalTable


def render_diff(result: DiffResult) -> RenderableType:
    """Lay out what changed between two versions: a table of the kinds of change, then sentences."""
    table = TerminalTable("instances", "number", "meaning", text=("instances", "meaning"), folded="meaning")
    for kind, count, meaning in count_changes(result):
        table.add_row(kind.value, f"{count:,}", meaning)
    summary = Text(printable(summarize_changes(result)), style="bold")
    return Group(table, *(Text(printable(sentence)) for sentence in describe_diff(result)), summary)
