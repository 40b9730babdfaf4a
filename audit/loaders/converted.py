"""From a format that is not COCO to a dataset: checked as COCO records, placed where they really stand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audit.dataset.model import IntArray, MaskKind, Source
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.loaders.coco import convert_document
from audit.loaders.loaded import UNRATED, LoadedDataset

UNSTATED = {"bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0}
"""What a COCO record needs and these formats do not say: forgotten when the record was checked."""
_ANNOTATION_POINTER = re.compile(r"/annotations/(\d+)")


def convert_records(
    document: Mapping[str, list[dict[str, Any]]],
    source: Source,
    places: Sequence[str],
    index: IntArray,
    image_index: IntArray | None = None,
) -> LoadedDataset:
    """Check records as those of a COCO file, and say where they stand in their own.

    Parameters
    ----------
    document : mapping
        ``images``, ``annotations`` and ``categories``. An image of height 0 has no known size: its reader
        says so. A record without a segmentation declares its box, others have `UNSTATED`.
    source : Source
    places : sequence of str
        Where each annotation stands: the pointers of findings.
    index : (annotations,) int64
        What `audit.dataset.record_places` makes places of later.
    image_index : (images,) int64, optional
        The same for images; left out, their positions.

    Examples
    --------
    >>> document = {"images": [], "annotations": [{**UNSTATED, "id": 1, "image_id": 5}], "categories": []}
    >>> loaded = convert_records(document, Source("a", "yolo", 0, ""), ["a.txt:3"], np.array([3]))
    >>> {finding.pointer for finding in loaded.findings}, loaded.dataset.annotations.index.tolist()
    ({'a.txt:3'}, [3])
    >>> empty = {"images": [], "annotations": [], "categories": []}
    >>> len(convert_records(empty, Source("a", "yolo", 0, ""), [], np.zeros(0, int)).dataset.images)
    0
    """
    loaded = convert_document(document, Path(source.name), source.format)
    annotations = loaded.dataset.annotations
    has_box = np.array(["segmentation" not in record for record in document["annotations"]], dtype=np.bool_)
    annotations = replace(
        annotations,
        area=np.full(len(annotations), np.nan),
        bbox=np.where(has_box[:, np.newaxis], annotations.bbox, np.nan),
        index=np.asarray(index, dtype=np.int64),
    )
    images = loaded.dataset.images
    if image_index is not None:  # images without a usable record are no images, and those keep their order
        images = replace(images, index=np.asarray(image_index, dtype=np.int64)[images.index])
    dataset = replace(loaded.dataset, sources=(source,), images=images, annotations=annotations)
    findings = (
        replace(finding, **relocate_finding(finding, places))
        for finding in loaded.findings
        if finding.rule != "image.size" or document["images"][finding.image_row]["height"]
    )
    return LoadedDataset(dataset, tuple(findings))


def forget_boxes(loaded: LoadedDataset) -> LoadedDataset:
    """Forget the boxes and areas of masks, which their source did not declare.

    Parameters
    ----------
    loaded : LoadedDataset
        Of a document whose masks have `UNSTATED` boxes.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> len(forget_boxes(LoadedDataset(empty_dataset(), ())).dataset.annotations)
    0
    """
    annotations = loaded.dataset.annotations
    is_mask = annotations.segmentation.kind != MaskKind.NONE
    area = np.where(is_mask, np.nan, annotations.area)
    bbox = np.where(is_mask[:, np.newaxis], np.nan, annotations.bbox)
    dataset = replace(loaded.dataset, annotations=replace(annotations, area=area, bbox=bbox))
    return replace(loaded, dataset=dataset)


def relocate_finding(finding: Finding, places: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a finding that say where it is, said for the file that records came from.

    Parameters
    ----------
    finding : Finding
        About a document that was made of that file.
    places : sequence of str
        Where each annotation stands there.
    """
    found = _ANNOTATION_POINTER.match(finding.pointer)
    evidence = dict(finding.evidence)
    example = _ANNOTATION_POINTER.match(str(evidence.get("example_pointer", "")))
    if example:
        evidence["example_pointer"] = places[int(example[1])]
    return {"pointer": places[int(found[1])] if found else "", "evidence": evidence}


def report_place(
    rule: str, source: str, place: str, message: str, image: tuple[int, str] | None = None
) -> Finding:
    """Report what is wrong at a place that became no record.

    Parameters
    ----------
    rule : str
    source : str
        Name of the source.
    place : str
    message : str
        The end of a sentence that begins with the place.
    image : tuple, optional
        Row and file name of its image; its id is one more than the row.
    """
    row, file_name = image or (-1, None)
    return Finding(
        rule,
        UNRATED,
        f"{place}: {message}.",
        image_id=row + 1 if image else None,
        file_name=file_name,
        source=source,
        pointer=place,
        fingerprint=hash_finding(rule, file_name, [place, message]),
        image_row=row,
    )


def hash_files(folder: Path, format_name: str, contents: Mapping[str, bytes]) -> Source:
    """Describe a folder by the files that were read from it.

    Parameters
    ----------
    folder : Path
    format_name : str
    contents : mapping
        Name to bytes, in the order of reading.

    Examples
    --------
    >>> hash_files(Path("a"), "yolo", {"a.txt": b"0 "}).size_bytes
    2
    >>> hash_files(Path("a"), "yolo", {}).size_bytes
    0
    """
    listing = "".join(f"{name}\0{hashlib.sha256(data).hexdigest()}\n" for name, data in contents.items())
    size_bytes = sum(map(len, contents.values()))
    return Source(str(folder), format_name, size_bytes, hashlib.sha256(listing.encode()).hexdigest())
