"""Reading one record with nothing lost: doubled keys, NaN and numbers too large are kept as what they are."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from audit.carriers import dataclass

LONGEST_NUMBER = 400
"""Characters of a number; no number that a double can hold needs more."""


@dataclass(frozen=True, slots=True)
class UnusableNumber:
    """A number that no program can work with."""

    rule: str
    """``number.nonfinite`` or ``number.range``."""
    text: str
    """As written, shortened."""


class JsonObject(dict[str, Any]):
    """A JSON object that remembers which keys it gave twice; the last value of each stays."""

    doubled: tuple[str, ...] = ()


def parse_record(record: bytes | memoryview) -> Any:
    """Parse one record that is known to be sound JSON, NaN and Infinity aside.

    Parameters
    ----------
    record : bytes-like
        UTF-8.

    Returns
    -------
    any
        `JsonObject` for objects, `UnusableNumber` for numbers that cannot be held, else Python's own values.

    Examples
    --------
    >>> value = parse_record(b'{"id": 1, "id": 2, "area": 1e400}')
    >>> value["id"], value.doubled, value["area"].rule
    (2, ('id',), 'number.nonfinite')
    >>> parse_record(b"[]")
    []
    """
    text = bytes(record).decode(errors="surrogateescape")
    return _DECODER.decode(text)


def find_anomalies(value: Any, pointer: str = "") -> Iterator[tuple[str, str, str]]:
    """List doubled keys and unusable numbers anywhere in a value.

    Parameters
    ----------
    value : any
        What `parse_record` made of a record, or a part of it.
    pointer : str
        Where the value stands.

    Yields
    ------
    rule, pointer, text : str
        Rule id; RFC 6901 pointer below ``pointer``; the key or the number.

    Examples
    --------
    >>> list(find_anomalies(parse_record(b'{"bbox": [1, NaN]}')))
    [('number.nonfinite', '/bbox/1', 'NaN')]
    >>> list(find_anomalies([]))
    []
    """
    waiting = [(value, pointer)]  # a list and no recursion: a record may be nested a thousand deep
    while waiting:
        value, pointer = waiting.pop()
        if isinstance(value, UnusableNumber):
            yield value.rule, pointer, value.text
        elif isinstance(value, JsonObject):
            for key in value.doubled:
                yield "json.duplicate_key", f"{pointer}/{escape_pointer(key)}", key
            waiting += [
                (member, f"{pointer}/{escape_pointer(key)}") for key, member in reversed(value.items())
            ]
        elif isinstance(value, list):
            elements = enumerate(value)
            inner_values = [
                (inner_value, f"{pointer}/{position}")
                for position, inner_value in elements
                if isinstance(inner_value, list | JsonObject | UnusableNumber)
            ]
            waiting += reversed(inner_values)


def escape_pointer(key: str) -> str:
    """Write a key as a part of a JSON pointer (RFC 6901).

    Examples
    --------
    >>> escape_pointer("a/b~c")
    'a~1b~0c'
    >>> escape_pointer("")
    ''
    """
    return key.replace("~", "~0").replace("/", "~1")


def shorten_json(value: Any, max_length: int = 60) -> str:
    """Write a value as JSON for a message or an identity, cut after some characters.

    Parameters
    ----------
    value : any
    max_length : int
        Characters; of lists and objects, as many elements are looked at.

    Examples
    --------
    >>> shorten_json([1, None, "a"]), shorten_json({"a": 1}, 5)
    ('[1, null, "a"]', '{"a":…')
    >>> shorten_json([])
    '[]'
    """
    if isinstance(value, list | dict) and len(value) > max_length:
        value = list(value)[:max_length]
    try:
        text = json.dumps(value, default=_encode_unusable, ensure_ascii=False)
    except RecursionError:
        text = "nested too deeply to show"
    return text if len(text) <= max_length else f"{text[:max_length]}…"


def _encode_unusable(value: Any) -> str:
    return value.text if isinstance(value, UnusableNumber) else str(value)


def _build_object(key_values: list[tuple[str, Any]]) -> JsonObject:
    json_object = JsonObject(key_values)
    if len(json_object) < len(key_values):
        seen_keys: set[str] = set()
        doubled_keys: dict[str, None] = {}
        for key, _ in key_values:
            if key in seen_keys:
                doubled_keys[key] = None
            seen_keys.add(key)
        json_object.doubled = tuple(doubled_keys)
    return json_object


def _parse_float(text: str) -> float | UnusableNumber:
    if len(text) > LONGEST_NUMBER:
        return UnusableNumber("number.range", f"{text[:20]}…")
    number = float(text)
    return number if math.isfinite(number) else UnusableNumber("number.nonfinite", text)


def _parse_int(text: str) -> int | UnusableNumber:
    return UnusableNumber("number.range", f"{text[:20]}…") if len(text) > LONGEST_NUMBER else int(text)


_DECODER = json.JSONDecoder(
    parse_float=_parse_float,
    parse_int=_parse_int,
    parse_constant=lambda text: UnusableNumber("number.nonfinite", text),
    object_pairs_hook=_build_object,
)
