"""COCO results: a list of detections, which refer to the images and categories of a ground truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Annotations, Dataset, IntArray, MaskKind, Source
from audit.geometry.disk_arrays import release_pages
from audit.geometry.shape import mix_bits
from audit.loaders.annotation_columns import RESULT_FIELDS, Field, RecordSpans
from audit.loaders.annotation_fields import read_area, read_bbox, read_iscrowd, read_score
from audit.loaders.coco import report_file_faults
from audit.loaders.coco_annotations import (
    RELEASE_EVERY,
    RecordBatch,
    ReferenceTargets,
    build_annotations,
    parse_batches,
)
from audit.loaders.concat import concat_annotations
from audit.loaders.defect_log import DefectLog, build_findings
from audit.loaders.ids import NO_RECORD, IdIndex, normalize_id, read_reference
from audit.loaders.json_file import (
    JsonFile,
    RecordLists,
    read_json_file,
    split_coco_lists,
    split_results,
)
from audit.loaders.json_value import JsonObject, parse_record
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.row_major import report_row_major
from audit.loaders.segmentation_faults import SegmentationDiagnosis, diagnose_segmentation
from audit.loaders.slow_path import parse_odd_record

_SAM_KEYS = (b'"predicted_iou"', b'"stability_score"')
"""What every record of SAM's automatic mask generator has, and no COCO result."""
_NO_MASK = SegmentationDiagnosis()


def read_results(path: Path | JsonFile, ground_truth: Dataset, *, salvage: bool = False) -> LoadedDataset:
    """Read a results file.

    Parameters
    ----------
    path : Path or JsonFile
        A JsonFile is what is in memory.
    ground_truth : Dataset
        Its images and categories are those of the results.
    salvage : bool
        Read what a damaged file still holds.

    Returns
    -------
    Loaded
        A dataset with the images and categories of the ground truth, whose annotations are the
        detections; an annotation's id is its position in the file.

    Raises
    ------
    UnreadableError
        If the file is no list of results.

    Examples
    --------
    >>> import tempfile
    >>> from audit.dataset.model import empty_dataset
    >>> path = Path(tempfile.mkdtemp()) / "results.json"
    >>> _ = path.write_text("[]")
    >>> [f.rule for f in read_results(path, empty_dataset()).findings]
    ['results.empty']
    """
    file = path if isinstance(path, JsonFile) else read_json_file(path)
    lists, list_name = _split_detections(file, salvage)
    records = lists.records[list_name]
    defect_log = DefectLog(file.name, prefix="/{entity}" if list_name else "")
    report_file_faults(file, lists.faults, defect_log)
    if list_name:
        message = 'The file is a whole COCO document; its list "annotations" is read as the results'
        defect_log.add("results.format", "", 0, "", message, "")
    if len(records) and all(key in bytes(records[0]) for key in _SAM_KEYS):
        message = "These are masks of SAM's automatic generator: they name no image, category or score"
        pointer = f"{defect_log.prefix.format(entity='annotations')}/0"
        defect_log.add("results.format", "", 0, pointer, message, "", score="predicted_iou")
    unknown_category_ids: dict[int, int] = {}
    annotations = concat_annotations(
        _read_batches(records, _index_targets(ground_truth), defect_log, unknown_category_ids)
    )
    _report_scores(annotations, defect_log)
    _report_polygons(annotations, defect_log)
    report_row_major(annotations, ground_truth.images, defect_log)
    source = Source(file.name, "coco_results", file.size_bytes, file.sha256)
    dataset = Dataset(
        (source, *ground_truth.sources),  # the results come first, so that rows of theirs have source 0
        replace(ground_truth.images, source=ground_truth.images.source + 1),
        replace(ground_truth.categories, source=ground_truth.categories.source + 1),
        annotations,
        {key: text for key, text in ground_truth.original_ids.items() if key[0] != "annotations"},
        {**ground_truth.record_offsets, file.name: lists.offsets},
        unknown_category_ids=unknown_category_ids,
    )
    return LoadedDataset(dataset, tuple(build_findings(defect_log, dataset, {"annotations": len(records)})))


