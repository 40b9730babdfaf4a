"""The measurement tables as Parquet files: one a table, or, of large datasets, a folder of parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from audit.dataset.model import IntArray
from audit.findings.arrow_arrays import build_numbers
from audit.findings.table_columns import TEXT, convert_column
from audit.findings.write_parquet import open_parquet
from audit.geometry.disk_arrays import GrowingArray, release_pages
from audit.measure.column_table import ColumnTable
from audit.measure.consistency import SCHEMAS
from audit.measure.schema import Column, Measurements, table
from audit.measure.shard import split_image_blocks

_File: TypeAlias = tuple[ColumnTable, slice, Mapping[str, Column], Path]
"""A table, the rows of it that are written, its columns, and where."""


def write_parquet(
    measurements: Measurements,
    folder: Path,
    partition_size: int | None = None,
    pool: Executor | None = None,
) -> None:
    """Write the tables as ``images.parquet``, ``categories.parquet`` ... into a folder.

    Of a dataset of several partitions, ``instances.parquet`` is a folder of files
    ``part-00000.parquet``, ``part-00001.parquet`` ..., as ``pandas.read_parquet`` and
    ``pyarrow.parquet.read_table`` read them; so are images, pairs, shapes, unions and cuts, and part k of
    each is about the same images. Rows that refer to rows of another table count through all parts. Lone
    surrogates, which no Parquet file can hold, are written as escapes.

    Parameters
    ----------
    measurements : Measurements
    folder : Path
    partition_size : int, optional
        Instances a partition aims at; None = one file a table.
    pool : Executor, optional
        Threads that write the files; None = this one.

    Raises
    ------
    OSError
        If the folder is missing or not writable.
    """
    files = list(_list_files(measurements, folder, partition_size or len(measurements.instances) + 1))
    write_all = map if pool is None else pool.map
    deque(write_all(_write_rows, *zip(*files, strict=True)), maxlen=0)


def _list_files(measurements: Measurements, folder: Path, partition_size: int) -> Iterator[_File]:
    stops = _find_stops(measurements, partition_size)
    for table_name, schema in SCHEMAS.items():
        frame: ColumnTable = getattr(measurements, table_name)
        path = folder / f"{table_name}.parquet"
        table_stops = stops.get(table_name)
        if table_stops is None or len(table_stops) < 2:
            yield frame, slice(None), schema, path
            continue
        path.mkdir()
        starts = np.r_[0, table_stops[:-1]]
        for number, (start, stop) in enumerate(zip(starts.tolist(), table_stops.tolist(), strict=True)):
            yield frame, slice(start, stop), schema, path / f"part-{number:05d}.parquet"


def _find_stops(measurements: Measurements, partition_size: int) -> dict[str, IntArray]:
    """Return the row of each table at which each partition ends."""
    image, n_images = measurements.instances["image"].to_numpy(), len(measurements.images)
    blocks = [block.stop for block in split_image_blocks(image, partition_size)]
    instances = np.array(blocks, dtype=np.int64)
    # Instances of unknown images are the last, and have row -1.
    images = np.array([image[stop] if stop < len(image) else n_images for stop in blocks], dtype=np.int64)
    images = np.where(images < 0, n_images, images)
    pairs = np.searchsorted(measurements.pairs["a"].to_numpy(), instances)
    return {
        "images": images,
        "instances": instances,
        "pairs": pairs,
        "shapes": instances,
        "unions": np.searchsorted(measurements.unions["pair"].to_numpy(), pairs),
        "cuts": np.searchsorted(measurements.cuts["instance"].to_numpy(), instances),
    }


def _write_rows(frame: ColumnTable, rows: slice, schema: Mapping[str, Column], path: Path) -> None:
    columns: dict[str, pa.Array] = {}
    for column_name, column_schema in schema.items():
        values = frame[column_name].to_numpy()[rows]
        if column_schema.dtype == "str":
            columns[column_name] = convert_column(values.tolist(), TEXT)
        else:
            columns[column_name] = build_numbers(values)
    written = pa.table(columns)
    with open_parquet(path, written.schema) as parquet_writer:
        parquet_writer.write_table(written)
    release_pages()


def read_parquet(
    folder: Path, source_names: tuple[str, ...] = (), source_formats: tuple[str, ...] = ()
) -> Measurements:
    """Read the tables that `write_parquet` wrote.

    Parameters
    ----------
    folder : Path
    source_names : tuple of str
        Names of the input files, by position.
    source_formats : tuple of str
        Their formats, by position.

    Raises
    ------
    OSError
        If a table is missing.
    ValueError
        If a table has other columns than the schema, or a column another type.
    """
    table_frames = {
        table_name: _read_table(table_name, folder / f"{table_name}.parquet") for table_name in SCHEMAS
    }
    return Measurements(**table_frames, sources=source_names, formats=source_formats)


def _read_table(table_name: str, path: Path) -> ColumnTable:
    import pyarrow.parquet as pq  # late: it is slow to import, and most scans only write

    schema = SCHEMAS[table_name]
    columns: dict[str, Any] = {}
    for file in _list_parts(path):
        stored = pq.ParquetFile(file).read()
        _check_types(table_name, stored)
        part = table(
            schema, {column_name: stored[column_name].to_numpy() for column_name in stored.column_names}
        )
        for column_name in schema:
            values = part[column_name].to_numpy()
            if column_name not in columns:
                columns[column_name] = GrowingArray(values)
            else:
                columns[column_name].extend(values)
    return table(schema, {column_name: column.finish() for column_name, column in columns.items()})


def _list_parts(path: Path) -> Iterator[Path]:
    """List the files of a table; a folder without parts is no table."""
    parts = sorted(path.glob("part-*.parquet")) if path.is_dir() else [path] * path.exists()
    if not parts:
        raise FileNotFoundError(2, "is missing", str(path))
    yield from parts


def _check_types(table_name: str, stored: pa.Table) -> None:
    """Refuse a column of another type: numpy would turn it into numbers that nobody measured."""
    for column_name, column_schema in SCHEMAS[table_name].items():
        if column_name not in stored.column_names:
            continue  # `table` names it
        column_type, null_count = stored.schema.field(column_name).type, stored[column_name].null_count
        if column_schema.dtype == "str":
            is_text = pa.types.is_string(column_type) or pa.types.is_large_string(column_type)
            is_right = null_count == 0 and (is_text or not len(stored))
        else:
            dtype = np.dtype(column_schema.dtype)  # of which only floats can be missing: as NaN
            is_right = column_type == pa.from_numpy_dtype(dtype) and (null_count == 0 or dtype.kind == "f")
        if not is_right:
            raise ValueError(f"{table_name}.{column_name} holds {column_type}, not {column_schema.dtype}")
