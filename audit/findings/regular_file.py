"""Reading the small files that people hand over: regular files only, and of a bounded size."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MAX_BYTES = 512 * 2**20
"""Many times the decisions, baselines and tables of the largest public datasets."""
_CHUNK = 2**20
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
)
"""Opening a pipe that nobody writes to must not wait; a regular file reads the same with these."""


def read_regular_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file, unless it may never end or is far too large.

    Parameters
    ----------
    path : Path
        Links are followed.
    max_bytes : int
        The most that is read.

    Returns
    -------
    bytes
        All of the file.

    Raises
    ------
    OSError
        If it cannot be read; is a folder, a device, a pipe or a socket; or has more than ``max_bytes``. The
        ``strerror`` says which.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "policy.toml"
    ...     _ = file.write_bytes(b"[gate]")
    ...     read_regular_file(file)
    b'[gate]'
    >>> try:
    ...     read_regular_file(Path("/dev/null"))
    ... except OSError as error:
    ...     error.strerror
    'a device, not a regular file'
    """
    with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
        # What was opened is asked, not the path: another file may lie there by now.
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, f"{_name_kind(status.st_mode)}, not a regular file", str(path))
        data = b""
        if status.st_size <= max_bytes:
            data = file.read(status.st_size)
            while len(data) <= max_bytes and (more := file.read(_CHUNK)):  # it may grow; /proc declares 0
                data += more
    if max(len(data), status.st_size) > max_bytes:
        raise OSError(errno.EFBIG, f"larger than {max_bytes / 2**20:,.0f} MiB", str(path))
    return data


def read_regular_text(path: Path, encoding: str = "utf-8", max_bytes: int = MAX_BYTES) -> str:
    """Read a whole text file as `read_regular_file` does; line ends stay as they are.

    Parameters
    ----------
    path : Path
    encoding : str
        ``utf-8-sig`` overlooks a byte order mark.
    max_bytes : int
        The most that is read.

    Raises
    ------
    OSError
        As `read_regular_file`.
    UnicodeDecodeError
        If it is no such text.
    """
    return read_regular_file(path, max_bytes).decode(encoding)


def _name_kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