def list_result_records(path: Path | JsonFile, positions: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Read some records of a results file as Python's values; those that are no objects are left out.

    Parameters
    ----------
    path : Path or JsonFile
    positions : sequence of int
        Places in the list.

    Examples
    --------
    >>> file = JsonFile("a", b'[{"image_id": 7}, 5]', 20, "", False)
    >>> list(list_result_records(file, [0, 1]))
    [{'image_id': 7}]
    >>> list(list_result_records(file, []))
    []
    """
    file = path if isinstance(path, JsonFile) else read_json_file(path)
    lists, list_name = _split_detections(file, salvage=True)
    records = lists.records[list_name]
    for position in positions:
        value = parse_record(records[position])
        if isinstance(value, dict):
            yield value


def _split_detections(file: JsonFile, salvage: bool) -> tuple[RecordLists, str]:
    """Cut the file into its detections: a list, or the annotations of a COCO document; name that list."""
    try:
        return split_results(file, salvage=salvage), ""
    except UnreadableError as error:
        if error.rule != "schema.top_level":
            raise
        try:
            lists = split_coco_lists(file, salvage=salvage)
        except UnreadableError:
            raise error from None
        if not any(b'"score"' in bytes(record) for record in lists.records["annotations"]):
            what = "the annotations of this document have no score: they are labels, not results"
            remedy = "give the labels first, then a list of detections with image_id, category_id and score"
            raise UnreadableError(error.rule, file.name, error.where, what, remedy) from None
        return lists, "annotations"


def _read_batches(
    records: RecordSpans,
    targets: ReferenceTargets,
    defect_log: DefectLog,
    unknown_category_ids: dict[int, int],
) -> Iterator[Annotations]:
    """Yield the detections batch by batch; report what the list as a whole lacks."""
    n_before = 0
    has_box: list[bool] = []
    without_mask: list[int] = []
    keys: list[NDArray[np.uint64]] = []
    positions: list[IntArray] = []
    for batch in parse_batches(records, RESULT_FIELDS):
        start = int(batch.position[0])
        batch.columns["named_category"] = batch.columns["category_id"].copy()
        for row in batch.odd_rows:
            position = start + row
            value = parse_odd_record(records[position], "annotations", position, defect_log, "/score")
            batch.is_record[row] = value is not None
            if value is None:
                continue
            if "segmentation" not in value:
                without_mask.append(position)
            _fill_odd_result(batch, row, value, targets, defect_log)
            # Bytes of a record instead of its mask: odd ones are copies if they are the same to the letter.
            batch.columns["mask_hash"][row] = hash(records[position]) % 2**64
            batch.columns["fields"][row] = Field.BBOX if "bbox" in value else 0
        has_box += ((batch.take("fields") & Field.BBOX) > 0).tolist()
        keys.append(_hash_detections(batch))
        positions.append(batch.position[batch.is_record])
        batch.absences_reported[:] = True  # results need no area, box or flag, whatever list they lie in
        annotations = build_annotations(batch, batch.position[batch.is_record], targets, defect_log)
        named_ids = batch.take("named_category")
        for row in np.flatnonzero((annotations.category < 0) & (named_ids != NO_RECORD)).tolist():
            unknown_category_ids[n_before + row] = int(named_ids[row])
        n_before += len(annotations)
        yield annotations
        if start % RELEASE_EVERY == 0:
            release_pages()
    if keys:
        _report_repeated(np.concatenate(keys), np.concatenate(positions), defect_log)
    _report_kinds(without_mask, has_box, defect_log)


def _index_targets(ground_truth: Dataset) -> ReferenceTargets:
    """Index the images and categories of labels by the ids that their file has, whatever their type.

    Some tools write the name of the file, without its ending, and of the category.
    """

    def name_images() -> Iterator[tuple[str, int]]:
        file_names = ground_truth.images.file_name
        yield from ((_name_stem(name), row) for row, name in enumerate(file_names))
        yield from ((name, row) for row, name in enumerate(file_names) if _name_stem(name) != name)

    def name_categories() -> Iterator[tuple[str, int]]:
        return ((name, row) for row, name in enumerate(ground_truth.categories.name))

    names_by_entity = {"images": name_images, "categories": name_categories}
    image_index, category_index = (
        IdIndex(
            ids,
            {
                row: normalize_id(_parse_original_id(text))
                for (odd_entity, row), text in ground_truth.original_ids.items()
                if odd_entity == entity
            },
            names_by_entity[entity],
        )
        for entity, ids in (("images", ground_truth.images.id), ("categories", ground_truth.categories.id))
    )
    return ReferenceTargets(ground_truth.images, image_index, category_index)


def _name_stem(name: str) -> str:
    """Return a file's name without its folders and its ending, as `PurePosixPath.stem` does."""
    if "/" in name or name[:1] == "." or name[-1:] == ".":
        return PurePosixPath(name).stem
    return name.rpartition(".")[0] or name


def _parse_original_id(text: str) -> object:
    """Parse an id as it was kept; None where it was too long to be kept whole."""
    try:
        return json.loads(text)  # msgspec refuses lone surrogates
    except ValueError:
        return None


def _fill_odd_result(
    batch: RecordBatch, row: int, value: JsonObject, targets: ReferenceTargets, defect_log: DefectLog
) -> None:
    """Read a record field by field into a batch."""
    position = int(batch.position[row])
    named_id = normalize_id(value.get("category_id"))
    is_number = isinstance(named_id, int) and abs(named_id) < 2**63
    batch.columns["named_category"][row] = named_id if is_number else NO_RECORD
    # Whether results without masks are one fault or many is known at the end only.
    has_mask = "segmentation" in value
    segmentation = value.get("segmentation")
    if isinstance(segmentation, list) and len(segmentation) == 1 and isinstance(segmentation[0], dict):
        message, segmentation = "the segmentation is a list with one RLE", segmentation[0]
        defect_log.add("results.format", "annotations", position, "/segmentation", message, "")
    batch.fill(
        row,
        diagnose_segmentation(segmentation) if has_mask else _NO_MASK,
        image_id=read_reference(defect_log, position, value, "image_id", targets.image_index),
        category_id=read_reference(defect_log, position, value, "category_id", targets.category_index),
        area=read_area(value, position, defect_log, required=False),
        bbox=read_bbox(value, position, defect_log, required=False),
        iscrowd=read_iscrowd(value, position, defect_log, required=False),
        score=read_score(value, position, defect_log),
    )


def _hash_detections(batch: RecordBatch) -> NDArray[np.uint64]:
    """Hash what makes two detections of a batch the same: image, category, score, box and mask."""
    # NaN, which stands for what is absent, would equal nothing: another number stands for it here.
    # Adding 0.0 makes one zero of both.
    numbers = [np.nan_to_num(batch.take(name), nan=-1e300) + 0.0 for name in ("score", "bbox")]
    columns = [batch.take(name)[:, None] for name in ("image_id", "category_id", "mask_hash")]
    columns += [numbers[0][:, None], numbers[1]]
    bits = np.concatenate([np.ascontiguousarray(values).view(np.uint64) for values in columns], axis=1)
    # Masks are compared by hashes anyway, so whole records are too: a dict of tuples is slow.
    keys = np.zeros(len(bits), dtype=np.uint64)
    for column in bits.T:
        keys = mix_bits(keys ^ column) + np.uint64(0x9E3779B97F4A7C15)
    return keys


def _report_repeated(keys: NDArray[np.uint64], positions: IntArray, defect_log: DefectLog) -> None:
    """Report the detections that repeat an earlier one of the file."""
    sorted_keys = np.sort(keys)
    if not (sorted_keys[1:] == sorted_keys[:-1]).any():  # seldom: what follows takes several times as long
        return
    _, first_rows, inverse = np.unique(keys, return_index=True, return_inverse=True)
    first_row_of = first_rows[inverse]
    for row in np.flatnonzero(first_row_of != np.arange(len(keys))).tolist():
        position, first = int(positions[row]), int(positions[first_row_of[row]])
        message = f"the same image, category, score and mask as result {first}"
        defect_log.add("results.duplicate", "annotations", position, "", message, first, first_index=first)


def _report_scores(annotations: Annotations, defect_log: DefectLog) -> None:
    scores = annotations.score
    for row in np.flatnonzero((scores < 0) | (scores > 1)).tolist():
        score, position = float(scores[row]), int(annotations.index[row])
        message = f"the score {score:g} is not between 0 and 1"
        defect_log.add("score.range", "annotations", position, "/score", message, score, score=score)
    finite = scores[np.isfinite(scores)]
    if len(finite) > 1 and bool((finite == finite[0]).all()):
        message = f"All {len(finite):,} scores are {finite[0]:g}"
        defect_log.add("score.constant", "", 0, "", message, float(finite[0]), results=len(finite))


def _report_polygons(annotations: Annotations, defect_log: DefectLog) -> None:
    for row in np.flatnonzero(annotations.segmentation.kind == MaskKind.POLYGON).tolist():
        message, position = "the segmentation is a polygon, not RLE", int(annotations.index[row])
        defect_log.add("results.format", "annotations", position, "/segmentation", message, row)


def _report_kinds(without_mask: Sequence[int], has_box: Sequence[bool], defect_log: DefectLog) -> None:
    """Report what the results are as a whole: none, boxes alone, or of two kinds."""
    n_results, n_boxes = len(has_box), sum(has_box)
    list_pointer = defect_log.prefix.format(entity="annotations")
    if not has_box:
        defect_log.add("results.empty", "", 0, "", "There are no results", "")
        return
    if len(without_mask) == n_results:
        message = f"None of the {n_results:,} results has a mask"
        defect_log.add("results.no_mask", "", 0, f"{list_pointer}/0", message, "", results=n_results)
    else:
        for position in without_mask:
            defect_log.add("segm.missing", "annotations", position, "", "there is no segmentation", None)
    if 0 < n_boxes < n_results:
        message = f"{n_boxes:,} of {n_results:,} results have a bbox, the others have none"
        first = has_box.index(not has_box[0])  # the first that is not like the ones before it
        pointer = f"{list_pointer}/{first}"
        defect_log.add("results.mixed", "", 0, pointer, message, "", with_bbox=n_boxes, results=n_results)
