"""Annotation records from JSON text to columns, in the C++ core: no record ever becomes an object.

A record that is not as the format says is left alone here; the careful reader takes it field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ctypes import CFUNCTYPE, c_int64
from enum import IntFlag
from typing import overload

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.geometry.disk_arrays import release_pages, store_array
from audit.geometry.guard import DRAW_LIMITS
from audit.native.library import Columns, array, declare

NO_FLAG = 9
"""What an absent iscrowd is read as."""

_OnProgress = CFUNCTYPE(None)
_split_coco = declare("maskaudit_split_coco", array("u1"), c_int64, _OnProgress)
_split_list = declare("maskaudit_split_list", array("u1"), c_int64, _OnProgress)
_parse_annotations = declare(
    "maskaudit_parse_annotations", array("u1"), array("i8"), array("i8"), c_int64, c_int64, array("i8")
)


class Field(IntFlag):
    """Members of an annotation record that are read."""

    ID = 1
    IMAGE_ID = 2
    CATEGORY_ID = 4
    SEGMENTATION = 8
    BBOX = 16
    AREA = 32
    ISCROWD = 64
    SCORE = 128


@dataclass(frozen=True, slots=True)
class RecordSpans(Sequence[bytes]):
    """The records of a list as places in the text that holds them; a record is cut out when it is asked for.

    Examples
    --------
    >>> records = RecordSpans.of([b"{}", b"5"])
    >>> len(records), records[1], records[:1]
    (2, b'5', [b'{}'])
    >>> list(RecordSpans.of([]))
    []
    """

    data: bytes | memoryview
    """A memoryview where it lies in a file."""
    begin: IntArray
    """(n,) first byte of each record."""
    end: IntArray
    """(n,) the byte after its last."""

    @staticmethod
    def of(records: Sequence[bytes]) -> RecordSpans:
        """Lay records end to end."""
        end = np.cumsum(np.fromiter(map(len, records), np.int64, len(records)), dtype=np.int64)
        return RecordSpans(b"".join(records), end - np.diff(end, prepend=0), end)

    def __len__(self) -> int:
        return len(self.begin)

    @overload
    def __getitem__(self, position: int) -> bytes: ...
    @overload
    def __getitem__(self, position: slice) -> list[bytes]: ...
    def __getitem__(self, position: int | slice) -> bytes | list[bytes]:
        if isinstance(position, slice):
            places = zip(self.begin[position].tolist(), self.end[position].tolist(), strict=True)
            return [bytes(self.data[begin:end]) for begin, end in places]
        return bytes(self.data[int(self.begin[position]) : int(self.end[position])])

    def __iter__(self) -> Iterator[bytes]:
        return iter(self[:])


def split_lists(data: bytes | memoryview, names: Sequence[str]) -> dict[str, RecordSpans] | None:
    """Find the records of a document's lists.

    Parameters
    ----------
    data : bytes or memoryview
        UTF-8 JSON.
    names : sequence of str
        ``images``, ``annotations`` and ``categories`` of a COCO document; none = the document is one list.

    Returns
    -------
    dict or None
        Name of each list to its records, ``""`` for the document itself; None where the document is not
        sound, a list is absent or given twice, or only the careful reader can tell.

    Examples
    --------
    >>> lists = split_lists(b'{"images": [{}], "annotations": [1, NaN], "categories": []}', COCO_LISTS)
    >>> {name: list(records) for name, records in lists.items()}
    {'images': [b'{}'], 'annotations': [b'1', b'NaN'], 'categories': []}
    >>> split_lists(b"[{}", ()) is None, list(split_lists(b"[]", ())[""])
    (True, [])
    """
    text = np.frombuffer(data, dtype=np.uint8)
    columns = (_split_coco if names else _split_list)(text, len(data), _OnProgress(release_pages))
    if not columns["is_sound"][0]:
        return None
    return {
        name: RecordSpans(
            data,
            store_array(columns.pop(f"{name or 'list'}_begin")),
            store_array(columns.pop(f"{name or 'list'}_end")),
        )
        for name in names or ("",)
    }


COCO_LISTS = ("images", "annotations", "categories")


def parse_annotations(records: RecordSpans, rows: slice, required: Field) -> Columns:
    """Parse annotation records.

    Parameters
    ----------
    records : RecordSpans
        Sound JSON, NaN and Infinity aside.
    rows : slice
        Which of them.
    required : Field
        Members that a typed record has.

    Returns
    -------
    dict of array
        One value a record: ``is_typed`` (bool; where it is not, all but ``fields`` is without meaning),
        ``fields`` (the members that are there, a `Field`), ``id``, ``image_id``, ``category_id``, ``area``
        and ``score`` (NaN = absent), ``bbox`` (n, 4), ``iscrowd`` (`NO_FLAG` = absent), ``kind`` (of
        `audit.dataset.model.MaskKind`), ``mask_hash`` (equal for equal segmentations; 0 where no score is
        required), ``n_rings``.
        End to end: ``ring_size`` (numbers a ring) and ``coordinates`` of polygons; ``rle_height``,
        ``rle_width``, ``rle_fault`` (`audit.geometry.rle.StringFault`) and ``n_counts`` of each RLE, and
        ``counts``. ``are_drawable`` is one value: whether all records are typed, and no segmentation has a
        fault but maybe one that depends on its image.

    Examples
    --------
    >>> text = b'{"id": 3, "image_id": 1, "category_id": 1, "segmentation": [[0, 0.5, 2, 0, 2, 2]]}'
    >>> records = RecordSpans.of([text, b'{"id": "3"}'])
    >>> columns = parse_annotations(records, slice(0, 2), LABEL_FIELDS)
    >>> columns["is_typed"].tolist(), columns["id"][0].item(), columns["coordinates"].tolist()
    ([True, False], 3, [0.0, 0.5, 2.0, 0.0, 2.0, 2.0])
    >>> len(parse_annotations(RecordSpans.of([]), slice(0, 0), LABEL_FIELDS)["id"])
    0
    """
    begin, end = (np.ascontiguousarray(places[rows]) for places in (records.begin, records.end))
    text: NDArray[np.uint8] = np.frombuffer(records.data, dtype=np.uint8)
    columns = _parse_annotations(text, begin, end, len(begin), int(required), DRAW_LIMITS)
    return columns | {
        "is_typed": columns["is_typed"].view(bool),
        "bbox": columns["bbox"].reshape(-1, 4),
    }


LABEL_FIELDS = Field.ID | Field.IMAGE_ID | Field.CATEGORY_ID | Field.SEGMENTATION
RESULT_FIELDS = Field.IMAGE_ID | Field.CATEGORY_ID | Field.SEGMENTATION | Field.SCORE
