"""Talking to the terminal: text that never breaks it, and progress that only a person sees."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from audit.pipeline.measuring import Progress

PIPED_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""
_STEPS = {
    "read": "reading",
    "measure": "measuring",
    "learn": "learning",
    "pictures": "opening pictures",
    "judge": "judging",
    "read predictions": "reading predictions",
    "compare": "comparing",
    "match": "matching",
    "causes": "finding causes",
    "what-ifs": "trying what-ifs",
}


def prepare_streams() -> None:
    """Make characters that the terminal's encoding lacks come out as escapes, not as errors."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit(text: str) -> None:
    """Write text to the standard output; a reader that has gone away (``| head``) is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()


def settle_streams() -> None:
    """Leave nothing that the interpreter would fail to write when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard()


def _discard() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(renderable: RenderableType) -> None:
    """Write something of rich's to the standard output, in colour only on a terminal."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
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

    class Rate(progress.ProgressColumn):
        def render(self, task: progress.Task) -> str:
            return f"{task.speed:,.0f}/s" if task.speed and task.total else ""

    columns: list[Any] = [
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        Rate(),
        progress.TimeRemainingColumn(),
    ]
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, progress.TaskID] = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(_STEPS.get(step, step), total=None)
            bar.update(tasks[step], completed=done, total=total or None)

        yield advance


def print_times(seconds: Mapping[str, float]) -> None:
    """Write the time of each step to the standard error, longest first."""
    for step, duration in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{duration:9.3f} s  {step}", file=sys.stderr)
