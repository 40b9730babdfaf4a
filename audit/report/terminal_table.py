"""Tables for the terminal: one look for all commands."""

from __future__ import annotations

from collections.abc import Collection

from rich import box
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
