"""The category records of a COCO file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from audit.dataset.model import Categories, IntArray
from audit.dataset.root_category import find_root_category
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, read_id, report_ids
from audit.loaders.json_value import JsonObject, shorten_json
from audit.loaders.slow_path import iterate_records, keep_original_id, report_text_faults
from audit.loaders.typed_records import CategoryRow


def read_categories(
    records: Sequence[bytes], defect_log: DefectLog
) -> tuple[Categories, IdIndex, dict[tuple[str, int], str]]:
    """Read the category records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    defect_log : DefectLog

    Returns
    -------
    categories : Categories
        Of source 0.
    id_index : IdIndex
        What annotations refer to.
    original_ids : dict
        As in `audit.dataset.model.Dataset`.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> read_categories([b'{"id": 1, "name": "cell"}', b'{"id": 2, "name": null}'], defect_log)[0].name
    ('cell', '')
    >>> defect_log.defects[0].rule
    'category.name'
    >>> len(read_categories([], defect_log)[0])
    0
    """
    rows: list[CategoryRow] = []
    positions: list[int] = []
    odd_keys: dict[int, object] = {}
    original_ids: dict[tuple[str, int], str] = {}
    for position, record in iterate_records(records, CategoryRow, "categories", defect_log):
        if isinstance(record, JsonObject):
            row, odd_keys[len(rows)] = _read_odd_category(record, position, defect_log)
            keep_original_id("categories", len(rows), record, row.id, original_ids)
        else:
            row = record
            if not row.name.strip():
                _report_empty_name(position, defect_log)
        report_text_faults(row.name, position, "categories", "name", defect_log)
        report_text_faults(row.supercategory, position, "categories", "supercategory", defect_log)
        rows.append(row)
        positions.append(position)
    index = np.array(positions, dtype=np.int64)
    ids = np.array([row.id for row in rows], dtype=np.int64)
    report_ids(defect_log, "categories", ids, index)
    names = tuple(row.name for row in rows)
    supercategories = tuple(row.supercategory for row in rows)
    source = np.zeros(len(rows), dtype=np.int64)
    return Categories(ids, names, supercategories, source, index), IdIndex(ids, odd_keys), original_ids


def _read_odd_category(value: JsonObject, position: int, defect_log: DefectLog) -> tuple[CategoryRow, object]:
    """Read a record field by field; return it, and the key that references to it have."""
    row_id, key = read_id(defect_log, "categories", position, value)
    name, supercategory = value.get("name"), value.get("supercategory")
    if not isinstance(name, str):
        text = shorten_json(name)
        message = f"the name is {text}, not a text" if "name" in value else "there is no name"
        pointer = "/name" if "name" in value else ""
        defect_log.add("category.name", "categories", position, pointer, message, text)
        name = text if isinstance(name, int | float) else ""
    elif not name.strip():
        _report_empty_name(position, defect_log)
    return CategoryRow(row_id, name, supercategory if isinstance(supercategory, str) else ""), key


def _report_empty_name(position: int, defect_log: DefectLog) -> None:
    defect_log.add("category.name", "categories", position, "/name", "the name is empty", "")


def report_equal_names(categories: Categories, category_rows: IntArray, defect_log: DefectLog) -> None:
    """Report names that look alike: an accent may be a character of its own, or part of its letter.

    Roboflow's root category may have the name of a category below it, as long as no annotation is of it.

    Parameters
    ----------
    categories : Categories
        Of one file.
    category_rows : (n,) int64
        The categories of its annotations.
    defect_log : DefectLog

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> records = [b'{"id": 1, "name": "cell"}', b'{"id": 2, "name": "cell"}']
    >>> report_equal_names(read_categories(records, defect_log)[0], np.zeros(0, np.int64), defect_log)
    >>> [(defect.rule, defect.index) for defect in defect_log.defects]
    [('category.duplicate_name', 1)]
    """
    root = find_root_category(categories.name, categories.supercategory)
    first_positions: dict[str, int] = {}
    for row, (name, position) in enumerate(zip(categories.name, categories.index.tolist(), strict=True)):
        if row == root and not (category_rows == root).any():
            continue
        normal_form = unicodedata.normalize("NFC", name)
        first = first_positions.setdefault(normal_form, position)
        if first != position and name:
            message = f"category number {first} of the list has the same name"
            defect_log.add(
                "category.duplicate_name", "categories", position, "/name", message, name, first_index=first
            )
