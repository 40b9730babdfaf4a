"""Columns as the C++ core reads them: where their numbers and texts lie in memory.

A column is what Arrow or numpy has for it: integers and numbers as arrays of either, texts as an Arrow array
of type ``large_string``, texts that repeat as an Arrow dictionary, lists of integers as an Arrow list array.

Rules import this, and commands that only list rules start without Arrow: so it is imported where it is used.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Column: TypeAlias = "NDArray[Any] | pa.Array"
"""Of integers, numbers, truth values, texts, repeating texts, or lists of integers; one cell a row."""
Described: TypeAlias = tuple[int, int, tuple[NDArray[Any] | None, ...]]
"""What the core is told of a column: kind, style, and arrays of values, starts and content."""


class CellStyle(IntEnum):
    """How the cells of a column are written (`audit/native/cell_text.h`)."""

    PLAIN = 0
    JSON = 1
    """Texts as strings of JSON, in quotes; what is missing as ``null``."""
    CSV = 2
    """Texts in quotes where a comma or a quote is inside, numbers as Python has them, spaces in lists."""


class _Kind(IntEnum):
    """What the core takes a column for (`audit/native/join_texts.cpp`)."""

    INTEGERS = 0
    TEXTS = 1
    CODED_TEXTS = 2
    HEX_WORDS = 3
    LISTS = 4
    JSON_MEMBERS = 5


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


def read_text_memory(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of a column of texts, and where each begins: the reverse of `text_array`.

    Parameters
    ----------
    texts : Array
        Of type ``large_string`` or ``string``, none missing; it may be a part of a longer one.

    Examples
    --------
    >>> texts = text_array(np.frombuffer(b"123", np.uint8), np.array([0, 1, 3])).slice(1)
    >>> content, start = read_text_memory(texts)
    >>> content[start[0] : start[1]].tobytes()
    b'23'
    """
    import pyarrow as pa

    _, places, content = texts.buffers()
    if content is None or not len(texts):
        return np.zeros(1, np.uint8), np.zeros(len(texts) + 1, np.int64)
    start_type = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    start = np.frombuffer(places, start_type, len(texts) + 1, texts.offset * start_type.itemsize)
    return np.frombuffer(content, np.uint8), start.astype(np.int64, copy=False)


def describe_column(column: Column, style: CellStyle) -> Described:
    """Return what the core needs of a column; the arrays have to be kept for the call.

    Parameters
    ----------
    column : Column
    style : CellStyle

    Examples
    --------
    >>> kind, style, (numbers, is_known, content) = describe_column(np.array([2, 3]), CellStyle.PLAIN)
    >>> numbers.tolist(), is_known, content
    ([2, 3], None, None)
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import read_known, read_numbers

    if isinstance(column, np.ndarray):
        return _describe_numbers(column, style)
    if pa.types.is_dictionary(column.type):
        codes = np.ascontiguousarray(read_numbers(column.indices), dtype=np.int32)
        content, start = read_text_memory(column.dictionary)
        return _Kind.CODED_TEXTS, style, (codes, start, content)
    if pa.types.is_list(column.type):
        start = np.ascontiguousarray(read_numbers(column.offsets))
        return _Kind.LISTS, style, (read_numbers(column.values), start, None)
    if pa.types.is_integer(column.type):
        return _Kind.INTEGERS, style, (read_numbers(column), read_known(column), None)
    if pa.types.is_floating(column.type):
        return _describe_fractions(read_numbers(column), read_known(column), style)
    content, start = read_text_memory(column)
    return _Kind.TEXTS, style, (None, start, content)


def _describe_numbers(column: NDArray[Any], style: CellStyle) -> Described:
    if column.dtype == np.bool_:
        words = np.array([0, 5, 9]), np.frombuffer(b"falsetrue", np.uint8)
        return _Kind.CODED_TEXTS, CellStyle.PLAIN, (column.astype(np.int32), *words)
    if column.dtype.kind == "f":
        return _describe_fractions(column, None, style)
    if column.dtype == np.uint64:
        return _Kind.HEX_WORDS, style, (np.ascontiguousarray(column), None, None)
    return _Kind.INTEGERS, style, (np.ascontiguousarray(column, dtype=np.int64), None, None)


def _describe_fractions(
    values: NDArray[np.float64], is_known: NDArray[np.bool_] | None, style: CellStyle
) -> Described:
    numbers: list[float | None] = values.tolist()
    if is_known is not None:
        numbers = [number if known else None for number, known in zip(numbers, is_known, strict=True)]
    if style is CellStyle.CSV and (is_known is not None or not _need_no_exponents(values)):
        members = f"[{','.join('' if number is None else str(number) for number in numbers)}]".encode()
    else:
        # The encoder that writes all other JSON here decides how numbers look.
        members = msgspec.json.encode(numbers)
    return _Kind.JSON_MEMBERS, style, (None, None, np.frombuffer(members, np.uint8))


def _need_no_exponents(values: NDArray[np.float64]) -> bool:
    """Tell whether Python and the encoder of JSON write numbers alike."""
    magnitudes = np.abs(values)
    return bool(((magnitudes == 0) | ((magnitudes >= 1e-4) & (magnitudes < 1e15))).all())
