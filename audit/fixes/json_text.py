"""Changes in the text of one JSON record: what is not changed keeps every character."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]

from audit.carriers import dataclass

Span = tuple[int, int]
"""First character, and the one after the last."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Numbers are skipped, not made: they may have a million digits.
_skip_value = json.JSONDecoder(
    parse_int=lambda _: 0, parse_float=lambda _: 0.0, parse_constant=lambda _: 0
).scan_once  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class RawJson:
    """A value that is written as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """Where one name and value of an object stand."""

    name_begin: int
    value: Span


def find_members(record: str) -> dict[str, Member]:
    """Find the members of an object; of a name that is given twice, the last, which readers take.

    Parameters
    ----------
    record : str
        A sound JSON object, without space around it.

    Examples
    --------
    >>> find_members('{"id": 7}')["id"].value
    (7, 8)
    >>> find_members("{}")
    {}
    """
    members: dict[str, Member] = {}
    position = _skip_space(record, 1)
    while record[position] != "}":
        name, name_end = scanstring(record, position + 1, True)
        value_begin = _skip_space(record, _skip_space(record, name_end) + 1)
        value_end = _skip_value(record, value_begin)[1]
        members[name] = Member(position, (value_begin, value_end))
        position = _skip_space(record, value_end)
        if record[position] == ",":
            position = _skip_space(record, position + 1)
    return members


def member_text(record: str, name: str) -> str | None:
    """Return a value as it is written; None where the object has no such name.

    Parameters
    ----------
    record : str
    name : str

    Examples
    --------
    >>> member_text('{"area": 12.50}', "area"), member_text("{}", "area")
    ('12.50', None)
    """
    member = find_members(record).get(name)
    return None if member is None else record[slice(*member.value)]


def find_elements(text: str) -> list[Span]:
    """Find the elements of a list.

    Parameters
    ----------
    text : str
        A sound JSON list, without space around it.

    Examples
    --------
    >>> find_elements("[1, [2]]")
    [(1, 2), (4, 7)]
    >>> find_elements("[]")
    []
    """
    spans: list[Span] = []
    position = _skip_space(text, 1)
    while text[position] != "]":
        end = _skip_value(text, position)[1]
        spans.append((position, end))
        position = _skip_space(text, end)
        if text[position] == ",":
            position = _skip_space(text, position + 1)
    return spans


def drop_elements(text: str, dropped: Collection[int]) -> str:
    """Leave elements out of a list; the space around the others stays.

    Parameters
    ----------
    text : str
        A sound JSON list.
    dropped : collection of int
        Positions.

    Examples
    --------
    >>> drop_elements("[1,  2, 3]", [0]), drop_elements("[1,  2, 3]", [2])
    ('[2, 3]', '[1,  2]')
    >>> drop_elements("[]", [])
    '[]'
    """
    spans = find_elements(text)
    if not spans:
        return text
    pieces = [text[: spans[0][0]]]
    is_first = True
    for position, (begin, end) in enumerate(spans):
        if position in dropped:
            continue
        # The separator before an element goes with it, so the first one that stays has none.
        pieces.append(text[begin:end] if is_first else text[spans[position - 1][1] : end])
        is_first = False
    return "".join(pieces) + text[spans[-1][1] :]


def replace_members(record: str, values: Mapping[str, object]) -> str:
    """Give some members of an object other values; new ones go to the end, written as the others are.

    Parameters
    ----------
    record : str
        A sound JSON object, without space around it.
    values : mapping
        Name to `RawJson` or plain value. Numbers keep the form of the earlier ones: a value that was written
        with a point gets one.

    Examples
    --------
    >>> replace_members('{"id":1,"area":9.0, "x" : "é"}', {"area": 12, "iscrowd": 0})
    '{"id":1,"area":12.0, "x" : "é", "iscrowd" : 0}'
    >>> replace_members("{}", {"id": 1})
    '{"id": 1}'
    """
    members = find_members(record)
    known = sorted((name for name in values if name in members), key=lambda name: -members[name].value[0])
    added = "".join(
        _write_member(record, members, name, value) for name, value in values.items() if name not in members
    )
    ends = [member.value[1] for member in members.values()]
    place = max(ends) if ends else 1
    text = record[:place] + (added if ends else added.lstrip(", \n\t\r")) + record[place:]
    for name in known:  # from the end on, so that the earlier places stay right
        begin, end = members[name].value
        text = text[:begin] + write_value(values[name], text[begin:end], is_spaced(record)) + text[end:]
    return text


def write_value(value: object, earlier: str = "", spaced: bool = True) -> str:
    r"""Write a value in the form of the one that stood there.

    Parameters
    ----------
    value : RawJson or plain value
    earlier : str
        What stood there.
    spaced : bool
        Whether a space follows commas and colons, where ``earlier`` does not tell.

    Examples
    --------
    >>> write_value([1, 2.5], "[ 7.0,\\n 8 ]"), write_value(3, "4.0"), write_value([], "")
    ('[ 1.0,\\n 2.5 ]', '3.0', '[]')
    """
    if isinstance(value, RawJson):
        return value.text
    numbers = value if isinstance(value, list) else [value]
    is_numeric = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
    places = list(_NUMBER.finditer(earlier))
    is_alike = earlier.startswith("[") == isinstance(value, list) and len(places) == len(numbers)
    if is_numeric and numbers and is_alike and not earlier.startswith('"'):
        pieces, end = [], 0
        for number, place in zip(numbers, places, strict=True):
            pieces += [earlier[end : place.start()], _write_number(number, place.group())]
            end = place.end()
        return "".join(pieces) + earlier[end:]
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":"))


def is_spaced(record: str) -> bool:
    """Say whether a space follows the commas of a record, or a line break.

    Examples
    --------
    >>> is_spaced('{"id": 1, "b": 2}'), is_spaced('{"id":1,"b":2}'), is_spaced("{}")
    (True, False, True)
    """
    members = sorted(find_members(record).values(), key=lambda member: member.name_begin)
    return len(members) < 2 or record[members[1].name_begin - 1] in " \n\r\t"


def _write_number(number: object, earlier: str) -> str:
    if isinstance(number, float) and number.is_integer() and not re.search("[.eE]", earlier):
        number = int(number)
    if isinstance(number, int) and re.search("[.eE]", earlier):
        number = float(number)
    return json.dumps(number)


def _write_member(record: str, members: Mapping[str, Member], name: str, value: object) -> str:
    """Write a new member with what separates the last two."""
    ordered = sorted(members.values(), key=lambda member: member.name_begin)
    between, colon = ", ", ": "
    if ordered:
        name_end = scanstring(record, ordered[-1].name_begin + 1, True)[1]
        colon = record[name_end : ordered[-1].value[0]]
    if len(ordered) > 1:
        between = record[ordered[-2].value[1] : ordered[-1].name_begin]
    return (
        f"{between}{json.dumps(name, ensure_ascii=False)}{colon}{write_value(value, '', is_spaced(record))}"
    )


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
