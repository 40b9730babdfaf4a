"""Arrow tables to Parquet files.

Why not `pyarrow.parquet`: it imports the clients of all file systems of the cloud, and what secures their
connections, which takes longer than a small dataset takes to audit. Here the class behind it writes, with the
same settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow._parquet import ParquetWriter


@contextmanager
def open_parquet(
    target: IO[bytes] | Path, schema: pa.Schema, compression: str = "snappy"
) -> Iterator[ParquetWriter]:
    """Open a file for the length of a ``with`` block, to write tables of one schema with ``write_table``.

    Parameters
    ----------
    target : binary file or path
    schema : Schema
    compression : str
        ``snappy``, ``zstd`` ...

    Yields
    ------
    ParquetWriter

    Examples
    --------
    >>> import io, pyarrow.parquet
    >>> table, stream = pa.table({"area": [4, 9]}), io.BytesIO()
    >>> with open_parquet(stream, table.schema) as writer:
    ...     writer.write_table(table)
    >>> pyarrow.parquet.read_table(stream).to_pydict()
    {'area': [4, 9]}
    >>> with open_parquet(stream := io.BytesIO(), table.schema):
    ...     pass
    >>> pyarrow.parquet.read_table(stream).num_rows
    0
    """
    writer = ParquetWriter(
        str(target) if isinstance(target, Path) else target,
        schema,
        version="2.6",
        compression=compression,
        use_dictionary=True,
        write_statistics=True,
        writer_engine_version="V2",
        data_page_version="1.0",
    )
    try:
        yield writer
    finally:
        writer.close()
