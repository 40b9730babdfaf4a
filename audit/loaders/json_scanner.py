"""Finding the records of a JSON text by walking it, fault by fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from audit.carriers import dataclass

Span = tuple[int, int]
"""First character, and the one after the last."""

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_VALUE_KINDS = {"{": "an object", "[": "a list", '"': "a string", "n": "null", "t": "true", "f": "false"}


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong with a file as a whole."""

    rule: str
    where: str
    what: str
    remedy: str


class _FaultError(Exception):
    """A fault at a position of the text."""

    def __init__(self, rule: str, position: int, what: str, remedy: str) -> None:
        self.rule, self.position, self.what, self.remedy = rule, position, what, remedy
        super().__init__(what)


def scan_records(text: str, wanted: tuple[str, ...]) -> tuple[Mapping[str, list[Span]], list[FileFault]]:
    """Find the elements of the wanted top-level lists.

    Parameters
    ----------
    text : str
        The whole file.
    wanted : tuple of str
        Names of lists of a top-level object; none = the text itself shall be one list.

    Returns
    -------
    spans : mapping
        Every wanted name (``""`` for the text itself) to the places of its elements, as far as read.
    faults : list of FileFault
        Empty for a sound text; the first is the one that stops an audit.

    Examples
    --------
    >>> spans, faults = scan_records('{"images": [{"id": 1}, 5], "info": NaN}', ("images",))
    >>> spans["images"], faults
    ([(12, 21), (23, 24)], [])
    >>> scan_records("[", ())[1][0].where
    'line 1, column 2'
    >>> scan_records("[]", ())[0]
    {'': []}
    """
    scanner = _Scanner(text, wanted)
    faults: list[FileFault] = []
    try:
        scanner.scan_document()
    except _FaultError as error:
        faults.append(FileFault(error.rule, name_position(text, error.position), error.what, error.remedy))
    if not faults or faults[0].rule.startswith("json."):
        faults += scanner.report_missing()
    return scanner.spans, faults


def name_position(text: str, position: int) -> str:
    r"""Name a position as a person finds it in an editor.

    Examples
    --------
    >>> name_position("{\n  x", 4)
    'line 2, column 3'
    >>> name_position("", 0)
    'line 1, column 1'
    """
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


