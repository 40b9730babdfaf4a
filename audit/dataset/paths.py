"""Which file a ``file_name`` means, and opening it without being led astray.

A dataset is somebody else's text: a file name in it may climb out of the picture folder, be a
symbolic link to a password file, or name a pipe that blocks for ever. What is opened here is a
regular file inside the folder that the user named, and nothing else.
"""

from __future__ import annotations

import os
import re
import stat
import string
from collections.abc import Mapping, Sequence
from io import BufferedReader
from pathlib import Path

MAX_NAME = 4096
"""Bytes of a whole file name."""
MAX_PART = 255
"""Bytes of one folder or file in it: what file systems allow."""
NO_SUCH_FILE = "no such file"
"""What is said of a missing file where nothing more is known."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(data|javascript):", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]{0,200}")
"""A short name without folders, in which nothing can hide."""
_PLAIN_LENGTH, _PLAIN_CHARACTERS = 201, f"{string.ascii_letters}{string.digits}_-. ".encode()
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
    >>> RefusedError("image.missing", NO_SUCH_FILE).rule
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
    if _PLAIN.fullmatch(file_name):  # nearly all names of nearly all datasets
        return ""
    try:
        too_long = len(os.fsencode(file_name)) > MAX_NAME
        name_parts = _SEPARATORS.split(file_name)
        too_long = too_long or any(len(os.fsencode(name_part)) > MAX_PART for name_part in name_parts)
    except UnicodeEncodeError:  # half of a surrogate pair
        return "path.invalid"
    if _URL.match(file_name):
        return "path.url"
    if not file_name or "\0" in file_name or too_long:
        return "path.invalid"
    # A drive letter leaves the folder on Windows, even without a separator after it.
    if _DRIVE.match(file_name):
        return "path.traversal"
    if not name_parts[0]:
        return "path.absolute"
    # Counted part by part: a path that climbs out and comes back in is refused too.
    folder_depth = 0
    for name_part in name_parts:
        folder_depth += {"..": -1, ".": 0, "": 0}.get(name_part, 1)
        if folder_depth < 0:
            return "path.traversal"
    return ""


def are_plain_names(file_names: Sequence[str]) -> bool:
    """Tell whether all are short names of visible characters without folders, which `name_fault` passes.

    Parameters
    ----------
    file_names : sequence of str

    Examples
    --------
    >>> are_plain_names(["a.jpg", "b c.png"]), are_plain_names(["a/b.jpg"]), are_plain_names([])
    (True, False, True)
    """
    text = "\n".join(["", *file_names, ""])
    return (
        text.isascii()
        and text.encode().translate(None, _PLAIN_CHARACTERS) == b"\n" * (len(file_names) + 1)
        and not any(start in text for start in (("\n\n", "\n.", "\n ") if file_names else ()))
        and max(map(len, file_names), default=0) <= _PLAIN_LENGTH
    )


def open_inside(picture_folder: Path, file_name: str) -> BufferedReader:
    """Open the file that a name means inside a folder.

    The name is joined to the folder as it is: no other folder and no other spelling is tried.

    Parameters
    ----------
    picture_folder : Path
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
    fault_rule = name_fault(file_name)
    if fault_rule:
        raise RefusedError(fault_rule, NAME_FAULTS[fault_rule])
    resolved_folder = os.path.realpath(picture_folder)
    joined_path = os.path.join(resolved_folder, file_name)  # noqa: PTH118 - Path("a") / "" is "a"
    try:
        resolved_path = os.path.realpath(joined_path, strict=True)
        file_mode = os.stat(resolved_path).st_mode  # noqa: PTH116 - half of what Path takes
    except (OSError, RuntimeError) as os_error:
        raise _explain_missing(resolved_folder, joined_path, os_error) from None
    # What is neither file nor folder is said first: a link to /dev/zero is an endless file, wherever it is.
    if not (stat.S_ISREG(file_mode) or stat.S_ISDIR(file_mode)):
        raise RefusedError("image.not_regular", f"{_name_file_type(file_mode)}, not a file")
    if not _is_inside(resolved_folder, resolved_path):
        raise RefusedError("path.symlink_escape", "a symbolic link leads out of the picture folder")
    return open_regular(Path(resolved_path))


def open_regular(file_path: Path) -> BufferedReader:
    """Open a regular file, or refuse: never blocks, never follows a link.

    Parameters
    ----------
    file_path : Path

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
        _require_file(os.lstat(file_path).st_mode)
        descriptor = os.open(file_path, _OPEN_FLAGS)
    except FileNotFoundError:
        raise RefusedError("image.missing", NO_SUCH_FILE) from None
    except OSError as os_error:
        raise RefusedError("image.unreadable", _describe_error(os_error)) from None
    try:
        # Asked again of what is open: the path may have been replaced in between.
        _require_file(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _require_file(file_mode: int) -> None:
    if stat.S_ISDIR(file_mode):
        raise RefusedError("image.unreadable", "a folder, not a file")
    if not stat.S_ISREG(file_mode):
        raise RefusedError("image.not_regular", f"{_name_file_type(file_mode)}, not a file")


def _explain_missing(
    resolved_folder: str, joined_path: str, os_error: OSError | RuntimeError
) -> RefusedError:
    if isinstance(os_error, FileNotFoundError | NotADirectoryError):
        # Whether a file outside exists is nobody's business: the escape is named, not the absence.
        if not _is_inside(resolved_folder, os.path.realpath(joined_path)):
            return RefusedError("path.symlink_escape", "a symbolic link leads out of the picture folder")
        separator_hint = (
            "; the name has backslashes, which only Windows reads as folders" if "\\" in joined_path else ""
        )
        return RefusedError("image.missing", f"{NO_SUCH_FILE}{separator_hint}")
    if isinstance(os_error, RuntimeError):  # how Python before 3.13 says ELOOP
        return RefusedError("image.unreadable", "symbolic links in a loop")
    return RefusedError("image.unreadable", _describe_error(os_error))


def _is_inside(resolved_folder: str, resolved_path: str) -> bool:
    # With the separator: /data/images2 begins like /data/images and is not in it.
    return resolved_path == resolved_folder or resolved_path.startswith(
        resolved_folder.rstrip(os.sep) + os.sep
    )


def _name_file_type(file_mode: int) -> str:
    if stat.S_ISFIFO(file_mode):
        return "a pipe"
    if stat.S_ISSOCK(file_mode):
        return "a socket"
    return "a symbolic link" if stat.S_ISLNK(file_mode) else "a device"


def _describe_error(os_error: OSError) -> str:
    """Say an operating system's error without its path, which differs between machines."""
    description = os_error.strerror or "cannot be opened"
    return description[:1].lower() + description[1:]
