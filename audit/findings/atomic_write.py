"""Files that appear whole or not at all: a run that fails leaves the earlier ones as they were."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

from audit.findings.folder_swap import hold_folder, make_unfinished_folder, remove_leftovers
from audit.findings.inside_folder import replace_inside
from audit.findings.stream_file import is_stream, write_stream

PREFIX = ".partial-"
"""What the names of unfinished folders begin with."""
PARTS_SUFFIX = ".parquet"
"""A folder with such a name is one table in parts, and replaced as one."""

N_SYNCED = 8
"""Files whose way to the disk is waited for at a time."""


@contextmanager
def hidden_folder(parent_folder: Path) -> Iterator[Path]:
    """Give an empty folder inside another, and remove it with what is left in it when the block ends.

    What killed processes left there is removed, too.

    Parameters
    ----------
    parent_folder : Path
        Made if absent.

    Yields
    ------
    Path
        On the same disk as ``parent_folder``, so that moving a file out of it is a rename.

    Raises
    ------
    OSError
        If ``parent_folder`` cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     with hidden_folder(Path(out)) as folder:
    ...         _ = (folder / "a.json").write_text("{}")
    ...     list(Path(out).iterdir())
    []
    """
    remove_leftovers(parent_folder, PREFIX)
    temporary_folder = make_unfinished_folder(parent_folder, PREFIX)
    with hold_folder(temporary_folder):
        try:
            yield temporary_folder
        finally:
            shutil.rmtree(temporary_folder, ignore_errors=True)


def move_into_place(finished_folder: Path, target_folder: Path, file_names: Iterable[str]) -> None:
    """Move finished files from one folder into another, in the order given.

    Parameters
    ----------
    finished_folder, target_folder : Path
        On one disk.
    file_names : iterable of str
        Paths relative to ``finished_folder``. All are on the disk before the first is moved.

    Raises
    ------
    OSError
        If a file cannot be written, or a subfolder of ``target_folder`` is a link.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out, hidden_folder(Path(out)) as folder:
    ...     _ = (folder / "a.json").write_text("{}")
    ...     move_into_place(folder, Path(out), ["a.json"])
    ...     move_into_place(folder, Path(out), [])
    ...     sorted(path.name for path in Path(out).glob("*.json"))
    ['a.json']
    """
    file_names = list(file_names)
    _put_on_disk([finished_folder / file_name for file_name in file_names])
    for number, name in enumerate(dict.fromkeys(map(_movable_name, file_names))):
        if name.endswith(PARTS_SUFFIX):
            _set_aside(target_folder, name, finished_folder / f".earlier-{number}")
        replace_inside(finished_folder / name, target_folder, name)


def _put_on_disk(file_paths: list[Path]) -> None:
    """Wait until files are on the disk: else a crash of the machine may leave names without data."""
    if len(file_paths) > 1:
        from concurrent.futures import ThreadPoolExecutor  # slow to import, and a single file needs none

        # Disks write what several threads wait for in one go.
        with suppress(RuntimeError), ThreadPoolExecutor(min(N_SYNCED, len(file_paths))) as pool:
            deque(pool.map(_sync_file, file_paths), maxlen=0)
            return
    for file_path in file_paths:  # no thread is to be had
        _sync_file(file_path)


def _sync_file(file_path: Path) -> None:
    with file_path.open("rb") as file:
        os.fsync(file.fileno())


def _movable_name(file_name: str) -> str:
    """Return what is moved as a whole: the file, or the folder of parts that stands for one."""
    path = PurePath(file_name)
    movable = next((folder for folder in path.parents if folder.suffix == PARTS_SUFFIX), path)
    return movable.as_posix()


def _set_aside(folder: Path, name: str, place: Path) -> None:
    """Move away what a table cannot replace: a folder of parts, or a file where there are parts now."""
    target = folder / name
    subfolders = [parent for parent in target.parents if folder in parent.parents]
    if target.exists() and not any(path.is_symlink() for path in (target, *subfolders)):
        target.rename(place)


@contextmanager
def staged_folder(target_folder: Path) -> Iterator[Path]:
    """Give a folder to write into, and move its files into place only when the block ends without an error.

    Parameters
    ----------
    target_folder : Path
        Made if absent. What else is in it is left alone.

    Yields
    ------
    Path
        An empty folder inside ``target_folder``.

    Raises
    ------
    OSError
        If ``target_folder`` cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     with staged_folder(Path(out)) as folder:
    ...         _ = (folder / "findings.json").write_text("{}")
    ...     [path.name for path in Path(out).iterdir()]
    ['findings.json']
    >>> with tempfile.TemporaryDirectory() as out:
    ...     with staged_folder(Path(out)):
    ...         pass
    ...     list(Path(out).iterdir())
    []
    """
    with hidden_folder(target_folder) as temporary_folder:
        yield temporary_folder
        file_paths = sorted(file_path for file_path in temporary_folder.rglob("*") if file_path.is_file())
        move_into_place(
            temporary_folder,
            target_folder,
            [str(file_path.relative_to(temporary_folder)) for file_path in file_paths],
        )


def write_atomically(file_path: Path, content: bytes) -> None:
    """Write one file.

    Parameters
    ----------
    file_path : Path
        Its folder is made if absent.
    content : bytes

    Raises
    ------
    OSError
        If it cannot be written, or is a disk or a socket; an earlier file is then still whole.

    Notes
    -----
    ``/dev/null``, ``/dev/stdout`` and named pipes are written to and not replaced; a pipe that nobody reads
    is an error.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     write_atomically(Path(out) / "new" / "a.json", b"{}")
    ...     (Path(out) / "new" / "a.json").read_bytes()
    b'{}'
    """
    if is_stream(file_path):
        write_stream(file_path, content)
        return
    with staged_folder(file_path.parent) as temporary_folder:
        (temporary_folder / file_path.name).write_bytes(content)
