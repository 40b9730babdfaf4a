"""``changes.json``: reading it back, and undoing what it lists."""

from __future__ import annotations

from pathlib import Path

from audit.carriers import dataclass
from audit.findings.document import read_document
from audit.fixes.folder_text import read_label_text
from audit.fixes.mend import hash_bytes
from audit.fixes.proof import FixRefusedError
from audit.fixes.source_text import Patch, undo_patches

SCHEMA_VERSION = 1


class ChangesError(ValueError):
    """A list of changes cannot be read or undone; the message names the file."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file, as it was when the list of changes was written."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ChangesDocument:
    """What undoing needs of ``changes.json``."""

    schema_version: int
    original: FileState
    corrected: FileState
    undo: list[list[Patch]]


def read_changes(path: Path) -> ChangesDocument:
    """Read a list of changes.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ChangesError
        If it cannot be read or is something else.

    Examples
    --------
    >>> try:
    ...     read_changes(Path("no such file.json"))
    ... except ChangesError as error:
    ...     print(error)
    no such file.json: cannot be read: No such file or directory
    """
    return read_document(path, ChangesDocument, SCHEMA_VERSION, "a list of changes", ChangesError)


def find_corrected(changes: Path) -> Path:
    """Return the corrected file or folder that lies beside its list of changes.

    Parameters
    ----------
    changes : Path

    Raises
    ------
    ChangesError
        If the list cannot be read.
    """
    return changes.parent / Path(read_changes(changes).corrected.name).name


def undo_changes(changes: Path, corrected: Path | None = None) -> bytes:
    """Make the original file again, byte for byte; of a folder, the text of its label files.

    Parameters
    ----------
    changes : Path
        ``changes.json``.
    corrected : Path, optional
        The corrected file; where it is left out, the one of that name beside ``changes.json``.

    Returns
    -------
    bytes

    Raises
    ------
    ChangesError
        If the list cannot be read, or the corrected file is gone.
    FixRefusedError
        If the corrected file was changed since: then nothing is undone.
    """
    document = read_changes(changes)
    file = corrected or find_corrected(changes)
    try:
        data = read_label_text(file)
    except OSError as cause:
        raise ChangesError(f"{file}: cannot be read: {cause.strerror or cause}") from cause
    if hash_bytes(data) != document.corrected.sha256:
        raise FixRefusedError(
            f"{file} is not the file that {changes} lists the changes of: it was changed since"
        )
    for patches in document.undo:
        data = undo_patches(data, patches)
    if hash_bytes(data) != document.original.sha256:
        raise FixRefusedError(f"{changes}: what it lists does not lead back to {document.original.name}")
    return data
