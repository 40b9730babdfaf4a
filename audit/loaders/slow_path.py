"""The slow path of a record whose fields are not all there, not of their types, or hard to read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from audit.loaders.defect_log import DefectLog
from audit.loaders.json_value import JsonObject, find_anomalies, parse_record, shorten_json
from audit.loaders.typed_records import Row, decode_records

MAX_NAME_LENGTH = 1000
"""Characters of a category name."""
MAX_ID_LENGTH = 10_000
"""Characters of an id that are kept: a results file may name a longer one only in vain."""
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ANOMALY_MESSAGES = {
    "json.duplicate_key": "the key “{}” is given twice",
    "number.nonfinite": "the number {} is not finite",
    "number.range": "the number {} has too many digits",
}
_TEXT_MESSAGES = {
    "text.surrogate": "has half of a surrogate pair",
    "text.bidi": "has bidirectional control characters",
    "text.control": "has control characters",
    "text.length": f"has more than {MAX_NAME_LENGTH:,} characters",
}


def iterate_records(
    records: Sequence[bytes], row_type: type[Row], entity: str, defect_log: DefectLog
) -> Iterator[tuple[int, Row | JsonObject]]:
    """Decode records one by one, the quick way where it can be done.

    Parameters
    ----------
    records : sequence of bytes-like
    row_type : type
        A struct of `audit.loaders.typed_records`.
    entity : str
        ``images``, ``annotations`` or ``categories``.
    defect_log : DefectLog

    Yields
    ------
    position : int
        In the list; records that are no objects are reported and left out.
    record : struct or JsonObject
        A typed row, or an object whose fields have to be read one by one.

    Examples
    --------
    >>> from audit.loaders.typed_records import CategoryRow
    >>> records = [b'{"id": 1, "name": "cell"}', b"5", b'{"id": 2}']
    >>> [position for position, _ in iterate_records(records, CategoryRow, "categories", DefectLog("a.json"))]
    [0, 2]
    >>> list(iterate_records([], CategoryRow, "categories", DefectLog("a.json")))
    []
    """
    for position, row in enumerate(chain.from_iterable(decode_records(records, row_type))):
        if row is not None:
            yield position, row
        elif (value := parse_odd_record(records[position], entity, position, defect_log)) is not None:
            yield position, value


def parse_odd_record(
    record: bytes, entity: str, position: int, defect_log: DefectLog, skipped_pointer: str = "\0"
) -> JsonObject | None:
    """Parse a record that is not as it should be; report what is odd about it as JSON.

    Parameters
    ----------
    record : bytes-like
    entity : str
    position : int
    defect_log : DefectLog
    skipped_pointer : str
        Pointer of a field whose numbers the caller judges.

    Returns
    -------
    JsonObject or None
        None where it is no object; that is reported too.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> parse_odd_record(b"{}", "images", 0, defect_log), parse_odd_record(b"null", "images", 1, defect_log)
    ({}, None)
    >>> defect_log.defects[0].rule
    'schema.type'
    """
    value = parse_record(record)
    report_anomalies(value, entity, position, defect_log, skipped_pointer)
    if isinstance(value, JsonObject):
        return value
    text = shorten_json(value)
    defect_log.add("schema.type", entity, position, "", f"the record is {text}, not an object", text)
    return None


def report_anomalies(
    value: Any, entity: str, position: int, defect_log: DefectLog, skipped_pointer: str = "\0"
) -> None:
    """Report doubled keys and numbers that cannot be held, wherever they stand in a record.

    Parameters
    ----------
    value : any
        What `audit.loaders.json_value.parse_record` made of the record.
    entity : str
    position : int
    defect_log : DefectLog
    skipped_pointer : str
        Pointer of a field whose numbers the caller judges.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> report_anomalies(parse_record(b'{"area": Infinity}'), "annotations", 2, defect_log)
    >>> defect_log.defects[0].field
    '/area'
    >>> report_anomalies(parse_record(b"{}"), "annotations", 2, defect_log)
    """
    for rule, pointer, text in find_anomalies(value):
        if pointer != skipped_pointer or rule == "json.duplicate_key":
            message = _ANOMALY_MESSAGES[rule].format(text)
            defect_log.add(rule, entity, position, pointer, message, text)


def keep_original_id(
    entity: str, row: int, value: JsonObject, row_id: int, original_ids: dict[tuple[str, int], str]
) -> None:
    """Remember what stood in the file where the id is another number, or a made-up one.

    Parameters
    ----------
    entity : str
    row : int
        Of the record in its table.
    value : JsonObject
        The record.
    row_id : int
        The id that the table has.
    original_ids : dict
        Gets the text, by entity and row.

    Examples
    --------
    >>> original_ids = {}
    >>> keep_original_id("images", 0, JsonObject(id="7"), 7, original_ids)
    >>> keep_original_id("images", 1, JsonObject(), -1, original_ids)
    >>> original_ids
    {('images', 0): '"7"'}
    """
    if "id" in value and (type(value["id"]) is not int or value["id"] != row_id):
        original_ids[entity, row] = shorten_json(value["id"], MAX_ID_LENGTH)


def report_text_faults(text: str, position: int, entity: str, field: str, defect_log: DefectLog) -> None:
    r"""Report characters in a name that hide, act or cannot be encoded.

    Parameters
    ----------
    text : str
    position : int
    entity : str
    field : str
        ``file_name``, ``name`` or ``supercategory``.
    defect_log : DefectLog

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> report_text_faults("a\x1b[0m", 0, "categories", "name", defect_log)
    >>> defect_log.defects[0].rule
    'text.control'
    >>> report_text_faults("", 0, "categories", "name", defect_log)
    """
    if text.isprintable() and len(text) <= MAX_NAME_LENGTH:
        return
    unicode_kinds = {unicodedata.category(character) for character in set(text)}
    is_faulty = {
        "text.surrogate": "Cs" in unicode_kinds,
        "text.bidi": _BIDI_CONTROLS.search(text) is not None,
        "text.control": "Cc" in unicode_kinds,
        # A path may be longer than a name; the system says when it is too long.
        "text.length": field != "file_name" and len(text) > MAX_NAME_LENGTH,
    }
    for rule, faulty in is_faulty.items():
        if faulty:
            message = f"its {field} {_TEXT_MESSAGES[rule]}"
            defect_log.add(rule, entity, position, f"/{field}", message, text)
