"""COCO instance labels: images, annotations and categories of one JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audit.dataset.model import Dataset, Source
from audit.loaders.coco_annotations import ReferenceTargets, read_annotations
from audit.loaders.coco_categories import read_categories
from audit.loaders.coco_images import read_images
from audit.loaders.defect_log import DefectLog, findings
from audit.loaders.json_file import JsonFile, read_json_file, split_coco_lists
from audit.loaders.json_scanner import FileFault
from audit.loaders.loaded import LoadedDataset


def read_coco(path: Path, *, salvage: bool = False) -> LoadedDataset:
    """Read one COCO file; what is wrong with its records becomes findings.

    Parameters
    ----------
    path : Path
    salvage : bool
        Read what a damaged file still holds.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = path.write_text('{"images": [], "annotations": [], "categories": []}')
    >>> len(read_coco(path).dataset.annotations)
    0
    """
    return parse_coco(read_json_file(path), salvage=salvage)


def parse_coco(file: JsonFile, *, salvage: bool = False) -> LoadedDataset:
    """Read a COCO document that is in memory.

    Parameters
    ----------
    file : JsonFile
    salvage : bool

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.
    """
    lists = split_coco_lists(file, salvage=salvage)
    defect_log = DefectLog(file.name)
    report_file_faults(file, lists.faults, defect_log)
    images, image_index, image_ids = read_images(lists.records["images"], defect_log)
    categories, category_index, category_ids = read_categories(lists.records["categories"], defect_log)
    targets = ReferenceTargets(images, image_index, category_index)
    annotations, annotation_ids = read_annotations(lists.records["annotations"], targets, defect_log)
    source = Source(file.name, "coco", file.size_bytes, file.sha256)
    original_ids = {**image_ids, **category_ids, **annotation_ids}
    offsets = {file.name: lists.offsets}
    dataset = Dataset((source,), images, categories, annotations, original_ids, offsets)
    list_lengths = {name: len(records) for name, records in lists.records.items()}
    return LoadedDataset(dataset, tuple(findings(defect_log, dataset, list_lengths)))


def report_file_faults(file: JsonFile, faults: Sequence[FileFault], defect_log: DefectLog) -> None:
    """Report what is odd about a file as a whole.

    Parameters
    ----------
    file : JsonFile
    faults : sequence of FileFault
        What a salvage overlooked.
    defect_log : DefectLog

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> report_file_faults(JsonFile("a.json", b"[]", 5, "", True), (), defect_log)
    >>> defect_log.defects[0].rule
    'json.bom'
    """
    if file.has_bom:
        defect_log.add("json.bom", "", 0, "", "The file begins with a byte order mark", "")
    for fault in faults:
        message = f"{fault.where}: {fault.what}; what could be read was audited"
        defect_log.add(fault.rule, "", 0, "", message, fault.what, where=fault.where)
