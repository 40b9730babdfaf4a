"""What changed between two versions, for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from audit.diff.diff import DiffResult
from audit.findings.sanitize import printable
from audit.report.diff_page import build_diff_page
from audit.report.terminal_table import terminal_table


def render_diff(result: DiffResult) -> RenderableType:
    """Lay out what changed between two versions: a table of the kinds of change, then sentences."""
    page = build_diff_page(result)
    table = terminal_table("instances", "number", "meaning", text=("instances", "meaning"))
    for row in page.kinds:
        table.add_row(row.kind.value, f"{row.number:,}", row.meaning)
    return Group(table, *(Text(printable(line)) for line in page.lines))
