"""Columns of findings in files without a name, where there are too many for memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import shorten_dictionary, take_table_rows
from audit.geometry.disk_arrays import is_large, map_file, open_file

IntArray = NDArray[np.int64]
CHUNK_ROWS = 1 << 16
"""Rows that are stored together: their texts have a dictionary of their own, which stays small."""
LARGE_TABLE = 4
"""A table is large where all its columns together are so many times a large array: writing it to a file and
selecting rows piece by piece costs more than a table of some ten thousand findings weighs."""


def is_large_table(columns: pa.Table) -> bool:
    """Tell whether a table would lie in a file.

    Examples
    --------
    >>> is_large_table(pa.table({"rule": ["mask.tiny"]}))
    False
    """
    # How much the buffers hold is known at once; how much of them the rows use has to be counted.
    return is_large(columns.get_total_buffer_size() // LARGE_TABLE) and is_large(
        columns.nbytes // LARGE_TABLE
    )


def store_columns(columns: pa.Table) -> pa.Table:
    """Move columns into a file where they are large; else return them as they are.

    Parameters
    ----------
    columns : Table

    Examples
    --------
    >>> store_columns(pa.table({"rule": ["mask.tiny"]})).num_rows
    1
    """
    if not is_large_table(columns):
        return columns
    (batch,) = columns.unify_dictionaries().combine_chunks().to_batches()
    batch = pa.record_batch(list(map(_shorten_dictionary, batch.columns)), schema=columns.schema)
    with open_file() as file:
        with pa.ipc.new_file(pa.PythonFile(file, "w"), columns.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        reader = pa.ipc.open_file(pa.py_buffer(map_file(file)))
        return reader.read_all()


def _shorten_dictionary(column: pa.Array) -> pa.Array:
    """Leave out the texts of a dictionary that no row uses."""
    return shorten_dictionary(column) if pa.types.is_dictionary(column.type) else column


def take_rows(columns: pa.Table, rows: IntArray) -> pa.Table:
    """Select rows of columns, piece by piece where they are large.

    Parameters
    ----------
    columns : Table
    rows : (m,) int64
        In the order wanted.

    Examples
    --------
    >>> take_rows(pa.table({"score": [0.1, 0.2, 0.3]}), np.array([2, 0])).to_pydict()
    {'score': [0.3, 0.1]}
    >>> take_rows(pa.table({"score": [0.1]}), np.zeros(0, dtype=np.int64)).num_rows
    0
    """
    if not columns.num_rows:
        return columns  # Arrow would import what it computes with
    if not is_large_table(columns):
        return take_table_rows(columns, rows)
    pieces = [store_columns(piece) for piece in _take_pieces(columns, rows)]
    return pa.concat_tables(pieces) if pieces else columns.slice(0, 0)


def _take_pieces(columns: pa.Table, rows: IntArray) -> Iterator[pa.Table]:
    """Take rows out of the batches that they lie in: Arrow would put the whole table together first."""
    batches = columns.to_batches()
    ends = np.cumsum([batch.num_rows for batch in batches])
    for start in range(0, len(rows), CHUNK_ROWS):
        wanted = rows[start : start + CHUNK_ROWS]
        batch_numbers = np.searchsorted(ends, wanted, side="right")
        order = np.argsort(batch_numbers, kind="stable")
        numbers, firsts = np.unique(batch_numbers[order], return_index=True)
        parts = [
            take_table_rows(batches[number], wanted[places] - (ends[number] - batches[number].num_rows))
            for number, places in zip(numbers, np.split(order, firsts[1:]), strict=True)
        ]
        piece = pa.Table.from_batches(parts).unify_dictionaries().combine_chunks()
        if (batch_numbers[1:] >= batch_numbers[:-1]).all():  # the order is that of the batches
            yield piece
            continue
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        yield take_table_rows(piece, place)
