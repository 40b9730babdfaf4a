"""Label files as they are downloaded: one in gzip, or several in a zip archive.

A small file may unpack to more than any memory holds, so what comes out of one is bounded.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import nullcontext
from pathlib import Path, PurePosixPath

from audit.loaders.loaded import UnreadableError

GZIP_SUFFIX, ZIP_SUFFIX = ".gz", ".zip"
"""Only a file that is called so is unpacked: packed data under the name of a JSON file is a fault."""
MAX_UNPACKED = 2**31
"""Bytes: some times the labels of the largest public datasets."""
MIN_LIMIT = 2**26
MAX_RATIO = 200
"""Times the packed size, beyond ``MIN_LIMIT``: COCO files shrink to a third or a tenth."""
_CHUNK_BYTES = 1 << 24
_ZIP_SIGNATURE = b"PK\x03\x04"
MEMBER_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)
"""What zipfile raises: damaged, cut short, encrypted, packed in an unknown way."""


def unpack_gzip(name: str, packed: bytes) -> bytes:
    """Unpack gzip data, also of several members.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    packed : bytes

    Raises
    ------
    UnreadableError
        ``json.encoding`` if it is damaged, or unpacks to more than is allowed.

    Examples
    --------
    >>> import gzip
    >>> unpack_gzip("a.json.gz", gzip.compress(b"{}"))
    b'{}'
    >>> unpack_gzip("a.json.gz", gzip.compress(b""))
    b''
    """
    limit = _limit_unpacked(len(packed))
    parts: list[bytes] = []
    n_bytes = 0
    while packed.rstrip(b"\0"):  # tape blocks are filled up with zeros
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            while not member.eof:
                part = member.decompress(packed, _CHUNK_BYTES)
                packed = member.unconsumed_tail
                n_bytes += len(part)
                if n_bytes > limit:
                    raise _refuse_size(name, limit)
                if not part and not packed and not member.eof:
                    raise zlib.error("it is cut short")
                parts.append(part)
        except zlib.error as error:
            what = f"this gzip data cannot be unpacked: {error}"
            raise UnreadableError("json.encoding", name, "", what, "download it again") from None
        packed = member.unused_data
    return b"".join(parts)


def is_zip(path: Path) -> bool:
    """Tell whether a file is called a zip archive, and begins as one.

    Examples
    --------
    >>> is_zip(Path("no such file.zip"))
    False
    """
    if path.suffix.lower() != ZIP_SUFFIX or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP_SIGNATURE)) == _ZIP_SIGNATURE


def list_members(path: Path) -> list[Path]:
    """List the JSON files of a zip archive as paths below it, or CVAT's ``annotations.xml``.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableError
        If there are none, if they are too large, or if the archive is damaged.
    """
    members = _find_members(path)
    if not members:
        what, remedy = (
            "the zip archive has no COCO files (*.json) and no annotations.xml",
            "unpack it, and give the folder",
        )
        raise UnreadableError("input.format", str(path), "", what, remedy)
    json_names = [name for name in members if name.endswith(".json")]
    return [path / name for name in sorted(json_names or members)]


def read_member(path: Path) -> bytes | None:
    """Read a file of a zip archive.

    Parameters
    ----------
    path : Path
        As `list_members` names it: ``download.zip/train/_annotations.coco.json``.

    Returns
    -------
    bytes or None
        None where no part of the path is an archive.

    Raises
    ------
    UnreadableError
        If the archive does not have it, or it cannot be unpacked.

    Examples
    --------
    >>> read_member(Path("no such file.zip/a.json")) is None
    True
    """
    archive_path = next((parent for parent in path.parents if is_zip(parent)), None)
    if archive_path is None:
        return None
    member = _find_members(archive_path).get(path.relative_to(archive_path).as_posix())
    if member is None:
        raise UnreadableError(
            "input.missing", str(path), "", "the archive has no such file", "check the path"
        )
    try:
        with zipfile.ZipFile(archive_path) as archive, archive.open(member) as file:
            return file.read(MAX_UNPACKED)  # zipfile gives no more than was declared
    except MEMBER_ERRORS as error:
        what = f"this file of a zip archive cannot be unpacked: {error}"
        raise UnreadableError("json.encoding", str(path), "", what, "unpack the archive yourself") from None


def read_bytes(path: Path) -> bytes:
    """Read a file that no JSON reader looks at, alone or in an archive.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableError
        If there is none, if it is too large, or no regular file.

    Examples
    --------
    >>> try:
    ...     read_bytes(Path("no such file.xml"))
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    """
    member = read_member(path)
    if member is not None:
        return member
    if not path.exists():
        raise UnreadableError("input.missing", str(path), "", "there is no such file", "check the path")
    if not path.is_file():
        raise UnreadableError("input.format", str(path), "", "this is no regular file", "give a file")
    if path.stat().st_size > MAX_UNPACKED:
        raise _refuse_size(str(path), MAX_UNPACKED)
    return path.read_bytes()


def list_names(path: Path, suffix: str) -> list[str]:
    """List the files of an archive with an ending, in their order there; none where it cannot be read.

    Parameters
    ----------
    path : Path
    suffix : str

    Examples
    --------
    >>> list_names(Path("no such file.zip"), ".roi")
    []
    """
    if not is_zip(path):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (*MEMBER_ERRORS, UnicodeError, ValueError):
        return []
    return [name for name in names if name.lower().endswith(suffix) and "__MACOSX" not in name]


def read_small_members(path: Path, suffix: str) -> list[tuple[str, bytes]]:
    """Read all files of an archive with an ending, in their order there.

    Parameters
    ----------
    path : Path
    suffix : str

    Returns
    -------
    list of (str, bytes)

    Raises
    ------
    UnreadableError
        If the archive is damaged, or they are too large together.

    Examples
    --------
    >>> read_small_members(Path("no such file.zip"), ".roi")
    []
    """
    names = list_names(path, suffix)
    limit = _limit_unpacked(path.stat().st_size) if names else 0
    try:
        with zipfile.ZipFile(path) if names else nullcontext() as archive:
            if archive is None:
                return []
            infos = [archive.getinfo(name) for name in names]
            if sum(info.file_size for info in infos) > limit:
                raise _refuse_size(str(path), limit)
            return [(info.filename, archive.read(info)) for info in infos]
    except MEMBER_ERRORS as error:
        what = f"this zip archive cannot be unpacked: {error}"
        raise UnreadableError("json.encoding", str(path), "", what, "save it again") from None


def _find_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the label files of an archive by path, if all together are not too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (*MEMBER_ERRORS, UnicodeError, ValueError) as error:
        what = f"this zip archive cannot be read: {error}"
        raise UnreadableError("json.encoding", str(path), "", what, "download it again") from None
    members: dict[str, zipfile.ZipInfo] = {}
    for info in listed:
        name = PurePosixPath(info.filename)
        is_hidden = "__MACOSX" in name.parts or name.name.startswith("._")
        # Nothing is written, but a name that leads out of the archive names no file of it either.
        is_labels = name.suffix == ".json" or name.name == "annotations.xml"
        if is_labels and not (is_hidden or name.is_absolute() or ".." in name.parts):
            members[name.as_posix()] = info
    limit = _limit_unpacked(path.stat().st_size)
    if sum(info.file_size for info in members.values()) > limit:
        raise _refuse_size(str(path), limit)
    return members


def _limit_unpacked(packed_size: int) -> int:
    return min(MAX_UNPACKED, max(MIN_LIMIT, MAX_RATIO * packed_size))


def _refuse_size(name: str, limit: int) -> UnreadableError:
    what = f"this unpacks to more than {limit / 2**20:,.0f} MiB"
    return UnreadableError("input.format", name, "", what, "unpack it yourself if you trust it")
