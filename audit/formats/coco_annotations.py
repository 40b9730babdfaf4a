"""The annotation records of a COCO file, or the detections of a results file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Annotations, Images, IntArray, MaskKind, Segmentations, empty_segmentations
from audit.formats.annotation_fields import read_area, read_box, read_flag
from audit.formats.closer_look import keep_given, record_object
from audit.formats.defect_log import DefectLog
from audit.formats.ids import NOWHERE, Known, dangling, read_id, read_reference, report_ids
from audit.formats.json_file import Record
from audit.formats.json_value import Members
from audit.formats.rows import NO_AREA, NO_BOX, NO_FLAG, AnnotationRow, rows
from audit.formats.segmentation_faults import Drawn, diagnose, missing
from audit.formats.segmentations import Batch, read_segmentations


@dataclass(frozen=True, slots=True)
class References:
    """What annotations refer to."""

    images: Images
    image: Known
    category: Known


@dataclass(frozen=True, slots=True)
class AnnotationsRead:
    """Annotation records as columns."""

    annotations: Annotations
    given_ids: Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The columns of some records, in order."""

    index: list[int]
    id: list[int]
    image_id: list[int]
    category_id: list[int]
    area: list[float]
    bbox: list[Sequence[float]]
    iscrowd: list[bool]
    score: list[float]
    segmentation: list[msgspec.Raw | Drawn]

    @staticmethod
    def empty() -> Chunk:
        """Make a chunk without records."""
        return Chunk([], [], [], [], [], [], [], [], [])


def read_annotations(records: Sequence[Record], to: References, log: DefectLog) -> AnnotationsRead:
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
    >>> to = References(Images(none, (), none, none, none, none), Known(none, []), Known(none, []))
    >>> log = DefectLog("a.json")
    >>> len(read_annotations([b'{"id": 1}', b"5"], to, log).annotations)
    1
    >>> sorted(d.rule for d in log.defects)[:3]
    ['area.missing', 'bbox.missing', 'iscrowd.missing']
    >>> len(read_annotations([], to, log).annotations)
    0
    """
    given: dict[tuple[str, int], str] = {}
    parts: list[Annotations] = []
    position = count = 0
    for found in rows(records, AnnotationRow):
        chunk = Chunk.empty()
        for row in found:
            if row is not None:
                _append(chunk, row, position, log)
            elif (value := record_object(records[position], "annotations", position, log)) is not None:
                row_id = _append_odd(chunk, value, position, to, log)
                keep_given("annotations", count + len(chunk.id) - 1, value, row_id, given)
            position += 1
        parts.append(columns(chunk, to, log))
        count += len(chunk.id)
    annotations = joined(parts)
    report_ids(log, "annotations", annotations.id, annotations.index)
    return AnnotationsRead(annotations, given)


def _append(chunk: Chunk, row: AnnotationRow, position: int, log: DefectLog) -> None:
    if row.bbox is NO_BOX:
        log.add("bbox.missing", "annotations", position, "", "there is no bbox", None)
    if row.area != row.area:  # NaN: absent
        log.add("area.missing", "annotations", position, "", "there is no area", None)
    if row.iscrowd == NO_FLAG:
        log.add("iscrowd.missing", "annotations", position, "", "there is no iscrowd", None)
    chunk.index.append(position)
    chunk.id.append(row.id)
    chunk.image_id.append(row.image_id)
    chunk.category_id.append(row.category_id)
    chunk.area.append(row.area)
    chunk.bbox.append(row.bbox)
    chunk.iscrowd.append(row.iscrowd == 1)
    chunk.score.append(row.score)
    chunk.segmentation.append(row.segmentation)


def _append_odd(chunk: Chunk, value: Members, position: int, to: References, log: DefectLog) -> int:
    row_id, _ = read_id(log, "annotations", position, value)
    chunk.index.append(position)
    chunk.id.append(row_id)
    chunk.image_id.append(read_reference(log, position, value, "image_id", to.image))
    chunk.category_id.append(read_reference(log, position, value, "category_id", to.category))
    chunk.area.append(read_area(value, position, log, required=True))
    chunk.bbox.append(read_box(value, position, log, required=True))
    chunk.iscrowd.append(read_flag(value, position, log, required=True))
    score = value.get("score")
    chunk.score.append(float(score) if isinstance(score, float) else NO_AREA)
    chunk.segmentation.append(diagnose(value["segmentation"]) if "segmentation" in value else missing())
    return row_id


def columns(chunk: Chunk, to: References, log: DefectLog) -> Annotations:
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
    iscrowd = np.array(chunk.iscrowd, dtype=np.bool_)
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
        area=np.array(chunk.area, dtype=np.float64),
        bbox=np.array(chunk.bbox, dtype=np.float64).reshape(-1, 4),
        source=np.zeros(len(index), dtype=np.int64),
        index=index,
        segmentation=segmentation,
    )


def _rows(references: list[int], field: str, index: IntArray, known: Known, log: DefectLog) -> IntArray:
    given = np.array(references, dtype=np.int64)
    found = known.rows(given)
    for k in np.flatnonzero((found < 0) & (given != NOWHERE)).tolist():
        dangling(log, int(index[k]), field, int(given[k]))
    return found


def joined(parts: Sequence[Annotations]) -> Annotations:
    """Put the columns of several chunks or files one after the other.

    Examples
    --------
    >>> len(joined([]))
    0
    """
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        flags, numbers = np.zeros(0, dtype=np.bool_), np.zeros(0)
        return Annotations(
            none, none, none, flags, numbers, numbers, np.zeros((0, 4)), none, none, empty_segmentations(0)
        )

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    plain = ("id", "image", "category", "iscrowd", "score", "area", "bbox", "source", "index")
    return Annotations(
        **{name: column(name) for name in plain},
        segmentation=_joined_segmentations([part.segmentation for part in parts]),
    )


def _joined_segmentations(parts: Sequence[Segmentations]) -> Segmentations:
    return Segmentations(
        np.concatenate([p.kind for p in parts]),
        _joined_starts([p.ring_start for p in parts]),
        _joined_starts([p.vertex_start for p in parts]),
        np.concatenate([p.xy for p in parts]),
        _joined_starts([p.count_start for p in parts]),
        np.concatenate([p.counts for p in parts]),
    )


def _joined_starts(parts: Sequence[IntArray]) -> IntArray:
    lengths = np.concatenate([np.diff(start) for start in parts])
    result = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=result[1:])
    return result
