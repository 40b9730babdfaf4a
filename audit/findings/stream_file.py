"""Writing to what is no file: devices, and pipes, which are not waited for where nobody reads."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

READER_WAIT_S = 10.0
"""Seconds in which somebody has to open a pipe for reading: whoever reads may start beside the command."""
_OPEN_FLAGS = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Opening a pipe that nobody reads must not wait for ever."""


def is_stream(path: Path) -> bool:
    """Tell whether something that is no file stands there, which whoever may rename could replace by one.

    Parameters
    ----------
    path : Path
        Links are followed.

    Examples
    --------
    >>> is_stream(Path(os.devnull)), is_stream(Path("no such file"))
    (True, False)
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def write_stream(path: Path, content: bytes) -> None:
    """Write to a device or into a pipe; a reader that goes away before the end is no error.

    Parameters
    ----------
    path : Path
    content : bytes

    Raises
    ------
    OSError
        If it cannot be written; ``ENXIO`` where nobody reads the pipe.

    Examples
    --------
    >>> write_stream(Path(os.devnull), b"<testsuites/>")
    """
    handle = _open_stream(path)
    with suppress(BrokenPipeError), os.fdopen(handle, "wb", buffering=0) as stream:
        with suppress(OSError):  # Windows: it never waited
            os.set_blocking(handle, True)
        rest = memoryview(content)
        while rest:
            rest = rest[stream.write(rest) :]


def append_text(path: Path, text: str) -> None:
    r"""Put text at the end of a file, a page that several steps of a CI job write.

    Parameters
    ----------
    path : Path
        Made if absent.
    text : str

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = Path(folder) / "summary.md"
    ...     append_text(page, "# Tests\n")
    ...     append_text(page, "# Labels\n")
    ...     page.read_text()
    '# Tests\n# Labels\n'
    """
    content = text.encode(errors="backslashreplace")
    if is_stream(path):
        write_stream(path, content)
        return
    with path.open("ab") as file:
        file.write(content)


def _open_stream(path: Path) -> int:
    last = time.monotonic() + READER_WAIT_S
    while True:
        try:
            return os.open(path, _OPEN_FLAGS)
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
        if time.monotonic() > last:
            raise OSError(errno.ENXIO, "nobody reads this pipe", str(path))
        time.sleep(0.02)
