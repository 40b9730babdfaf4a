"""Columns of texts, written for all rows at once: messages, evidence, pointers and the lines of files.

A column is what Arrow or numpy has for it: integers and numbers as numpy arrays, texts as an Arrow array of
type ``large_string``, texts that repeat as an Arrow dictionary, lists of integers as an Arrow list array.

Rules import this, and commands that only list rules start without Arrow: so it is imported where it is used.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from ctypes import c_int64
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from audit.findings.number_format import format_percent
from audit.findings.sanitize import encodable
from audit.native.library import array, declare

if TYPE_CHECKING:
    import pyarrow as pa

_join_texts = declare("maskaudit_join_texts", array("u8"), array("u1"), array("i8"), c_int64, c_int64)

Texts: TypeAlias = "pa.Array"
"""Texts of any length, or texts that repeat; one a row."""
Column: TypeAlias = "NDArray[Any] | pa.Array"
"""Of integers, numbers, truth values, texts, repeating texts, or lists of integers; one cell a row."""


_Described = tuple[int, int, tuple[NDArray[Any] | None, ...]]


class TextStyle(IntEnum):
    """How the texts of a column are written."""

    PLAIN = 0
    JSON = 1
    """As strings of JSON, in quotes."""
    CSV = 2
    """As cells, in quotes where a comma or a quote is inside."""


class _Kind(IntEnum):
    """What the core takes a column for (`audit/native/join_texts.cpp`)."""

    INTEGERS = 0
    TEXTS = 1
    CODED_TEXTS = 2
    HEX_WORDS = 3
    LISTS = 4
    JSON_MEMBERS = 5


def fill_template(template: str, columns: Mapping[str, Column]) -> pa.LargeStringArray:
    """Fill a sentence with the cells of each row.

    Parameters
    ----------
    template : str
        With the names of columns in braces, as for `str.format`; without conversions and formats.
    columns : mapping
        All of one length. Numbers are written as JSON has them: round or format them before.

    Returns
    -------
    LargeStringArray
        One text a row.

    Examples
    --------
    >>> names = code_texts(np.array([0, 1]), ["cell", "nucleus"])
    >>> fill_template("This {name} has {n} pixels.", {"name": names, "n": np.array([3, 5])}).to_pylist()
    ['This cell has 3 pixels.', 'This nucleus has 5 pixels.']
    >>> fill_template("{n} px", {"n": np.zeros(0, dtype=np.int64)}).to_pylist()
    []
    """
    literals, parts, pending = [], [], ""
    for literal, name, _, _ in string.Formatter().parse(template):
        pending += literal
        if name is not None:
            literals.append(pending)
            parts.append(columns[name])
            pending = ""
    return join_columns([*literals, pending], parts)


def join_columns(
    literals: Sequence[str],
    columns: Sequence[Column],
    style: TextStyle = TextStyle.PLAIN,
    list_separator: str = ",",
) -> pa.LargeStringArray:
    r"""Write a text a row: a literal, a cell, a literal, a cell ... and a last literal.

    Parameters
    ----------
    literals : sequence of str
        One more than columns.
    columns : sequence of Column
        At least one; all of one length.
    style : TextStyle
        Of columns of type ``large_string``; those that repeat are written as they are.
    list_separator : str
        One character.

    Returns
    -------
    LargeStringArray

    Examples
    --------
    >>> messages = fill_template('{n} "px"', {"n": np.array([2])})
    >>> join_columns(['{"message":', "}"], [messages], TextStyle.JSON).to_pylist()
    ['{"message":"2 \\"px\\""}']
    """
    encoded_literals = [literal.encode() for literal in literals]
    literal_start = np.cumsum([0, *map(len, encoded_literals)], dtype=np.int64)
    described = [_describe_column(column, style, list_separator) for column in columns]  # kept for the call
    record = [[*numbers, *map(_address_of, arrays)] for *numbers, arrays in described]
    n_rows = len(columns[0])
    joined = np.frombuffer(b"".join(encoded_literals) or b" ", np.uint8)
    lines = _join_texts(np.array(record, np.uint64), joined, literal_start, len(columns), n_rows)
    return text_array(lines["content"], lines["start"])


def text_array(content: NDArray[np.uint8], start: NDArray[np.int64]) -> pa.LargeStringArray:
    """Make a column of texts that shares the memory of numpy arrays.

    Parameters
    ----------
    content : (n_bytes,) uint8
        UTF-8.
    start : (n + 1,) int64
        Where each text begins, and where the last one ends.

    Examples
    --------
    >>> text_array(np.frombuffer(b"abc", np.uint8), np.array([0, 1, 3])).to_pylist()
    ['a', 'bc']
    >>> text_array(np.zeros(0, np.uint8), np.zeros(1, np.int64)).to_pylist()
    []
    """
    import pyarrow as pa

    buffers = [None, pa.py_buffer(start), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.large_string(), len(start) - 1, buffers)


def read_text_memory(texts: pa.LargeStringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of a column of texts, and where each begins: the reverse of `text_array`.

    Parameters
    ----------
    texts : LargeStringArray
        None missing; it may be a part of a longer one.

    Examples
    --------
    >>> content, start = read_text_memory(fill_template("{n}", {"n": np.array([1, 23])}).slice(1))
    >>> content[start[0] : start[1]].tobytes()
    b'23'
    """
    _, places, content = texts.buffers()
    if content is None or not len(texts):
        return np.zeros(1, np.uint8), np.zeros(len(texts) + 1, np.int64)
    return np.frombuffer(content, np.uint8), np.frombuffer(places, np.int64, len(texts) + 1, texts.offset * 8)


