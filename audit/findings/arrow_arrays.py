"""Arrow arrays from lists and numpy arrays, and back.

Why not `pyarrow.array` and `to_numpy`: both import pandas where it is installed, only to ask whether they
were given something of it, and that takes longer than a small dataset takes to audit. Why not `Table.take`
and `Table.cast`: they import `pyarrow.compute`, which writes a Python function for each of Arrow's hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow._compute import CastOptions, call_function

_NUMPY_TYPES = {pa.int32(): np.int32, pa.int64(): np.int64, pa.float64(): np.float64}


def build_numbers(values: NDArray[Any], is_known: NDArray[np.bool_] | None = None) -> pa.Array:
    """Make an array of numbers or truth values that shares the memory of a numpy array.

    Parameters
    ----------
    values : (n,) array
        Of any dtype that Arrow knows.
    is_known : (n,) bool, optional
        Where false, a value is missing; by default those that are NaN are.

    Examples
    --------
    >>> build_numbers(np.array([True, False])).to_pylist(), build_numbers(np.zeros(0)).to_pylist()
    ([True, False], [])
    """
    content = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    buffers = [None, pa.py_buffer(np.ascontiguousarray(content))]
    if is_known is None and values.dtype.kind == "f":
        is_known = ~np.isnan(values)
    if is_known is not None and not is_known.all():
        buffers[0] = pa.py_buffer(np.packbits(is_known, bitorder="little"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), buffers)


def build_array(values: Sequence[Any] | NDArray[Any], arrow_type: pa.DataType) -> pa.Array:
    """Make an array of texts or numbers; None is a missing value.

    Parameters
    ----------
    values : sequence
    arrow_type : DataType
        ``string``, ``large_string``, a dictionary of one of them, or a type of numbers.

    Raises
    ------
    UnicodeEncodeError
        If a text holds a lone surrogate.

    Examples
    --------
    >>> build_array(["a", None, "b"], pa.string()).to_pylist(), build_array([], pa.int64()).to_pylist()
    (['a', None, 'b'], [])
    >>> build_array(["a", None, "a"], pa.dictionary(pa.int32(), pa.string())).indices.to_pylist()
    [0, None, 0]
    """
    if isinstance(values, np.ndarray) and arrow_type in _NUMPY_TYPES:
        return build_numbers(values.astype(_NUMPY_TYPES[arrow_type], copy=False))
    cells: Sequence[Any] = values.tolist() if isinstance(values, np.ndarray) else values
    if pa.types.is_dictionary(arrow_type):
        texts = [text for text in dict.fromkeys(cells) if text is not None]
        codes: dict[Any, int | None] = {text: code for code, text in enumerate(texts)}
        codes[None] = None
        indices = build_array(list(map(codes.__getitem__, cells)), arrow_type.index_type)
        return pa.DictionaryArray.from_arrays(indices, build_array(texts, arrow_type.value_type))
    if arrow_type in _NUMPY_TYPES:
        present = [0 if value is None else value for value in cells] if None in cells else cells
        content = [np.array(present, _NUMPY_TYPES[arrow_type])]
    else:
        content = _encode_texts(cells, np.int32 if arrow_type == pa.string() else np.int64)
    buffers = [pa.py_buffer(buffer) for buffer in (_mark_known(cells), *content) if buffer is not None]
    if len(buffers) == len(content):
        buffers.insert(0, None)
    return pa.Array.from_buffers(arrow_type, len(values), buffers)


def repeat_text(text: str, n_rows: int) -> pa.DictionaryArray:
    """Make a column that holds one text in every row.

    Parameters
    ----------
    text : str
    n_rows : int

    Examples
    --------
    >>> repeat_text("mask.tiny", 2).to_pylist(), repeat_text("", 0).to_pylist()
    (['mask.tiny', 'mask.tiny'], [])
    """
    texts = build_array([text] if n_rows else [], pa.string())
    return pa.DictionaryArray.from_arrays(build_numbers(np.zeros(n_rows, dtype=np.int32)), texts)


def read_numbers(array: pa.Array, missing: int = -1) -> NDArray[Any]:
    """Return an array of numbers as numpy's; it cannot be written to.

    Parameters
    ----------
    array : Array
        Of int32, int64 or float64.
    missing : int
        Stands for missing values.

    Examples
    --------
    >>> read_numbers(build_array([3, None], pa.int64())).tolist()
    [3, -1]
    >>> read_numbers(build_array([], pa.int64())).tolist()
    []
    """
    content = array.buffers()[1]
    dtype = np.dtype(_NUMPY_TYPES[array.type])
    if content is None or not len(array):
        return np.zeros(len(array), dtype)
    values = np.frombuffer(content, dtype, len(array), array.offset * dtype.itemsize)
    is_known = read_known(array)
    return values if is_known is None else np.where(is_known, values, dtype.type(missing))


def read_known(array: pa.Array) -> NDArray[np.bool_] | None:
    """Return which values of an array are not missing; None where all are there.

    Examples
    --------
    >>> read_known(build_array([3, None], pa.int64())).tolist()
    [True, False]
    >>> read_known(build_array([3], pa.int64())) is None
    True
    """
    if not array.null_count:
        return None
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].view(np.bool_)


def take_table_rows(columns: pa.Table | pa.RecordBatch, rows: NDArray[np.int64]) -> Any:
    """Select rows of a table or a batch of one.

    Parameters
    ----------
    columns : Table or RecordBatch
    rows : (m,) int64
        In the order wanted.

    Examples
    --------
    >>> take_table_rows(pa.table({"score": [0.1, 0.2, 0.3]}), np.array([2, 0])).to_pydict()
    {'score': [0.3, 0.1]}
    >>> take_table_rows(pa.table({"score": [0.1]}), np.zeros(0, dtype=np.int64)).num_rows
    0
    """
    return call_function("take", [columns, build_numbers(rows)])


def take_values(values: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Select rows of an array.

    Parameters
    ----------
    values : Array
    rows : (m,) int64
        In the order wanted.

    Examples
    --------
    >>> take_values(build_array(["a", "b"], pa.string()), np.array([1])).to_pylist()
    ['b']
    >>> take_values(build_array([], pa.string()), np.zeros(0, dtype=np.int64)).to_pylist()
    []
    """
    return call_function("take", [values, build_numbers(rows)])


