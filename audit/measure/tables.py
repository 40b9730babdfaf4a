"""From the shards' tables to those of a dataset, and to Parquet and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.findings.sanitize import encodable
from audit.geometry.shape import mix_bits
from audit.measure.schema import (
    CATEGORIES,
    CONVENTIONS,
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
from audit.measure.shard import Columns, ShardTables

_FILES: Mapping[str, Mapping[str, Column]] = {
    "images": IMAGES,
    "categories": CATEGORIES,
    "instances": INSTANCES,
    "pairs": PAIRS,
    "shapes": SHAPES,
    "unions": UNIONS,
    "cuts": CUTS,
    "conventions": CONVENTIONS,
}


def merge_shards(dataset: Dataset, parts: Iterable[ShardTables]) -> Measurements:
    """Put the measured shards of a dataset together.

    Parameters
    ----------
    dataset : Dataset
    parts : iterable of ShardTables
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
    measured = list(parts)
    order = instance_order(dataset)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    instances = _instances(dataset, order, place, measured)
    pairs, pair_place = _pairs(instances, place, measured)
    shapes = {
        name: _spread(column.dtype, len(order), place, ((part.rows, part.shapes[name]) for part in measured))
        for name, column in SHAPES.items()
    }
    return Measurements(
        _images(dataset, instances),
        _categories(dataset, instances),
        instances,
        pairs,
        tuple(source.name for source in dataset.sources),
        tuple(source.format for source in dataset.sources),
        table(SHAPES, shapes),
        _pointing(UNIONS, "pair", pair_place, _unions(measured)),
        _pointing(CUTS, "instance", place, [part.cuts for part in measured]),
    )


def _spread(
    dtype: str, n: int, place: IntArray, found: Iterable[tuple[IntArray, NDArray[Any]]]
) -> NDArray[Any]:
    """Put what was measured of some annotations into a column of all; 0 for the others."""
    column = np.zeros(n, dtype=dtype)
    for rows, value in found:
        column[place[rows]] = value
    return column


def _unions(parts: list[ShardTables]) -> list[Columns]:
    """Count the pairs that the unions point at through all parts."""
    before = np.cumsum([0, *(len(part.pairs["a"]) for part in parts)])
    return [
        {**part.unions, "pair": part.unions["pair"] + first}
        for part, first in zip(parts, before, strict=False)
    ]


def _pointing(
    schema: Mapping[str, Column], pointer: str, place: IntArray, parts: list[Columns]
) -> pd.DataFrame:
    """Put tables together that point at rows of another one, and sort them by these."""
    if not parts:
        return table(schema, {name: [] for name in schema})
    data = {name: np.concatenate([part[name] for part in parts]) for name in schema}
    data[pointer] = place[data[pointer]]
    order = np.argsort(data[pointer], kind="stable")
    return table(schema, {name: value[order] for name, value in data.items()})


def _instances(dataset: Dataset, order: IntArray, place: IntArray, parts: list[ShardTables]) -> pd.DataFrame:
    a = dataset.annotations
    image, category = a.image[order], a.category[order]
    data: dict[str, NDArray[Any]] = {
        "image": image,
        "image_id": _look_up(dataset.images.id, image),
        "annotation_id": a.id[order],
        "source": a.source[order],
        "index": a.index[order],
        "category": category,
        "category_id": _look_up(dataset.categories.id, category),
        "iscrowd": a.iscrowd[order],
        "declared_area": a.area[order],
        "merge_score": np.full(len(order), np.nan),
        "edge_here": np.full(len(order), np.nan),
        "edge_best": np.full(len(order), np.nan),
        "edge_x": np.zeros(len(order)),
        "edge_y": np.zeros(len(order)),
    }
    for k, name in enumerate(("declared_x", "declared_y", "declared_w", "declared_h")):
        data[name] = a.bbox[order, k]
    for name, column in INSTANCES.items():
        if name in data:
            continue
        empty = np.nan if name == "max_abs_coordinate" else 0
        data[name] = np.full(len(order), empty, dtype=column.dtype)
        for part in parts:
            data[name][place[part.rows]] = part.instances[name]
    return table(INSTANCES, data)


def _look_up(ids: IntArray, rows: IntArray) -> IntArray:
    return np.where(rows >= 0, np.r_[ids, -1][rows], -1)


