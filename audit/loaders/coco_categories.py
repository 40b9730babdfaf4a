"""The category records of a COCO file."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audit.dataset.model import Categories
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, read_id, report_ids
from audit.loaders.json_file import Record
from audit.loaders.json_value import JsonObject, shorten_json
from audit.loaders.slow_path import keep_original_id, parse_odd_record, report_text_faults
from audit.loaders.typed_records import CategoryRow, decode_records


@dataclass(frozen=True, slots=True)
class CategoriesRead:
    """Category records as columns, and as what references point to."""

    categories: Categories
    known: IdIndex
    given_ids: Mapping[tuple[str, int], str]


def read_categories(records: Sequence[Record], log: DefectLog) -> CategoriesRead:
    """Read the category records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    log : DefectLog

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read_categories([b'{"id": 1, "name": null}'], log).categories.name
    ('',)
    >>> log.defects[0].rule
    'category.name'
    >>> len(read_categories([], log).categories)
    0
    """
    found: list[CategoryRow] = []
    index: list[int] = []
    keys: list[object] = []
    given: dict[tuple[str, int], str] = {}
    position = 0
    for chunk in decode_records(records, CategoryRow):
        for row in chunk:
            key: object = row.id if row is not None else None
            if row is not None and not row.name.strip():
                _report_empty(position, log)
            if (
                row is None
                and (value := parse_odd_record(records[position], "categories", position, log)) is not None
            ):
                row, key = _category(value, position, log)
                keep_original_id("categories", len(found), value, row.id, given)
            if row is not None:
                report_text_faults(row.name, position, "categories", "name", log)
                report_text_faults(row.supercategory, position, "categories", "supercategory", log)
                found.append(row)
                index.append(position)
                keys.append(key)
            position += 1
    at = np.array(index, dtype=np.int64)
    ids = np.array([row.id for row in found], dtype=np.int64)
    report_ids(log, "categories", ids, at)
    _report_equal_names([row.name for row in found], index, log)
    categories = Categories(
        ids,
        tuple(row.name for row in found),
        tuple(row.supercategory for row in found),
        np.zeros(len(found), dtype=np.int64),
        at,
    )
    return CategoriesRead(categories, IdIndex(ids, keys), given)


def _category(value: JsonObject, index: int, log: DefectLog) -> tuple[CategoryRow, object]:
    row_id, key = read_id(log, "categories", index, value)
    name, above = value.get("name"), value.get("supercategory")
    if not isinstance(name, str):
        said = f"the name is {shorten_json(name)}, not a text" if "name" in value else "there is no name"
        log.add(
            "category.name", "categories", index, "/name" if "name" in value else "", said, shorten_json(name)
        )
        name = shorten_json(name) if isinstance(name, int | float) else ""
    elif not name.strip():
        _report_empty(index, log)
    return CategoryRow(row_id, name, above if isinstance(above, str) else ""), key


def _report_empty(index: int, log: DefectLog) -> None:
    log.add("category.name", "categories", index, "/name", "the name is empty", "")


def _report_equal_names(names: Sequence[str], index: Sequence[int], log: DefectLog) -> None:
    first: dict[str, int] = {}
    for name, position in zip(names, index, strict=True):
        plain = unicodedata.normalize("NFC", name)
        if plain in first and name:
            message = f"category number {first[plain]} of the list has the same name"
            log.add(
                "category.duplicate_name",
                "categories",
                position,
                "/name",
                message,
                name,
                first_index=first[plain],
            )
        first.setdefault(plain, position)
