"""The class names of a YOLO dataset: the key ``names`` of its ``data.yaml``, without a YAML library."""

from __future__ import annotations

import re

_KEY = re.compile(r"names\s*:\s*(.*)")
_BLOCK_ITEM = re.compile(r"\s*(?:-|(?P<number>\d{1,9}|'\d{1,9}'|\"\d{1,9}\")\s*:)\s+(?P<name>.+)")
_NAME = r"""(?P<name>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"'\[\]{}\s][^,\[\]{}]*?)"""
_FLOW_ITEM = re.compile(
    rf"""\s*(?:(?P<number>\d{{1,9}}|'\d{{1,9}}'|"\d{{1,9}}")\s*:\s+)?{_NAME}\s*(?:,|$)\s*"""
)
_COMMENT = re.compile(r"(?:^|\s)#")


def parse_names(text: str) -> tuple[dict[int, str] | None, int]:
    r"""Read the class names of a ``data.yaml``.

    A list or a mapping from numbers, over lines or in brackets: what the tools write. Anchors, tags and names
    over several lines are not read.

    Parameters
    ----------
    text : str

    Returns
    -------
    names : dict or None
        Number to name; None where there are no names that can be read.
    line : int
        The line of ``names``, or the one that cannot be read; 0 where there is no such key.

    Examples
    --------
    >>> parse_names("nc: 2\nnames: ['cell', debris]  # ours")
    ({0: 'cell', 1: 'debris'}, 2)
    >>> parse_names("names:\n  0: cell\n  5: debris")[0], parse_names("names:\n- cell\n- debris")[0]
    ({0: 'cell', 5: 'debris'}, {0: 'cell', 1: 'debris'})
    >>> parse_names("names: *classes"), parse_names("")
    ((None, 1), (None, 0))
    """
    lines = text.splitlines()
    for position, line in enumerate(lines):
        found = _KEY.fullmatch(_strip_comment(line).rstrip())
        if found and found[1]:
            return _parse_flow([found[1], *lines[position + 1 :]]), position + 1
        if found:
            return _parse_block(lines, position + 1)
    return None, 0


def _parse_block(lines: list[str], start: int) -> tuple[dict[int, str] | None, int]:
    names: dict[int, str] = {}
    for position in range(start, len(lines)):
        line = _strip_comment(lines[position]).rstrip()
        if not line:
            continue
        found = _BLOCK_ITEM.fullmatch(line)
        if not found and line[0].isspace():
            return None, position + 1
        if not found:
            break
        _add_name(names, found)
    return names or None, start


def _parse_flow(lines: list[str]) -> dict[int, str] | None:
    text = " ".join(_strip_comment(line) for line in lines).strip()
    close = {"[": "]", "{": "}"}.get(text[:1])
    names: dict[int, str] = {}
    position = 1
    while close and position < len(text):
        if text.startswith(close, position):
            return names or None
        # Up to the bracket that ends the list, unless a quoted name holds one.
        found = _FLOW_ITEM.match(text, position) or _FLOW_ITEM.match(
            text, position, text.find(close, position)
        )
        if not found:
            return None
        _add_name(names, found)
        position = found.end()
    return None


def _strip_comment(line: str) -> str:
    for found in _COMMENT.finditer(line):
        before = line[: found.start()]
        if before.count("'") % 2 == 0 and before.count('"') % 2 == 0:  # not within a quoted name
            return before
    return line


def _add_name(names: dict[int, str], found: re.Match[str]) -> None:
    number = found["number"]
    name = found["name"].strip()
    if name[:1] == "'" and name[-1:] == "'":
        name = name[1:-1].replace("''", "'")
    elif name[:1] == '"' and name[-1:] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    names[len(names) if number is None else int(number.strip("'\""))] = name
