"""What is known to be wrong in a dataset: the answers that a scan is judged against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from audit.carriers import dataclass
from audit.findings.regular_file import read_regular_file


@dataclass(frozen=True, slots=True)
class PlantedError:
    """One error that was put into a clean dataset on purpose."""

    rule: str
    """The rule that should find it; empty where no rule looks for it."""
    file_name: str | None
    """Of the picture; None where the error belongs to no picture that exists."""
    annotation_ids: tuple[int, ...] = ()
    """As written; empty for errors of a picture or of the whole dataset."""
    category_ids: tuple[int, ...] = ()
    """For errors of the list of categories."""
    note: str = ""
    """What was done, in words."""
    checked: bool = True
    """False where finding it is not (yet) promised, so that missing it counts for nothing."""


def write_planted(path: Path, planted: Sequence[PlantedError]) -> None:
    """Write the answers as a JSON list, one object an error.

    Parameters
    ----------
    path : Path
        The file; overwritten.
    planted : sequence of PlantedError
        In the order in which they are written.
    """
    path.write_bytes(msgspec.json.format(msgspec.json.encode(list(planted)), indent=1) + b"\n")


def read_planted(path: Path) -> tuple[PlantedError, ...]:
    """Read the answers back.

    Raises
    ------
    msgspec.ValidationError
        If the file holds anything else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_planted(Path(folder) / "planted.json", [])
    ...     read_planted(Path(folder) / "planted.json")
    ()
    """
    return msgspec.json.decode(read_regular_file(path), type=tuple[PlantedError, ...])
