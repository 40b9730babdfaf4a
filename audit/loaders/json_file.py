"""The text of a JSON file, cut into its lists of records; what no audit can start from is refused here.

Two ways lead to the same cut. The quick one lets msgspec find the records and leaves them unparsed.
Where it stumbles (a NaN, a lone surrogate, any fault), the careful one walks the text with the
standard library's scanner: it knows the position of everything, tells faults of the file from faults
of one record, and can keep what a damaged file still holds.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from audit.dataset.model import IntArray
from audit.loaders.json_scanner import FileFault, scan_records
from audit.loaders.loaded import UnreadableError
from audit.loaders.record_offsets import note_offsets, span_offsets

_logger = logging.getLogger("maskaudit.loaders")

Record = msgspec.Raw | bytes
"""One record, unparsed; both are buffers of UTF-8 JSON."""

BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"\x1f\x8b": "gzip data",
    b"PK\x03\x04": "a zip archive",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
    b"\x04\x22\x4d\x18": "lz4 data",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"SQLite format 3\0": "an SQLite database",
}
_TAR_AT, _TAR = 257, (b"ustar\0", b"ustar  \0")
_WIDE_TEXT = re.compile(rb"\0{0,3}[\t\n\r -~](\0|\0{3})[\t\n\r -~]")
"""UTF-16 or UTF-32 without a byte order mark: plain letters with NUL bytes between them."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A file that was read, and whose start does not say that it is no JSON."""

    name: str
    """As the user named it."""
    data: bytes
    """UTF-8, without a byte order mark."""
    size_bytes: int
    sha256: str
    has_bom: bool


@dataclass(frozen=True, slots=True)
class RecordLists:
    """The wanted lists of a document."""

    records: Mapping[str, Sequence[Record]]
    """Name of the list to its records; results files have one list, called ``""``."""
    offsets: Mapping[str, IntArray]
    """Name of the list to the byte of ``JsonFile.data`` at which each record begins."""
    faults: tuple[FileFault, ...] = field(default=())
    """What was overlooked because the file was to be salvaged."""


class _Coco(msgspec.Struct):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[msgspec.Raw]


def read_json_file(path: Path) -> JsonFile:
    """Read a file's bytes and refuse those that cannot be JSON.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableError
        ``input.missing``, ``input.format``, ``json.empty`` or ``json.encoding``.

    Examples
    --------
    >>> try:
    ...     read_json_file(Path("no such file.json"))
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            if stat.S_ISCHR(os.fstat(file.fileno()).st_mode):  # it may never end; pipes are fine
                raise UnreadableError("input.format", name, "", "this is a device", "give a COCO file")
            data = file.read()
    except FileNotFoundError:
        raise UnreadableError("input.missing", name, "", "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise UnreadableError("input.format", name, "", "this is a folder", "give a file") from None
    with ThreadPoolExecutor(1) as pool:  # hashing lets other threads run
        digest = pool.submit(lambda: hashlib.sha256(data).hexdigest())
        has_bom = data.startswith(BOM)
        text = data[len(BOM) :] if has_bom else data
        _check_bytes(name, text)
        return JsonFile(name, text, len(data), digest.result(), has_bom)


def _check_bytes(name: str, data: bytes) -> None:
    if not data.strip(b" \t\r\n"):
        raise UnreadableError("json.empty", name, "byte 0", "the file is empty", "export it again")
    what = _other_kind(data)
    if what:
        raise UnreadableError("json.encoding", name, "byte 0", f"this is {what}, not JSON", _unpack(what))
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end >= len(data):
            return  # cut short inside a character: a fault of syntax
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            "json.encoding",
            name,
            f"line {line}, byte {error.start}",
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            "save the file as UTF-8",
        ) from None


def _other_kind(data: bytes) -> str:
    """Name what the first bytes say that a file is; empty where that may be JSON."""
    if data.startswith(_TAR, _TAR_AT):
        return "a tar archive"
    if _WIDE_TEXT.match(data):
        return "UTF-16 or UTF-32 text"
    return next((what for start, what in _NOT_TEXT.items() if data.startswith(start)), "")


def _unpack(what: str) -> str:
    return "save it as UTF-8" if "text" in what else "unpack it, or give the JSON file itself"


def split_coco_lists(file: JsonFile, *, salvage: bool = False) -> RecordLists:
    """Cut a COCO document into its images, annotations and categories.

    Parameters
    ----------
    file : JsonFile
    salvage : bool
        Keep what a damaged file holds; its faults become `RecordLists.faults`.

    Raises
    ------
    UnreadableError
        ``json.*`` or ``schema.*``.

    Examples
    --------
    >>> text = b'{"images": [{}], "annotations": [], "categories": []}'
    >>> lists = split_coco_lists(JsonFile("a.json", text, len(text), "", False))
    >>> {name: len(records) for name, records in lists.records.items()}
    {'images': 1, 'annotations': 0, 'categories': 0}
    """
    wanted = ("images", "annotations", "categories")
    if not _may_repeat(file.data, wanted):
        try:
            coco = msgspec.json.decode(file.data, type=_Coco)
            records = {name: getattr(coco, name) for name in wanted}
            return RecordLists(records, {k: note_offsets(file.data, k, r) for k, r in records.items()})
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            pass
    return _carefully(file, wanted, salvage)


def _may_repeat(data: bytes, names: tuple[str, ...]) -> bool:
    """Tell whether a key may stand there twice: of equal keys msgspec keeps the last without a word."""
    # These escapes begin the letters that the names are made of; no writer escapes those.
    if b"\\u006" in data or b"\\u007" in data:
        return True
    return any(data.count(b'"%s"' % name.encode()) != 1 for name in names)


def split_results(file: JsonFile, *, salvage: bool = False) -> RecordLists:
    """Cut a results file, one JSON list, into its records.

    Parameters
    ----------
    file : JsonFile
    salvage : bool

    Raises
    ------
    UnreadableError
        ``json.*`` or ``schema.top_level``.

    Examples
    --------
    >>> len(split_results(JsonFile("a.json", b"[{}, {}]", 8, "", False)).records[""])
    2
    >>> len(split_results(JsonFile("a.json", b"[]", 2, "", False)).records[""])
    0
    """
    try:
        records = msgspec.json.decode(file.data, type=list[msgspec.Raw])
        return RecordLists({"": records}, {"": note_offsets(file.data, "", records)})
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return _carefully(file, (), salvage)


def _carefully(file: JsonFile, wanted: tuple[str, ...], salvage: bool) -> RecordLists:
    _logger.debug("%s: walked character by character, as msgspec stumbles over it", file.name)
    text = file.data.decode(errors="surrogateescape")
    found, flaws = scan_records(text, wanted)
    if flaws and not salvage:
        first = flaws[0]
        raise UnreadableError(first.rule, file.name, first.where, first.what, first.remedy)
    records: dict[str, Sequence[Record]] = {
        name: [text[a:b].encode(errors="surrogateescape") for a, b in spans] for name, spans in found.items()
    }
    return RecordLists(records, span_offsets(text, found), tuple(flaws))
