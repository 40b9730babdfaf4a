"""Category records, many at once: sound ones as typed rows, odd ones left to the careful way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np

CHUNK_SIZE = 250
"""Records parsed together: more fall out of the cache, fewer pay for the call."""
NO_AREA = float("nan")
NO_BOX = (NO_AREA,) * 4
NO_SCORE = NO_AREA

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
Polygons = list[list[float]]


class Rle(msgspec.Struct, gc=False):
    """A segmentation as run lengths, compressed or not."""

    size: tuple[Int64, Int64]
    counts: str | list[Int64]


class CategoryRow(msgspec.Struct, gc=False):
    """A category record."""

    id: Int64
    name: str
    supercategory: str = ""


Row = TypeVar("Row", bound=msgspec.Struct)


def decode_records(records: Sequence[bytes], row_type: type[Row]) -> Iterator[list[Row | None]]:
    """Parse records, a chunk at a time.

    Parameters
    ----------
    records : sequence of bytes-like
        Sound JSON, NaN and Infinity aside.
    row_type : type
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
    list_decoder = msgspec.json.Decoder(list[row_type])  # type: ignore[valid-type]
    row_decoder = msgspec.json.Decoder(row_type)
    for chunk_start in range(0, len(records), CHUNK_SIZE):
        chunk = records[chunk_start : chunk_start + CHUNK_SIZE]
        # One call for many records: msgspec's cost a call is that of several records.
        text = b"[%s]" % b",".join(chunk)
        try:
            rows: list[Row | None] = list_decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            rows = [_decode_single(record, row_decoder) for record in chunk]
        else:
            if not _may_hide_in_chunk(text, rows):
                yield rows
                continue
        yield [
            None if row is not None and _may_hide_in_record(bytes(record)) else row
            for record, row in zip(chunk, rows, strict=True)
        ]


def _decode_single(record: bytes, decoder: msgspec.json.Decoder[Row]) -> Row | None:
    try:
        return decoder.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _may_hide_in_chunk(text: bytes, rows: Sequence[Any]) -> bool:
    """Tell whether typed records may have doubled keys, or numbers that only the careful way finds.

    Every member of an object has one colon, so that a doubled key is a colon too many.
    """
    if _has_long_number(text) or _ESCAPED_COLON in text:
        return True
    return text.count(b":") != _expect_member_colons(text, rows)


def _may_hide_in_record(record: bytes) -> bool:
    return (
        _ESCAPED_COLON in record
        or _OVERFLOW_PATTERN.search(record) is not None
        or _LONG_NUMBER_PATTERN.search(record) is not None
        or record.count(b":") != _expect_value_colons(record)
    )


def _has_long_number(text: bytes) -> bool:
    """Tell whether a text may hold a number of more than `_LONG_NUMBER_LENGTH` characters."""
    if len(text) <= _LONG_NUMBER_LENGTH:
        return False
    commas = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord(","))
    longest = int(np.diff(commas, prepend=0, append=len(text)).max())
    return longest > _LONG_NUMBER_LENGTH and _LONG_NUMBER_PATTERN.search(text) is not None


def _expect_member_colons(text: bytes, rows: Sequence[Any]) -> int:
    """Count the colons of typed records and of the members that no row has, if no key is doubled.

    -1 if such a member may have a number that is too large: nobody else looks at it.
    """
    n_colons = 0
    plain_members = set(rows[0].__struct_fields__) - _TEXT_MEMBERS if rows else set()
    for members in _RECORDS_DECODER.decode(text):
        n_colons += len(members)
        for name in members.keys() - plain_members:
            value = bytes(members[name])
            if _OVERFLOW_PATTERN.search(value):
                return -1
            # Numbers and texts have the colons that they have; most members are nothing else.
            inner_colons = value.count(b":") if value[:1] not in (b"{", b"[") else _expect_value_colons(value)
            n_colons += name.count(":") + inner_colons
    return n_colons


def _expect_value_colons(value: bytes) -> int:
    """Count the colons of a JSON value, if no key in it is doubled."""
    n_colons = 0
    waiting = [value]
    while waiting:
        text = waiting.pop()
        inner_values: Sequence[msgspec.Raw] = ()
        if text[:1] == b"{":
            members = _OBJECT_DECODER.decode(text)
            n_colons += len(members) + sum(name.count(":") for name in members)
            inner_values = list(members.values())
        elif text[:1] == b"[":
            inner_values = _LIST_DECODER.decode(text) if b":" in text else ()
        else:
            n_colons += text.count(b":")  # a text or a number: its colons are its characters
        waiting += [bytes(inner_value) for inner_value in inner_values]
    return n_colons


_LONG_NUMBER_LENGTH = 200
"""Characters of a number from which on it may be too large for a double, or longer than `LONGEST_NUMBER`."""
_LONG_NUMBER_PATTERN = re.compile(rb"[0-9.eE+-]{%d}" % (_LONG_NUMBER_LENGTH + 1))
_OVERFLOW_PATTERN = re.compile(rb"(?<=[0-9.])[eE]\+?[0-9]{3}")
"""Shorter numbers that may be too large for a double: three digits of exponent, none of them negative."""
_ESCAPED_COLON = b"\\u003"
"""A colon may be written as an escape, which no count of colons sees."""
_TEXT_MEMBERS = {"name", "supercategory"}
"""Members of rows that may have colons."""
_RECORDS_DECODER = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_OBJECT_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
