"""Labels and results given in the wrong order: one line that says so, with the right one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.loaders.loaded import UnreadableError
from audit.loaders.memory import GroundTruth, Predictions

_BEGINNING = 4096
"""Bytes that are looked at for the first sign of a document."""
_READ_SIZE = 1 << 20


@contextmanager
def tell_swapped_files(labels: GroundTruth | None, results: Predictions | None) -> Iterator[None]:
    """Turn the error about either file into one about their order, where that is what is wrong.

    Parameters
    ----------
    labels : path or sequence of paths
        As given; folders, several files and what is in memory are left alone.
    results : path or None
        As given; None = there is nothing to swap.

    Raises
    ------
    UnreadableError
        About the order, or as it was raised inside.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> results, labels = folder / "results.json", folder / "labels.json"
    >>> _, _ = results.write_text("[]"), labels.write_text("{}")
    >>> try:
    ...     with tell_swapped_files(results, labels):
    ...         raise UnreadableError("schema.top_level", "results.json", "", "a list", "give an object")
    ... except UnreadableError as error:
    ...     print(error.what.partition(":")[0])
    the arguments are swapped
    >>> with tell_swapped_files(labels, None):
    ...     pass
    """
    try:
        yield
    except UnreadableError as error:
        if error.rule != "schema.top_level" or not isinstance(labels, str | Path):
            raise
        if not isinstance(results, str | Path):
            raise
        if _first_character(results) != b"{" or not _holds_results(Path(labels)):
            raise
        what = f"the arguments are swapped: these are results, and {results} holds labels"
        remedy = f"labels come first: {results} {labels}"
        raise UnreadableError(error.rule, str(labels), "", what, remedy) from None


def _first_character(path: str | Path) -> bytes:
    """Return the first character of a file that is no space; nothing where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(_BEGINNING).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    except OSError:
        return b""


def _holds_results(path: Path) -> bool:
    """Tell whether a file is a list, or an object in which something has a score."""
    first = _first_character(path)
    if first != b"{":
        return first == b"["
    with path.open("rb") as file:
        end = b""
        while part := file.read(_READ_SIZE):
            if b'"score"' in end + part:
                return True
            end = part[-len(b'"score"') :]
    return False
