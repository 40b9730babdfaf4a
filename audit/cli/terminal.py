"""Talking to the terminal: text that never breaks it, and progress that only a person sees."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from audit.findings.sanitize import neutralize_ci_commands, printable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from audit.pipeline.measuring import Progress

PIPED_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""
_LEAST_TEXT = 20
"""Columns below which text is not wrapped beside something: it would be a column of words."""
_STEPS = {
    "read": "reading",
    "measure": "measuring",
    "learn": "learning",
    "pictures": "opening pictures",
    "judge": "judging",
    "read predictions": "reading predictions",
    "read training labels": "reading training labels",
    "compare": "comparing",
    "match": "matching",
    "causes": "finding causes",
    "what-ifs": "trying what-ifs",
    "write": "writing the report",
}


def prepare_streams() -> None:
    """Make characters that the terminal's encoding lacks come out as escapes, not as errors.

    A stream that the shell has closed (``>&-``) is opened to nowhere: else the next file that is opened
    would get its number, and whatever is printed would be written into that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (stays open)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit(text: str) -> None:
    """Write text to the standard output; names in it cannot command a CI system that reads the log."""
    _write(neutralize_ci_commands(text))


def emit_json(text: str) -> None:
    """Write JSON to the standard output: the same values, without what CI takes as a command."""
    # JSON has these marks in strings alone, where an escape says the same; no line of it begins with "::".
    _write(text.replace("##", "\\u0023#").replace("section_", "section\\u005f"))


def emit_ci_commands(text: str) -> None:
    """Write commands that a CI system is meant to obey; what they quote has been escaped before."""
    _write(text)


def complain(text: str) -> None:
    """Write lines to the standard error; where that fails, the exit code has to say it alone."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    try:
        sys.stderr.write(f"{neutralize_ci_commands(lines)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _discard(sys.stderr)


def settle_streams() -> None:
    """Leave nothing that the interpreter would fail to write when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _discard(stream)


def _write(text: str) -> None:
    """Write to the standard output; a reader that has gone away (``| head``) is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, to nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def hang_text(beginning: str, text: str) -> str:
    r"""Write a line whose text, on a terminal too narrow for it, goes on below itself.

    Parameters
    ----------
    beginning : str
        What the text stands beside.
    text : str

    Examples
    --------
    >>> hang_text("mask.tiny  ", "A mask that is hardly there")
    'mask.tiny  A mask that is hardly there\n'
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    n_free = width - len(beginning)
    lines = textwrap.wrap(text, n_free) if n_free >= _LEAST_TEXT else [text]
    return beginning + f"\n{' ' * len(beginning)}".join(lines) + "\n"


def show(renderable: RenderableType) -> None:
    """Write something of rich's to the standard output, in colour only on a terminal."""
    from rich.console import Console

    # Names are data: "[bold]" or ":smile:" in one of them is neither a style nor a picture.
    console = Console(
        width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, markup=False, emoji=False
    )
    # Rich ends the process when the pipe is closed, so it only renders here.
    with console.capture() as captured:
        console.print(renderable)
    emit(captured.get())


@contextmanager
def progress_bar(wanted: bool) -> Iterator[Progress | None]:
    """Show a progress bar on the standard error while the block runs, if that is a terminal.

    Parameters
    ----------
    wanted : bool
        False = none in any case.

    Yields
    ------
    callable or None
        What `audit.pipeline.run.scan` takes as ``progress``.
    """
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console
    from rich.table import Column
    from rich.text import Text

    class Rate(progress.ProgressColumn):
        def render(self, task: progress.Task) -> str:
            return f"{task.speed:,.0f}/s" if task.speed and task.total else ""

    class Counted(progress.MofNCompleteColumn):
        """``17/739``, of steps that say how much there is."""

        def render(self, task: progress.Task) -> Text:
            return super().render(task) if task.fields["is_counted"] else Text("")

    columns: list[Any] = [
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=None, table_column=Column(max_width=40, ratio=1)),
        Counted(),
        Rate(),
        progress.TimeRemainingColumn(),
    ]
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, progress.TaskID] = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                for task in bar.tasks:  # what does not count is over when the next step begins
                    if task.total is None:
                        bar.update(task.id, total=1, completed=1)
                tasks[step] = bar.add_task(_STEPS.get(step, step), total=None, is_counted=False)
            bar.update(tasks[step], completed=done, total=total or None, is_counted=total > 0)

        yield advance


def print_times(seconds: Mapping[str, float]) -> None:
    """Write the time of each step to the standard error, longest first."""
    for step, duration in sorted(seconds.items(), key=lambda item: -item[1]):
        complain(f"{duration:9.3f} s  {step}")
