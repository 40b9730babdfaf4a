"""Formats told apart by what stands in a file or folder, before a reader is imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from audit.loaders.packed import list_names

_HEAD_BYTES = 2**16
_N_SAMPLED = 5
_IMAGE_RECORD = re.compile(rb'\A\s*\{\s*"image"\s*:\s*\{[^{}]*"(image_id|file_name)"')
_INSTANCE_IDS = "_instanceIds.png"
_TABLE_SUFFIXES = frozenset({".parquet", ".pq"})
_BESIDE_TABLES = frozenset({"dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json"})
_LABEL_IMAGE_SUFFIXES = frozenset({".npy", ".tif", ".tiff", ".png", ".bmp"})


def recognise_format(path: Path, files: Sequence[Path]) -> str:
    """Name the format of a file, or of the JSON files of a folder; empty where only a closer look tells.

    Parameters
    ----------
    path : Path
        As the user named it.
    files : sequence of Path
        What it stands for: itself, the members of an archive, the JSON files of a folder.

    Returns
    -------
    str
        A name of `audit.loaders.formats.READERS`.

    Examples
    --------
    >>> recognise_format(Path("no such file.json"), [Path("no such file.json")])
    'coco'
    >>> recognise_format(Path("no such folder"), [])
    ''
    """
    if path.is_file() and path.name.endswith("_seg.npy"):
        return "cellpose"
    if path.name.endswith(_INSTANCE_IDS) or any(path.rglob(f"*{_INSTANCE_IDS}")):
        return "cityscapes"  # its folders hold JSON, too: outlines of which these pictures were made
    if path.is_file() and path.suffix.lower() in _LABEL_IMAGE_SUFFIXES:
        return "label_images"
    if is_parquet(path, files):
        return "parquet"
    if path.suffix.lower() == ".roi" or list_names(path, ".roi"):
        return "imagej_roi"
    if path.suffix == ".geojson" or (files and is_qupath(read_head(files[0]))):
        return "qupath"
    if path.suffix == ".xml" or is_cvat_folder(path, files):
        return "cvat"
    if is_labelme(files):
        return "labelme"
    if is_sa1b(files):
        return "sa1b"
    if files and is_label_studio(read_head(files[0])):
        return "label_studio"
    if files and is_label_studio_min(read_head(files[0])):
        return "label_studio_min"
    return "coco" if files else ""


def is_parquet(path: Path, files: Sequence[Path]) -> bool:
    """Tell whether a path is a table, or a folder of tables with no JSON but what ``datasets`` puts beside.

    Parameters
    ----------
    path : Path
    files : sequence of Path

    Examples
    --------
    >>> is_parquet(Path("no such folder"), []), is_parquet(Path("a"), [Path("a/labels.json")])
    (False, False)
    """
    if path.is_file():
        return path.suffix.lower() in _TABLE_SUFFIXES
    is_beside = bool(files) and all(file.name in _BESIDE_TABLES for file in files)
    return is_beside and any(path.rglob("*.parquet"))


def is_cvat_folder(path: Path, files: Sequence[Path]) -> bool:
    """Tell whether a folder has XML and no JSON, or all that an archive stands for is XML.

    Parameters
    ----------
    path : Path
    files : sequence of Path

    Examples
    --------
    >>> is_cvat_folder(Path("a.zip"), [Path("a.zip/annotations.xml")]), is_cvat_folder(Path("a"), [])
    (True, False)
    """
    if files:
        return all(file.suffix == ".xml" for file in files)
    return any(b"<annotations>" in read_head(file) for file in sorted(path.rglob("*.xml"))[:_N_SAMPLED])


def is_label_studio(head: bytes) -> bool:
    """Tell by the beginning of a JSON file whether it is a list of Label Studio's tasks.

    Examples
    --------
    >>> is_label_studio(b'[{"id": 1, "data": {"image": "a.png"}, "annotations": []}]'), is_label_studio(b"[]")
    (True, False)
    """
    is_task_list = re.match(rb"[\xef\xbb\xbf\s]*\[\s*\{", head) is not None
    return is_task_list and b'"data"' in head and (b'"annotations"' in head or b'"completions"' in head)


def is_label_studio_min(head: bytes) -> bool:
    """Tell by the beginning of a JSON file whether it is Label Studio's JSON-MIN.

    Examples
    --------
    >>> is_label_studio_min(b'[{"image": "a.png", "label": [{"points": [], "polygonlabels": ["a"]}]}]')
    True
    >>> is_label_studio_min(b"[]")
    False
    """
    is_list = re.match(rb"[\xef\xbb\xbf\s]*\[\s*\{", head) is not None
    is_drawn = re.search(rb'"(polygon|brush|ellipse|rectangle)labels"\s*:\s*\[', head) is not None
    return is_list and is_drawn and b'"result"' not in head and b'"segmentation"' not in head


def is_qupath(head: bytes) -> bool:
    """Tell by the beginning of a JSON file whether it is GeoJSON, as QuPath exports it.

    Examples
    --------
    >>> is_qupath(b'{"type": "FeatureCollection", "features": []}'), is_qupath(b'[{"type": "Feature"}]')
    (True, True)
    """
    return re.match(rb'[\s{\[]*"type"\s*:\s*"Feature', head) is not None


def is_labelme(files: Sequence[Path]) -> bool:
    """Tell by the beginning of the first files whether they are LabelMe's.

    Parameters
    ----------
    files : sequence of Path

    Examples
    --------
    >>> is_labelme([Path("no such file.json")]), is_labelme([])
    (False, False)
    """
    for head in map(read_head, files[:_N_SAMPLED]):
        if b'"annotations"' in head:
            return False
        if b'"shapes"' in head and (b'"version"' in head or b'"imagePath"' in head):
            return True
    return False


def is_sa1b(files: Sequence[Path]) -> bool:
    """Tell by the beginning of the first files whether they hold one image each, as those of SA-1B.

    Parameters
    ----------
    files : sequence of Path

    Examples
    --------
    >>> is_sa1b([Path("no such file.json")]), is_sa1b([])
    (False, False)
    """
    return any(_IMAGE_RECORD.match(head) for head in map(read_head, files[:_N_SAMPLED]))


def read_head(path: Path) -> bytes:
    """Return the beginning of a file; nothing where it cannot be read, as its reader will say.

    Examples
    --------
    >>> read_head(Path("no such file"))
    b''
    """
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
