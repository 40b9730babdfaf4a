"""What was read, wrong or not: the columnar dataset.

A :class:`Dataset` holds every record of the files it was read from, one row a record, in flat
arrays. Nothing is rejected here: what a record said is kept where the columns can hold it, and what
is wrong with it is said by a finding (see ``audit.loaders``). Rows refer to each other by
*position*, not by id, because ids in real files are missing, doubled or of the wrong type.
"""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import c_int64
from dataclasses import field, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.federated import FederatedLabels
from audit.native.library import array, declare

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_take_masks = declare(
    "maskaudit_take_masks",
    *(array("i8"), c_int64, array("i8"), array("i8"), array("f8"), array("i8"), array("u4")),
)
RecordOffsets = Mapping[str, IntArray]
"""Name of a file's list (empty where the file is one list) to the byte at which each of its records begins.

Records that have no row are there too; a byte order mark is not counted.
"""


class MaskKind(IntEnum):
    """How an annotation's mask is held in :class:`Segmentations`."""

    NONE = 0
    """No usable mask: absent, broken, or its image has no usable size."""
    POLYGON = 1
    RLE = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One file (or folder of label images) that a dataset was read from."""

    name: str
    """As the user named it."""
    format: str
    """``coco``, ``coco_results``, ``label_images``, ``mask_files`` or what a plugin calls its format."""
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Images:
    """Image records, in file order, sources one after the other.

    All arrays have one row an image record.
    """

    id: IntArray
    """As written; an id that is no 64-bit integer has a made-up negative one: ``Dataset.original_ids``."""
    file_name: tuple[str, ...]
    height: IntArray
    """Pixels; 0 where the record has no usable size."""
    width: IntArray
    source: IntArray
    """Position in ``Dataset.sources``."""
    index: IntArray
    """Position in the source's ``images`` list, for JSON pointers."""
    record_file: tuple[str, ...] = ()
    """Where a source has a file an image: that file in it; empty where its name follows from ``file_name``.

    See `audit.dataset.record_places`; no members at all = all are empty.
    """

    def __len__(self) -> int:
        return len(self.file_name)


@dataclass(frozen=True, slots=True)
class Categories:
    """Category records, in file order, sources one after the other.

    A category that a later source repeats (same id and same name) has one row only.
    """

    id: IntArray
    name: tuple[str, ...]
    supercategory: tuple[str, ...]
    source: IntArray
    index: IntArray

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class Segmentations:
    """The masks of n annotations as they were drawn, in flat arrays that `geometry.guard` has passed.

    Annotation i has rings ``ring_start[i]:ring_start[i + 1]``; ring r has the vertices
    ``vertex_start[r]:vertex_start[r + 1]`` of ``xy``. Annotation i of kind RLE has the runs
    ``count_start[i]:count_start[i + 1]`` of ``counts`` (background first, column-major, as COCO's
    uncompressed RLE; they sum to height x width of its image).
    """

    kind: NDArray[np.uint8]
    """(n,), values of :class:`MaskKind`."""
    ring_start: IntArray
    """(n + 1,)"""
    vertex_start: IntArray
    """(rings + 1,)"""
    xy: FloatArray
    """(vertices, 2), pixels, (x, y)."""
    count_start: IntArray
    """(n + 1,)"""
    counts: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: IntArray) -> Segmentations:
        """Select the segmentations of some annotations.

        Parameters
        ----------
        rows : (m,) int64
            Positions, any order.

        Examples
        --------
        >>> import numpy as np
        >>> len(empty_segmentations(3).take(np.array([2, 0])))
        2
        >>> len(empty_segmentations(0).take(np.array([], dtype=np.int64)))
        0
        """
        starts = (
            np.ascontiguousarray(values, dtype=np.int64)
            for values in (rows, self.ring_start, self.vertex_start, self.count_start)
        )
        row, ring_start, vertex_start, count_start = starts
        xy = np.ascontiguousarray(self.xy, dtype=np.float64)
        counts = np.ascontiguousarray(self.counts, dtype=np.uint32)
        taken = _take_masks(row, len(row), ring_start, vertex_start, xy, count_start, counts)
        taken["xy"] = taken["xy"].reshape(-1, 2)
        return Segmentations(self.kind[rows], **taken)

    def cut(self, rows: slice) -> Segmentations:
        """Select the segmentations of neighbouring annotations; their vertices and runs are not copied.

        Parameters
        ----------
        rows : slice
            With a start and a stop.

        Examples
        --------
        >>> len(empty_segmentations(3).cut(slice(1, 3)))
        2
        >>> len(empty_segmentations(3).cut(slice(1, 1)))
        0
        """
        # One offset more than rows: the end of the last is the start of the next.
        start_range = slice(rows.start, rows.stop + 1)
        ring_starts, count_starts = self.ring_start[start_range], self.count_start[start_range]
        vertex_starts = self.vertex_start[ring_starts[0] : ring_starts[-1] + 1]
        return Segmentations(
            self.kind[rows],
            ring_starts - ring_starts[0],
            vertex_starts - vertex_starts[0],
            self.xy[vertex_starts[0] : vertex_starts[-1]],
            count_starts - count_starts[0],
            self.counts[count_starts[0] : count_starts[-1]],
        )


