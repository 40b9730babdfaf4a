"""SIGTERM, as time limits and cluster managers send it: what Ctrl-C cleans up, it cleans up too."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def clean_up_when_terminated() -> Iterator[None]:
    """Let SIGTERM interrupt the block, and end the process by that signal after the block.

    Notes
    -----
    A second signal ends the process at once. Where the signal is ignored or handled already, nothing is
    changed. Python acts on a signal between its own steps: what hangs inside a library needs SIGKILL.

    Examples
    --------
    >>> with clean_up_when_terminated():
    ...     pass
    >>> signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    True
    """
    received = False

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        nonlocal received
        received = True
        signal.signal(signal_number, signal.SIG_DFL)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if received:
            # Whoever sent the signal looks for it in how the process ended.
            os.kill(os.getpid(), signal.SIGTERM)
