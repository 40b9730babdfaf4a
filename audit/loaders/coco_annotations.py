"""The annotation records of a COCO file, or the detections of a results file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Annotations, FloatArray, Images, IntArray, MaskKind
from audit.geometry.disk_arrays import release_pages
from audit.loaders.annotation_columns import (
    LABEL_FIELDS,
    NO_FLAG,
    Field,
    RecordSpans,
    parse_annotations,
)
from audit.loaders.annotation_fields import read_area, read_bbox, read_iscrowd
from audit.loaders.concat import concat_annotations
from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import NO_RECORD, IdIndex, read_id, read_reference, report_dangling, report_ids
from audit.loaders.json_value import JsonObject, parse_record
from audit.loaders.parsed_segmentations import BoolArray, ParsedSegmentations
from audit.loaders.row_major import report_row_major
from audit.loaders.segmentation_faults import SegmentationDiagnosis, diagnose_segmentation
from audit.loaders.segmentations import read_segmentations
from audit.loaders.slow_path import keep_original_id, parse_odd_record
from audit.loaders.typed_records import NO_AREA

BATCH_SIZE = 2000
"""Records parsed together: few enough to stay in the cache, enough to spread what a call costs."""
_BATCHES_AHEAD = 2
"""Parsed in threads while one is looked at: parsing takes about as long as looking twice."""
RELEASE_EVERY = 50 * BATCH_SIZE
"""Records after which the text that was read need no longer be in memory."""


@dataclass(frozen=True, slots=True)
class ReferenceTargets:
    """What annotations refer to."""

    images: Images
    image_index: IdIndex
    category_index: IdIndex

    def find_sizes(self, image: IntArray) -> tuple[IntArray, IntArray]:
        """Return the height and the width of each image, 0 where it is not known (-1)."""
        if not len(self.images):
            return np.zeros_like(image), np.zeros_like(image)
        sizes = self.images.height[image], self.images.width[image]
        if len(image) and image.min() < 0:
            return np.where(image >= 0, sizes[0], 0), np.where(image >= 0, sizes[1], 0)
        return sizes


class RecordBatch:
    """The fields of neighbouring records: parsed at once; odd ones are filled in one by one.

    Parameters
    ----------
    records : RecordSpans
        All records of the file.
    rows : slice
        Those of the batch.
    required : Field
        Members without which a record is odd.
    """

    def __init__(self, records: RecordSpans, rows: slice, required: Field) -> None:
        self.records = records
        self.columns = parse_annotations(records, rows, required)
        self.position = np.arange(rows.start, rows.start + len(self.columns["id"]))
        """(n,) in the file's list."""
        self.odd_rows: list[int] = np.flatnonzero(~self.columns["is_typed"]).tolist()
        self.is_record = np.ones(len(self.position), dtype=np.bool_)
        """(n,) whether it is an object at all."""
        self.absences_reported = ~self.columns["is_typed"]
        """(n,) whether what is absent was reported already."""
        self.diagnoses: dict[int, SegmentationDiagnosis] = {}

    def fill(self, row: int, segmentation: SegmentationDiagnosis, **fields: float | Sequence[float]) -> None:
        """Set the fields of an odd record.

        Parameters
        ----------
        row : int
        segmentation : SegmentationDiagnosis
        **fields
            Values by the name of the column.
        """
        for name, value in fields.items():
            self.columns[name][row] = value
        self.diagnoses[row] = segmentation

    def count_records(self, row: int) -> int:
        """Count the objects before a row."""
        return int(np.count_nonzero(self.is_record[:row]))

    def take(self, name: str) -> NDArray[Any]:
        """Return a column of all objects."""
        column: NDArray[Any] = self.columns[name]
        # Nearly always all are: then nothing is copied.
        return column if self.is_record.all() else column[self.is_record]

    def report_segmentations(self, defect_log: DefectLog) -> None:
        """Report what is wrong with the segmentations of odd records."""
        for row, diagnosis in self.diagnoses.items():
            for rule, pointer, message, value in diagnosis.faults:
                pointer = f"/segmentation{pointer}"
                defect_log.add(rule, "annotations", int(self.position[row]), pointer, message, value)

    def parsed_segmentations(self) -> ParsedSegmentations:
        """Return the segmentations of all objects, those of odd records put in their places."""
        parsed = ParsedSegmentations.of(self.columns)
        if not self.odd_rows:
            return parsed
        usable = {row: found.usable for row, found in self.diagnoses.items() if found.usable is not None}
        return parsed.insert(usable).keep(self.is_record)

    def counts_text(self, position: int) -> str:
        """Return the counts of a record's RLE as text."""
        segmentation = parse_record(self.records[position])["segmentation"]
        # A result may hold its RLE in a list.
        return str((segmentation[0] if isinstance(segmentation, list) else segmentation)["counts"])


