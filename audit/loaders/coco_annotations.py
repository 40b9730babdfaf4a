"""The annotation records of a COCO file, or the detections of a results file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Annotations, Images, IntArray, MaskKind
from audit.loaders.annotation_fields import read_area, read_bbox, read_iscrowd
from audit.loaders.concat import concat_annotations
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import NO_RECORD, IdIndex, read_id, read_reference, report_dangling, report_ids
from audit.loaders.json_file import Record
from audit.loaders.json_value import JsonObject
from audit.loaders.segmentation_faults import SegmentationDiagnosis, diagnose_segmentation
from audit.loaders.segmentations import Batch, read_segmentations
from audit.loaders.slow_path import keep_original_id, parse_odd_record
from audit.loaders.typed_records import NO_AREA, NO_FLAG, AnnotationRow, Polygons, Rle, decode_records

BATCH = 2000
"""Annotations whose columns are made together: numpy's calls cost the same for few as for many."""


@dataclass(frozen=True, slots=True)
class ReferenceTargets:
    """What annotations refer to."""

    images: Images
    image: IdIndex
    category: IdIndex


@dataclass(frozen=True, slots=True)
class AnnotationsRead:
    """Annotation records as columns."""

    annotations: Annotations
    given_ids: Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """The columns of some records, in order."""

    index: list[int]
    id: list[int]
    image_id: list[int]
    category_id: list[int]
    area: list[float]
    bbox: list[Sequence[float]]
    iscrowd: list[int]
    score: list[float]
    looked_at: list[bool]
    """Whether what is absent was reported already."""
    segmentation: list[Polygons | Rle | SegmentationDiagnosis]

    @staticmethod
    def empty() -> RecordColumns:
        """Make a chunk without records."""
        return RecordColumns([], [], [], [], [], [], [], [], [], [])

    def extend(self, found: Sequence[Any], ids: Sequence[int], index: Sequence[int]) -> None:
        """Add typed rows."""
        self.index.extend(index)
        self.id.extend(ids)
        self.image_id.extend([row.image_id for row in found])
        self.category_id.extend([row.category_id for row in found])
        self.area.extend([row.area for row in found])
        self.bbox.extend([row.bbox for row in found])
        self.iscrowd.extend([row.iscrowd for row in found])
        self.score.extend([row.score for row in found])
        self.looked_at.extend([False] * len(found))
        self.segmentation.extend([row.segmentation for row in found])


def read_annotations(records: Sequence[Record], to: ReferenceTargets, log: DefectLog) -> AnnotationsRead:
    """Read the annotation records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    to : References
        The images and categories of the same file.
    log : DefectLog

    Examples
    --------
    >>> none = np.zeros(0, dtype=np.int64)
    >>> to = ReferenceTargets(Images(none, (), none, none, none, none), IdIndex(none, []), IdIndex(none, []))
    >>> log = DefectLog("a.json")
    >>> len(read_annotations([b'{"id": 1}', b"5"], to, log).annotations)
    1
    >>> sorted(d.rule for d in log.defects)[:3]
    ['area.missing', 'bbox.missing', 'iscrowd.missing']
    >>> len(read_annotations([], to, log).annotations)
    0
    """
    given: dict[tuple[str, int], str] = {}
    annotations = concat_annotations(_chunks(records, to, log, given))
    report_ids(log, "annotations", annotations.id, annotations.index)
    return AnnotationsRead(annotations, given)


def _chunks(
    records: Sequence[Record], to: ReferenceTargets, log: DefectLog, given: dict[tuple[str, int], str]
) -> Iterator[Annotations]:
    chunk, count, position = RecordColumns.empty(), 0, 0
    for found in decode_records(records, AnnotationRow):
        if None in found:
            for row in found:
                if row is not None:
                    chunk.extend([row], [row.id], [position])
                elif (value := parse_odd_record(records[position], "annotations", position, log)) is not None:
                    row_id = _append_odd(chunk, value, position, to, log)
                    keep_original_id("annotations", count + len(chunk.id) - 1, value, row_id, given)
                position += 1
        else:
            chunk.extend(found, [row.id for row in found if row], range(position, position + len(found)))
            position += len(found)
        if len(chunk.id) >= BATCH or position == len(records):
            yield build_annotations(chunk, to, log)
            count, chunk = count + len(chunk.id), RecordColumns.empty()


