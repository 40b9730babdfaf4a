"""A closer look at a record whose fields are not all there, not of their types, or hard to read."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from audit.loaders.defect_log import DefectLog
from audit.loaders.json_file import Record
from audit.loaders.json_value import JsonObject, find_anomalies, parse_record, shorten_json

MAX_NAME = 1000
"""Characters of a category name."""
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TEXT_FAULTS = {
    "text.surrogate": "has half of a surrogate pair",
    "text.bidi": "has bidirectional control characters",
    "text.control": "has control characters",
    "text.length": f"has more than {MAX_NAME:,} characters",
}


def parse_odd_record(
    record: Record, entity: str, index: int, log: DefectLog, skip: str = "\0"
) -> JsonObject | None:
    """Parse a record that is not as it should be; report what is odd about it as JSON.

    Parameters
    ----------
    record : bytes-like
    entity : str
    index : int
    log : DefectLog
    skip : str
        Pointer of a field whose numbers the caller judges.

    Returns
    -------
    Members or None
        None where it is no object; that is reported too.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> parse_odd_record(b"{}", "images", 0, log), parse_odd_record(b"null", "images", 1, log)
    ({}, None)
    >>> log.defects[0].rule
    'schema.type'
    """
    value = parse_record(memoryview(record))
    report_anomalies(value, entity, index, log, skip)
    if isinstance(value, JsonObject):
        return value
    text = shorten_json(value)
    log.add("schema.type", entity, index, "", f"the record is {text}, not an object", text)
    return None


def report_anomalies(value: Any, entity: str, index: int, log: DefectLog, skip: str = "\0") -> None:
    """Report doubled keys and numbers that cannot be held, wherever they stand in a record.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> report_anomalies(parse_record(b'{"area": Infinity}'), "annotations", 2, log)
    >>> log.defects[0].field
    '/area'
    >>> report_anomalies(parse_record(b"{}"), "annotations", 2, log)
    """
    said = {
        "json.duplicate_key": "the key “{}” is given twice",
        "number.nonfinite": "the number {} is not finite",
        "number.range": "the number {} has too many digits",
    }
    for rule, pointer, text in find_anomalies(value):
        if pointer != skip or rule == "json.duplicate_key":
            log.add(rule, entity, index, pointer, said[rule].format(text), text)


def keep_original_id(
    entity: str, row: int, value: JsonObject, row_id: int, given: dict[tuple[str, int], str]
) -> None:
    """Remember what stood in the file where the id is another number, or a made-up one.

    Examples
    --------
    >>> given = {}
    >>> keep_original_id("images", 0, JsonObject(id="7"), 7, given)
    >>> keep_original_id("images", 1, JsonObject(), -1, given)
    >>> given
    {('images', 0): '"7"'}
    """
    if "id" in value and (type(value["id"]) is not int or value["id"] != row_id):
        given[entity, row] = shorten_json(value["id"], 200)


def report_text_faults(text: str, index: int, entity: str, field: str, log: DefectLog) -> None:
    r"""Report characters in a name that hide, act or cannot be encoded.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> report_text_faults("a\x1b[0m", 0, "categories", "name", log)
    >>> log.defects[0].rule
    'text.control'
    >>> report_text_faults("", 0, "categories", "name", log)
    """
    if text.isprintable() and len(text) <= MAX_NAME:
        return
    kinds = {unicodedata.category(c) for c in set(text)}
    found = {
        "text.surrogate": "Cs" in kinds,
        "text.bidi": _BIDI.search(text) is not None,
        "text.control": "Cc" in kinds,
        "text.length": field != "file_name" and len(text) > MAX_NAME,
    }
    for rule, there in found.items():
        if there:
            log.add(rule, entity, index, f"/{field}", f"its {field} {_TEXT_FAULTS[rule]}", text)
