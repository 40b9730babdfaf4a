"""The label files of a folder as one text, so that a folder is mended, listed and undone as a file is."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from audit.findings.atomic_write import staged_folder, write_atomically
from audit.findings.regular_file import read_regular_file
from audit.fixes.proof import FixRefusedError
from audit.loaders.json_file import is_gzip
from audit.loaders.packed import GZIP_SUFFIX, unpack_gzip

FOLDER_FORMATS = ("yolo", "labelme")
"""Folders that are mended."""
_HEADER_END = b"\n"


def read_label_folder(folder: Path, format_name: str) -> dict[str, bytes]:
    """Read the files of a folder that hold labels, and the names of classes; no pictures.

    Parameters
    ----------
    folder : Path
    format_name : str
        One of `FOLDER_FORMATS`.

    Returns
    -------
    dict
        Path within the folder to bytes, sorted.

    Examples
    --------
    >>> read_label_folder(Path("no such folder"), "yolo")
    {}
    """
    if format_name == "yolo":
        from audit.loaders.yolo import NAME_FILES, find_label_files

        paths = [*find_label_files(folder), *(PurePosixPath(n) for n in NAME_FILES if (folder / n).is_file())]
    else:
        from audit.loaders.formats import list_json_files

        paths = [PurePosixPath(file.relative_to(folder).as_posix()) for file in list_json_files(folder)]
    return {path.as_posix(): (folder / path).read_bytes() for path in sorted(paths)}


def pack_files(files: Mapping[str, bytes]) -> bytes:
    r"""Lay files end to end, each behind a line with its name and length.

    Parameters
    ----------
    files : mapping
        Path to bytes.

    Examples
    --------
    >>> pack_files({"a/b.txt": b"0 1\n"})
    b'a/b.txt\x004\n0 1\n'
    >>> pack_files({})
    b''
    """
    return b"".join(_write_header(name, data) + data for name, data in files.items())


def _write_header(name: str, data: bytes) -> bytes:
    return name.encode(errors="surrogateescape") + b"\0%d" % len(data) + _HEADER_END


def unpack_files(packed: bytes) -> dict[str, bytes]:
    """Take apart what `pack_files` laid together.

    Parameters
    ----------
    packed : bytes

    Raises
    ------
    FixRefusedError
        If it is something else, or a name leads out of the folder.

    Examples
    --------
    >>> unpack_files(pack_files({"a.txt": b"", "b.txt": b"0"}))
    {'a.txt': b'', 'b.txt': b'0'}
    >>> unpack_files(b"")
    {}
    """
    files: dict[str, bytes] = {}
    position = 0
    while position < len(packed):
        name_end = packed.find(b"\0", position)
        line_end = packed.find(_HEADER_END, name_end)
        digits = packed[name_end + 1 : line_end]
        if name_end < 0 or line_end < 0 or not digits.isdigit():
            raise FixRefusedError("this is no text of label files")
        name = packed[position:name_end].decode(errors="surrogateescape")
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise FixRefusedError(f"{name} leads out of its folder")
        position = line_end + 1 + int(digits)
        files[name] = packed[line_end + 1 : position]
    return files


def write_corrected(source: Path, text: bytes, target: Path) -> None:
    """Write a corrected file, or the label files of a corrected folder.

    Parameters
    ----------
    source : Path
        What was mended: a file or a folder.
    text : bytes
    target : Path
        A file or a folder; what else lies in a folder is left alone.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if not source.is_dir():
        write_atomically(target, pack_text(target, text))
        return
    with staged_folder(target) as folder:
        for name, data in unpack_files(text).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)


def pack_text(target: Path, text: bytes) -> bytes:
    """Compress a text whose file is called ``.gz``; the same text always gives the same bytes.

    Parameters
    ----------
    target : Path
    text : bytes

    Examples
    --------
    >>> gzip.decompress(pack_text(Path("a.json.gz"), b"{}")), pack_text(Path("a.json"), b"")
    (b'{}', b'')
    """
    return gzip.compress(text, mtime=0) if target.suffix == GZIP_SUFFIX else text


def read_label_text(path: Path) -> bytes:
    """Read a file, or the label files of a folder that was mended, as one text.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if not path.is_dir():
        data = read_regular_file(path, max_bytes=1 << 40)
        return unpack_gzip(str(path), data) if is_gzip(path, data) else data
    files = read_label_folder(path, "yolo") or read_label_folder(path, "labelme")
    return pack_files(files)
