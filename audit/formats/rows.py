"""Many records at once: those that are as they should be, typed; the others left for a closer look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np

from audit.formats.json_file import Record
from audit.formats.json_value import LONGEST_NUMBER

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


def rows(records: Sequence[Record], kind: type[Row]) -> Iterator[list[Row | None]]:
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
        where a key may stand twice. Those need `audit.formats.json_value.parse`.

    Examples
    --------
    >>> good, bad = b'{"id": 1, "name": "cell"}', b'{"id": "1", "name": "cell"}'
    >>> [row and row.name for row in next(rows([good, bad], CategoryRow))]
    ['cell', None]
    >>> list(rows([], CategoryRow))
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
            if text.count(b":") == _colons(found, kind) and not _has_long_number(text):
                yield found
                continue
        yield [
            None if row is not None and (_may_repeat(record) or _has_long_number(bytes(record))) else row
            for record, row in zip(chunk, found, strict=True)
        ]


def _one(record: Record, decoder: msgspec.json.Decoder[Row]) -> Row | None:
    try:
        return decoder.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _has_long_number(text: bytes) -> bool:
    """Tell whether a text may hold a number of more than `LONGEST_NUMBER` characters."""
    if len(text) <= LONGEST_NUMBER:
        return False
    commas = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord(","))
    longest = int(np.diff(commas, prepend=0, append=len(text)).max())
    return longest > LONGEST_NUMBER and _LONG_NUMBER.search(text) is not None


def _colons(found: Sequence[Any], kind: type[Any]) -> int:
    """Count the colons of records with these fields and no others; -1 where that says nothing."""
    if kind is not AnnotationRow and kind is not ResultRow:
        return -1
    given = 4 * len(found)
    given += sum(row.bbox is not NO_BOX for row in found) + sum(row.iscrowd != NO_FLAG for row in found)
    given += sum(row.area == row.area for row in found)  # NaN = absent
    if kind is AnnotationRow:
        given += sum(row.score == row.score for row in found)
    else:
        given += sum(row.id != NO_ID for row in found)
    codes = [row.segmentation.counts for row in found if type(row.segmentation) is Rle]
    return int(given) + sum(2 + (code.count(":") if type(code) is str else 0) for code in codes)


def _may_repeat(record: Record) -> bool:
    """Tell whether an object inside a record may have a key twice; sure if it says no."""
    waiting = [bytes(record)]
    while waiting:
        text = waiting.pop()
        if text[:1] == b"{":
            members = _MEMBERS.decode(text)
            inner = [bytes(value) for value in members.values()]
            colons = text.count(b":") - sum(value.count(b":") for value in inner)
            if colons != len(members) + sum(name.count(":") for name in members):
                return True
        else:
            inner = [bytes(value) for value in _ELEMENTS.decode(text)]
        waiting += [value for value in inner if b":" in value and value[:1] in b"{["]
    return False


_LONG_NUMBER = re.compile(rb"[0-9.eE+-]{%d}" % (LONGEST_NUMBER + 1))
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
