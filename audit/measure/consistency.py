"""Whether stored tables fit each other: a table that somebody edited or mixed up must not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.measure.column_table import ColumnTable
from audit.measure.schema import (
    CATEGORIES,
    CONVENTIONS,
    CUTS,
    IMAGES,
    INSTANCES,
    PAIRS,
    SHAPES,
    UNIONS,
    UNLABELLED,
    Column,
    Measurements,
)

SCHEMAS: Mapping[str, Mapping[str, Column]] = {
    "images": IMAGES,
    "categories": CATEGORIES,
    "instances": INSTANCES,
    "pairs": PAIRS,
    "shapes": SHAPES,
    "unions": UNIONS,
    "cuts": CUTS,
    "conventions": CONVENTIONS,
    "unlabelled": UNLABELLED,
}
"""The columns of every table, by its name; a table's file has the same name."""

# Column -> (table it points into, whether -1 stands for a row that is not known).
_POINTERS: Mapping[str, Mapping[str, tuple[str, bool]]] = {
    "instances": {"image": ("images", True), "category": ("categories", True)},
    "pairs": {"image": ("images", False), "a": ("instances", False), "b": ("instances", False)},
    "unions": {"pair": ("pairs", False)},
    "cuts": {"instance": ("instances", False)},
    "conventions": {"category": ("categories", True)},
    "unlabelled": {"image": ("images", False)},
}

# Column -> (the pointer beside it, the column it repeats from the row pointed at).
_COPIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "instances": {"image_id": ("image", "image_id"), "category_id": ("category", "category_id")},
    "pairs": {
        "image": ("a", "image"),
        "image_id": ("image", "image_id"),
        "annotation_id_a": ("a", "annotation_id"),
        "annotation_id_b": ("b", "annotation_id"),
    },
    "unlabelled": {"image_id": ("image", "image_id")},
}

_SHARES = {
    "instances": ("merge_score",),
    "pairs": ("iou", "ioa_a", "ioa_b", "hole_share_a", "hole_share_b", "split_score"),
    "conventions": ("auroc", "pair_auroc", "merged_share", "split_share"),
}
_MAY_BE_MISSING = {
    "instances": {
        *("declared_area", "declared_x", "declared_y", "declared_w", "declared_h", "max_abs_coordinate"),
        *("merge_score", "edge_here", "edge_best", "edge_beside"),
    },
    "pairs": {"split_score"},
    "conventions": {"auroc", "pair_auroc", "merged_share", "split_share"},
}
_MAY_BE_NEGATIVE = {
    *("image_id", "category_id", "annotation_id", "annotation_id_a", "annotation_id_b"),
    *("x", "y", "edge_x", "edge_y"),
}
"""Ids as in the file, places and moves; what points at rows is checked by itself. All others are counts."""
_ROUNDING = 1e-9


def check_tables(measurements: Measurements) -> None:
    """Raise an error unless the tables hold what measuring can have written.

    Parameters
    ----------
    measurements : Measurements

    Raises
    ------
    ValueError
        Naming the first table, column and row at fault: a row that points at no row, a copy of an id that
        differs from the id, pairs out of order or of one and the same mask, a count below zero, a share
        outside 0 to 1, NaN where a number must be, or two tables of one row each that differ in length.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> tables = measured(scene("aab"))
    >>> check_tables(tables)
    >>> from dataclasses import replace
    >>> check_tables(replace(tables, pairs=tables.pairs.assign(b=[7])))
    Traceback (most recent call last):
    ValueError: pairs.b, row 0: 7 is no row of instances
    >>> from audit.measure.schema import empty_measurements
    >>> check_tables(empty_measurements())
    """
    for problem in _list_problems(measurements):
        raise ValueError(problem)


def _list_problems(measurements: Measurements) -> Iterator[str]:
    for table_name in SCHEMAS:
        frame = getattr(measurements, table_name)
        yield from _check_numbers(table_name, frame)
        yield from _check_pointers(table_name, frame, measurements)
        yield from _check_copies(table_name, frame, measurements)
    yield from _check_lengths(measurements)
    yield from _check_orders(measurements)
    yield from _check_sources(measurements)


