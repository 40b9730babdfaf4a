"""The annotation records of a COCO file, or the detections of a results file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from audit.dataset.model import Annotations, FloatArray, Images, IntArray, MaskKind
from audit.loaders.annotation_fields import read_area, read_bbox, read_iscrowd
from audit.loaders.concat import concat_annotations
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import NO_RECORD, IdIndex, read_id, read_reference, report_dangling, report_ids
from audit.loaders.json_file import Record
from audit.loaders.json_value import JsonObject
from audit.loaders.segmentation_faults import SegmentationDiagnosis, diagnose_segmentation
from audit.loaders.segmentations import BoolArray, read_segmentations
from audit.loaders.slow_path import keep_original_id, parse_odd_record
from audit.loaders.typed_records import (
    NO_AREA,
    NO_FLAG,
    AnnotationRow,
    Polygons,
    ResultRow,
    Rle,
    decode_records,
)

BATCH_SIZE = 2000
"""Annotations whose columns are made together: numpy's calls cost the same for few as for many."""


@dataclass(frozen=True, slots=True)
class ReferenceTargets:
    """What annotations refer to."""

    images: Images
    image_index: IdIndex
    category_index: IdIndex


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """The fields of some records, in order: lists, as records come one by one."""

    position: list[int]
    """In the file's list."""
    id: list[int]
    image_id: list[int]
    category_id: list[int]
    area: list[float]
    bbox: list[Sequence[float]]
    iscrowd: list[int]
    score: list[float]
    absences_reported: list[bool]
    """Whether what is absent was reported already."""
    segmentation: list[Polygons | Rle | SegmentationDiagnosis]

    @staticmethod
    def empty() -> RecordColumns:
        """Make columns without records."""
        return RecordColumns([], [], [], [], [], [], [], [], [], [])

    def extend(
        self, rows: Sequence[AnnotationRow | ResultRow], ids: Sequence[int], positions: Sequence[int]
    ) -> None:
        """Add typed rows.

        Parameters
        ----------
        rows : sequence of AnnotationRow or ResultRow
        ids : sequence of int
            Theirs; a detection's is its position.
        positions : sequence of int
            In the file's list.
        """
        # A column at a time: ten short loops over a few hundred rows beat ten appends a row.
        self.position.extend(positions)
        self.id.extend(ids)
        self.image_id.extend([row.image_id for row in rows])
        self.category_id.extend([row.category_id for row in rows])
        self.area.extend([row.area for row in rows])
        self.bbox.extend([row.bbox for row in rows])
        self.iscrowd.extend([row.iscrowd for row in rows])
        self.score.extend([row.score for row in rows])
        self.absences_reported.extend([False] * len(rows))
        self.segmentation.extend([row.segmentation for row in rows])


def read_annotations(
    records: Sequence[Record], targets: ReferenceTargets, defect_log: DefectLog
) -> tuple[Annotations, dict[tuple[str, int], str]]:
    """Read the annotation records of one file.

    Parameters
    ----------
    records : sequence of bytes-like
    targets : ReferenceTargets
        The images and categories of the same file.
    defect_log : DefectLog

    Returns
    -------
    annotations : Annotations
        Of source 0.
    original_ids : dict
        As in `audit.dataset.model.Dataset`.

    Examples
    --------
    >>> none = np.zeros(0, dtype=np.int64)
    >>> no_records = IdIndex(none, [])
    >>> targets = ReferenceTargets(Images(none, (), none, none, none, none), no_records, no_records)
    >>> defect_log = DefectLog("a.json")
    >>> annotations, _ = read_annotations([b'{"id": 1}', b"5"], targets, defect_log)
    >>> annotations.id.tolist()
    [1]
    >>> sorted(defect.rule for defect in defect_log.defects)[:3]
    ['area.missing', 'bbox.missing', 'iscrowd.missing']
    >>> len(read_annotations([], targets, defect_log)[0])
    0
    """
    original_ids: dict[tuple[str, int], str] = {}
    annotations = concat_annotations(_read_batches(records, targets, defect_log, original_ids))
    report_ids(defect_log, "annotations", annotations.id, annotations.index)
    return annotations, original_ids


def _read_batches(
    records: Sequence[Record],
    targets: ReferenceTargets,
    defect_log: DefectLog,
    original_ids: dict[tuple[str, int], str],
) -> Iterator[Annotations]:
    batch, n_before, position = RecordColumns.empty(), 0, 0
    for rows in decode_records(records, AnnotationRow):
        typed_rows = [row for row in rows if row is not None]
        if len(typed_rows) == len(rows):
            positions = range(position, position + len(rows))
            batch.extend(typed_rows, [row.id for row in typed_rows], positions)
            position += len(rows)
        else:
            for row in rows:
                if row is not None:
                    batch.extend([row], [row.id], [position])
                else:
                    value = parse_odd_record(records[position], "annotations", position, defect_log)
                    if value is not None:
                        row_id = _append_odd_annotation(batch, value, position, targets, defect_log)
                        table_row = n_before + len(batch.id) - 1
                        keep_original_id("annotations", table_row, value, row_id, original_ids)
                position += 1
        if len(batch.id) >= BATCH_SIZE or position == len(records):
            yield build_annotations(batch, targets, defect_log)
            n_before, batch = n_before + len(batch.id), RecordColumns.empty()


