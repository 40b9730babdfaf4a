"""The columns of many chunks, or of several files, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Annotations, IntArray, Segmentations, empty_dataset

_PLAIN = ("id", "image", "category", "iscrowd", "score", "area", "bbox", "source", "index")
_MASKS = ("kind", "xy", "counts")
_STARTS = ("ring_start", "vertex_start", "count_start")


def concat_annotations(parts: Iterable[Annotations]) -> Annotations:
    """Put annotations one after the other; each part may be let go of before the next is made.

    Parameters
    ----------
    parts : iterable of Annotations

    Examples
    --------
    >>> len(concat_annotations([]))
    0
    """
    columns: dict[str, _Growing] = {}
    for part in parts:
        for name, values in _columns(part):
            if name not in columns:
                columns[name] = _Growing(values)
            else:
                columns[name].extend(values)
    if not columns:
        return empty_dataset().annotations
    whole = {name: column.whole() for name, column in columns.items()}
    masks = {name: whole.pop(name) for name in _MASKS} | {name: _starts(whole.pop(name)) for name in _STARTS}
    return Annotations(**whole, segmentation=Segmentations(**masks))


def _columns(part: Annotations) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield all columns; for those that say where something begins, how long it is."""
    for name in _PLAIN:
        yield name, getattr(part, name)
    for name in _MASKS:
        yield name, getattr(part.segmentation, name)
    for name in _STARTS:
        yield name, np.diff(getattr(part.segmentation, name))


def _starts(lengths: IntArray) -> IntArray:
    result = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=result[1:])
    return result


class _Growing:
    """An array that grows at its end: parts and whole are never in memory together.

    The system moves the pages of a large array that grows, so that little is copied.
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self._array, self._size = values.copy(), len(values)

    def extend(self, values: NDArray[Any]) -> None:
        stop = self._size + len(values)
        if stop > len(self._array):
            self._resize(stop + stop // 8)
        self._array[self._size : stop] = values
        self._size = stop

    def whole(self) -> NDArray[Any]:
        self._resize(self._size)
        return self._array

    def _resize(self, size: int) -> None:
        self._array.resize((size, *self._array.shape[1:]), refcheck=False)