def replace_values(values: pa.Array, is_replaced: NDArray[np.bool_], replacements: pa.Array) -> pa.Array:
    """Exchange the marked rows of an array.

    Parameters
    ----------
    values : (n,) Array
    is_replaced : (n,) bool
    replacements : Array
        Of the same type, one for each marked row, in order.

    Examples
    --------
    >>> replace_values(
    ...     build_array(["a", "b"], pa.string()), np.array([False, True]), build_array(["c"], pa.string())
    ... ).to_pylist()
    ['a', 'c']
    """
    return call_function("replace_with_mask", [values, build_numbers(is_replaced), replacements])


def cast_table(columns: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give the columns of a table other types.

    Parameters
    ----------
    columns : Table
    schema : Schema
        With the same names.

    Raises
    ------
    ArrowInvalid
        If a value does not fit.

    Examples
    --------
    >>> cast_table(pa.table({"score": [1, 2]}), pa.schema([("score", pa.float64())])).to_pydict()
    {'score': [1.0, 2.0]}
    >>> cast_table(pa.table({"score": pa.array([], pa.int64())}), pa.schema([("score", pa.int32())])).num_rows
    0
    """
    cast_columns = [
        call_function("cast", [column], CastOptions(field.type))
        for column, field in zip(columns.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(cast_columns, schema=schema)


def shorten_dictionary(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """Leave out the texts of a dictionary that no row uses.

    Examples
    --------
    >>> codes, texts = build_array([2, None, 0], pa.int32()), build_array(["a", "b", "c"], pa.string())
    >>> array = shorten_dictionary(pa.DictionaryArray.from_arrays(codes, texts))
    >>> array.dictionary.to_pylist(), array.to_pylist()
    (['a', 'c'], ['c', None, 'a'])
    """
    codes = read_numbers(array.indices)
    is_known = codes >= 0
    used_codes = np.flatnonzero(np.bincount(codes[is_known], minlength=len(array.dictionary)))
    if len(used_codes) == len(array.dictionary):
        return array
    new_codes = np.zeros(len(array.dictionary) + 1, dtype=np.int32)
    new_codes[used_codes] = np.arange(len(used_codes))
    indices = build_numbers(new_codes[codes], is_known)  # -1, of what is missing, is the last of them
    return pa.DictionaryArray.from_arrays(indices, take_values(array.dictionary, used_codes))


def read_texts(array: pa.Array) -> list[str]:
    """Return an array of texts as a list; Arrow's own `to_pylist` makes an object of each first.

    Parameters
    ----------
    array : Array
        Of type ``large_string``, none missing.

    Examples
    --------
    >>> read_texts(build_array(["a", "", "größe"], pa.large_string()))
    ['a', '', 'größe']
    >>> read_texts(build_array([], pa.large_string()))
    []
    """
    _, places, content = array.buffers()
    if content is None or not len(array):
        return [""] * len(array)
    ends = np.frombuffer(places, np.int64, len(array) + 1, array.offset * 8)
    joined = content.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes()
    bounds = (ends - ends[0]).tolist()
    if joined.isascii():
        text = joined.decode()
        return [text[start:end] for start, end in pairwise(bounds)]
    return [joined[start:end].decode() for start, end in pairwise(bounds)]


def _mark_known(values: Sequence[Any]) -> NDArray[np.uint8] | None:
    """Return Arrow's bits of values that are not missing; None where all are known."""
    if None not in values:
        return None
    is_known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    return np.packbits(is_known, bitorder="little")


def _encode_texts(texts: Sequence[str | None], offset_type: Any) -> list[Any]:
    """Return where each text ends, and the bytes of all."""
    present = ["" if text is None else text for text in texts]
    joined = "".join(present)
    lengths = map(len, present if joined.isascii() else [text.encode() for text in present])
    offsets = np.zeros(len(present) + 1, offset_type)
    np.cumsum(np.fromiter(lengths, np.int64, len(present)), out=offsets[1:])
    return [offsets, joined.encode()]
