"""From the shards' tables to those of a dataset, and to Parquet and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.findings.sanitize import encodable
from audit.geometry.shape import mix_bits
from audit.measure.consistency import SCHEMAS
from audit.measure.schema import (
    CATEGORIES,
    CUTS,
    IMAGES,
    INSTANCES,
    PAIRS,
    SHAPES,
    UNIONS,
    Column,
    Measurements,
    table,
)
from audit.measure.shard import ShardTables

_Columns = dict[str, NDArray[Any]]


def merge_shards(dataset: Dataset, shard_tables: Iterable[ShardTables]) -> Measurements:
    """Put the measured shards of a dataset together.

    Parameters
    ----------
    dataset : Dataset
    shard_tables : iterable of ShardTables
        Any order; together at most all annotations that have an image. Annotations that no part
        measured keep a row without measurements.

    Returns
    -------
    Measurements

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> len(merge_shards(empty_dataset(), []).instances)
    0
    """
    measured_rows: list[IntArray] = []
    parts: dict[str, list[_Columns]] = {
        name: [] for name in ("instances", "pairs", "shapes", "unions", "cuts")
    }
    for shard_part in shard_tables:
        measured_rows.append(shard_part.rows)
        for name, columns in parts.items():
            columns.append(dict(getattr(shard_part, name)))
        del shard_part  # a column is let go when it is merged: all of them twice would be a scan's peak
    table_order = instance_order(dataset)
    table_row = np.empty(len(table_order), dtype=np.int64)
    table_row[table_order] = np.arange(len(table_order))
    new_rows = [table_row[rows] for rows in measured_rows]
    _renumber_unions(parts["unions"], parts["pairs"])
    instance_table = _build_instance_table(dataset, table_order, new_rows, parts["instances"])
    pair_table, pair_row = _build_pair_table(instance_table, table_row, parts["pairs"])
    shape_columns = {
        column_name: _spread_column(
            column_name, np.zeros(len(table_order), dtype=column_schema.dtype), new_rows, parts["shapes"]
        )
        for column_name, column_schema in SHAPES.items()
    }
    return Measurements(
        _build_image_table(dataset, instance_table),
        _build_category_table(dataset, instance_table),
        instance_table,
        pair_table,
        tuple(source.name for source in dataset.sources),
        tuple(source.format for source in dataset.sources),
        table(SHAPES, shape_columns),
        _build_pointing_table(UNIONS, "pair", pair_row, parts["unions"]),
        _build_pointing_table(CUTS, "instance", table_row, parts["cuts"]),
    )


def _spread_column(
    name: str, column_values: NDArray[Any], new_rows: list[IntArray], parts: list[_Columns]
) -> NDArray[Any]:
    """Put what was measured of some annotations into a column of all."""
    for rows, part_values in zip(new_rows, _take_columns(name, parts), strict=True):
        column_values[rows] = part_values
    return column_values


def _take_columns(name: str, parts: list[_Columns]) -> Iterator[NDArray[Any]]:
    """Take one column out of all parts: nothing else holds it then."""
    return (columns.pop(name) for columns in parts)


def _renumber_unions(union_parts: list[_Columns], pair_parts: list[_Columns]) -> None:
    """Count the pairs that the unions point at through all parts."""
    first_pair = 0
    for unions, pairs in zip(union_parts, pair_parts, strict=True):
        unions["pair"] = unions["pair"] + first_pair
        first_pair += len(pairs["a"])


def _build_pointing_table(
    schema: Mapping[str, Column], pointer_column: str, row_of_target: IntArray, column_parts: list[_Columns]
) -> pd.DataFrame:
    """Put tables together that point at rows of another one, and sort them by these."""
    if not column_parts:
        return table(schema, {column_name: [] for column_name in schema})
    column_data = {
        column_name: np.concatenate(list(_take_columns(column_name, column_parts))) for column_name in schema
    }
    column_data[pointer_column] = row_of_target[column_data[pointer_column]]
    sort_order = np.argsort(column_data[pointer_column], kind="stable")
    return table(
        schema, {column_name: column_values[sort_order] for column_name, column_values in column_data.items()}
    )


def _build_instance_table(
    dataset: Dataset, table_order: IntArray, new_rows: list[IntArray], parts: list[_Columns]
) -> pd.DataFrame:
    annotations = dataset.annotations
    image_rows, category_rows = annotations.image[table_order], annotations.category[table_order]
    column_data: dict[str, NDArray[Any]] = {
        "image": image_rows,
        "image_id": _look_up(dataset.images.id, image_rows),
        "annotation_id": annotations.id[table_order],
        "source": annotations.source[table_order],
        "index": annotations.index[table_order],
        "category": category_rows,
        "category_id": _look_up(dataset.categories.id, category_rows),
        "iscrowd": annotations.iscrowd[table_order],
        "declared_area": annotations.area[table_order],
        "merge_score": np.full(len(table_order), np.nan),
        "edge_here": np.full(len(table_order), np.nan),
        "edge_best": np.full(len(table_order), np.nan),
        "edge_x": np.zeros(len(table_order)),
        "edge_y": np.zeros(len(table_order)),
        "edge_beside": np.full(len(table_order), np.nan),
    }
    for box_column, column_name in enumerate(("declared_x", "declared_y", "declared_w", "declared_h")):
        column_data[column_name] = annotations.bbox[table_order, box_column]
    for column_name, column_schema in INSTANCES.items():
        if column_name in column_data:
            continue
        fill_value = np.nan if column_name == "max_abs_coordinate" else 0
        unmeasured = np.full(len(table_order), fill_value, dtype=column_schema.dtype)
        column_data[column_name] = _spread_column(column_name, unmeasured, new_rows, parts)
    return table(INSTANCES, column_data)


def _look_up(record_ids: IntArray, record_rows: IntArray) -> IntArray:
    return np.where(record_rows >= 0, np.r_[record_ids, -1][record_rows], -1)


def _build_pair_table(
    instance_table: pd.DataFrame, table_row: IntArray, parts: list[_Columns]
) -> tuple[pd.DataFrame, IntArray]:
    """Put the pairs together; also say in which row each of them is now."""
    measured: dict[str, NDArray[Any]] = {}
    for column_name in PAIRS:
        if parts and column_name in parts[0]:
            measured[column_name] = np.concatenate(list(_take_columns(column_name, parts)))
    if not measured:
        return table(PAIRS, {column_name: [] for column_name in PAIRS}), np.zeros(0, dtype=np.int64)
    a, b = table_row[measured["a"]], table_row[measured["b"]]
    pair_order = np.lexsort((b, a))
    column_data = {column_name: column_values[pair_order] for column_name, column_values in measured.items()}
    column_data["a"], column_data["b"] = a[pair_order], b[pair_order]
    for column_name in ("image", "image_id"):
        column_data[column_name] = instance_table[column_name].to_numpy()[column_data["a"]]
    for pair_side in ("a", "b"):
        column_data[f"annotation_id_{pair_side}"] = instance_table["annotation_id"].to_numpy()[
            column_data[pair_side]
        ]
    column_data["split_score"] = np.full(len(pair_order), np.nan)
    pair_row = np.empty(len(pair_order), dtype=np.int64)
    pair_row[pair_order] = np.arange(len(pair_order))
    return table(PAIRS, column_data), pair_row


def _build_image_table(dataset: Dataset, instance_table: pd.DataFrame) -> pd.DataFrame:
    image_records = dataset.images
    n_images = len(image_records)
    image_row = instance_table["image"].to_numpy()
    is_known = image_row >= 0
    # Annotation order must not count, so the image's hash is a sum over its masks.
    marked_hash = mix_bits(
        instance_table["mask_hash"].to_numpy() + instance_table["category_id"].to_numpy().astype(np.uint64)
    )
    marked_hash[instance_table["mask_hash"].to_numpy() == 0] = 0
    masks_hash = np.zeros(n_images, dtype=np.uint64)
    np.add.at(masks_hash, image_row[is_known], marked_hash[is_known])
    return table(
        IMAGES,
        {
            "image_id": image_records.id,
            "file_name": list(image_records.file_name),
            "height": image_records.height,
            "width": image_records.width,
            "source": image_records.source,
            "index": image_records.index,
            "annotations": np.bincount(image_row[is_known], minlength=n_images),
            "masks_hash": masks_hash,
            "picture": ["not_checked"] * n_images,
            "picture_detail": [""] * n_images,
            "picture_height": np.zeros(n_images),
            "picture_width": np.zeros(n_images),
            "exif_orientation": np.zeros(n_images),
            "picture_hash": [""] * n_images,
        },
    )


def _build_category_table(dataset: Dataset, instance_table: pd.DataFrame) -> pd.DataFrame:
    category_records = dataset.categories
    n_categories = len(category_records)
    category_row, image_row = instance_table["category"].to_numpy(), instance_table["image"].to_numpy()
    is_known = category_row >= 0
    category_images = np.unique(np.stack([category_row[is_known], image_row[is_known]]), axis=1)
    category_images = category_images[:, category_images[1] >= 0]
    return table(
        CATEGORIES,
        {
            "category_id": category_records.id,
            "name": list(category_records.name),
            "supercategory": list(category_records.supercategory),
            "source": category_records.source,
            "index": category_records.index,
            "annotations": np.bincount(category_row[is_known], minlength=n_categories),
            "images": np.bincount(category_images[0], minlength=n_categories),
        },
    )


def write_parquet(measurements: Measurements, folder: Path) -> None:
    """Write the tables as ``images.parquet``, ``categories.parquet`` ... into a folder.

    Lone surrogates, which no Parquet file can hold, are written as escapes.

    Parameters
    ----------
    measurements : Measurements
    folder : Path

    Raises
    ------
    OSError
        If the folder is missing or not writable.
    """
    for table_name in SCHEMAS:
        table_frame: pd.DataFrame = getattr(measurements, table_name)
        text_columns = {
            column_name: table_frame[column_name].map(encodable)
            for column_name, column_schema in SCHEMAS[table_name].items()
            if column_schema.dtype == "str"
        }
        table_frame.assign(**text_columns).to_parquet(folder / f"{table_name}.parquet", index=False)


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
    table_frames = {}
    for table_name, schema in SCHEMAS.items():
        table_frame = pd.read_parquet(folder / f"{table_name}.parquet")
        _check_types(table_name, table_frame)
        table_frames[table_name] = table(
            schema, {column_name: table_frame[column_name] for column_name in table_frame.columns}
        )
    return Measurements(**table_frames, sources=source_names, formats=source_formats)


def _check_types(table_name: str, table_frame: pd.DataFrame) -> None:
    """Refuse a column of another type: numpy would turn it into numbers that nobody measured."""
    for column_name, column_schema in SCHEMAS[table_name].items():
        if column_name not in table_frame:
            continue  # `table` names it
        column = table_frame[column_name]
        is_right = (
            all(isinstance(value, str) for value in column)
            if column_schema.dtype == "str"
            else column.dtype == np.dtype(column_schema.dtype)
        )
        if not is_right:
            raise ValueError(f"{table_name}.{column_name} holds {column.dtype}, not {column_schema.dtype}")
