"""Where the values stand that JSON pointers lead to, in any JSON text."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_HERE = None
"""Key of the pointer that ends at a node; no name of a member is this."""
_Wanted = dict[str | None, Any]
"""Part of a pointer to what is wanted below it."""


def find_pointers(text: str, pointers: Iterable[str]) -> dict[str, int]:
    """Find the first character of each value that a JSON pointer (RFC 6901) leads to.

    The text is read once, and only what leads to a wanted value is walked; all else is skipped by the
    standard library's scanner.

    Parameters
    ----------
    text : str
    pointers : iterable of str

    Returns
    -------
    dict
        Pointer to position, in characters. What is not there has none, and of a text that ends in a fault
        everything before it is found.

    Examples
    --------
    >>> find_pointers('[{"é": [1, 22]}, {}]', ["/0/é/1", "/1", "/2", ""])
    {'': 0, '/0/é/1': 11, '/1': 17}
    >>> find_pointers("", ["/0"])
    {}
    """
    wanted: _Wanted = {}
    for pointer in pointers:
        node = wanted
        for part in pointer.split("/")[1:]:
            node = node.setdefault(part.replace("~1", "/").replace("~0", "~"), {})
        node[_HERE] = pointer
    return _Walk(text).run(wanted)


class _Walk:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[str, int] = {}
        self.scan: Callable[[str, int], tuple[object, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

    def run(self, wanted: _Wanted) -> dict[str, int]:
        # What stands before a fault is known.
        with contextlib.suppress(StopIteration, ValueError, IndexError, RecursionError):
            self.visit(self.skip_space(0), wanted)
        return self.found

    def skip_space(self, position: int) -> int:
        match = _WHITE_SPACE.match(self.text, position)
        return match.end() if match else position

    def visit(self, position: int, wanted: _Wanted) -> int:
        """Note a value and what is wanted inside it; return where it ends."""
        if _HERE in wanted and position < len(self.text):
            self.found[wanted[_HERE]] = position
        first_character = self.text[position : position + 1]
        is_inside = len(wanted) > (_HERE in wanted)
        if is_inside and first_character == "[":
            return self.visit_elements(position, wanted)
        if is_inside and first_character == "{":
            return self.visit_members(position, wanted)
        return self.scan(self.text, position)[1]

    def visit_elements(self, position: int, wanted: _Wanted) -> int:
        index = 0
        position = self.skip_space(position + 1)
        while self.text[position] != "]":
            inner = wanted.get(str(index))
            position = self.visit(position, inner) if inner else self.scan(self.text, position)[1]
            position = self.skip_comma(position, "]")
            index += 1
        return position + 1

    def visit_members(self, position: int, wanted: _Wanted) -> int:
        position = self.skip_space(position + 1)
        while self.text[position] != "}":
            if self.text[position] != '"':
                raise ValueError("no name")
            name, position = scanstring(self.text, position + 1)
            position = self.skip_space(position)
            if self.text[position] != ":":
                raise ValueError("no colon")
            position = self.skip_space(position + 1)
            inner = wanted.get(name)
            position = self.visit(position, inner) if inner else self.scan(self.text, position)[1]
            position = self.skip_comma(position, "}")
        return position + 1

    def skip_comma(self, position: int, closing: str) -> int:
        position = self.skip_space(position)
        if self.text[position] == closing:
            return position
        if self.text[position] != ",":
            raise ValueError("no comma")
        return self.skip_space(position + 1)