def parse_batches(records: RecordSpans, required: Field) -> Iterator[RecordBatch]:
    """Parse records batch by batch; the next ones are parsed while the last is looked at.

    Parameters
    ----------
    records : RecordSpans
    required : Field
        Members without which a record is odd.

    Yields
    ------
    RecordBatch

    Examples
    --------
    >>> [batch.odd_rows for batch in parse_batches(RecordSpans.of([b"{}"]), LABEL_FIELDS)]
    [[0]]
    >>> list(parse_batches(RecordSpans.of([]), LABEL_FIELDS))
    []
    """

    def parse(start: int) -> RecordBatch:
        return RecordBatch(records, slice(start, start + BATCH_SIZE), required)

    if len(records) <= BATCH_SIZE:
        yield from map(parse, range(0, len(records), BATCH_SIZE))
        return
    with ThreadPoolExecutor(_BATCHES_AHEAD) as pool:  # the core lets other threads run
        parsing: deque[Future[RecordBatch]] = deque()
        for start in range(0, len(records), BATCH_SIZE):
            parsing.append(pool.submit(parse, start))
            if len(parsing) > _BATCHES_AHEAD:
                yield parsing.popleft().result()
        while parsing:
            yield parsing.popleft().result()


def read_annotations(
    records: RecordSpans, targets: ReferenceTargets, defect_log: DefectLog
) -> tuple[Annotations, dict[tuple[str, int], str]]:
    """Read the annotation records of one file.

    Parameters
    ----------
    records : RecordSpans
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
    >>> no_records = IdIndex(none)
    >>> targets = ReferenceTargets(Images(none, (), none, none, none, none), no_records, no_records)
    >>> defect_log = DefectLog("a.json")
    >>> annotations, _ = read_annotations(RecordSpans.of([b'{"id": 1}', b"5"]), targets, defect_log)
    >>> annotations.id.tolist()
    [1]
    >>> sorted(defect.rule for defect in defect_log.defects)[:3]
    ['area.missing', 'bbox.missing', 'iscrowd.missing']
    >>> len(read_annotations(RecordSpans.of([]), targets, defect_log)[0])
    0
    """
    original_ids: dict[tuple[str, int], str] = {}
    annotations = concat_annotations(_read_batches(records, targets, defect_log, original_ids))
    report_ids(defect_log, "annotations", annotations.id, annotations.index)
    report_row_major(annotations, targets.images, defect_log)
    return annotations, original_ids


def _read_batches(
    records: RecordSpans,
    targets: ReferenceTargets,
    defect_log: DefectLog,
    original_ids: dict[tuple[str, int], str],
) -> Iterator[Annotations]:
    n_before = 0
    for batch in parse_batches(records, LABEL_FIELDS):
        start = int(batch.position[0])
        for row in batch.odd_rows:
            position = start + row
            value = parse_odd_record(records[position], "annotations", position, defect_log)
            batch.is_record[row] = value is not None
            if value is not None:
                row_id = _fill_odd_annotation(batch, row, value, targets, defect_log)
                table_row = n_before + batch.count_records(row)
                keep_original_id("annotations", table_row, value, row_id, original_ids)
        yield build_annotations(batch, batch.take("id"), targets, defect_log)
        n_before += batch.count_records(len(batch.position))
        if start % RELEASE_EVERY == 0:
            release_pages()


