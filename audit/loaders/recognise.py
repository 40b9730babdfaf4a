"""Formats told apart by the beginning of their files, before a reader is imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_HEAD_BYTES = 2**16
_N_SAMPLED = 5


def is_labelme(files: Sequence[Path]) -> bool:
    """Tell by the beginning of the first files whether they are LabelMe's.

    Parameters
    ----------
    files : sequence of Path

    Examples
    --------
    >>> is_labelme([Path("no such file.json")]), is_labelme([])
    (False, False)
    """
    for path in files[:_N_SAMPLED]:
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
        except OSError:  # who reads it will say so
            continue
        if b'"annotations"' in head:
            return False
        if b'"shapes"' in head and (b'"version"' in head or b'"imagePath"' in head):
            return True
    return False
