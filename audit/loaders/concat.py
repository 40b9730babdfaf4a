"""The columns of many chunks, or of several files, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Annotations, IntArray, Segmentations, empty_dataset
from audit.geometry.disk_arrays import ArrayPool, GrowingArray, full_array
from audit.loaders.loaded import LoadedDataset

_RECORD_COLUMNS = ("id", "image", "category", "iscrowd", "score", "area", "bbox", "source", "index")
_MASK_COLUMNS = ("kind", "xy", "counts")
_START_COLUMNS = ("ring_start", "vertex_start", "count_start")


def concat_annotations(parts: Iterable[Annotations]) -> Annotations:
    """Put annotations one after the other; each part may be let go of before the next is made.

    Parameters
    ----------
    parts : iterable of Annotations

    Examples
    --------
    >>> from audit.dataset.model import empty_segmentations
    >>> numbers, nothing = np.array([5]), np.array([np.nan])
    >>> part = Annotations(
    ...     numbers, numbers, numbers, numbers > 9, nothing, nothing, np.zeros((1, 4)), numbers, numbers,
    ...     empty_segmentations(1),
    ... )
    >>> concat_annotations([part, part]).id.tolist(), len(concat_annotations([]))
    ([5, 5], 0)
    """
    columns: dict[str, GrowingArray] = {}
    for part in parts:
        for name, values in _iterate_columns(part):
            if name not in columns:
                columns[name] = GrowingArray(values)
            else:
                columns[name].extend(values)
    if not columns:
        return empty_dataset().annotations
    arrays = {name: column.finish() for name, column in columns.items()}
    masks = {name: arrays.pop(name) for name in _MASK_COLUMNS}
    masks |= {name: start_offsets(arrays.pop(name)) for name in _START_COLUMNS}
    return Annotations(**arrays, segmentation=Segmentations(**masks))


def _iterate_columns(part: Annotations) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield all columns; for those that say where something begins, how long it is."""
    for name in _RECORD_COLUMNS:
        yield name, getattr(part, name)
    for name in _MASK_COLUMNS:
        yield name, getattr(part.segmentation, name)
    for name in _START_COLUMNS:
        yield name, np.diff(getattr(part.segmentation, name))


class StoredParts:
    """Moves the columns of files to disk when they are read, where they are many.

    A folder of ten thousand small files is as large as one file of their records, but none of its columns is.
    """

    def __init__(self) -> None:
        self._pool = ArrayPool()

    def store(self, part: LoadedDataset) -> LoadedDataset:
        """Move the columns of a file; where they are not large together, they stay.

        Parameters
        ----------
        part : LoadedDataset

        Examples
        --------
        >>> part = LoadedDataset(empty_dataset(), ())
        >>> len(StoredParts().store(part).dataset.annotations)
        0
        """
        annotations = part.dataset.annotations
        segmentation = Segmentations(**self._store_fields(annotations.segmentation))
        columns = {**self._store_fields(annotations), "segmentation": segmentation}
        offsets = {
            name: {entity: self._pool.store(begin) for entity, begin in lists.items()}
            for name, lists in part.dataset.record_offsets.items()
        }
        dataset = replace(part.dataset, annotations=Annotations(**columns), record_offsets=offsets)
        return replace(part, dataset=dataset)

    def _store_fields(self, columns: Annotations | Segmentations) -> dict[str, Any]:
        values = {column.name: getattr(columns, column.name) for column in fields(columns)}
        return {
            name: self._pool.store(value) if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }


def start_offsets(lengths: IntArray) -> IntArray:
    """Return where each of n items begins when they lie one after the other, and where the last one ends.

    Parameters
    ----------
    lengths : (n,) int64

    Returns
    -------
    (n + 1,) int64

    Examples
    --------
    >>> start_offsets(np.array([3, 0, 2])).tolist(), start_offsets(np.zeros(0, dtype=np.int64)).tolist()
    ([0, 3, 3, 5], [0])
    """
    offsets: IntArray = full_array(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