def _fill_odd_annotation(
    batch: RecordBatch, row: int, value: JsonObject, targets: ReferenceTargets, defect_log: DefectLog
) -> int:
    """Read a record field by field into a batch; return the id that it gets."""
    position = int(batch.position[row])
    row_id, _ = read_id(defect_log, "annotations", position, value)
    image_id = read_reference(defect_log, position, value, "image_id", targets.image_index)
    category_id = read_reference(defect_log, position, value, "category_id", targets.category_index)
    area = read_area(value, position, defect_log, required=True)
    bbox = read_bbox(value, position, defect_log, required=True)
    iscrowd = read_iscrowd(value, position, defect_log, required=True)
    score = value.get("score")
    if "segmentation" in value:
        segmentation = diagnose_segmentation(value["segmentation"])
    else:
        defect_log.add("segm.missing", "annotations", position, "", "there is no segmentation", None)
        segmentation = SegmentationDiagnosis()
    batch.fill(
        row,
        segmentation,
        id=row_id,
        image_id=image_id,
        category_id=category_id,
        area=area,
        bbox=bbox,
        iscrowd=iscrowd,
        score=score if isinstance(score, float) or (type(score) is int and abs(score) < 2**63) else NO_AREA,
    )
    return row_id


def build_annotations(
    batch: RecordBatch, ids: IntArray, targets: ReferenceTargets, defect_log: DefectLog
) -> Annotations:
    """Make a table of a batch: follow its references, check its segmentations.

    Parameters
    ----------
    batch : RecordBatch
        Odd records filled in.
    ids : (records,) int64
        Theirs; a detection's is its position.
    targets : ReferenceTargets
    defect_log : DefectLog
        Gets references to nowhere and what is wrong with the segmentations.

    Returns
    -------
    Annotations
        Of the batch's records, source 0.
    """
    position = batch.position[batch.is_record]
    image = _find_rows(batch.take("image_id"), "image_id", position, targets.image_index, defect_log)
    category = _find_rows(
        batch.take("category_id"), "category_id", position, targets.category_index, defect_log
    )
    height, width = targets.find_sizes(image)
    batch.report_segmentations(defect_log)
    segmentation = read_segmentations(
        position, batch.parsed_segmentations(), batch.counts_text, height, width, defect_log
    )
    area, bbox, flag = batch.take("area"), batch.take("bbox"), batch.take("iscrowd")
    if defect_log.prefix:  # results need none of these
        not_reported = ~batch.absences_reported[batch.is_record]
        _report_absent(position, bbox, area, flag, not_reported, defect_log)
    iscrowd = flag == 1
    for row in np.flatnonzero(iscrowd & (segmentation.kind == MaskKind.POLYGON)).tolist():
        message, pointer = "a crowd region has polygons", "/segmentation"
        defect_log.add("iscrowd.format", "annotations", int(position[row]), pointer, message, 1)
    return Annotations(
        id=ids,
        image=image,
        category=category,
        iscrowd=iscrowd,
        score=batch.take("score"),
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
    flag: NDArray[np.uint8],
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
    ids: IntArray, field: str, position: IntArray, id_index: IdIndex, defect_log: DefectLog
) -> IntArray:
    """Follow references; report those to nowhere, unless reading them has done so."""
    rows = id_index.find_rows(ids)
    for k in np.flatnonzero((rows < 0) & (ids != NO_RECORD)).tolist():
        report_dangling(defect_log, int(position[k]), field, int(ids[k]))
    return rows
