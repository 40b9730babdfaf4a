"""The table of formats: a name that users can force, and who reads it.

Readers are imported when they are needed: most of them need Pillow, which a scan of a COCO file does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from audit.carriers import dataclass
from audit.loaders.coco import read_coco
from audit.loaders.coco_folder import read_coco_files
from audit.loaders.json_file import read_json_file
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.loader import load_by_plugin, plugin_names
from audit.loaders.packed import is_zip, list_members, list_names
from audit.loaders.recognise import recognise_format
from audit.loaders.unread_formats import refuse_unread_format

_NOTHING_FOUND = "give a COCO file or a folder of labels"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read."""

    salvage: bool = False
    """Read what damaged files still hold."""
    pictures: Path | None = None
    """The folder of the pictures, where the user named one."""


Reader = Callable[[Path, Sequence[Path], ReadOptions], list[LoadedDataset]]
"""Takes what the user named, the JSON files that it stands for, and the options; empty = nothing is there."""


def read_path(path: Path, options: ReadOptions, input_format: str | None = None) -> list[LoadedDataset]:
    """Read a file or folder by the reader of its format.

    Parameters
    ----------
    path : Path
    options : ReadOptions
    input_format : str, optional
        A name of `READERS`, or of a plugin; left out, the content tells.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.

    Examples
    --------
    >>> try:
    ...     read_path(Path("no such file.json"), ReadOptions(), "yulo")
    ... except UnreadableError as error:
    ...     error.what
    'there is no format yulo'
    """
    if input_format not in READERS:
        loaded = load_by_plugin(
            path, salvage=options.salvage, pictures=options.pictures, plugin_name=input_format
        )
        if loaded is not None:
            return [loaded]
        if input_format is not None:
            remedy = f"name one of {', '.join([*READERS, *plugin_names()])}"
            raise UnreadableError("input.format", str(path), "", f"there is no format {input_format}", remedy)
    if input_format is not None and not path.exists() and not any(map(is_zip, path.parents)):
        raise UnreadableError("input.missing", str(path), "", "there is no such file", "check the path")
    files = list_json_files(path)
    if input_format is not None:
        parts = READERS[input_format](path, files, options)
        if not parts:
            what = f"there is nothing of the format {input_format} here"
            raise UnreadableError("input.format", str(path), "", what, _NOTHING_FOUND)
        return parts
    name = recognise_format(path, files)
    if name in ("", "coco", "cvat"):
        refuse_unread_format(path, files)
    for folder_format in [name] if name else _FOLDER_FORMATS:
        parts = READERS[folder_format](path, files, options)
        if parts:
            return parts
    what = "the folder has no COCO files (*.json), YOLO labels (labels/*.txt) or label images (PNG, TIFF)"
    archive = next((file for file in sorted(path.glob("*.zip")) if is_zip(file)), None)
    remedy = _NOTHING_FOUND if archive is None else f"an archive is read by itself: give {archive}"
    raise UnreadableError("input.format", str(path), "", what, remedy)


def name_format(path: Path) -> str:
    """Name the format of a file or folder by its content; empty where there is nothing to read.

    Parameters
    ----------
    path : Path

    Examples
    --------
    >>> name_format(Path("no such file.json"))
    'coco'
    """
    name = recognise_format(path, list_json_files(path))
    if name or not path.is_dir():
        return name
    return next((folder for folder in _FOLDER_FORMATS if READERS[folder](path, [], ReadOptions())), "")


def list_json_files(path: Path) -> list[Path]:
    """List the files that a path stands for: itself, the members of an archive, what lies in a folder.

    Parameters
    ----------
    path : Path

    Examples
    --------
    >>> list_json_files(Path("a.json")), list_json_files(Path("no such folder/"))
    ([PosixPath('a.json')], [PosixPath('no such folder')])
    """
    if not path.is_dir():
        return list_members(path) if is_zip(path) and not list_names(path, ".roi") else [path]
    found = [file for pattern in ("*.json", "*.json.gz") for file in path.rglob(pattern) if file.is_file()]
    # What is hidden (.ipynb_checkpoints, ._instances.json) is a copy or a leftover of the system.
    return sorted(file for file in found if not _is_hidden(file.relative_to(path)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read_coco(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    if path.is_dir():
        return read_coco_files(files, salvage=options.salvage, pictures=options.pictures)
    return [read_coco(file, salvage=options.salvage, pictures=options.pictures) for file in files]


def _read_cvat(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.cvat import list_xml_files, read_cvat

    return [read_cvat(file, pictures=options.pictures) for file in list_xml_files(path, files)]


def _read_label_studio(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.label_studio import read_label_studio

    return [read_label_studio(read_json_file(file), pictures=options.pictures) for file in files]


def _read_labelme(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.labelme import read_labelme

    return [read_labelme(path, files, pictures=options.pictures)] if files else []


def _read_sa1b(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.sa1b import read_sa1b

    return [read_sa1b(path, files)] if files else []


def _read_yolo(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.yolo import find_label_files, read_yolo

    label_files = find_label_files(path)
    return [read_yolo(path, label_files, pictures=options.pictures)] if label_files else []


def _read_mask_files(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.mask_files import find_mask_files, read_mask_files

    mask_files = find_mask_files(path, options.pictures)
    return [read_mask_files(path, mask_files, pictures=options.pictures)] if mask_files else []


def _read_label_images(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.label_images import find_label_images, read_label_images

    if not find_label_images(path):
        return []
    return [read_label_images(path, pictures=options.pictures)]


def _read_imagej_roi(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.imagej_roi import list_roi_files, read_imagej_roi

    return [read_imagej_roi(file, pictures=options.pictures) for file in list_roi_files(path)]


def _read_qupath(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.qupath import read_qupath

    outlines = sorted(path.rglob("*.geojson")) if path.is_dir() else files
    return [read_qupath(read_json_file(file), pictures=options.pictures) for file in outlines]


def _read_cityscapes(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.cityscapes import list_instance_files, read_cityscapes

    is_there = path.is_file() or bool(list_instance_files(path))
    return [read_cityscapes(path, pictures=options.pictures)] if is_there else []


def _read_cellpose(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.cellpose import list_cellpose_files, read_cellpose

    is_there = path.is_file() or bool(list_cellpose_files(path))
    return [read_cellpose(path)] if is_there else []


def _read_parquet(path: Path, files: Sequence[Path], options: ReadOptions) -> list[LoadedDataset]:
    from audit.loaders.parquet import list_parquet_files, read_parquet

    return read_parquet(path, list_parquet_files(path), pictures=options.pictures)


READERS: Mapping[str, Reader] = {
    "coco": _read_coco,
    "cvat": _read_cvat,
    "label_studio": _read_label_studio,
    "label_studio_min": _read_label_studio,
    "labelme": _read_labelme,
    "sa1b": _read_sa1b,
    "yolo": _read_yolo,
    "mask_files": _read_mask_files,
    "qupath": _read_qupath,
    "imagej_roi": _read_imagej_roi,
    "cityscapes": _read_cityscapes,
    "cellpose": _read_cellpose,
    "parquet": _read_parquet,
    "label_images": _read_label_images,
}
"""COCO stands for all its forms: packed, panoptic."""
_FOLDER_FORMATS = ("qupath", "imagej_roi", "cellpose", "parquet", "yolo", "mask_files", "label_images")
"""Looked for in this order in folders without a JSON file."""
