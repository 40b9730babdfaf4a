"""Labels from a pipe, as of ``scan <(zcat labels.json.gz)``: not waited for where nobody writes."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from audit.loaders.loaded import UnreadableError

WRITER_WAIT_S = 10.0
"""Seconds in which somebody has to open a pipe for writing."""


def read_pipe(path: Path) -> bytes | None:
    """Read all that is written into a pipe; None where the path is something else.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableError
        If it is a socket, or nobody writes into the pipe.

    Examples
    --------
    >>> read_pipe(Path("no such file")) is None
    True
    """
    try:
        mode = path.stat().st_mode
    except OSError:  # its reader will say
        return None
    if stat.S_ISSOCK(mode):
        raise UnreadableError("input.format", str(path), "", "this is a socket", "give a file")
    if not stat.S_ISFIFO(mode):
        return None
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as pipe:
        beginning = _read_beginning(handle)
        if beginning is None:
            raise UnreadableError(
                "input.format", str(path), "", "nobody writes into this pipe", "give a file"
            )
        os.set_blocking(handle, True)
        return beginning + pipe.read()


def _read_beginning(handle: int) -> bytes | None:
    """Read what is there of a pipe, nothing where its writer has yet to write; None without a writer."""
    last = time.monotonic() + WRITER_WAIT_S
    while True:
        try:
            beginning = os.read(handle, 1)
        except BlockingIOError:
            return b""
        if beginning or time.monotonic() > last:
            return beginning or None
        time.sleep(0.02)
