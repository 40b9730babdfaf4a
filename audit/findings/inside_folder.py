"""Changing files below a folder, and nowhere else: links inside it are never followed.

A report folder may come from a stranger. Where one of its subfolders is a link, writing "into the report"
would write, and remove, somewhere else.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

_CAN_OPEN_FOLDERS = {os.open, os.mkdir, os.unlink, os.rename} <= os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def replace_inside(finished_file: Path, folder: Path, name: str) -> None:
    """Move a file to its place below a folder; subfolders are made.

    Parameters
    ----------
    finished_file : Path
        On the same disk as ``folder``.
    folder : Path
    name : str
        Where, relative to ``folder``, with ``/``. A file or a link of that name is replaced.

    Raises
    ------
    OSError
        If a subfolder on the way is a link or no folder, a device, pipe or socket has that name, or the
        file cannot be moved.
    ValueError
        If ``name`` leads out of the folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as parent:
    ...     new_file, folder = Path(parent, "new"), Path(parent, "report")
    ...     _ = new_file.write_text("page"), folder.mkdir()
    ...     replace_inside(new_file, folder, "images/1.html")
    ...     (folder / "images" / "1.html").read_text()
    'page'
    >>> replace_inside(Path("x"), Path("."), "../x")
    Traceback (most recent call last):
    ValueError: ../x: not a name inside a folder
    """
    with _open_parent(folder, name, make=True) as (handle, parent, file_name):
        refuse_device(parent / file_name)
        if handle is None:
            finished_file.replace(parent / file_name)
        else:
            os.rename(finished_file, file_name, dst_dir_fd=handle)


def remove_inside(folder: Path, name: str) -> None:
    """Remove a file below a folder; what is absent, or lies behind a link, is left alone.

    Parameters
    ----------
    folder : Path
    name : str
        Relative to ``folder``, with ``/``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "index.html").write_text("")
    ...     remove_inside(Path(folder), "index.html")
    ...     remove_inside(Path(folder), "index.html")
    ...     os.listdir(folder)
    []
    """
    with (
        suppress(FileNotFoundError, NotADirectoryError, _LinkError),
        _open_parent(folder, name, make=False) as (handle, parent, file_name),
    ):
        if handle is None:
            (parent / file_name).unlink()
        else:
            os.unlink(file_name, dir_fd=handle)


def refuse_device(path: Path) -> None:
    """Raise an error where a device, pipe or socket would be replaced: whoever is root may do that.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileExistsError
        If there is one.

    Examples
    --------
    >>> refuse_device(Path("no such file"))
    >>> try:
    ...     refuse_device(Path(os.devnull))
    ... except FileExistsError as error:
    ...     error.strerror
    'is no file that could be replaced'
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise FileExistsError(errno.EEXIST, "is no file that could be replaced", str(path))


class _LinkError(OSError):
    """A subfolder is a link."""


@contextmanager
def _open_parent(folder: Path, name: str, *, make: bool) -> Iterator[tuple[int | None, Path, str]]:
    """Open the folder of a file step by step; None in place of a handle where the system has none."""
    *parts, file_name = PurePosixPath(name).parts or ("",)
    if not file_name or {file_name, *parts} & {"..", "/"}:
        raise ValueError(f"{name}: not a name inside a folder")
    if not _CAN_OPEN_FOLDERS:
        yield None, _check_links(folder, parts, make=make), file_name
        return
    handle = os.open(folder, os.O_RDONLY)
    path = folder
    try:
        for part in parts:
            path /= part
            # A handle is what it was when opened: a link that takes the folder's place later is not followed.
            subfolder = _open_subfolder(part, handle, path, make=make)
            os.close(handle)
            handle = subfolder
        yield handle, path, file_name
    finally:
        os.close(handle)


def _open_subfolder(part: str, handle: int, path: Path, *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=handle)
    try:
        return os.open(part, _FOLDER, dir_fd=handle)
    except OSError as error:
        # Systems name it differently: not a folder (Linux), too many links (BSD).
        if error.errno in {errno.ELOOP, errno.ENOTDIR} and path.is_symlink():
            raise _link_error(path) from None
        raise OSError(error.errno, error.strerror, str(path)) from None


def _check_links(folder: Path, parts: list[str], *, make: bool) -> Path:
    for part in parts:
        folder /= part
        if folder.is_symlink():
            raise _link_error(folder)
        if make:
            folder.mkdir(exist_ok=True)
    return folder


def _link_error(path: Path) -> _LinkError:
    return _LinkError(errno.ELOOP, "a link to another folder, in which nothing is changed", str(path))
