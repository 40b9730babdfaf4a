"""Reading the small JSON documents that people hand back: decisions, baselines, sampling plans."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from audit.findings.regular_file import read_regular_file


class Versioned(Protocol):
    """A document that says which schema it follows."""

    @property
    def schema_version(self) -> int:
        """Of the document."""


Document = TypeVar("Document", bound=Versioned)


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
        document = msgspec.json.decode(read_regular_file(path), type=document_type)
    except OSError as cause:
        raise error_type(f"{path}: cannot be read: {cause.strerror or cause}") from cause
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as cause:
        raise error_type(f"{path}: not {description}: {cause}") from cause
    if document.schema_version != version:
        raise error_type(f"{path}: schema_version is {document.schema_version}, expected {version}")
    return document
