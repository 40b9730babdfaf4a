"""COCO panoptic: segments in JSON, their pixels in a folder of PNGs whose colours are the segments' ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray, Source
from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.pixels import open_picture
from audit.dataset.record_places import pack_region
from audit.findings.finding import Finding
from audit.geometry.encode import encode_runs
from audit.loaders.coco import parse_coco
from audit.loaders.converted import relocate_finding, report_place
from audit.loaders.json_file import JsonFile, RecordLists
from audit.loaders.label_runs import check_picture_size, split_instances
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.packed_files import find_packed_files

FORMAT = "coco_panoptic"
_KEPT_FIELDS = ("category_id", "area", "bbox", "iscrowd")
_ID_WEIGHTS = np.array([1, 256, 256**2])
"""Of red, green and blue: panopticapi's ``rgb2id``."""


def read_panoptic(file: JsonFile, lists: RecordLists) -> LoadedDataset:
    """Make an annotation of every segment of a thing; segments of stuff (``isthing`` 0) are no instances.

    Parameters
    ----------
    file : JsonFile
    lists : RecordLists
        Its records.

    Returns
    -------
    LoadedDataset
        Annotations are numbered from 1, as ids of segments are unique within an image only.

    Raises
    ------
    UnreadableError
        If the PNGs do not lie beside the file, in a folder or an archive with its name.
    """
    masks_folder = Path(file.name.removesuffix(".gz")).with_suffix("")
    store = find_packed_files(masks_folder)
    if store is None and not masks_folder.is_dir():
        what = f"this is COCO panoptic, whose masks are PNGs, and there is no folder {masks_folder}"
        raise UnreadableError(
            "input.format", file.name, "", what, "unpack them there, or give the instances file"
        )
    open_mask = partial(open_inside, masks_folder) if store is None else store.open
    images, categories = (
        [_parse(record) for record in lists.records[name]] for name in ("images", "categories")
    )
    stuff = {_integer(category, "id") for category in categories if _integer(category, "isthing") == 0}
    rows = {_integer(image, "id"): row for row, image in reversed(list(enumerate(images)))}
    findings: list[Finding] = []
    annotations: list[dict[str, Any]] = []
    places: list[str] = []
    index: list[int] = []
    for position, record in enumerate(lists.records["annotations"]):
        panoptic = _parse(record)
        fields: dict[str, Any] = panoptic if isinstance(panoptic, dict) else {}
        segments = fields.get("segments_info")
        segments = segments if isinstance(segments, list) else []
        masks, faults = _read_masks(open_mask, fields.get("file_name"), segments)
        image_id = _integer(fields, "image_id")
        findings += _report_faults(file.name, position, faults, images, rows.get(image_id, -1))
        for number, segment in enumerate(segments):
            segment_id = _integer(segment, "id")
            if segment_id in masks and _integer(segment, "category_id") not in stuff - {None}:
                known = {name: segment[name] for name in _KEPT_FIELDS if name in segment}
                mask = {"segmentation": masks[segment_id], "image_id": fields.get("image_id")}
                annotations.append({"id": len(annotations) + 1, **mask, **known})
                places.append(f"/annotations/{position}/segments_info/{number}")
                index.append(pack_region(position, 0, number))
    # Not msgspec: numbers of any size, NaN and broken text stay what they are.
    document = {"images": images, "annotations": annotations, "categories": categories}
    text = json.dumps(document).encode()
    loaded = parse_coco(JsonFile(file.name, text, file.size_bytes, file.sha256, file.has_bom))
    source = Source(file.name, FORMAT, file.size_bytes, file.sha256)
    records = replace(loaded.dataset.annotations, index=np.array(index, dtype=np.int64))
    relocated = [replace(finding, **relocate_finding(finding, places)) for finding in loaded.findings]
    dataset = replace(loaded.dataset, sources=(source,), annotations=records, record_offsets={})
    return LoadedDataset(dataset, (*relocated, *findings))


def _parse(record: bytes | memoryview) -> Any:
    """Return a record; None where Python cannot read it."""
    try:
        return json.loads(bytes(record))
    except (ValueError, RecursionError):
        return None


def _integer(record: object, name: str) -> int | None:
    value = record.get(name) if isinstance(record, dict) else None
    return value if isinstance(value, int) else None


def _report_faults(
    source: str, position: int, faults: list[tuple[str, str]], images: list[Any], row: int
) -> Iterator[Finding]:
    """Report what is wrong with the PNG of a record; its image has a row, or -1."""
    image = (row, str(images[row].get("file_name"))) if row >= 0 else None
    for rule, message in faults:
        finding = report_place(rule, source, f"/annotations/{position}", message, image)
        yield replace(finding, image_id=images[row]["id"] if image else None)


def _read_masks(
    open_mask: Callable[[str], BinaryIO], file_name: object, segments: list[Any]
) -> tuple[Mapping[int | None, object], list[tuple[str, str]]]:
    """Return the mask of every segment that a record lists, by id, and what is wrong with its PNG."""
    try:
        with (
            open_mask(file_name if isinstance(file_name, str) else "") as file,
            open_picture(file) as picture,
        ):
            width, height = picture.size
            fault = check_picture_size(picture)
            if picture.mode != "RGB":
                fault = f"its pixels are {picture.mode}, not RGB"
            labels, runs, fault = (None, None, fault) if fault else split_instances(picture, _read_ids)
    except RefusedError as refusal:
        return {}, [("label.unreadable", f"{file_name}: {refusal.detail}")]
    if labels is None or runs is None:
        return {}, [("label.format", f"{file_name}: {fault}")]
    sides = np.full(len(labels), height), np.full(len(labels), width)
    drawn: dict[int, object] = dict(zip(labels.tolist(), encode_runs(runs, *sides), strict=True))
    listed = {number for segment in segments if (number := _integer(segment, "id")) is not None}
    unlisted = sorted(drawn.keys() - listed)
    faults = []
    if unlisted:
        message = (
            f"{file_name}: {len(unlisted)} of its ids are not in segments_info, the first is {unlisted[0]}"
        )
        faults.append(("label.format", message))
    empty = {"size": [height, width], "counts": [height * width]}
    return {segment_id: drawn.get(segment_id, empty) for segment_id in listed}, faults


def _read_ids(pixels: NDArray[np.generic]) -> IntArray:
    """Return (H, W) ids of (H, W, 3) colours."""
    ids: IntArray = pixels.astype(np.int64) @ _ID_WEIGHTS
    return ids