def _check_numbers(table_name: str, frame: ColumnTable) -> Iterator[str]:
    shares, nullable = _SHARES.get(table_name, ()), _MAY_BE_MISSING.get(table_name, set())
    any_integer = _MAY_BE_NEGATIVE | _POINTERS.get(table_name, {}).keys()
    for name, column in SCHEMAS[table_name].items():
        values = frame[name].to_numpy()
        if column.dtype.startswith("float") and name not in nullable:
            yield from _report(table_name, name, frame, ~np.isfinite(values), "is no number")
        if column.dtype == "int64" and name not in any_integer:
            yield from _report(table_name, name, frame, values < 0, "is below 0")
        if name in shares:
            outside = (values < -_ROUNDING) | (values > 1 + _ROUNDING)
            yield from _report(table_name, name, frame, outside, "is no share")


def _check_pointers(table_name: str, frame: ColumnTable, measurements: Measurements) -> Iterator[str]:
    for name, (target, may_be_unknown) in _POINTERS.get(table_name, {}).items():
        rows, n_rows = frame[name].to_numpy(), len(getattr(measurements, target))
        outside = (rows < (-1 if may_be_unknown else 0)) | (rows >= n_rows)
        yield from _report(table_name, name, frame, outside, f"is no row of {target}")


def _check_copies(table_name: str, frame: ColumnTable, measurements: Measurements) -> Iterator[str]:
    """Compare the ids that a table repeats with those of the rows it points at."""
    for name, (pointer, original) in _COPIES.get(table_name, {}).items():
        target = _POINTERS[table_name][pointer][0]
        ids = np.r_[getattr(measurements, target)[original].to_numpy(), -1]  # -1, the unknown, takes the last
        differs = frame[name].to_numpy() != ids[frame[pointer].to_numpy()]
        yield from _report(table_name, name, frame, differs, f"differs from {target}.{original}")


def _check_lengths(measurements: Measurements) -> Iterator[str]:
    n_instances, n_shapes = len(measurements.instances), len(measurements.shapes)
    if n_shapes not in {0, n_instances}:
        yield f"shapes has {n_shapes} rows, instances {n_instances}"


def _check_orders(measurements: Measurements) -> Iterator[str]:
    """Compare each row with the one before: who judges relies on these orders."""
    pairs = measurements.pairs
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    elsewhere = measurements.instances["image"].to_numpy()[b] != pairs["image"].to_numpy()
    yield from _report("pairs", "b", pairs, elsewhere, "lies in another image than a")
    yield from _report("pairs", "b", pairs, b <= a, "is not above a")
    falls = (a[1:] < a[:-1]) | ((a[1:] == a[:-1]) & (b[1:] <= b[:-1]))
    yield from _report("pairs", "a", pairs, np.r_[np.zeros(min(len(a), 1), bool), falls], "is out of order")
    for table_name, name in (("unions", "pair"), ("cuts", "instance")):
        frame = getattr(measurements, table_name)
        rows: IntArray = frame[name].to_numpy()
        falls = np.r_[np.zeros(min(len(rows), 1), bool), rows[1:] < rows[:-1]]
        yield from _report(table_name, name, frame, falls, "is out of order")


def _check_sources(measurements: Measurements) -> Iterator[str]:
    n_sources = max(len(measurements.sources), 1)
    for table_name in ("images", "categories", "instances"):
        frame = getattr(measurements, table_name)
        outside = frame["source"].to_numpy() >= n_sources
        yield from _report(table_name, "source", frame, outside, "is no input file")


def _report(
    table_name: str, name: str, frame: ColumnTable, is_wrong: NDArray[np.bool_], fault: str
) -> Iterator[str]:
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        yield f"{table_name}.{name}, row {row}: {frame[name].to_numpy()[row]} {fault}"
