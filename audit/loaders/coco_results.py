"""COCO results: a list of detections, which refer to the images and categories of a ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from audit.dataset.model import Annotations, Dataset, MaskKind, Source
from audit.loaders.annotation_fields import read_area, read_bbox, read_iscrowd, read_score
from audit.loaders.coco import report_file_faults
from audit.loaders.coco_annotations import RecordColumns, ReferenceTargets, build_annotations
from audit.loaders.concat import concat_annotations
from audit.loaders.defect_log import DefectLog, findings
from audit.loaders.ids import IdIndex, normalize_id, read_reference
from audit.loaders.json_file import read_json_file, split_results
from audit.loaders.json_value import JsonObject
from audit.loaders.loaded import LoadedDataset
from audit.loaders.segmentation_faults import SegmentationDiagnosis, diagnose_segmentation
from audit.loaders.slow_path import parse_odd_record
from audit.loaders.typed_records import NO_BOX, Polygons, ResultRow, Rle, decode_records

_NO_MASK = SegmentationDiagnosis()


def read_results(path: Path, ground_truth: Dataset, *, salvage: bool = False) -> LoadedDataset:
    """Read a results file.

    Parameters
    ----------
    path : Path
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
    file = read_json_file(path)
    lists = split_results(file, salvage=salvage)
    records = lists.records[""]
    log = DefectLog(file.name, prefix="")
    report_file_faults(file, lists.flaws, log)
    to = ReferenceTargets(
        ground_truth.images,
        _known(ground_truth, "images"),
        _known(ground_truth, "categories"),
    )
    boxed: list[bool] = []
    maskless: list[int] = []
    parts: list[Annotations] = []
    seen: dict[tuple[object, ...], int] = {}
    position = 0
    for found in decode_records(records, ResultRow):
        chunk = RecordColumns.empty()
        for row in found:
            record = records[position]
            if row is not None:
                boxed.append(row.bbox is not NO_BOX)
                chunk.extend([row], [position], [position])
                _report_repeated(chunk, _identity(row.segmentation), seen, log)
            elif (value := parse_odd_record(record, "annotations", position, log, skip="/score")) is not None:
                boxed.append("bbox" in value)
                if "segmentation" not in value:
                    maskless.append(position)
                _append_odd(chunk, value, position, to, log)
                _report_repeated(chunk, hash(bytes(record)), seen, log)
            position += 1
        parts.append(build_annotations(chunk, to, log))
    annotations = concat_annotations(parts)
    _report_scores(annotations, log)
    _report_polygons(annotations, log)
    _report_kinds(maskless, boxed, log)
    source = Source(file.name, "coco_results", file.size_bytes, file.sha256)
    g = ground_truth  # its files come after the results'
    dataset = Dataset(
        (source, *g.sources),
        replace(g.images, source=g.images.source + 1),
        replace(g.categories, source=g.categories.source + 1),
        annotations,
        {key: text for key, text in g.given_ids.items() if key[0] != "annotations"},
        {**g.record_offsets, file.name: lists.offsets},
    )
    return LoadedDataset(dataset, tuple(findings(log, dataset, {"annotations": len(records)})))


def _known(ground_truth: Dataset, entity: str) -> IdIndex:
    ids = getattr(ground_truth, entity).id
    given: Mapping[tuple[str, int], str] = ground_truth.given_ids
    keys = [
        normalize_id(msgspec.json.decode(given[entity, row])) if (entity, row) in given else value
        for row, value in enumerate(ids.tolist())
    ]
    return IdIndex(ids, keys)


def _append_odd(
    chunk: RecordColumns, value: JsonObject, position: int, to: ReferenceTargets, log: DefectLog
) -> None:
    chunk.index.append(position)
    chunk.id.append(position)
    chunk.image_id.append(read_reference(log, position, value, "image_id", to.image))
    chunk.category_id.append(read_reference(log, position, value, "category_id", to.category))
    chunk.area.append(read_area(value, position, log, required=False))
    chunk.bbox.append(read_bbox(value, position, log, required=False))
    chunk.iscrowd.append(read_iscrowd(value, position, log, required=False))
    chunk.score.append(read_score(value, position, log))
    chunk.looked_at.append(True)
    # Whether results without masks are one fault or many is said at the end.
    chunk.segmentation.append(
        diagnose_segmentation(value["segmentation"]) if "segmentation" in value else _NO_MASK
    )


def _identity(segmentation: Polygons | Rle) -> int:
    if isinstance(segmentation, list):
        return hash(tuple(map(tuple, segmentation)))
    counts = segmentation.counts
    return hash((segmentation.size, counts if isinstance(counts, str) else tuple(counts)))


def _report_repeated(
    chunk: RecordColumns, mask: int, seen: dict[tuple[object, ...], int], log: DefectLog
) -> None:
    """Report a detection that repeats an earlier one."""
    box = tuple(chunk.bbox[-1])
    key = (chunk.image_id[-1], chunk.category_id[-1], chunk.score[-1], mask, *(b for b in box if b == b))
    position = chunk.index[-1]
    first = seen.setdefault(key, position)
    if first != position:
        message = f"the same image, category, score and mask as result {first}"
        log.add("results.duplicate", "annotations", position, "", message, first, first_index=first)


def _report_scores(annotations: Annotations, log: DefectLog) -> None:
    score = annotations.score
    odd = np.flatnonzero((score < 0) | (score > 1))
    for k in odd.tolist():
        value = float(score[k])
        message = f"the score {value:g} is not between 0 and 1"
        log.add(
            "score.range", "annotations", int(annotations.index[k]), "/score", message, value, score=value
        )
    finite = score[np.isfinite(score)]
    if len(finite) > 1 and bool((finite == finite[0]).all()):
        message = f"All {len(finite):,} scores are {finite[0]:g}"
        log.add("score.constant", "", 0, "", message, float(finite[0]), results=len(finite))


def _report_polygons(annotations: Annotations, log: DefectLog) -> None:
    for k in np.flatnonzero(annotations.segmentation.kind == MaskKind.POLYGON).tolist():
        message = "the segmentation is a polygon, not RLE"
        log.add("results.format", "annotations", int(annotations.index[k]), "/segmentation", message, k)


def _report_kinds(maskless: Sequence[int], boxed: Sequence[bool], log: DefectLog) -> None:
    """Report what the results are as a whole: none, boxes alone, or of two kinds."""
    if not boxed:
        log.add("results.empty", "", 0, "", "There are no results", "")
        return
    if len(maskless) == len(boxed):
        message = f"None of the {len(boxed):,} results has a mask"
        log.add("results.no_mask", "", 0, "", message, "", results=len(boxed))
    else:
        for position in maskless:
            log.add("segm.missing", "annotations", position, "", "there is no segmentation", None)
    with_box = sum(boxed)
    if 0 < with_box < len(boxed):
        message = f"{with_box:,} of {len(boxed):,} results have a bbox, the others have none"
        log.add("results.mixed", "", 0, "", message, "", with_bbox=with_box, results=len(boxed))
