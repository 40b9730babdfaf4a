"""Reading the small JSON documents that people hand back: decisions, baselines, sampling plans."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from audit.findings.regular_file import read_regular_file
from audit.findings.sanitize import encodable


class Versioned(Protocol):
    """A document that says which schema it follows."""

    @property
    def schema_version(self) -> int:
        """Of the document."""


Document = TypeVar("Document", bound=Versioned)
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Half of a surrogate pair, as JSON escapes it or as bytes: browsers write one where a note was cut."""


def read_document(
    path: Path, document_type: type[Document], version: int, description: str, error_type: type[ValueError]
) -> Document:
    """Read a JSON document of a known kind and version.

    Parameters
    ----------
    path : Path
    document_type : type
        What msgspec decodes into.
    version : int
        Its only ``schema_version``.
    description : str
        What it is, for the message: ``a baseline``.
    error_type : type
        Raised with one line that names the file.

    Raises
    ------
    ValueError
        As ``error_type``: if the file cannot be read, is something else, or has another version.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from tempfile import TemporaryDirectory
    >>> @dataclass
    ... class Note:
    ...     schema_version: int
    ...     text: str = ""
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "note.json"
    ...     _ = path.write_text('{"schema_version": 1}')
    ...     read_document(path, Note, 1, "a note", ValueError)
    Note(schema_version=1, text='')
    """
    try:
        document = _decode(read_regular_file(path), document_type)
    except OSError as cause:
        raise error_type(f"{path}: cannot be read: {cause.strerror or cause}") from cause
    except (msgspec.MsgspecError, json.JSONDecodeError, UnicodeError, RecursionError) as cause:
        raise error_type(f"{path}: not {description}: {cause}") from cause
    if document.schema_version != version:
        raise error_type(f"{path}: schema_version is {document.schema_version}, expected {version}")
    return document


def _decode(content: bytes, document_type: type[Document]) -> Document:
    try:
        return msgspec.json.decode(content, type=document_type)
    except (msgspec.MsgspecError, UnicodeError):
        if not _HALF_CHARACTER.search(content):
            raise
    # Python's reader takes what no UTF-8 can hold; one broken note must not cost all other decisions.
    plain_values = json.loads(content.decode("utf-8", "surrogatepass"))
    return msgspec.convert(_make_encodable(plain_values), type=document_type)


def _make_encodable(value: Any) -> Any:
    """Write halves of characters as escapes, in all texts of a JSON document."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_make_encodable(member) for member in value]
    if isinstance(value, dict):
        return {encodable(name): _make_encodable(member) for name, member in value.items()}
    return value
