"""SIGTERM, as time limits and cluster managers send it: what Ctrl-C cleans up, it cleans up too."""

from __future__ import annotations

import ctypes
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
    A second signal ends the process at once, even where a library hangs: Python acts on the first one
    between its own steps only. Where the signal is ignored or handled already, nothing is changed.

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
    _handle_once(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if received:
            # Whoever sent the signal looks for it in how the process ended.
            os.kill(os.getpid(), signal.SIGTERM)


def _handle_once(signal_number: int) -> None:
    """Let the system itself forget Python's handler with the first signal, without waiting for Python.

    Where the C library has no `sysv_signal`, the handler stays until Python runs it.
    """
    try:
        library = ctypes.CDLL(None)
        exchange, install = library.signal, library.sysv_signal
    except (AttributeError, OSError, TypeError):
        return
    for function in (exchange, install):
        function.restype, function.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
    install(signal_number, exchange(signal_number, None))  # None is SIG_DFL