@dataclass(frozen=True, slots=True)
class Annotations:
    """Annotation records (or results), in file order, sources one after the other.

    All arrays have one row a record; a record that is not even a JSON object has no row.
    """

    id: IntArray
    """As written; results have their position in the file."""
    image: IntArray
    """Position in ``Dataset.images``; -1 where the record names no known image."""
    category: IntArray
    """Position in ``Dataset.categories``; -1 where the record names no known category."""
    iscrowd: NDArray[np.bool_]
    score: FloatArray
    """Confidence of a prediction; NaN for ground truth."""
    area: FloatArray
    """Declared area; NaN where absent or not a finite number."""
    bbox: FloatArray
    """(n, 4) declared xywh; NaN rows where absent or unusable."""
    source: IntArray
    index: IntArray
    """Position in the source's ``annotations`` list, for JSON pointers."""
    segmentation: Segmentations

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: IntArray) -> Annotations:
        """Select some records.

        Examples
        --------
        >>> len(empty_dataset().annotations.take(np.zeros(0, dtype=np.int64)))
        0
        """
        taken_arrays = {
            column.name: getattr(self, column.name)[rows]
            for column in fields(self)
            if column.name != "segmentation"
        }
        return Annotations(**taken_arrays, segmentation=self.segmentation.take(rows))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything that was read.

    Examples
    --------
    >>> len(empty_dataset().annotations)
    0
    """

    sources: tuple[Source, ...]
    images: Images
    categories: Categories
    annotations: Annotations
    original_ids: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """What stood in the file where an id was no 64-bit integer: (``"images"``, row) -> its JSON text."""
    record_offsets: Mapping[str, RecordOffsets] = field(default_factory=dict)
    """Where records begin, by the name of their source; label images have no records."""
    federated: FederatedLabels | None = None
    """Which categories were looked for in which images; None = all in all."""
    unknown_category_ids: Mapping[int, int] = field(default_factory=dict)
    """Of results that name no known category: row -> the id that they name, where it is an integer."""

    def without_masks(self) -> Dataset:
        """Return the same records without their masks, which are most of a dataset's memory.

        Examples
        --------
        >>> empty_dataset().without_masks().annotations.segmentation.kind.tolist()
        []
        """
        no_masks = empty_segmentations(len(self.annotations))
        return replace(self, annotations=replace(self.annotations, segmentation=no_masks))


def empty_segmentations(n_annotations: int) -> Segmentations:
    """Make the segmentations of ``n_annotations`` annotations without a mask.

    Examples
    --------
    >>> empty_segmentations(2).kind.tolist()
    [0, 0]
    >>> len(empty_segmentations(0))
    0
    """
    no_offsets = np.zeros(n_annotations + 1, dtype=np.int64)
    return Segmentations(
        np.zeros(n_annotations, dtype=np.uint8),
        no_offsets,
        no_offsets[:1],
        np.zeros((0, 2)),
        no_offsets,
        np.zeros(0, dtype=np.uint32),
    )


def empty_dataset() -> Dataset:
    """Make a dataset that holds nothing.

    Examples
    --------
    >>> len(empty_dataset().images)
    0
    """
    no_values = np.zeros(0, dtype=np.int64)
    return Dataset(
        sources=(),
        images=Images(no_values, (), no_values, no_values, no_values, no_values),
        categories=Categories(no_values, (), (), no_values, no_values),
        annotations=Annotations(
            id=no_values,
            image=no_values,
            category=no_values,
            iscrowd=np.zeros(0, dtype=np.bool_),
            score=np.zeros(0),
            area=np.zeros(0),
            bbox=np.zeros((0, 4)),
            source=no_values,
            index=no_values,
            segmentation=empty_segmentations(0),
        ),
    )