def code_texts(
    codes: NDArray[np.integer], texts: Sequence[str | None], *, can_be_none: bool = False
) -> pa.DictionaryArray:
    """Make a column of texts that repeat.

    Parameters
    ----------
    codes : (n,) int
        Each the number of a text; a negative one counts from the end, as in Python.
    texts : sequence of str
        Any; some may be equal.
    can_be_none : bool
        Whether some may be None, which makes a missing value.

    Examples
    --------
    >>> code_texts(np.array([1, 0, -1]), ["cell", "nucleus"]).to_pylist()
    ['nucleus', 'cell', 'nucleus']
    >>> code_texts(np.zeros(0, dtype=np.int64), []).to_pylist()
    []
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import build_array

    distinct: dict[str, int] = {}
    code_of_text = np.array(
        [-1 if text is None else distinct.setdefault(encodable(text), len(distinct)) for text in texts],
        dtype=np.int32,
    )
    chosen = code_of_text[codes]
    is_missing = can_be_none and bool((chosen < 0).any())
    indices = build_array(
        [None if code < 0 else code for code in chosen.tolist()] if is_missing else chosen, pa.int32()
    )
    return pa.DictionaryArray.from_arrays(indices, build_array(list(distinct), pa.string()))


def quote_json_texts(column: Column) -> Column:
    r"""Write the texts of a column that repeats as strings of JSON, ``null`` where they are missing.

    Parameters
    ----------
    column : Column
        Others are returned as they are.

    Examples
    --------
    >>> quote_json_texts(code_texts(np.array([0]), ['2"'])).to_pylist()
    ['"2\\""']
    >>> quote_json_texts(np.array([1])).tolist()
    [1]
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import read_numbers

    if isinstance(column, np.ndarray) or not pa.types.is_dictionary(column.type):
        return column
    quoted = [msgspec.json.encode(text).decode() for text in column.dictionary.to_pylist()]
    return code_texts(read_numbers(column.indices), [*quoted, "null"])


def code_percents(shares: NDArray[np.float64]) -> pa.DictionaryArray:
    """Write shares as `format_percent` does.

    Parameters
    ----------
    shares : (n,) float64
        Parts of a whole, 0..1.

    Examples
    --------
    >>> code_percents(np.array([0.384, 1.0, 0.004])).to_pylist()
    ['38 %', '100 %', '0.4 %']
    >>> code_percents(np.zeros(0)).to_pylist()
    []
    """
    percentages = 100 * shares
    # Below 1 % and above 99 % there is a decimal; between them numpy rounds as Python does, half to even.
    is_usual = (percentages >= 1) & (percentages <= 99)
    codes = np.where(is_usual, np.rint(np.where(is_usual, percentages, 0.0)), 0).astype(np.int64)
    unusual_rows = np.flatnonzero(~is_usual)
    codes[unusual_rows] = 100 + np.arange(len(unusual_rows))
    unusual_texts = list(map(format_percent, shares[unusual_rows].tolist()))
    return code_texts(codes, [*(f"{percentage} %" for percentage in range(100)), *unusual_texts])


def format_numbers(values: NDArray[np.float64], number_format: str) -> pa.LargeStringArray:
    """Write numbers in one of Python's formats.

    Parameters
    ----------
    values : (n,) float64
    number_format : str
        As behind the colon in an f-string.

    Examples
    --------
    >>> format_numbers(np.array([0.12345, 2.0]), ".3f").to_pylist()
    ['0.123', '2.000']
    >>> format_numbers(np.zeros(0), ".0f").to_pylist()
    []
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import build_array

    return build_array(list(map(f"{{:{number_format}}}".format, values.tolist())), pa.large_string())


def _describe_column(column: Column, style: TextStyle, list_separator: str) -> _Described:
    """Return what the core needs of a column: kind, style, and arrays of values, starts and content."""
    import pyarrow as pa

    from audit.findings.arrow_arrays import read_numbers

    if isinstance(column, np.ndarray):
        return _describe_numbers(column)
    if pa.types.is_dictionary(column.type):
        codes = np.ascontiguousarray(read_numbers(column.indices), dtype=np.int32)
        return _Kind.CODED_TEXTS, TextStyle.PLAIN, (codes, *_text_memory(column.dictionary.to_pylist()))
    if pa.types.is_list(column.type):
        start = np.ascontiguousarray(read_numbers(column.offsets))
        return _Kind.LISTS, ord(list_separator), (read_numbers(column.values), start, None)
    content, start = read_text_memory(column)
    return _Kind.TEXTS, style, (None, start, content)


def _describe_numbers(column: NDArray[Any]) -> _Described:
    if column.dtype == np.bool_:
        words = _text_memory(["false", "true"])
        return _Kind.CODED_TEXTS, TextStyle.PLAIN, (column.astype(np.int32), *words)
    if column.dtype.kind == "f":
        # The encoder that writes all other JSON here decides how numbers look.
        content = np.frombuffer(msgspec.json.encode(column.tolist()), np.uint8)
        return _Kind.JSON_MEMBERS, TextStyle.PLAIN, (None, None, content)
    if column.dtype == np.uint64:
        return _Kind.HEX_WORDS, TextStyle.PLAIN, (np.ascontiguousarray(column), None, None)
    return _Kind.INTEGERS, TextStyle.PLAIN, (np.ascontiguousarray(column, dtype=np.int64), None, None)


def _text_memory(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where the texts of a dictionary begin, and their bytes."""
    encoded = [text.encode() for text in texts]
    start = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return start, np.frombuffer(b"".join(encoded) or b" ", np.uint8)


def _address_of(values: NDArray[Any] | None) -> int:
    return 0 if values is None else values.ctypes.data