def _append_odd_annotation(
    batch: RecordColumns,
    value: JsonObject,
    position: int,
    targets: ReferenceTargets,
    defect_log: DefectLog,
) -> int:
    """Read a record field by field into a batch; return the id that it gets."""
    row_id, _ = read_id(defect_log, "annotations", position, value)
    batch.position.append(position)
    batch.id.append(row_id)
    batch.image_id.append(read_reference(defect_log, position, value, "image_id", targets.image_index))
    category_id = read_reference(defect_log, position, value, "category_id", targets.category_index)
    batch.category_id.append(category_id)
    batch.area.append(read_area(value, position, defect_log, required=True))
    batch.bbox.append(read_bbox(value, position, defect_log, required=True))
    batch.iscrowd.append(read_iscrowd(value, position, defect_log, required=True))
    score = value.get("score")
    batch.score.append(float(score) if isinstance(score, float) else NO_AREA)
    batch.absences_reported.append(True)
    if "segmentation" in value:
        batch.segmentation.append(diagnose_segmentation(value["segmentation"]))
    else:
        defect_log.add("segm.missing", "annotations", position, "", "there is no segmentation", None)
        batch.segmentation.append(SegmentationDiagnosis())
    return row_id


def build_annotations(batch: RecordColumns, targets: ReferenceTargets, defect_log: DefectLog) -> Annotations:
    """Make arrays of a batch: follow its references, read its segmentations.

    Parameters
    ----------
    batch : RecordColumns
    targets : ReferenceTargets
    defect_log : DefectLog
        Gets references to nowhere and what is wrong with the segmentations.

    Returns
    -------
    Annotations
        Of the batch's records, source 0.
    """
    position = np.array(batch.position, dtype=np.int64)
    image = _find_rows(batch.image_id, "image_id", position, targets.image_index, defect_log)
    category = _find_rows(batch.category_id, "category_id", position, targets.category_index, defect_log)
    height, width = (
        np.where(image >= 0, np.r_[side, 0][image], 0)
        for side in (targets.images.height, targets.images.width)
    )
    segmentation = read_segmentations(batch.position, batch.segmentation, height, width, defect_log)
    area = np.array(batch.area, dtype=np.float64)
    bbox = np.fromiter(chain.from_iterable(batch.bbox), np.float64, 4 * len(position)).reshape(-1, 4)
    flag = np.array(batch.iscrowd, dtype=np.int64)
    if defect_log.prefix:  # results need none of these
        not_reported = ~np.array(batch.absences_reported, dtype=np.bool_)
        _report_absent(position, bbox, area, flag, not_reported, defect_log)
    iscrowd = flag == 1
    for row in np.flatnonzero(iscrowd & (segmentation.kind == MaskKind.POLYGON)).tolist():
        message, pointer = "a crowd region has polygons", "/segmentation"
        defect_log.add("iscrowd.format", "annotations", batch.position[row], pointer, message, 1)
    return Annotations(
        id=np.array(batch.id, dtype=np.int64),
        image=image,
        category=category,
        iscrowd=iscrowd,
        score=np.array(batch.score, dtype=np.float64),
        area=area,
        bbox=bbox,
        source=np.zeros(len(position), dtype=np.int64),
        index=position,
        segmentation=segmentation,
    )


def _report_absent(
    position: IntArray,
    bbox: FloatArray,
    area: FloatArray,
    flag: IntArray,
    not_reported: BoolArray,
    defect_log: DefectLog,
) -> None:
    for field, absent in (
        ("bbox", np.isnan(bbox[:, 0])),
        ("area", np.isnan(area)),
        ("iscrowd", flag == NO_FLAG),
    ):
        for where in position[absent & not_reported].tolist():
            defect_log.add(f"{field}.missing", "annotations", where, "", f"there is no {field}", None)


def _find_rows(
    references: Sequence[int], field: str, position: IntArray, id_index: IdIndex, defect_log: DefectLog
) -> IntArray:
    """Follow references; report those to nowhere, unless reading them has done so."""
    ids = np.array(references, dtype=np.int64)
    rows = id_index.find_rows(ids)
    for k in np.flatnonzero((rows < 0) & (ids != NO_RECORD)).tolist():
        report_dangling(defect_log, int(position[k]), field, int(ids[k]))
    return rows
