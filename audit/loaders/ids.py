"""Ids and references as files write them: integers, and what stands where integers should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from audit.dataset.model import IntArray
from audit.geometry.sort_keys import sort_unique
from audit.loaders.defect_log import DefectLog
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json

NO_RECORD = -(2**63)
"""An id that no record has: a reference to it has been reported already."""
_INT64_LIMIT = 2**63
_MOST_IDS_A_RECORD = 8
"""Where ids lie closer than this, a table by id is quicker than a search; COCO's images are one in five."""


def read_id(defect_log: DefectLog, entity: str, position: int, record: JsonObject) -> tuple[int, object]:
    """Read a record's id and report what is wrong with it.

    Parameters
    ----------
    defect_log : DefectLog
    entity : str
        ``images``, ``annotations`` or ``categories``.
    position : int
        Of the record in its list; a made-up id is derived from it.
    record : JsonObject

    Returns
    -------
    id : int
        64 bits; made up (`DefectLog.make_up_id`) where the file has none that fits.
    key : object
        What references are compared with (`normalize_id`).

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> read_id(defect_log, "images", 0, JsonObject(id="7"))
    (7, 7)
    >>> read_id(defect_log, "images", 1, JsonObject())
    (-9007199254740993, None)
    >>> [defect.rule for defect in defect_log.defects]
    ['id.type', 'id.missing']
    """
    value = record.get("id")
    key = normalize_id(value)
    if isinstance(value, UnusableNumber):
        return defect_log.make_up_id(entity, position), None  # reported as a number
    if value is None:
        message, pointer = ("the id is null", "/id") if "id" in record else ("the id is missing", "")
        defect_log.add("id.missing", entity, position, pointer, message, None)
        return defect_log.make_up_id(entity, position), None
    text = shorten_json(value)
    if type(value) is not int:
        message = f"the id is {text}, not an integer"
        defect_log.add("id.type", entity, position, "/id", message, text)
        if isinstance(key, int) and -_INT64_LIMIT < key < _INT64_LIMIT:
            return key, key
        return defect_log.make_up_id(entity, position), key
    if not -_INT64_LIMIT < value < _INT64_LIMIT:
        message = f"the id {text} has more than 64 bits"
        defect_log.add("id.range", entity, position, "/id", message, value)
        return defect_log.make_up_id(entity, position), value
    return value, value


def normalize_id(value: Any) -> object:
    """Return what two ids have in common that mean the same: ``7``, ``7.0`` and ``"7"``.

    Parameters
    ----------
    value : any
        As parsed.

    Returns
    -------
    int, str or None
        None where the value can be no id.

    Examples
    --------
    >>> [normalize_id(value) for value in (7, "7", 7.0, "a7", True, [7])]
    [7, 7, 7, 'a7', None, None]
    >>> normalize_id("123456789012345678"), normalize_id("1234567890123456789"), normalize_id(None)
    (123456789012345678, '1234567890123456789', None)
    """
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        # Up to 18 digits fit into 64 bits; other alphabets' digits are names, not numbers.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else value
    return None


class IdIndex:
    """The records that references may point to.

    Parameters
    ----------
    ids : (n,) int64
        Of the records, in order.
    odd_keys : mapping, optional
        Row to what its record was called in the file (`normalize_id`), where that is not its id; the first
        of equal ones counts.
    names : callable, optional
        Gives (name, row) of what else references may say, for example file names, in capitals or not; a name
        of several records means none. Called when the first reference that is a text is read.

    Examples
    --------
    >>> id_index = IdIndex(np.array([7, 9]))
    >>> id_index.find_rows(np.array([9, 8])).tolist()
    [1, -1]
    >>> id_index.find_id("7"), id_index.find_id(None)
    (7, None)
    """

    def __init__(
        self,
        ids: IntArray,
        odd_keys: Mapping[int, object] = MappingProxyType({}),
        names: Callable[[], Iterable[tuple[str, int]]] = tuple,
    ) -> None:
        self.ids, self._odd_keys, self._names = ids, odd_keys, names
        self._sorted_ids, self._first_rows = np.unique(ids, return_index=True)
        self._row_table = self._tabulate_rows()

    @cached_property
    def _by_key(self) -> dict[object, int]:
        """Made when the first odd reference is read: of a million images it takes 150 MB."""
        rows: dict[object, int] = {}
        for row, record_id in enumerate(self.ids.tolist()):
            key = self._odd_keys.get(row, record_id)
            if key is not None:
                rows.setdefault(key, row)
        return rows

    def _tabulate_rows(self) -> IntArray | None:
        """Return the row of each id from the first to the last, then -1; None where that is long."""
        if not len(self.ids):
            return None
        first, last = int(self._sorted_ids[0]), int(self._sorted_ids[-1])
        if last - first > _MOST_IDS_A_RECORD * len(self.ids):
            return None
        table = np.full(last - first + 2, -1, dtype=np.int64)
        table[self._sorted_ids - first] = self._first_rows
        return table

    def find_rows(self, references: IntArray) -> IntArray:
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
        if self._row_table is not None:
            # Without a sign, ids before the first are far behind the last.
            offset = (references - self._sorted_ids[0]).view(np.uint64)
            place = np.minimum(offset, np.uint64(len(self._row_table) - 1)).view(np.int64)
            rows: IntArray = self._row_table[place]
            return rows
        place = np.minimum(np.searchsorted(self._sorted_ids, references), len(self._sorted_ids) - 1)
        is_known = self._sorted_ids[place] == references
        return np.where(is_known, self._first_rows[place], -1).astype(np.int64)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        """Names as they are written."""
        names = list(self._names())
        n_meanings = Counter(name for name, _ in names)
        return {name: row for name, row in names if n_meanings[name] == 1}

    @cached_property
    def _by_folded_name(self) -> dict[str, int]:
        """Names without regard to capitals, worked out when the first is not found as it is written."""
        folded = [(_fold_name(name), row) for name, row in self._names()]
        n_meanings = Counter(name for name, _ in folded)
        return {name: row for name, row in folded if n_meanings[name] == 1}

    def find_id(self, value: Any) -> int | None:
        """Return the id of the record that a reference of any type means; None where there is none."""
        row = self._by_key.get(normalize_id(value))
        if row is None and isinstance(value, str):
            row = (
                self._by_name[value]
                if value in self._by_name
                else self._by_folded_name.get(_fold_name(value))
            )
        return None if row is None else int(self.ids[row])


