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
    log = DefectLog(file.name)
    report_file_faults(file, lists.flaws, log)
    sizes = {name: len(records) for name, records in lists.records.items()}
    images = read_images(lists.records["images"], log)
    categories = read_categories(lists.records["categories"], log)
    to = ReferenceTargets(images.images, images.known, categories.known)
    annotations = read_annotations(lists.records["annotations"], to, log)
    dataset = Dataset(
        (Source(file.name, "coco", file.size_bytes, file.sha256),),
        images.images,
        categories.categories,
        annotations.annotations,
        {**images.given_ids, **categories.given_ids, **annotations.given_ids},
        {file.name: lists.offsets},
    )
    return LoadedDataset(dataset, tuple(findings(log, dataset, sizes)))


def report_file_faults(file: JsonFile, flaws: Sequence[FileFault], log: DefectLog) -> None:
    """Report what is odd about a file as a whole.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> report_file_faults(JsonFile("a.json", b"[]", 5, "", True), (), log)
    >>> log.defects[0].rule
    'json.bom'
    """
    if file.bom:
        log.add("json.bom", "", 0, "", "The file begins with a byte order mark", "")
    for flaw in flaws:
        message = f"{flaw.where}: {flaw.what}; what could be read was audited"
        log.add(flaw.rule, "", 0, "", message, flaw.what, where=flaw.where)
