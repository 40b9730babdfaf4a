"""A folder that changes as a whole: whenever its writer is killed, its files are those of one run.

Moving finished files into a folder one after the other leaves a mix of two runs where the process is killed
in between. Here a copy of the folder (hard links, so no data is copied) gets the new files and takes the
folder's place in one step.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_ENTRIES = 50_000
"""Files in a folder above which it is changed in place: it is no report, and linking takes seconds."""
MIN_AGE_S = 60.0
"""Age from which on what nobody holds is a leftover: a folder exists for a moment before it is locked."""
_UNFINISHED, _EARLIER = ".partial-", ".earlier-"
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux's renameat2, RENAME_SWAP of macOS's renamex_np
_CURRENT_FOLDER = -100  # AT_FDCWD


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """Give a folder to change, which takes another's place when the block ends without an error.

    It begins with all that is in ``target``. Where a folder cannot be exchanged (it is a mounted disk or the
    working directory, its parent may not be written, there are no hard links), ``target`` itself is given.

    Parameters
    ----------
    target : Path
        Made if absent. Files that others put there in the meantime stay.

    Yields
    ------
    Path
        Files in it may be replaced and removed, but not opened for writing: until the end they are those of
        ``target``.

    Raises
    ------
    OSError
        If a folder cannot be made; ``target`` is then as it was.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with replace_folder(Path(parent) / "report") as folder:
    ...         _ = (folder / "index.html").write_text("new")
    ...         existed = (Path(parent) / "report").exists()
    ...     existed, os.listdir(Path(parent)), os.listdir(Path(parent) / "report")
    (False, ['report'], ['index.html'])
    """
    target = target.resolve()  # of a link, what it points at changes
    _restore_earlier(target)
    copy = _copy_folder(target) if _is_exchangeable(target) else None
    if copy is None:
        yield target
        return
    names_before = {path.name for path in target.iterdir()} if target.exists() else set()
    with hold_folder(copy):
        try:
            yield copy
            _exchange(copy, target)
            _keep_newcomers(copy, target, names_before)
        except OSError as error:
            # Whoever reads the message knows only the folder that was to change.
            if isinstance(error.filename, str) and Path(error.filename).is_relative_to(copy):
                error.filename = str(target / Path(error.filename).relative_to(copy))
            raise
        finally:
            shutil.rmtree(copy, ignore_errors=True)


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Show others that a folder is in use, until the block ends or the process is killed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, hold_folder(Path(folder)):
    ...     _try_hold(Path(folder)) is None
    True
    """
    handle = _try_hold(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def make_unfinished_folder(parent: Path, prefix: str) -> Path:
    """Make a folder of a new name inside another, which is made if absent.

    Parameters
    ----------
    parent : Path
    prefix : str
        What the name begins with.

    Raises
    ------
    OSError
        If nothing can be made there; in ``/proc``, too, which says "no such file" of a folder that is there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     make_unfinished_folder(Path(parent, "report"), ".partial-").parent.name
    'report'
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    except FileNotFoundError as error:
        raise PermissionError(errno.EACCES, "nothing can be written there", str(parent)) from error


def remove_leftovers(parent: Path, prefix: str) -> None:
    """Remove the unfinished folders that killed processes have left: those that nobody holds.

    Parameters
    ----------
    parent : Path
    prefix : str
        What their names begin with.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     leftover = Path(parent) / ".partial-a"
    ...     leftover.mkdir()
    ...     os.utime(leftover, (0, 0))
    ...     remove_leftovers(Path(parent), ".partial-")
    ...     os.listdir(parent)
    []
    """
    if sys.platform == "win32":  # there is no telling whether somebody holds it
        return
    with suppress(OSError):
        for folder in parent.iterdir():
            if folder.name.startswith(prefix) and folder.is_dir() and not folder.is_symlink():
                _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime < MIN_AGE_S:
            return
        handle = _try_hold(folder)
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


def _try_hold(folder: Path) -> int | None:
    """Lock a folder; None where another process has, or where there are no such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    handle = None
    try:
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if handle is not None:
            os.close(handle)
        return None
    return handle


def _is_exchangeable(target: Path) -> bool:
    if sys.platform == "win32":  # a folder in which anything is open cannot be renamed
        return False
    if not target.exists():
        return True
    working_directory = Path.cwd()
    return (
        target.is_dir()
        and not target.is_mount()
        and target != working_directory
        and target not in working_directory.parents
        and os.access(target.parent, os.W_OK | os.X_OK)
    )


def _copy_folder(target: Path) -> Path | None:
    """Make a hidden copy of a folder beside it; None where the files cannot be linked."""
    prefix = f".{target.name}{_UNFINISHED}"
    remove_leftovers(target.parent, prefix)
    copy = make_unfinished_folder(target.parent, prefix)
    try:
        if target.exists():
            _link_entries(target, copy)
            shutil.copystat(target, copy)
        else:
            copy.chmod(0o777 & ~_umask())
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)
        return None
    return copy


def _link_entries(source: Path, copy: Path) -> None:
    """Link all files of a folder into another, folder by folder."""
    n_entries = 0
    for folder_name, subfolder_names, file_names in os.walk(source):
        subfolder_names[:] = [name for name in subfolder_names if not name.startswith(_UNFINISHED)]
        n_entries += len(subfolder_names) + len(file_names)
        if n_entries > MAX_ENTRIES:
            raise OSError(f"{source}: more than {MAX_ENTRIES} files")
        folder = Path(folder_name)
        here = copy / folder.relative_to(source)
        for name in subfolder_names:
            if (folder / name).is_symlink():  # `os.walk` does not follow it
                os.link(folder / name, here / name, follow_symlinks=False)
            else:
                (here / name).mkdir()
                shutil.copystat(folder / name, here / name)
        for name in file_names:
            os.link(folder / name, here / name, follow_symlinks=False)


def _exchange(copy: Path, target: Path) -> None:
    """Let two folders change places; where the system cannot, or one is absent, by plain renames."""
    if not target.exists():
        copy.rename(target)
        return
    if _swap_names(copy, target):
        return
    # A process that is killed between these two leaves no folder: the next one takes the earlier one back.
    earlier = target.with_name(f".{target.name}{_EARLIER}{os.getpid()}")
    target.rename(earlier)
    copy.rename(target)
    earlier.rename(copy)


def _swap_names(copy: Path, target: Path) -> bool:
    paths = os.fsencode(copy), os.fsencode(target)
    library = ctypes.CDLL(None, use_errno=True)
    try:
        if sys.platform == "darwin":
            return bool(library.renamex_np(*paths, _EXCHANGE) == 0)
        return bool(library.renameat2(_CURRENT_FOLDER, paths[0], _CURRENT_FOLDER, paths[1], _EXCHANGE) == 0)
    except AttributeError:  # a system without that call
        return False


def _keep_newcomers(earlier: Path, target: Path, names_before: set[str]) -> None:
    """Take over what somebody put into the folder while its copy was changed."""
    if not earlier.exists():  # there was no folder before
        return
    for path in list(earlier.iterdir()):
        if path.name not in names_before and not (target / path.name).exists():
            path.rename(target / path.name)


def _restore_earlier(target: Path) -> None:
    if target.exists() or not target.parent.is_dir():
        return
    for earlier in sorted(target.parent.glob(f".{target.name}{_EARLIER}*")):
        earlier.rename(target)
        return


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
