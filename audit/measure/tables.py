"""From the shards' tables to those of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order, instance_rows
from audit.geometry.disk_arrays import GrowingArray, full_array, release_pages, store_array
from audit.geometry.shape import mix_bits
from audit.geometry.sort_keys import sort_unique, stable_lexsort
from audit.measure.column_table import ColumnTable
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

_RECORD_COLUMNS = (
    *("image", "image_id", "annotation_id", "source", "index", "category", "category_id", "iscrowd"),
    *("declared_area", "declared_x", "declared_y", "declared_w", "declared_h"),
)


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
    table_order = instance_order(dataset)
    table_row = instance_rows(dataset)
    instance_columns = _record_columns(dataset, table_order) | _unmeasured_columns(len(table_order))
    shape_columns = {
        name: full_array(len(table_order), column_schema.dtype) for name, column_schema in SHAPES.items()
    }
    pairs, unions, cuts = _GrowingTable(PAIRS), _GrowingTable(UNIONS), _GrowingTable(CUTS)
    for part in shard_tables:
        rows = _as_slice(table_row[part.rows])
        for columns, measured in ((instance_columns, part.instances), (shape_columns, part.shapes)):
            for name, values in measured.items():
                columns[name][rows] = values
        unions.extend({**part.unions, "pair": part.unions["pair"] + len(pairs)})
        pairs.extend({**part.pairs, "a": table_row[part.pairs["a"]], "b": table_row[part.pairs["b"]]})
        cuts.extend({**part.cuts, "instance": table_row[part.cuts["instance"]]})
        del part  # before the next one is measured
        release_pages()
    instance_table = table(INSTANCES, instance_columns)
    pair_columns, pair_row = pairs.finish("a", "b")
    union_columns = unions.finish()[0]
    if pair_row is not None:
        union_columns["pair"] = pair_row[union_columns["pair"]]
    return Measurements(
        _build_image_table(dataset, instance_table),
        _build_category_table(dataset, instance_table),
        instance_table,
        _build_pair_table(instance_table, pair_columns),
        tuple(source.name for source in dataset.sources),
        tuple(source.format for source in dataset.sources),
        table(SHAPES, shape_columns),
        table(UNIONS, _sort_columns(union_columns, "pair")[0]),
        table(CUTS, cuts.finish("instance")[0]),
    )


def _as_slice(rows: IntArray) -> IntArray | slice:
    """Return rows as a slice where they follow each other, as a shard's do: columns are copied faster."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


class _GrowingTable:
    """The measured columns of a table, shard after shard."""

    def __init__(self, schema: Mapping[str, Column]) -> None:
        self._schema = schema
        self._columns: dict[str, GrowingArray] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, columns: Mapping[str, NDArray[Any]]) -> None:
        for name, values in columns.items():
            if name not in self._columns:
                self._columns[name] = GrowingArray(np.zeros(0, dtype=self._schema[name].dtype))
            self._columns[name].extend(values)
        self._size += len(next(iter(columns.values())))

    def finish(self, *sort_keys: str) -> tuple[_Columns, IntArray | None]:
        """Return the columns, and, where sorting has moved them, in which row each old one is now."""
        if not self._columns:
            return {name: np.zeros(0, dtype=column.dtype) for name, column in self._schema.items()}, None
        return _sort_columns({name: column.finish() for name, column in self._columns.items()}, *sort_keys)


def _sort_columns(columns: _Columns, *sort_keys: str) -> tuple[_Columns, IntArray | None]:
    """Sort columns by some of them; also say in which row each old one is now, None = where it was."""
    if not sort_keys or _is_sorted([columns[name] for name in sort_keys]):
        return columns, None
    order = stable_lexsort(tuple(columns[name] for name in reversed(sort_keys)))
    new_row = np.empty(len(order), dtype=np.int64)
    new_row[order] = np.arange(len(order))
    return {name: store_array(values[order]) for name, values in columns.items()}, new_row


def _is_sorted(keys: list[IntArray]) -> bool:
    """Tell whether one or two columns ascend together; shards that come in order need no sorting."""
    first, last = keys[0], keys[-1]
    ascends, is_equal = first[1:] > first[:-1], first[1:] == first[:-1]
    return bool((ascends | (is_equal & (last[1:] >= last[:-1]))).all())


def _record_columns(dataset: Dataset, table_order: IntArray) -> _Columns:
    """Build the columns that hold what the records say."""
    annotations = dataset.annotations
    columns: _Columns = {}

    def keep(name: str, values: NDArray[Any]) -> NDArray[Any]:
        columns[name] = store_array(values)  # one by one: all together are a kilobyte an annotation
        return columns[name]

    image_rows = keep("image", annotations.image[table_order])
    category_rows = keep("category", annotations.category[table_order])
    keep("image_id", _look_up(dataset.images.id, image_rows))
    keep("annotation_id", annotations.id[table_order])
    keep("source", annotations.source[table_order])
    keep("index", annotations.index[table_order])
    keep("category_id", _look_up(dataset.categories.id, category_rows))
    keep("iscrowd", annotations.iscrowd[table_order])
    keep("declared_area", annotations.area[table_order])
    for box_column, column_name in enumerate(("declared_x", "declared_y", "declared_w", "declared_h")):
        keep(column_name, annotations.bbox[table_order, box_column])
    return columns


def _unmeasured_columns(n_rows: int) -> _Columns:
    """Build the other columns as those of annotations are that nobody measured."""
    not_known = ("max_abs_coordinate", "merge_score", "edge_here", "edge_best", "edge_beside")
    return {
        name: full_array(n_rows, column_schema.dtype, np.nan if name in not_known else 0)
        for name, column_schema in INSTANCES.items()
        if name not in _RECORD_COLUMNS
    }


def _look_up(record_ids: IntArray, record_rows: IntArray) -> IntArray:
    return np.where(record_rows >= 0, np.r_[record_ids, -1][record_rows], -1)


def _build_pair_table(instance_table: ColumnTable, columns: _Columns) -> ColumnTable:
    """Add what is known of a pair's instances to what was measured of it."""
    instances = {name: instance_table[name].to_numpy() for name in ("image", "image_id", "annotation_id")}
    known_columns = {
        name: store_array(instances[column_name][columns[side]])
        for name, column_name, side in (
            ("image", "image", "a"),
            ("image_id", "image_id", "a"),
            ("annotation_id_a", "annotation_id", "a"),
            ("annotation_id_b", "annotation_id", "b"),
        )
    }
    not_scored = full_array(len(columns["a"]), np.float64, np.nan)
    return table(PAIRS, {**columns, **known_columns, "split_score": not_scored})


def _build_image_table(dataset: Dataset, instance_table: ColumnTable) -> ColumnTable:
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
            "record_file": list(image_records.record_file) or [""] * n_images,
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


def _build_category_table(dataset: Dataset, instance_table: ColumnTable) -> ColumnTable:
    category_records = dataset.categories
    n_categories = len(category_records)
    category_row, image_row = instance_table["category"].to_numpy(), instance_table["image"].to_numpy()
    is_known = category_row >= 0
    is_known &= image_row >= 0
    n_images = max(len(dataset.images), 1)
    category_images = sort_unique(category_row[is_known] * n_images + image_row[is_known]) // n_images
    return table(
        CATEGORIES,
        {
            "category_id": category_records.id,
            "name": list(category_records.name),
            "supercategory": list(category_records.supercategory),
            "source": category_records.source,
            "index": category_records.index,
            "annotations": np.bincount(category_row[category_row >= 0], minlength=n_categories),
            "images": np.bincount(category_images, minlength=n_categories),
        },
    )
