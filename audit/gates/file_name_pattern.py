"""Groups by a pattern in file names: a regular expression of the user's, on names that anybody wrote."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from audit.gates.errors import GateError

MAX_SECONDS = 20.0
"""For all names together; a plain pattern takes a second for a million of them."""


def match_file_names(pattern: str, file_names: Sequence[str]) -> list[str]:
    """Find the group of each file name: what the first brackets of a pattern match.

    Parameters
    ----------
    pattern : str
        A regular expression, searched anywhere in the name.
    file_names : sequence of str

    Returns
    -------
    list of str
        Empty where the pattern does not match.

    Raises
    ------
    GateError
        If it is no regular expression, has no brackets, matches no name, or takes longer than `MAX_SECONDS`.

    Examples
    --------
    >>> match_file_names("([a-z]+)[0-9]", ["anna7.png", "b.png"])
    ['anna', '']
    >>> match_file_names("(a)", [])
    []
    """
    option = f"--group-by file:{pattern}"
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise GateError(f"{option}: not a regular expression: {error}") from error
    if not compiled.groups:
        raise GateError(f"{option}: put the part that names the group in brackets")
    try:
        with _limit_time(MAX_SECONDS):
            matches = [compiled.search(name) for name in file_names]
    except TimeoutError:
        remedy = "a repetition inside a repetition, as in (a+)+, takes for ever on some names"
        raise GateError(f"{option}: gave up after {MAX_SECONDS:g} s; {remedy}") from None
    if matches and not any(matches):
        raise GateError(f"{option}: matches no file name")
    return [(match[1] or "") if match else "" for match in matches]


@contextmanager
def _limit_time(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in the block after a time; only a signal reaches into a search that runs.

    Outside the main thread and on Windows there are no such signals, and no limit.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    earlier = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
