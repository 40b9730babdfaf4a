"""COCO instance labels: images, annotations and categories of one JSON file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audit.dataset.model import Dataset, Source
from audit.loaders.coco_annotations import ReferenceTargets, read_annotations
from audit.loaders.coco_categories import read_categories, report_equal_names
from audit.loaders.coco_federated import read_federated_labels
from audit.loaders.coco_images import read_images
from audit.loaders.defect_log import DefectLog, build_findings
from audit.loaders.json_file import JsonFile, read_json_file, split_coco_lists
from audit.loaders.json_scanner import FileFault
from audit.loaders.loaded import LoadedDataset

PANOPTIC_MARK = b'"segments_info"'
"""What every annotation of a COCO panoptic file has, and no other one."""


def read_coco(path: Path, *, salvage: bool = False, pictures: Path | None = None) -> LoadedDataset:
    """Read one COCO file; what is wrong with its records becomes findings.

    Parameters
    ----------
    path : Path
    salvage : bool
        Read what a damaged file still holds.
    pictures : Path, optional
        Where the pictures are whose sizes the file does not say; default: beside it.

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
    return parse_coco(read_json_file(path), salvage=salvage, pictures=pictures or path.parent)


def parse_coco(file: JsonFile, *, salvage: bool = False, pictures: Path | None = None) -> LoadedDataset:
    """Read a COCO document that is in memory.

    Parameters
    ----------
    file : JsonFile
    salvage : bool
    pictures : Path, optional
        Where the pictures are whose sizes the file does not say.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.
    """
    lists = split_coco_lists(file, salvage=salvage)
    first_annotation = bytes(lists.records["annotations"][0]) if len(lists.records["annotations"]) else b""
    if PANOPTIC_MARK in first_annotation:
        from audit.loaders.panoptic import read_panoptic  # late: it needs Pillow

        return read_panoptic(file, lists)
    defect_log = DefectLog(file.name)
    report_file_faults(file, lists.faults, defect_log)
    images, image_index, image_ids = read_images(lists.records["images"], defect_log, pictures)
    categories, category_index, category_ids = read_categories(lists.records["categories"], defect_log)
    targets = ReferenceTargets(images, image_index, category_index)
    annotations, annotation_ids = read_annotations(lists.records["annotations"], targets, defect_log)
    report_equal_names(categories, annotations.category, defect_log)
    source = Source(file.name, "coco", file.size_bytes, file.sha256)
    original_ids = {**image_ids, **category_ids, **annotation_ids}
    offsets = {file.name: lists.offsets}
    federated = read_federated_labels(
        lists.records["images"], images, category_index, lists.records["categories"]
    )
    dataset = Dataset((source,), images, categories, annotations, original_ids, offsets, federated)
    list_lengths = {name: len(records) for name, records in lists.records.items()}
    return LoadedDataset(dataset, tuple(build_findings(defect_log, dataset, list_lengths)))


def convert_document(document: Mapping[str, object], path: Path, format_name: str) -> LoadedDataset:
    """Make a dataset of a COCO document that a loader made of a file in another format.

    Parameters
    ----------
    document : mapping
        ``images``, ``annotations`` and ``categories``: lists of plain dictionaries.
    path : Path
        The file that it was made of.
    format_name : str
        What the report calls the format.

    Returns
    -------
    LoadedDataset
        Every record is checked as one of a COCO file is; what is wrong with it is a finding.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "outlines.txt"
    >>> _ = path.write_text("nothing drawn yet")
    >>> image = {"id": 1, "file_name": "a.png", "height": 8, "width": 8}
    >>> loaded = convert_document({"images": [image], "annotations": [], "categories": []}, path, "outlines")
    >>> loaded.dataset.images.file_name, loaded.dataset.sources[0].format
    (('a.png',), 'outlines')
    >>> len(convert_document({"images": [], "annotations": [], "categories": []}, path, "").dataset.images)
    0
    """
    data = path.read_bytes() if path.is_file() else b""
    # Not msgspec: NaN and broken text stay what they are, and are reported.
    text = json.dumps(document).encode()
    loaded = parse_coco(JsonFile(str(path), text, len(data), hashlib.sha256(data).hexdigest(), False))
    (source,) = loaded.dataset.sources
    # No offsets: records stand elsewhere in the document than in the file.
    dataset = replace(loaded.dataset, sources=(replace(source, format=format_name),), record_offsets={})
    return replace(loaded, dataset=dataset)


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
