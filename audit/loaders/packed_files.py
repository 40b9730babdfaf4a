"""Files of a folder that lies in a zip archive, opened one by one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from audit.dataset.paths import NAME_FAULTS, NO_SUCH_FILE, RefusedError, name_fault
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.loaders.packed import MEMBER_ERRORS, is_zip


class PackedFiles:
    """A folder in an archive; nothing is unpacked to disk.

    Parameters
    ----------
    archive : Path
    folder : PurePosixPath
        Within it.
    """

    def __init__(self, archive: Path, folder: PurePosixPath) -> None:
        self._archive = zipfile.ZipFile(archive)
        prefix = "" if folder == PurePosixPath() else f"{folder.as_posix()}/"
        self._members = {
            info.filename.removeprefix(prefix): info
            for info in self._archive.infolist()
            if info.filename.startswith(prefix) and not info.is_dir()
        }

    def __len__(self) -> int:
        return len(self._members)

    def open(self, file_name: str) -> BinaryIO:
        """Open a file for reading.

        Parameters
        ----------
        file_name : str
            Within the folder.

        Raises
        ------
        RefusedError
            If it is not there, too large, or damaged.
        """
        rule = name_fault(file_name)
        if rule:
            raise RefusedError(rule, NAME_FAULTS[rule])
        info = self._members.get(file_name)
        if info is None:
            raise RefusedError("image.missing", NO_SUCH_FILE)
        if info.file_size > MAX_FILE_BYTES:
            raise RefusedError("image.unreadable", "the file is too large")
        try:
            return io.BytesIO(self._archive.read(info))  # zipfile gives no more than was declared
        except MEMBER_ERRORS as error:
            raise RefusedError("image.unreadable", f"it cannot be unpacked: {error}") from None


def find_packed_files(folder: Path) -> PackedFiles | None:
    """Find the files of a folder in the archive that its path leads through, or in one of its name.

    Parameters
    ----------
    folder : Path
        ``download.zip/annotations/panoptic_val``, or ``panoptic_val`` beside ``panoptic_val.zip``.

    Returns
    -------
    PackedFiles or None
        None where there is no such archive, or nothing in it.

    Examples
    --------
    >>> find_packed_files(Path("no such folder")) is None
    True
    """
    inside = next((parent for parent in folder.parents if is_zip(parent)), None)
    beside = folder.with_name(f"{folder.name}.zip")
    candidates = [(inside, PurePosixPath(folder.relative_to(inside).as_posix()))] if inside else []
    if not inside and not folder.is_dir() and is_zip(beside):
        candidates = [(beside, PurePosixPath(folder.name)), (beside, PurePosixPath())]
    for archive, prefix in candidates:
        try:
            files = PackedFiles(archive, prefix)
        except (*MEMBER_ERRORS, UnicodeError, ValueError):
            return None
        if len(files):
            return files
    return None
