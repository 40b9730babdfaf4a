"""Tables for the terminal: one look for all commands."""

from __future__ import annotations

from collections.abc import Collection

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table


def terminal_table(*columns: str, text: Collection[str] = (), folded: str = "") -> Table:
    """Make an empty table whose columns hold numbers, but for those that hold text.

    Parameters
    ----------
    *columns : str
        Titles, in order.
    text : collection of str
        Titles of the columns that are read, not compared: aligned left.
    folded : str
        The one column of long sentences, which is folded where the terminal is narrow; all others stay
        whole then. Empty = the terminal's width is shared among all columns.

    Examples
    --------
    >>> [column.justify for column in terminal_table("rule", "findings", text=("rule",)).columns]
    ['left', 'right']
    >>> terminal_table().row_count
    0
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        if title == folded:
            table.add_column(title, overflow="fold")
        else:
            table.add_column(title, justify="left" if title in text else "right", no_wrap=bool(folded))
    return table


class NarrowingTable:
    """A table that leaves out its last column where the terminal has no room to read it.

    Parameters
    ----------
    table : Table
        Made by `terminal_table` with a folded column, which comes last.
    least_width : int
        Columns of the terminal that its text needs; narrower, it would be folded into many lines.

    Examples
    --------
    >>> table = terminal_table("rule", "what it says", text=("rule",), folded="what it says")
    >>> table.add_row("mask.tiny", "A tiny mask")
    >>> for width in (40, 20):
    ...     with (console := Console(width=width, no_color=True)).capture() as shown:
    ...         console.print(NarrowingTable(table, 20))
    ...     print(shown.get().split())
    ['rule', 'what', 'it', 'says', '────────────────────────', 'mask.tiny', 'A', 'tiny', 'mask']
    ['rule', '─────────', 'mask.tiny']
    """

    def __init__(self, table: Table, least_width: int = 24) -> None:
        self.table = table
        self.least_width = least_width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table as it fits."""
        whole_columns = Table(*self.table.columns[:-1], box=self.table.box, pad_edge=False)
        whole_columns.rows = self.table.rows
        n_left = options.max_width - Measurement.get(console, options, whole_columns).minimum
        yield self.table if n_left >= self.least_width else whole_columns
