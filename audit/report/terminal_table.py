"""Tables for the terminal: one look for all commands, at any width."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from textwrap import wrap

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table

_LOOSE, _TIGHT = (0, 1), (0, 1, 0, 0)
"""Padding of cells, as rich takes it: three and two spaces between columns."""


class TerminalTable:
    """A table whose cells stay whole: a narrow terminal is shown fewer columns, not folded ones.

    Where there is no room, titles are broken into lines first, then columns move closer together, then those
    that can be done without are left out.

    Parameters
    ----------
    *titles : str
        Of the columns, in order.
    text : collection of str
        Titles of the columns that are read, not compared: aligned left.
    folded : str
        The one column of long texts, which is folded.
    expendable : sequence of str
        Titles of the columns that may be left out, the first one first.
    least_width : int
        Columns of the terminal that the folded column should have; narrower, it has too many lines.

    Examples
    --------
    >>> last = "what it says"
    >>> table = TerminalTable("rule", last, text=("rule",), folded=last, expendable=(last,), least_width=10)
    >>> table.add_row("mask.tiny", "A tiny mask")
    >>> for width in (40, 20):
    ...     with (console := Console(width=width, no_color=True)).capture() as shown:
    ...         console.print(table)
    ...     print(shown.get().split())
    ['rule', 'what', 'it', 'says', '────────────────────────', 'mask.tiny', 'A', 'tiny', 'mask']
    ['rule', '─────────', 'mask.tiny']
    >>> TerminalTable().row_count
    0
    """

    def __init__(
        self,
        *titles: str,
        text: Collection[str] = (),
        folded: str = "",
        expendable: Sequence[str] = (),
        least_width: int = 24,
    ) -> None:
        self.table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        self.folded = folded
        self.expendable = expendable
        self.least_width = least_width
        for title in titles:
            if title == folded:
                self.table.add_column(title, overflow="fold")
            else:
                self.table.add_column(title, justify="left" if title in text else "right", no_wrap=True)

    @property
    def row_count(self) -> int:
        """How many rows it has."""
        return self.table.row_count

    def add_row(self, *cells: RenderableType) -> None:
        """Add a row, one cell a column."""
        self.table.add_row(*cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table as it fits."""
        *arrangements, narrowest = self._arrange(console, options)
        for arranged, needed_width in arrangements:
            if needed_width <= options.max_width:
                yield arranged
                return
        yield narrowest[0]

    def _arrange(self, console: Console, options: ConsoleOptions) -> Iterator[tuple[Table, int]]:
        """Yield the table ever narrower, and the width that each needs."""
        for n_left_out in range(len(self.expendable) + 1):
            left_out = self.expendable[:n_left_out]
            columns = [column for column in self.table.columns if column.header not in left_out]
            broken = [self._break_title(column, console, options) for column in columns]
            for arranged_columns, padding in ((columns, _LOOSE), (broken, _LOOSE), (broken, _TIGHT)):
                arranged = Table(*arranged_columns, box=self.table.box, pad_edge=False, padding=padding)
                arranged.rows = self.table.rows
                wide = options.update(max_width=1000)
                needed_width = Measurement.get(console, wide, arranged).maximum
                for column in columns:
                    if column.header == self.folded:  # what it lacks is folded, down to its least width
                        width = _measure_widest(column, console, wide, with_title=True)
                        needed_width -= max(width - self.least_width, 0)
                yield arranged, needed_width

    def _break_title(self, column: Column, console: Console, options: ConsoleOptions) -> Column:
        """Break the title of a column into two lines, or one where its cells are as wide."""
        title = str(column.header)
        if title == self.folded or not title:
            return column
        longest_word = max(map(len, title.split()))
        width = max(_measure_widest(column, console, options), longest_word, (len(title) + 1) // 2)
        return replace(column, header="\n".join(wrap(title, width)))


def _measure_widest(
    column: Column, console: Console, options: ConsoleOptions, *, with_title: bool = False
) -> int:
    cells = [*column.cells, *([str(column.header)] if with_title else [])]
    return max((Measurement.get(console, options, cell).maximum for cell in cells), default=0)
