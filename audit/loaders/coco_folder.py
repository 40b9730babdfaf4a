"""The COCO files of a folder: what lies beside the labels is left out, with a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.loaders.coco import parse_coco
from audit.loaders.concat import StoredParts
from audit.loaders.json_file import JsonFile, read_json_file
from audit.loaders.loaded import RULE_TITLE, UNRATED, LoadedDataset, UnreadableError

SKIPPED = "input.skipped"
_FOREIGN = frozenset({"schema.missing_key", "schema.top_level"})
"""What is no COCO at all; a label file that is damaged ends the audit, as everywhere."""
_KEYPOINTS = re.compile(rb'"num_keypoints"\s*:')


def read_coco_files(
    files: Sequence[Path], *, salvage: bool = False, pictures: Path | None = None
) -> list[LoadedDataset]:
    """Read the COCO files of a folder.

    Parameters
    ----------
    files : sequence of Path
    salvage : bool
        Read what damaged files still hold.
    pictures : Path, optional
        Where the pictures are whose sizes no file says; default: beside each.

    Returns
    -------
    list of LoadedDataset
        Of the files that hold instances. The first has a finding for each file that was left out.

    Raises
    ------
    UnreadableError
        If no file holds instances, or one that seems to is damaged.

    Examples
    --------
    >>> read_coco_files([])
    []
    """
    loaded: list[LoadedDataset] = []
    with_keypoints: list[LoadedDataset] = []
    skipped: list[Finding] = []
    first_error: UnreadableError | None = None
    stored_parts = StoredParts()
    for file in files:
        document = read_json_file(file)
        try:
            part = stored_parts.store(parse_coco(document, salvage=salvage, pictures=pictures or file.parent))
        except UnreadableError as error:
            if len(files) == 1 or error.rule not in _FOREIGN:
                raise
            first_error = first_error or error
            # A list may be results, which have a place of their own; of other files the remedy says nothing.
            remedy = f"; {error.remedy}" if "--predictions" in error.remedy else ""
            skipped.append(_report(str(file), f"{error.what}{remedy}"))
            continue
        (with_keypoints if has_keypoints(document) else loaded).append(part)
    labelled = {name for part in loaded for name in part.dataset.images.file_name}
    for part in with_keypoints:
        names = part.dataset.images.file_name
        if labelled and labelled.issuperset(names):
            skipped.append(
                _report(part.dataset.sources[0].name, "keypoints of images that are labelled here")
            )
        else:
            loaded.append(part)
    if not loaded and first_error is not None:
        raise first_error
    order = {str(file): position for position, file in enumerate(files)}
    loaded.sort(key=lambda part: order.get(part.dataset.sources[0].name, 0))
    return [replace(loaded[0], findings=(*loaded[0].findings, *skipped)), *loaded[1:]] if loaded else []


def has_keypoints(document: JsonFile) -> bool:
    """Tell whether annotations of a file count keypoints, as those of COCO's keypoint task.

    Parameters
    ----------
    document : JsonFile
    """
    return _KEYPOINTS.search(document.data) is not None


def _report(name: str, reason: str) -> Finding:
    return Finding(
        SKIPPED,
        UNRATED,
        f"{RULE_TITLE}{reason}.",
        evidence={"reason": reason},
        source=name,
        fingerprint=hash_finding(SKIPPED, None, [Path(name).name]),
    )
