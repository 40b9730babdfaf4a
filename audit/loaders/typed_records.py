"""Many records at once: those that are as they should be, typed; the others left for a closer look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np

from audit.loaders.json_file import Record

CHUNK = 250
"""Records parsed together: more fall out of the cache, fewer pay for the call."""
NO_AREA = float("nan")
NO_BOX = (NO_AREA,) * 4
NO_FLAG = 9
"""What an absent field is read as; JSON cannot hold NaN, and iscrowd is 0 or 1."""
NO_SCORE = NO_AREA
NO_ID = -(2**63)

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
Box = tuple[float, float, float, float]
Polygons = list[list[float]]


class Rle(msgspec.Struct, gc=False):
    """A segmentation as run lengths, compressed or not."""

    size: tuple[Int64, Int64]
    counts: str | list[Int64]


class AnnotationRow(msgspec.Struct, gc=False):
    """An annotation of the labels."""

    id: Int64
    image_id: Int64
    category_id: Int64
    segmentation: Polygons | Rle
    bbox: Box = NO_BOX
    area: float = NO_AREA
    iscrowd: Literal[0, 1] = NO_FLAG  # type: ignore[assignment]
    score: float = NO_SCORE


class ResultRow(msgspec.Struct, gc=False):
    """A detection of a results file."""

    image_id: Int64
    category_id: Int64
    segmentation: Polygons | Rle
    score: float
    bbox: Box = NO_BOX
    area: float = NO_AREA
    iscrowd: Literal[0, 1] = NO_FLAG  # type: ignore[assignment]
    id: Int64 = NO_ID


class ImageRow(msgspec.Struct, gc=False):
    """An image record."""

    id: Int64
    file_name: str
    height: Int64
    width: Int64


class CategoryRow(msgspec.Struct, gc=False):
    """A category record."""

    id: Int64
    name: str
    supercategory: str = ""


Row = TypeVar("Row", AnnotationRow, ResultRow, ImageRow, CategoryRow)


def decode_records(records: Sequence[Record], kind: type[Row]) -> Iterator[list[Row | None]]:
    """Parse records, a chunk at a time.

    Parameters
    ----------
    records : sequence of bytes-like
        Sound JSON, NaN and Infinity aside.
    kind : type
        The fields that are read and the types they must have.

    Yields
    ------
    list
        One entry a record, in order: the row, or None where a field is absent or of another type, or
        where a key may stand twice. Those need `audit.loaders.json_value.parse_record`.

    Examples
    --------
    >>> good, bad = b'{"id": 1, "name": "cell"}', b'{"id": "1", "name": "cell"}'
    >>> [row and row.name for row in next(decode_records([good, bad], CategoryRow))]
    ['cell', None]
    >>> list(decode_records([], CategoryRow))
    []
    """
    many = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
    one = msgspec.json.Decoder(kind)
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        text = b"[%s]" % b",".join(chunk)
        try:
            found: list[Row | None] = many.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            found = [_one(record, one) for record in chunk]
        else:
            if not _may_hide(text, found):
                yield found
                continue
        yield [
            None if row is not None and _may_hide_in(bytes(record)) else row
            for record, row in zip(chunk, found, strict=True)
        ]


def _one(record: Record, decoder: msgspec.json.Decoder[Row]) -> Row | None:
    try:
        return decoder.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _may_hide(text: bytes, found: Sequence[Any]) -> bool:
    """Tell whether typed records may have doubled keys, or numbers that only the careful way finds.

    Every member of an object has one colon, so that a doubled key is a colon too many.
    """
    if _has_long_number(text) or _ESCAPED_COLON in text:
        return True
    colons = text.count(b":")
    if colons == _colons_of_rows(found):
        return False
    return colons != _colons_of_members(text, found)


def _may_hide_in(record: bytes) -> bool:
    return (
        _ESCAPED_COLON in record
        or _OVERFLOW.search(record) is not None
        or _LONG_NUMBER.search(record) is not None
        or record.count(b":") != _colons(record)
    )


def _has_long_number(text: bytes) -> bool:
    """Tell whether a text may hold a number of more than `_MANY_DIGITS` characters."""
    if len(text) <= _MANY_DIGITS:
        return False
    commas = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord(","))
    longest = int(np.diff(commas, prepend=0, append=len(text)).max())
    return longest > _MANY_DIGITS and _LONG_NUMBER.search(text) is not None


def _colons_of_rows(found: Sequence[Any]) -> int:
    """Count the colons of annotations that have no other members than their rows; -1 for other rows."""
    if not found or not isinstance(found[0], AnnotationRow | ResultRow):
        return -1
    given = 4 * len(found)
    given += sum(row.bbox is not NO_BOX for row in found) + sum(row.iscrowd != NO_FLAG for row in found)
    given += sum(row.area == row.area for row in found)  # NaN = absent
    if isinstance(found[0], AnnotationRow):
        given += sum(row.score == row.score for row in found)
    else:
        given += sum(row.id != NO_ID for row in found)
    return int(given) + sum(_colons_of_rle(row) for row in found)


def _colons_of_rle(row: Any) -> int:
    if type(row.segmentation) is not Rle:
        return 0
    code = row.segmentation.counts
    return 2 + (code.count(":") if type(code) is str else 0)


def _colons_of_members(text: bytes, found: Sequence[Any]) -> int:
    """Count the colons of typed records and of the members that no row has, if no key is doubled.

    -1 if such a member may have a number that is too large: nobody else looks at it.
    """
    total = 0
    counted = set(found[0].__struct_fields__) - _TEXTS if found else set()
    for members, row in zip(_RECORDS.decode(text), found, strict=True):
        total += len(members)
        for name in members.keys() - counted:
            value = bytes(members[name])
            if _OVERFLOW.search(value):
                return -1
            total += name.count(":") + _colons(value)
        if "segmentation" in counted:
            total += _colons_of_rle(row)
    return total


def _colons(value: bytes) -> int:
    """Count the colons of a JSON value, if no key in it is doubled."""
    total = 0
    waiting = [value]
    while waiting:
        text = waiting.pop()
        inner: Sequence[msgspec.Raw] = ()
        if text[:1] == b"{":
            members = _MEMBERS.decode(text)
            total += len(members) + sum(name.count(":") for name in members)
            inner = list(members.values())
        elif text[:1] == b"[":
            inner = _ELEMENTS.decode(text) if b":" in text else ()
        else:
            total += text.count(b":")
        waiting += [bytes(one) for one in inner]
    return total


_MANY_DIGITS = 200
"""Characters of a number from which on it may be too large for a double, or longer than `LONGEST_NUMBER`."""
_LONG_NUMBER = re.compile(rb"[0-9.eE+-]{%d}" % (_MANY_DIGITS + 1))
_OVERFLOW = re.compile(rb"(?<=[0-9.])[eE]\+?[0-9]{3}")
"""Shorter numbers that may be too large for a double."""
_ESCAPED_COLON = b"\\u003"
_TEXTS = {"file_name", "name", "supercategory"}
"""Members of rows that may have colons."""
_RECORDS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