class _Scanner:
    """One walk through a text; what was found before a fault stays."""

    def __init__(self, text: str, wanted: tuple[str, ...]) -> None:
        self.text, self.wanted = text, wanted
        self.spans: dict[str, list[Span]] = {} if wanted else {"": []}
        # Numbers are skipped, not made: they may have a million digits.
        self.scan = json.JSONDecoder(
            parse_int=lambda _: 0, parse_float=lambda _: 0.0, parse_constant=lambda _: 0
        ).scan_once  # type: ignore[attr-defined]

    def scan_document(self) -> None:
        start = self.skip_space(0)
        first_character = self.text[start : start + 1]
        if first_character != ("{" if self.wanted else "["):
            end = self.skip_value(start)
            self.require_end(end)
            raise _FaultError("schema.top_level", start, *self._describe_top_level(first_character))
        if not self.wanted:
            self.require_end(self.scan_elements(start, self.spans[""]))
            return
        position = self.skip_space(start + 1)
        if self.text[position : position + 1] == "}":
            self.require_end(position + 1)
            return
        while True:
            position = self.scan_member(position)
            separator = self.text[position : position + 1]
            if separator == "}":
                break
            if separator != ",":
                raise self._syntax_fault(position, "expected a comma or the end of the object")
            position = self.skip_space(position + 1)
            if self.text[position : position + 1] == "}":
                raise self._syntax_fault(position, "there is a comma before the end of the object")
        self.require_end(position + 1)

    def _describe_top_level(self, first_character: str) -> tuple[str, str]:
        value_kind = _VALUE_KINDS.get(first_character, "a number")
        if self.wanted:
            remedy = "give an object with images, annotations and categories"
            if first_character == "[":
                remedy += "; a results file is audited with --predictions"
            return f"the document is {value_kind}, not a COCO dataset", remedy
        return (
            f"the document is {value_kind}, not a list of results",
            "give a list of detections, as COCO's results",
        )

    def scan_member(self, position: int) -> int:
        """Read one name and value; return the position after it."""
        if self.text[position : position + 1] != '"':
            raise self._syntax_fault(position, "expected a name in double quotes")
        try:
            name, name_end = scanstring(self.text, position + 1, True)
        except JSONDecodeError as error:
            raise self._convert_error(error) from None
        colon = self.skip_space(name_end)
        if self.text[colon : colon + 1] != ":":
            raise self._syntax_fault(colon, "expected a colon")
        start = self.skip_space(colon + 1)
        if name not in self.wanted:
            return self.skip_space(self.skip_value(start))
        if name in self.spans:
            raise _FaultError(
                "json.duplicate_key", position, f'"{name}" stands here a second time', "merge the two"
            )
        if self.text[start : start + 1] != "[":
            name_end = self.skip_value(start)
            value_kind = _VALUE_KINDS.get(self.text[start], "a number")
            raise _FaultError(
                "schema.type", start, f'"{name}" is {value_kind}, not a list', "make it a list of records"
            )
        self.spans[name] = []
        return self.skip_space(self.scan_elements(start, self.spans[name]))

    def scan_elements(self, start: int, spans: list[Span]) -> int:
        """Note the places of a list's elements; return the position after the list.

        Parameters
        ----------
        start : int
            Position of the opening bracket.
        spans : list
            Gets the places: what comes before a fault stays, to be salvaged.
        """
        position = self.skip_space(start + 1)
        if self.text[position : position + 1] == "]":
            return position + 1
        while True:
            end = self.skip_value(position)
            spans.append((position, end))
            position = self.skip_space(end)
            separator = self.text[position : position + 1]
            if separator == "]":
                return position + 1
            if separator != ",":
                raise self._syntax_fault(position, "expected a comma or the end of the list")
            position = self.skip_space(position + 1)
            if self.text[position : position + 1] == "]":
                raise self._syntax_fault(position, "there is a comma before the end of the list")

    def skip_value(self, position: int) -> int:
        """Return the position after a value of any kind."""
        try:
            end: int = self.scan(self.text, position)[1]
            return end
        except JSONDecodeError as error:
            raise self._convert_error(error) from None
        except StopIteration as stop:
            raise self._syntax_fault(stop.value, "expected a value") from None
        except RecursionError:
            raise _FaultError(
                "json.depth", position, "values are nested too deeply", "flatten them"
            ) from None

    def skip_space(self, position: int) -> int:
        match = _WHITE_SPACE.match(self.text, position)
        return match.end() if match else position

    def require_end(self, position: int) -> None:
        """Make sure that nothing follows."""
        position = self.skip_space(position)
        next_character = self.text[position : position + 1]
        if next_character == "\0":
            raise self._syntax_fault(position, "the file ends in NUL bytes")
        if next_character:
            remedy = "keep one document a file (JSON Lines and joined files are several)"
            raise _FaultError("json.trailing", position, "another value follows the document", remedy)

    def report_missing(self) -> Iterator[FileFault]:
        """Say which wanted lists are not there, and make them empty."""
        for name in self.wanted:
            if name not in self.spans:
                self.spans[name] = []
                problem = f'there is no list "{name}"'
                yield FileFault(
                    "schema.missing_key", f"/{name}", problem, "COCO needs images, annotations, categories"
                )

    def _convert_error(self, error: JSONDecodeError) -> _FaultError:
        return self._syntax_fault(error.pos, error.msg[:1].lower() + error.msg[1:].removesuffix(" at"))

    def _syntax_fault(self, position: int, problem: str) -> _FaultError:
        beginning = self.text[:200].lstrip()
        if beginning.startswith("version https://git-lfs"):
            return _FaultError(
                "json.syntax", 0, "this is a git-LFS pointer, not the file", "run git lfs pull"
            )
        if beginning.startswith("<"):
            return _FaultError(
                "json.syntax", 0, "this is a web page or XML, not JSON", "download the file again"
            )
        if "\0" in self.text[position : position + 1]:
            return _FaultError("json.syntax", position, "the file goes on in NUL bytes", "copy it again")
        if self.skip_space(position) >= len(self.text):
            problem = "the file ends in the middle of the document"
            return _FaultError(
                "json.syntax", len(self.text), problem, "copy it again, or audit the rest with --salvage"
            )
        return _FaultError("json.syntax", position, problem, "export it again as JSON")