def _append_odd(
    chunk: RecordColumns, value: JsonObject, position: int, to: ReferenceTargets, log: DefectLog
) -> int:
    row_id, _ = read_id(log, "annotations", position, value)
    chunk.index.append(position)
    chunk.id.append(row_id)
    chunk.image_id.append(read_reference(log, position, value, "image_id", to.image))
    chunk.category_id.append(read_reference(log, position, value, "category_id", to.category))
    chunk.area.append(read_area(value, position, log, required=True))
    chunk.bbox.append(read_bbox(value, position, log, required=True))
    chunk.iscrowd.append(read_iscrowd(value, position, log, required=True))
    score = value.get("score")
    chunk.score.append(float(score) if isinstance(score, float) else NO_AREA)
    chunk.looked_at.append(True)
    if "segmentation" not in value:
        log.add("segm.missing", "annotations", position, "", "there is no segmentation", None)
    chunk.segmentation.append(
        diagnose_segmentation(value["segmentation"]) if "segmentation" in value else SegmentationDiagnosis()
    )
    return row_id


def build_annotations(chunk: RecordColumns, to: ReferenceTargets, log: DefectLog) -> Annotations:
    """Make columns of a chunk: follow its references, read its segmentations.

    Parameters
    ----------
    chunk : Chunk
    to : References
    log : DefectLog
        Gets references to nowhere and what is wrong with the segmentations.

    Returns
    -------
    Annotations
        Of the chunk's records, source 0.
    """
    index = np.array(chunk.index, dtype=np.int64)
    image = _rows(chunk.image_id, "image_id", index, to.image, log)
    category = _rows(chunk.category_id, "category_id", index, to.category, log)
    height, width = (
        np.where(image >= 0, np.r_[side, 0][image], 0) for side in (to.images.height, to.images.width)
    )
    segmentation = read_segmentations(Batch(chunk.index, chunk.segmentation, height, width), log)
    area = np.array(chunk.area, dtype=np.float64)
    bbox = np.fromiter(chain.from_iterable(chunk.bbox), np.float64, 4 * len(index)).reshape(-1, 4)
    flag = np.array(chunk.iscrowd, dtype=np.int64)
    if log.prefix:  # results need none of these
        _report_absent(index, bbox, area, flag, np.array(chunk.looked_at, dtype=np.bool_), log)
    iscrowd = flag == 1
    for k in np.flatnonzero(iscrowd & (segmentation.kind == MaskKind.POLYGON)).tolist():
        log.add(
            "iscrowd.format", "annotations", chunk.index[k], "/segmentation", "a crowd region has polygons", 1
        )
    return Annotations(
        id=np.array(chunk.id, dtype=np.int64),
        image=image,
        category=category,
        iscrowd=iscrowd,
        score=np.array(chunk.score, dtype=np.float64),
        area=area,
        bbox=bbox,
        source=np.zeros(len(index), dtype=np.int64),
        index=index,
        segmentation=segmentation,
    )


def _report_absent(
    index: IntArray,
    bbox: NDArray[np.float64],
    area: NDArray[np.float64],
    flag: IntArray,
    looked_at: NDArray[np.bool_],
    log: DefectLog,
) -> None:
    fresh = ~looked_at
    for field, absent in (
        ("bbox", np.isnan(bbox[:, 0])),
        ("area", np.isnan(area)),
        ("iscrowd", flag == NO_FLAG),
    ):
        for position in index[absent & fresh].tolist():
            log.add(f"{field}.missing", "annotations", position, "", f"there is no {field}", None)


def _rows(references: list[int], field: str, index: IntArray, known: IdIndex, log: DefectLog) -> IntArray:
    given = np.array(references, dtype=np.int64)
    found = known.rows(given)
    for k in np.flatnonzero((found < 0) & (given != NO_RECORD)).tolist():
        report_dangling(log, int(index[k]), field, int(given[k]))
    return found