def _fold_name(name: str) -> str:
    """Return what two names have in common that differ in capitals or blanks around them."""
    return name.strip().casefold()


def read_reference(
    defect_log: DefectLog, position: int, record: JsonObject, field: str, id_index: IdIndex
) -> int:
    """Read an annotation's ``image_id`` or ``category_id`` and report what is wrong with it.

    Parameters
    ----------
    defect_log : DefectLog
    position : int
        Of the annotation in its list.
    record : JsonObject
        The annotation.
    field : str
        ``image_id`` or ``category_id``.
    id_index : IdIndex
        The records that it may refer to.

    Returns
    -------
    int
        The id of the record that is meant; `NO_RECORD` where there is none.

    Examples
    --------
    >>> defect_log, id_index = DefectLog("a.json"), IdIndex(np.array([7]))
    >>> read_reference(defect_log, 0, JsonObject(image_id=7.0), "image_id", id_index)
    7
    >>> read_reference(defect_log, 1, JsonObject(), "image_id", id_index) == NO_RECORD
    True
    >>> [defect.rule for defect in defect_log.defects]
    ['id.type', 'ref.image']
    """
    value = record.get(field)
    if isinstance(value, UnusableNumber):
        return NO_RECORD  # reported as a number
    if value is None:
        problem, pointer = ("is null", f"/{field}") if field in record else ("is missing", "")
        rule = f"ref.{field.removesuffix('_id')}"
        defect_log.add(rule, "annotations", position, pointer, f"the {field} {problem}", None)
        return NO_RECORD
    if type(value) is not int:
        text = shorten_json(value)
        message = f"the {field} is {text}, not an integer"
        defect_log.add("id.type", "annotations", position, f"/{field}", message, text)
    record_id = id_index.find_id(value)
    if record_id is None:
        report_dangling(defect_log, position, field, shorten_json(value))
        return NO_RECORD
    return record_id


def report_dangling(defect_log: DefectLog, position: int, field: str, value: object) -> None:
    """Report a reference to a record that does not exist.

    Parameters
    ----------
    defect_log : DefectLog
    position : int
        Of the annotation in its list.
    field : str
        ``image_id`` or ``category_id``.
    value : object
        What it says.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> report_dangling(defect_log, 0, "category_id", 9)
    >>> defect_log.defects[0].message
    'the category_id 9 belongs to no category'
    """
    entity = field.removesuffix("_id")
    message = f"the {field} {value} belongs to no {entity}"
    defect_log.add(f"ref.{entity}", "annotations", position, f"/{field}", message, str(value))


def report_ids(defect_log: DefectLog, entity: str, ids: IntArray, index: IntArray) -> None:
    """Report ids that stand there twice, are negative, or (annotations) 0.

    Parameters
    ----------
    defect_log : DefectLog
    entity : str
    ids, index : (n,) int64
        Ids as read, and positions in the file's list.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> report_ids(defect_log, "annotations", np.array([1, 0, 1, -3]), np.arange(4))
    >>> [(defect.rule, defect.index) for defect in defect_log.defects]
    [('id.duplicate', 2), ('id.range', 3), ('id.zero', 1)]
    >>> report_ids(defect_log, "images", np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    """
    made_up = [position for made_up_entity, position in defect_log.made_up if made_up_entity == entity]
    if made_up:
        is_from_file = ~np.isin(index, made_up)
        ids, index = ids[is_from_file], index[is_from_file]
    if _has_repeats(ids):  # seldom: what follows takes several times as long
        _, first_rows, inverse = np.unique(ids, return_index=True, return_inverse=True)
        first_row_of = first_rows[inverse]
        for row in np.flatnonzero(first_row_of != np.arange(len(ids))).tolist():
            value, earlier = int(ids[row]), int(index[first_row_of[row]])
            message = f"number {earlier} of the list has the same id {value}"
            position = int(index[row])
            defect_log.add("id.duplicate", entity, position, "/id", message, value, first_index=earlier)
    for row in np.flatnonzero(ids < 0).tolist():
        defect_log.add("id.range", entity, int(index[row]), "/id", "the id is negative", int(ids[row]))
    if entity == "annotations":
        for row in np.flatnonzero(ids == 0).tolist():
            message = "COCOeval counts the id 0 as unmatched"
            defect_log.add("id.zero", entity, int(index[row]), "/id", message, 0)


def _has_repeats(ids: IntArray) -> bool:
    if bool((ids[1:] > ids[:-1]).all()):  # as most files have them
        return False
    return len(sort_unique(ids)) < len(ids)