def _pairs(
    instances: pd.DataFrame, place: IntArray, parts: list[ShardTables]
) -> tuple[pd.DataFrame, IntArray]:
    """Put the pairs together; also say in which row each of them is now."""
    measured: dict[str, NDArray[Any]] = {}
    for name in PAIRS:
        if parts and name in parts[0].pairs:
            measured[name] = np.concatenate([part.pairs[name] for part in parts])
    if not measured:
        return table(PAIRS, {name: [] for name in PAIRS}), np.zeros(0, dtype=np.int64)
    a, b = place[measured["a"]], place[measured["b"]]
    order = np.lexsort((b, a))
    data = {name: value[order] for name, value in measured.items()}
    data["a"], data["b"] = a[order], b[order]
    for name in ("image", "image_id"):
        data[name] = instances[name].to_numpy()[data["a"]]
    for side in ("a", "b"):
        data[f"annotation_id_{side}"] = instances["annotation_id"].to_numpy()[data[side]]
    data["split_score"] = np.full(len(order), np.nan)
    row = np.empty(len(order), dtype=np.int64)
    row[order] = np.arange(len(order))
    return table(PAIRS, data), row


def _images(dataset: Dataset, instances: pd.DataFrame) -> pd.DataFrame:
    images = dataset.images
    n = len(images)
    row = instances["image"].to_numpy()
    known = row >= 0
    # Annotation order must not count, so the image's hash is a sum over its masks.
    marked = mix_bits(
        instances["mask_hash"].to_numpy() + instances["category_id"].to_numpy().astype(np.uint64)
    )
    marked[instances["mask_hash"].to_numpy() == 0] = 0
    masks_hash = np.zeros(n, dtype=np.uint64)
    np.add.at(masks_hash, row[known], marked[known])
    return table(
        IMAGES,
        {
            "image_id": images.id,
            "file_name": list(images.file_name),
            "height": images.height,
            "width": images.width,
            "source": images.source,
            "index": images.index,
            "annotations": np.bincount(row[known], minlength=n),
            "masks_hash": masks_hash,
            "picture": ["not_checked"] * n,
            "picture_detail": [""] * n,
            "picture_height": np.zeros(n),
            "picture_width": np.zeros(n),
            "exif_orientation": np.zeros(n),
            "picture_hash": [""] * n,
        },
    )


def _categories(dataset: Dataset, instances: pd.DataFrame) -> pd.DataFrame:
    categories = dataset.categories
    n = len(categories)
    category, image = instances["category"].to_numpy(), instances["image"].to_numpy()
    known = category >= 0
    together = np.unique(np.stack([category[known], image[known]]), axis=1)
    together = together[:, together[1] >= 0]
    return table(
        CATEGORIES,
        {
            "category_id": categories.id,
            "name": list(categories.name),
            "supercategory": list(categories.supercategory),
            "source": categories.source,
            "index": categories.index,
            "annotations": np.bincount(category[known], minlength=n),
            "images": np.bincount(together[0], minlength=n),
        },
    )


def write_parquet(m: Measurements, folder: Path) -> None:
    """Write the tables as ``images.parquet``, ``categories.parquet`` ... into a folder.

    Lone surrogates, which no Parquet file can hold, are written as escapes.

    Parameters
    ----------
    m : Measurements
    folder : Path

    Raises
    ------
    OSError
        If the folder is missing or not writable.
    """
    for name in _FILES:
        frame: pd.DataFrame = getattr(m, name)
        text = {c: frame[c].map(encodable) for c, column in _FILES[name].items() if column.dtype == "str"}
        frame.assign(**text).to_parquet(folder / f"{name}.parquet", index=False)


def read_parquet(folder: Path, sources: tuple[str, ...] = (), formats: tuple[str, ...] = ()) -> Measurements:
    """Read the tables that `write_parquet` wrote.

    Parameters
    ----------
    folder : Path
    sources : tuple of str
        Names of the input files, by position.
    formats : tuple of str
        Their formats, by position.

    Raises
    ------
    OSError
        If a table is missing.
    ValueError
        If a table has other columns than the schema.
    """
    frames = {}
    for name, schema in _FILES.items():
        frame = pd.read_parquet(folder / f"{name}.parquet")
        frames[name] = table(schema, {column: frame[column] for column in frame.columns})
    return Measurements(**frames, sources=sources, formats=formats)
