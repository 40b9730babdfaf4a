"""The text of a JSON file, cut into its lists of records; what no audit can start from is refused here.

Two ways lead to the same cut. The quick one, in the C++ core, notes where records begin and end. Where it
finds a fault, the careful one walks the text with the standard library's scanner: it knows the position of
everything, tells faults of the file from faults of one record, and can keep what a damaged file still holds.
"""

from __future__ import annotations

import codecs
import hashlib
import logging
import os
import re
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from io import BufferedReader
from pathlib import Path

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.geometry.disk_arrays import GrowingArray, is_large
from audit.loaders.annotation_columns import COCO_LISTS, RecordSpans, split_lists
from audit.loaders.json_scanner import FileFault, scan_records
from audit.loaders.loaded import UnreadableError
from audit.loaders.packed import GZIP_SUFFIX, read_member, unpack_gzip
from audit.loaders.pipes import read_pipe
from audit.loaders.record_offsets import byte_places

_logger = logging.getLogger("maskaudit.loaders")

BOM = b"\xef\xbb\xbf"
IN_MEMORY = "<memory>"
"""Stands for the name of a file where labels never were in one."""
_FILE_SIGNATURES = {
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
_TAR_OFFSET, _TAR_SIGNATURES = 257, (b"ustar\0", b"ustar  \0")
_CHUNK_BYTES = 1 << 20
_LEAST_THREADED_BYTES = 1 << 20
"""Size from which on a thread for the hash is worth its start: folders hold many thousand small files."""
_WIDE_TEXT = re.compile(rb"\0{0,3}[\t\n\r -~](\0|\0{3})[\t\n\r -~]")
"""UTF-16 or UTF-32 without a byte order mark: plain letters with NUL bytes between them."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A file that was read, and whose start does not say that it is no JSON."""

    name: str
    """As the user named it."""
    data: bytes | memoryview
    """UTF-8, without a byte order mark; a memoryview where it lies on disk."""
    size_bytes: int
    """Of the file as it lies there, packed or not, as is its hash."""
    sha256: str
    has_bom: bool
    has_boxes: bool = True
    """Whether it declares boxes and areas; else those of masks stand there to be forgotten."""


@dataclass(frozen=True, slots=True)
class RecordLists:
    """The wanted lists of a document."""

    records: Mapping[str, RecordSpans]
    """Name of the list to its records; results files have one list, called ``""``."""
    faults: tuple[FileFault, ...] = field(default=())
    """What was overlooked because the file was to be salvaged."""

    @property
    def offsets(self) -> Mapping[str, IntArray]:
        """Name of the list to the byte of ``JsonFile.data`` at which each record begins."""
        return {name: records.begin for name, records in self.records.items()}


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
    data = read_pipe(path)
    large_file = None
    if data is None:
        data, large_file = _read_file(path)
    if large_file is not None:
        return large_file
    if len(data) < _LEAST_THREADED_BYTES:
        return _unpack_and_check(path, data, hashlib.sha256(data).hexdigest)
    with ThreadPoolExecutor(1) as pool:  # hashing lets other threads run
        return _unpack_and_check(path, data, pool.submit(lambda: hashlib.sha256(data).hexdigest()).result)


def _read_file(path: Path) -> tuple[bytes, JsonFile | None]:
    """Return what is in a file, or the file cut already where it is too large for that."""
    name = str(path)
    try:
        with path.open("rb") as file:
            if stat.S_ISCHR(os.fstat(file.fileno()).st_mode):  # it may never end
                raise UnreadableError("input.format", name, "", "this is a device", "give a COCO file")
            if is_large(os.fstat(file.fileno()).st_size):
                if large_file := _copy_large_file(name, file):
                    return b"", large_file
                file.seek(0)
            return file.read(), None
    except FileNotFoundError:
        was_in_memory = name.startswith(IN_MEMORY[:-1])
        what = "these were in memory, not in a file" if was_in_memory else "there is no such file"
        remedy = "write them to a file" if was_in_memory else "check the path"
        raise UnreadableError("input.missing", name, "", what, remedy) from None
    except NotADirectoryError:
        member = read_member(path)
        if member is None:
            raise
        return member, None
    except IsADirectoryError:
        raise UnreadableError("input.format", name, "", "this is a folder", "give a file") from None


def _unpack_and_check(path: Path, data: bytes, sha256: Callable[[], str]) -> JsonFile:
    name = str(path)
    unpacked = unpack_gzip(name, data) if is_gzip(path, data) else data
    has_bom = unpacked.startswith(BOM)
    text = unpacked[len(BOM) :] if has_bom else unpacked
    _check_bytes(name, text)
    return JsonFile(name, text, len(data), sha256(), has_bom)


def is_gzip(path: Path, data: bytes) -> bool:
    """Tell whether a file is called gzip, and is.

    Parameters
    ----------
    path : Path
    data : bytes
        At least its beginning.

    Examples
    --------
    >>> is_gzip(Path("a.json.gz"), bytes([31, 139])), is_gzip(Path("a.json.gz"), b"")
    (True, False)
    """
    return path.suffix == GZIP_SUFFIX and data.startswith(b"\x1f\x8b")


def _copy_large_file(name: str, file: BufferedReader) -> JsonFile | None:
    """Read a file without keeping it in memory; None where anything but plain UTF-8 stands in it.

    Not mapped itself but copied: who writes to it while it is audited changes nothing, and ends no process.
    """
    first_bytes = file.read(_CHUNK_BYTES)
    if first_bytes.startswith(BOM) or not first_bytes.strip() or _name_other_format(first_bytes):
        return None
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    text = GrowingArray(np.zeros(0, dtype=np.uint8))
    # One buffer for all chunks, which stays in the processor's cache.
    buffer, n_read = bytearray(first_bytes), len(first_bytes)
    with ThreadPoolExecutor(1) as pool:
        while n_read:
            chunk = memoryview(buffer)[:n_read]
            hashing = pool.submit(digest.update, chunk)  # lets other threads run
            text.extend(np.frombuffer(chunk, dtype=np.uint8))
            try:
                if not bytes(chunk).isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk)
            except UnicodeDecodeError:
                return None
            hashing.result()
            n_read = file.readinto(buffer)
    if decoder.getstate()[0]:
        return None  # cut short inside a character
    data = text.finish()
    return JsonFile(name, data.data, len(data), digest.hexdigest(), False)


