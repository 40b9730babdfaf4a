"""What was planted into labels: the answers, as JSON that other tools can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from audit.findings.encode import encode_json
from audit.findings.regular_file import read_regular_file


class Merge(msgspec.Struct, frozen=True):
    """Several objects that became one annotation."""

    annotation_id: int
    image_id: int
    source_ids: list[int] = []


class Split(msgspec.Struct, frozen=True):
    """One object that became two annotations."""

    annotation_ids: tuple[int, int]
    image_id: int
    source_id: int = -1


class FurtherError(msgspec.Struct, frozen=True):
    """What else was planted: ``duplicates``, ``overlaps``, ``shifts``, ``drops``."""

    kind: str
    annotation_ids: list[int]
    """In the planted file; empty for a drop."""
    image_id: int
    box: tuple[float, float, float, float] | None = None
    """Of what was left out, xywh in pixels; none where annotations show the place."""


class Truth(msgspec.Struct, frozen=True):
    """The answers to a planted file. Ids are those of that file."""

    annotations: dict[str, int] = {}
    """Annotation id to image id; no crowd regions."""
    merges: list[Merge] = []
    splits: list[Split] = []
    touching_pairs: list[tuple[int, int, int, int, int, float, int]] = []
    """(id, id, image id, gap, contact, area ratio, 1 = could be one object) of every close pair of one
    category; gap = -1 where they overlap."""
    spoiled: list[FurtherError] = []
    ignore_annotations: list[int] = []
    """Known errors that nobody planted: neither right nor wrong."""
    ignore_pairs: list[tuple[int, int]] = []
    params: dict[str, Any] = {}
    source_ids: dict[str, list[int]] = {}
    """Annotation id to the ids that it had in the file that was planted into."""


def read_truth(path: Path) -> Truth:
    """Read the answers.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds anything else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_truth(Path(folder) / "truth.json", Truth())
    ...     read_truth(Path(folder) / "truth.json").merges
    []
    """
    return msgspec.json.decode(read_regular_file(path), type=Truth)


def write_truth(path: Path, truth: Truth) -> None:
    """Write the answers; an existing file is overwritten.

    Parameters
    ----------
    path : Path
    truth : Truth
    """
    path.write_bytes(encode_json(truth) + b"\n")
