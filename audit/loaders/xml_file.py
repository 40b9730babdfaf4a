"""XML that may be hostile: no entities, no outside files, bounded depth; every element knows its line."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from audit.loaders.loaded import UnreadableError

MAX_DEPTH = 32
_REMEDY = "export it again"


class XmlElement:
    """An element: its attributes, its text, and what is in it.

    Parameters
    ----------
    tag : str
    attributes : dict
    line : int
        From 1 on.
    begin : int
        Byte of its ``<``.
    """

    __slots__ = ("attributes", "begin", "children", "close", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int, begin: int) -> None:
        self.tag, self.attributes, self.line, self.begin = tag, attributes, line, begin
        self.text = ""
        self.children: list[XmlElement] = []
        self.close = 0  # byte of its closing tag; without a meaning where it is empty: <a/>

    def find_all(self, *tags: str) -> Iterator[XmlElement]:
        """Yield the elements on a path below this one.

        Parameters
        ----------
        *tags : str
            Of each step; the last is that of what is yielded.

        Examples
        --------
        >>> root = parse_xml("a", b"<a><b><c/></b><b/></a>")
        >>> len(list(root.find_all("b"))), len(list(root.find_all("b", "c")))
        (2, 1)
        """
        for child in self.children:
            if child.tag == tags[0]:
                yield from child.find_all(*tags[1:]) if len(tags) > 1 else (child,)


class _ForbiddenError(Exception):
    """Something that a harmless file does not have."""


def parse_xml(name: str, data: bytes) -> XmlElement:
    """Parse a document.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    data : bytes

    Raises
    ------
    UnreadableError
        ``input.format``: it is no sound XML, declares entities, or is nested too deeply.

    Examples
    --------
    >>> parse_xml("a.xml", b"<a><b c='1'>d</b></a>").children[0].attributes
    {'c': '1'}
    >>> try:
    ...     parse_xml("a.xml", b"")
    ... except UnreadableError as error:
    ...     error.rule
    'input.format'
    """
    builder = _TreeBuilder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise UnreadableError(
            "input.format", name, where, f"this is no sound XML: {expat.ErrorString(error.code)}", _REMEDY
        ) from None
    except _ForbiddenError as error:
        where = f"line {builder.parser.CurrentLineNumber}"
        raise UnreadableError("input.format", name, where, str(error), _REMEDY) from None
    return builder.root.children[0]


class _TreeBuilder:
    """Builds elements as expat meets them."""

    def __init__(self) -> None:
        self.root = XmlElement("", {}, 0, 0)
        self.open = [self.root]
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.finish
        self.parser.CharacterDataHandler = self.add_text
        self.parser.EntityDeclHandler = self.forbid_entities
        self.parser.ExternalEntityRefHandler = self.forbid_entities

    def forbid_entities(self, *_: object) -> int:
        raise _ForbiddenError("it declares entities, which can blow up memory or read other files")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) > MAX_DEPTH:
            raise _ForbiddenError(f"it is nested more than {MAX_DEPTH} deep")
        line, begin = self.parser.CurrentLineNumber, self.parser.CurrentByteIndex
        element = XmlElement(tag, attributes, line, begin)
        self.open[-1].children.append(element)
        self.open.append(element)

    def finish(self, tag: str) -> None:
        element = self.open.pop()
        element.close = self.parser.CurrentByteIndex

    def add_text(self, text: str) -> None:
        element = self.open[-1]
        if not element.children:
            element.text += text
