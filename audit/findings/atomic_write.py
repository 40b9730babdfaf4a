"""Files that appear whole or not at all: a run that fails leaves the earlier ones as they were."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hidden_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder inside another, and remove it with what is left in it when the block ends.

    Parameters
    ----------
    out : Path
        Made if absent.

    Yields
    ------
    Path
        On the same disk as ``out``, so that moving a file out of it is a rename.

    Raises
    ------
    OSError
        If ``out`` cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as out:
    ...     with hidden_folder(Path(out)) as folder:
    ...         _ = (folder / "a.json").write_text("{}")
    ...     list(Path(out).iterdir())
    []
    """
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=out))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(folder: Path, out: Path, names: Iterable[str]) -> None:
    """Move finished files from one folder into another, in the order given.

    Parameters
    ----------
    folder, out : Path
        On one disk.
    names : iterable of str
        Paths relative to ``folder``. All are on the disk before the first is moved.

    Raises
    ------
    OSError
        If a file cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as out, hidden_folder(Path(out)) as folder:
    ...     _ = (folder / "a.json").write_text("{}")
    ...     move_into_place(folder, Path(out), ["a.json"])
    ...     move_into_place(folder, Path(out), [])
    ...     sorted(path.name for path in Path(out).glob("*.json"))
    ['a.json']
    """
    names = list(names)
    for name in names:
        # Without this a crash of the machine may leave the new name with no data behind it.
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
    for name in names:
        (out / name).parent.mkdir(exist_ok=True)
        (folder / name).replace(out / name)


@contextmanager
def staged_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into, and move its files into place only when the block ends without an error.

    Parameters
    ----------
    out : Path
        Made if absent. What else is in it is left alone.

    Yields
    ------
    Path
        An empty folder inside ``out``.

    Raises
    ------
    OSError
        If ``out`` cannot be written.

    Examples
    --------
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
    with hidden_folder(out) as folder:
        yield folder
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        move_into_place(folder, out, [str(path.relative_to(folder)) for path in paths])


def write_atomically(path: Path, data: bytes) -> None:
    """Write one file.

    Parameters
    ----------
    path : Path
        Its folder is made if absent.
    data : bytes

    Raises
    ------
    OSError
        If it cannot be written; an earlier file is then still whole.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as out:
    ...     write_atomically(Path(out) / "new" / "a.json", b"{}")
    ...     (Path(out) / "new" / "a.json").read_bytes()
    b'{}'
    """
    with staged_folder(path.parent) as folder:
        (folder / path.name).write_bytes(data)