def _check_bytes(name: str, data: bytes) -> None:
    if not data.strip(b" \t\r\n"):
        raise UnreadableError("json.empty", name, "byte 0", "the file is empty", "export it again")
    format_name = _name_other_format(data)
    if format_name:
        what, remedy = f"this is {format_name}, not JSON", _advise_unpacking(format_name)
        raise UnreadableError("json.encoding", name, "byte 0", what, remedy)
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


def _name_other_format(data: bytes) -> str:
    """Name what the first bytes say that a file is; empty where that may be JSON."""
    if data.startswith(_TAR_SIGNATURES, _TAR_OFFSET):
        return "a tar archive"
    if _WIDE_TEXT.match(data):
        return "UTF-16 or UTF-32 text"
    return next(
        (format_name for signature, format_name in _FILE_SIGNATURES.items() if data.startswith(signature)), ""
    )


def _advise_unpacking(format_name: str) -> str:
    return "save it as UTF-8" if "text" in format_name else "unpack it, or give the JSON file itself"


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
    return _split(file, COCO_LISTS, salvage)


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
    return _split(file, (), salvage)


def _split(file: JsonFile, wanted: tuple[str, ...], salvage: bool) -> RecordLists:
    lists = split_lists(file.data, wanted)
    return _scan_lists(file, wanted, salvage) if lists is None else RecordLists(lists)


def _scan_lists(file: JsonFile, wanted: tuple[str, ...], salvage: bool) -> RecordLists:
    _logger.debug("%s: walked character by character, as it is not as it should be", file.name)
    data = bytes(file.data)
    text = data.decode(errors="surrogateescape")
    spans_by_list, faults = scan_records(text, wanted)
    # What is no dataset at all cannot be salvaged.
    if faults and (not salvage or faults[0].rule == "schema.top_level"):
        first_fault = faults[0]
        raise UnreadableError(
            first_fault.rule, file.name, first_fault.where, first_fault.what, first_fault.remedy
        )
    spans_by_list = {name: spans_by_list.get(name, []) for name in wanted or ("",)}
    records = {name: RecordSpans(data, *byte_places(data, spans)) for name, spans in spans_by_list.items()}
    return RecordLists(records, tuple(faults))
