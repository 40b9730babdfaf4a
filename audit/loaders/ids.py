"""Ids and references as files write them: integers, and what stands where integers should be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from audit.dataset.model import IntArray
from audit.loaders.defect_log import DefectLog
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json

NO_RECORD = -(2**63)
"""An id that no record has: a reference to it has been reported already."""
_INT64 = 2**63


def read_id(log: DefectLog, entity: str, index: int, record: JsonObject) -> tuple[int, object]:
    """Read a record's own id and report what is wrong with it.

    Parameters
    ----------
    log : DefectLog
    entity : str
    index : int
        Position of the record; a made-up id is derived from it.
    record : Members

    Returns
    -------
    id : int
        64 bits; made up (`DefectLog.make_up_id`) where the file has none that fits.
    key : object
        What references are compared with (`normalize_id`).

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read_id(log, "images", 0, JsonObject(id="7")), read_id(log, "images", 1, JsonObject())
    ((7, 7), (-9007199254740993, None))
    >>> [d.rule for d in log.defects]
    ['id.type', 'id.missing']
    """
    value = record.get("id")
    key = normalize_id(value)
    if value is None:
        said = "is null" if "id" in record else "is missing"
        log.add("id.missing", entity, index, "/id" if "id" in record else "", f"the id {said}", None)
        return log.make_up_id(entity, index), None
    if isinstance(value, UnusableNumber):
        return log.make_up_id(entity, index), None  # reported as a number
    if type(value) is not int:
        log.add(
            "id.type",
            entity,
            index,
            "/id",
            f"the id is {shorten_json(value)}, not an integer",
            shorten_json(value),
        )
        if isinstance(key, int) and -_INT64 < key < _INT64:
            return key, key
        return log.make_up_id(entity, index), key
    if not -_INT64 < value < _INT64:
        log.add(
            "id.range", entity, index, "/id", f"the id {shorten_json(value)} has more than 64 bits", value
        )
        return log.make_up_id(entity, index), value
    return value, value


def normalize_id(value: Any) -> object:
    """Return what two ids have in common that mean the same: ``7``, ``7.0`` and ``"7"``.

    Returns
    -------
    int, str or None
        None where the value can be no id.

    Examples
    --------
    >>> [normalize_id(value) for value in (7, "7", 7.0, "a7", True, [7])]
    [7, 7, 7, 'a7', None, None]
    >>> normalize_id(None) is None
    True
    """
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else value
    return None


class IdIndex:
    """The records that references may point to.

    Parameters
    ----------
    ids : (n,) int64
        Of the records, in order.
    keys : iterable
        What each was called in the file (`normalize_id`); the first of equal ones counts.

    Examples
    --------
    >>> known = IdIndex(np.array([7, 9]), [7, 9])
    >>> known.rows(np.array([9, 8])).tolist()
    [1, -1]
    >>> known.find("7"), known.find(None)
    (7, None)
    """

    def __init__(self, ids: IntArray, keys: Iterable[object]) -> None:
        self.ids = ids
        self._by_key: dict[object, int] = {}
        for row, key in enumerate(keys):
            if key is not None:
                self._by_key.setdefault(key, row)
        self._sorted, self._first = np.unique(ids, return_index=True)

    def rows(self, references: IntArray) -> IntArray:
        """Return the row of each reference; -1 where there is none.

        Parameters
        ----------
        references : (m,) int64

        Returns
        -------
        (m,) int64
        """
        if len(self.ids) == 0:
            return np.full(len(references), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._sorted, references), len(self._sorted) - 1)
        return np.where(self._sorted[place] == references, self._first[place], -1).astype(np.int64)

    def find(self, value: Any) -> int | None:
        """Return the id of the record that a reference of any type means; None where there is none."""
        row = self._by_key.get(normalize_id(value))
        return None if row is None else int(self.ids[row])


def read_reference(log: DefectLog, index: int, record: JsonObject, field: str, known: IdIndex) -> int:
    """Read an annotation's ``image_id`` or ``category_id`` and report what is wrong with it.

    Returns
    -------
    int
        The id of the record that is meant; `NO_RECORD` where there is none.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read_reference(log, 0, JsonObject(image_id=7.0), "image_id", IdIndex(np.array([7]), [7]))
    7
    >>> read_reference(log, 1, JsonObject(), "image_id", IdIndex(np.array([7]), [7])) == NO_RECORD
    True
    >>> [d.rule for d in log.defects]
    ['id.type', 'ref.image']
    """
    rule = f"ref.{field.removesuffix('_id')}"
    value = record.get(field)
    if value is None or isinstance(value, UnusableNumber):
        said = "is null" if field in record else "is missing"
        if not isinstance(value, UnusableNumber):
            place = f"/{field}" if field in record else ""
            log.add(rule, "annotations", index, place, f"the {field} {said}", None)
        return NO_RECORD
    if type(value) is not int:
        text = shorten_json(value)
        log.add("id.type", "annotations", index, f"/{field}", f"the {field} is {text}, not an integer", text)
    meant = known.find(value)
    if meant is None:
        report_dangling(log, index, field, shorten_json(value))
        return NO_RECORD
    return meant


def report_dangling(log: DefectLog, index: int, field: str, value: object) -> None:
    """Report a reference to a record that does not exist.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> report_dangling(log, 0, "category_id", 9)
    >>> log.defects[0].message
    'the category_id 9 belongs to no category'
    """
    name = field.removesuffix("_id")
    log.add(
        f"ref.{name}",
        "annotations",
        index,
        f"/{field}",
        f"the {field} {value} belongs to no {name}",
        str(value),
    )


def report_ids(log: DefectLog, entity: str, ids: IntArray, index: IntArray) -> None:
    """Report ids that are given twice, negative, or (annotations) 0.

    Parameters
    ----------
    log : DefectLog
    entity : str
    ids, index : (n,) int64
        Ids as read, and positions in the file's list.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> report_ids(log, "annotations", np.array([1, 0, 1, -3]), np.arange(4))
    >>> [(d.rule, d.index) for d in log.defects]
    [('id.duplicate', 2), ('id.range', 3), ('id.zero', 1)]
    >>> report_ids(log, "images", np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    """
    made_up = [position for name, position in log.made_up if name == entity]
    own = ~np.isin(index, made_up)
    ids, index = ids[own], index[own]
    order = np.argsort(ids, kind="stable")
    again = order[1:][ids[order[1:]] == ids[order[:-1]]] if len(ids) else order
    first = (
        dict(zip(*(v.tolist() for v in np.unique(ids, return_index=True)), strict=True)) if len(again) else {}
    )
    for row in np.sort(again).tolist():
        value = int(ids[row])
        earlier = int(index[first[value]])
        message = f"number {earlier} of the list has the same id {value}"
        log.add("id.duplicate", entity, int(index[row]), "/id", message, value, first_index=earlier)
    for row in np.flatnonzero(ids < 0).tolist():
        log.add("id.range", entity, int(index[row]), "/id", "the id is negative", int(ids[row]))
    if entity == "annotations":
        for row in np.flatnonzero(ids == 0).tolist():
            log.add("id.zero", entity, int(index[row]), "/id", "COCOeval counts the id 0 as unmatched", 0)
