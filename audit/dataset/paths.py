"""Which file a ``file_name`` means, and opening it without being led astray.

A dataset is somebody else's text: a file name in it may climb out of the picture folder, be a
symbolic link to a password file, or name a pipe that blocks for ever. What is opened here is a
regular file inside the folder that the user named, and nothing else.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path

MAX_NAME = 4096
"""Bytes of a whole file name."""
MAX_PART = 255
"""Bytes of one folder or file in it: what file systems allow."""
NO_SUCH_FILE = "no such file"
"""What is said of a missing file where nothing more is known."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(data|javascript):", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:([\\/]|$)")
_SEPARATORS = re.compile(r"[\\/]")
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer must not block
    | getattr(os, "O_NOFOLLOW", 0)  # nor may a link that was put there since the path was resolved count
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

NAME_FAULTS: Mapping[str, str] = {
    "path.invalid": "no file can have this name",
    "path.url": "a URL, and nothing is fetched over a network",
    "path.absolute": "an absolute path, not one inside the picture folder",
    "path.traversal": "the path leads out of the picture folder",
}
"""What `name_fault` can say, in words."""


class RefusedError(Exception):
    """A file that is not there or must not be opened.

    Parameters
    ----------
    rule : str
        ``image.missing``, ``path.symlink_escape`` ...
    detail : str
        What is wrong, in words.

    Examples
    --------
    >>> RefusedError("image.missing", "no such file").rule
    'image.missing'
    """

    def __init__(self, rule: str, detail: str) -> None:
        self.rule, self.detail = rule, detail
        super().__init__(f"{detail} [{rule}]")


def name_fault(file_name: str) -> str:
    """Judge a file name by its text alone.

    Backslashes count as separators: a dataset that is harmless here must be harmless on Windows too.

    Parameters
    ----------
    file_name : str
        As in the dataset.

    Returns
    -------
    str
        Rule id, a key of `NAME_FAULTS`; empty if the name is fine.

    Examples
    --------
    >>> [name_fault(n) for n in ("a/b.jpg", "../b.jpg", "a/../../b.jpg", "/b.jpg", "http://x/b.jpg")]
    ['', 'path.traversal', 'path.traversal', 'path.absolute', 'path.url']
    >>> name_fault("")
    'path.invalid'
    """
    try:
        too_long = len(os.fsencode(file_name)) > MAX_NAME
        parts = _SEPARATORS.split(file_name)
        too_long = too_long or any(len(os.fsencode(part)) > MAX_PART for part in parts)
    except UnicodeEncodeError:  # half of a surrogate pair
        return "path.invalid"
    if _URL.match(file_name):
        return "path.url"
    if not file_name or "\0" in file_name or too_long:
        return "path.invalid"
    if _DRIVE.match(file_name):
        return "path.traversal"
    if not parts[0]:
        return "path.absolute"
    depth = 0
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return "path.traversal"
    return ""


def open_inside(root: Path, file_name: str) -> BufferedReader:
    """Open the file that a name means inside a folder.

    The name is joined to the folder as it is: no other folder and no other spelling is tried.

    Parameters
    ----------
    root : Path
        The picture folder. A link to a folder is fine.
    file_name : str
        As in the dataset.

    Returns
    -------
    binary file
        Open for reading; the caller closes it.

    Raises
    ------
    RefusedError
        ``image.missing``, ``image.unreadable`` (a folder, a loop of links, no permission),
        ``image.not_regular``, ``path.symlink_escape``, or a rule of `name_fault`.

    Examples
    --------
    >>> try:
    ...     open_inside(Path("."), "")
    ... except RefusedError as refused:
    ...     refused.rule
    'path.invalid'
    """
    fault = name_fault(file_name)
    if fault:
        raise RefusedError(fault, NAME_FAULTS[fault])
    real_root = os.path.realpath(root)
    joined = os.path.join(real_root, file_name)  # noqa: PTH118 - Path("a") / "" is "a"
    try:
        real = os.path.realpath(joined, strict=True)
        mode = os.stat(real).st_mode  # noqa: PTH116 - half of the time that Path takes, once an image
    except (OSError, RuntimeError) as e:
        raise _not_found(real_root, joined, e) from None
    # What is neither file nor folder is said first: a link to /dev/zero is an endless file, wherever it is.
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise RefusedError("image.not_regular", f"{_kind(mode)}, not a file")
    if not _inside(real_root, real):
        raise RefusedError("path.symlink_escape", "a symbolic link leads out of the picture folder")
    return open_regular(Path(real))


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file, or refuse: never blocks, never follows a link.

    Parameters
    ----------
    path : Path

    Returns
    -------
    binary file
        Open for reading; the caller closes it.

    Raises
    ------
    RefusedError
        ``image.missing``, ``image.unreadable`` or ``image.not_regular``.

    Examples
    --------
    >>> try:
    ...     open_regular(Path("no such file"))
    ... except RefusedError as refused:
    ...     refused.rule
    'image.missing'
    """
    try:
        # Devices are not even opened: that alone can rewind a tape.
        _require_file(os.lstat(path).st_mode)
        descriptor = os.open(path, _OPEN_FLAGS)
    except FileNotFoundError:
        raise RefusedError("image.missing", NO_SUCH_FILE) from None
    except OSError as e:
        raise RefusedError("image.unreadable", _words(e)) from None
    try:
        _require_file(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _require_file(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise RefusedError("image.unreadable", "a folder, not a file")
    if not stat.S_ISREG(mode):
        raise RefusedError("image.not_regular", f"{_kind(mode)}, not a file")


def _not_found(real_root: str, joined: str, e: OSError | RuntimeError) -> RefusedError:
    if isinstance(e, FileNotFoundError | NotADirectoryError):
        if not _inside(real_root, os.path.realpath(joined)):
            return RefusedError("path.symlink_escape", "a symbolic link leads out of the picture folder")
        hint = "; the name has backslashes, which only Windows reads as folders" if "\\" in joined else ""
        return RefusedError("image.missing", f"{NO_SUCH_FILE}{hint}")
    if isinstance(e, RuntimeError):  # how Python before 3.13 says ELOOP
        return RefusedError("image.unreadable", "symbolic links in a loop")
    return RefusedError("image.unreadable", _words(e))


def _inside(real_root: str, real: str) -> bool:
    return real == real_root or real.startswith(real_root.rstrip(os.sep) + os.sep)


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a symbolic link" if stat.S_ISLNK(mode) else "a device"


def _words(e: OSError) -> str:
    """Say an operating system's error without its path, which differs between machines."""
    text = e.strerror or "cannot be opened"
    return text[:1].lower() + text[1:]
