"""The columns of a table of findings: their types, and arrays for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import (
    build_array,
    build_numbers,
    read_numbers,
    read_texts,
    repeat_text,
)
from audit.findings.finding import Severity
from audit.findings.sanitize import encodable

IntArray = NDArray[np.int64]

CODED = pa.dictionary(pa.int32(), pa.string())
INTEGERS = pa.list_(pa.int64())
# Texts of many findings together may pass the 2 GiB that Arrow's plain strings can hold.
TEXT = pa.large_string()
TABLE_SCHEMA = pa.schema(
    [
        ("severity", CODED),
        ("rule", CODED),
        ("message", TEXT),
        ("image_id", pa.int64()),
        ("file_name", CODED),
        ("annotation_ids", INTEGERS),
        ("category_ids", INTEGERS),
        ("score", pa.float64()),
        ("evidence", TEXT),
        ("source", CODED),
        ("pointer", TEXT),
        ("fingerprint", TEXT),
        ("decision", CODED),
        ("note", CODED),
        ("evidence_order", CODED),
        ("image_row", pa.int64()),
        ("instance_rows", INTEGERS),
        ("prediction_rows", INTEGERS),
    ]
)
"""The attributes of `Finding`; ``evidence`` is JSON text with sorted names, ``evidence_order`` the names as
the rule gave them, in which pages show them."""
SEVERITY_NAMES = tuple(severity.value for severity in Severity)


def join_lists(lengths: IntArray, members: Sequence[int] | IntArray) -> pa.Array:
    """Make a column of lists.

    Parameters
    ----------
    lengths : (n,) int64
        How long each list is.
    members : sequence of int
        Of all lists, one after the other.

    Examples
    --------
    >>> join_lists(np.array([2, 0]), [7, 8]).to_pylist()
    [[7, 8], []]
    >>> len(join_lists(np.zeros(0, dtype=np.int64), []))
    0
    """
    list_ends = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=list_ends[1:])
    return pa.ListArray.from_arrays(build_numbers(list_ends), build_array(members, pa.int64()))


def join_tuples(id_tuples: Sequence[Sequence[int]]) -> pa.Array:
    """Do as `join_lists` with one sequence a list.

    Examples
    --------
    >>> join_tuples([(7, 8), ()]).to_pylist(), len(join_tuples([]))
    ([[7, 8], []], 0)
    """
    lengths = np.fromiter(map(len, id_tuples), np.int64, len(id_tuples))
    return join_lists(lengths, [member for ids in id_tuples for member in ids])


def fill_left_out(n_rows: int) -> dict[str, Any]:
    """Make the columns that `FindingTable.build` may be called without.

    Examples
    --------
    >>> fill_left_out(1)["decision"].to_pylist(), len(fill_left_out(0)["note"])
    ([''], 0)
    """
    no_lists = join_lists(np.zeros(n_rows, dtype=np.int64), [])
    no_text = repeat_text("", n_rows)
    return {"decision": no_text, "note": no_text, "prediction_rows": no_lists}


def convert_column(values: Any, arrow_type: pa.DataType) -> pa.Array:
    """Make an Arrow array of a list; an array is returned as it is.

    Parameters
    ----------
    values : sequence or Array
        Texts may be any; what UTF-8 cannot hold is replaced.
    arrow_type : DataType

    Examples
    --------
    >>> convert_column(["a", None], TEXT).to_pylist(), len(convert_column([], INTEGERS))
    (['a', None], 0)
    """
    if isinstance(values, pa.Array):
        return values
    if pa.types.is_list(arrow_type):
        return join_tuples(values)
    try:
        return build_array(values, arrow_type)
    except UnicodeEncodeError:
        return convert_column([None if text is None else encodable(text) for text in values], arrow_type)


def combine_pieces(column: pa.ChunkedArray) -> Any:
    """Return a column in one piece.

    Examples
    --------
    >>> combine_pieces(pa.chunked_array([[1], [2]])).to_pylist()
    [1, 2]
    >>> len(combine_pieces(pa.chunked_array([[]])))
    0
    """
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def read_codes(column: pa.ChunkedArray) -> tuple[IntArray, list[str]]:
    """Return a column of repeating texts as numbers and the texts that they stand for; -1 = none.

    Examples
    --------
    >>> codes, texts = read_codes(pa.chunked_array([pa.array(["b", "a", "b"]).dictionary_encode()]))
    >>> codes.tolist(), texts
    ([0, 1, 0], ['b', 'a'])
    >>> read_codes(pa.chunked_array([pa.array([], CODED)]))[1]
    []
    """
    array = combine_pieces(column)
    return read_numbers(array.indices).astype(np.int64), array.dictionary.to_pylist()


def read_lists(column: pa.ChunkedArray) -> tuple[IntArray, IntArray]:
    """Return a column of lists as how long each is, and the members of all.

    Examples
    --------
    >>> [part.tolist() for part in read_lists(pa.chunked_array([pa.array([[3, 5], []])]))]
    [[2, 0], [3, 5]]
    >>> [part.tolist() for part in read_lists(pa.chunked_array([pa.array([], INTEGERS)]))]
    [[], []]
    """
    array = combine_pieces(column)
    ends = read_numbers(array.offsets)
    members = array.values.slice(int(ends[0]), int(ends[-1] - ends[0]))
    return np.diff(ends).astype(np.int64), read_numbers(members)


def list_cells(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as a list of texts, numbers, lists, or None.

    Arrow's own ``to_pylist`` makes a scalar object of every cell first and takes five times as long.

    Examples
    --------
    >>> list_cells(pa.chunked_array([pa.array([[7, 8], []])])), list_cells(pa.chunked_array([pa.array([1])]))
    ([[7, 8], []], [1])
    >>> list_cells(pa.chunked_array([pa.array([], TEXT)]))
    []
    """
    if column.type == CODED:
        codes, texts = read_codes(column)
        return list(map([*texts, None].__getitem__, codes.tolist()))
    if column.type == INTEGERS:
        lengths, members = read_lists(column)
        ends, numbers = np.cumsum(lengths), members.tolist()
        bounds = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
        return [numbers[start:end] for start, end in bounds]
    if column.type == TEXT and not column.null_count:
        return read_texts(combine_pieces(column))
    is_number = column.type in {pa.int64(), pa.float64()} and not column.null_count
    cells: list[Any] = read_numbers(combine_pieces(column)).tolist() if is_number else column.to_pylist()
    return cells
