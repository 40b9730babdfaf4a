"""Folders with one mask a file: each marks one object of the picture that it belongs to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from audit.dataset.model import IntArray, Source
from audit.dataset.pixels import inspect_picture
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.geometry.runs import Runs, concatenate_runs, no_runs, unite_runs
from audit.loaders.label_images import LABEL_SUFFIXES, LabelImage, build_mask_dataset, read_label_image
from audit.loaders.label_pictures import PICTURE_SUFFIXES
from audit.loaders.loaded import UNRATED, LoadedDataset

_MASK_FOLDERS = frozenset({"masks", "mask"})
_PICTURE_FOLDERS = ("images", "image")
_N_SAMPLED = 12
"""Files that are looked at to tell one object a file from label images."""

MaskFiles = Mapping[str, Sequence[Path]]
"""A picture's file name to the files of its masks, relative to the folder that was searched."""


def find_mask_files(folder: Path, pictures: Path | None = None) -> MaskFiles:
    """List the mask files of each picture, in the layouts ``NAME/masks/*.png`` and ``masks/NAME/*.png``.

    Parameters
    ----------
    folder : Path
        With ``NAME/images/`` holding one picture, or ``images/NAME.*`` beside ``masks/``.
    pictures : Path, optional
        Where the pictures are looked for; default: in the folder.

    Returns
    -------
    mapping
        Empty where this is no such folder: no picture has two files, or most files hold several values.
        A picture without masks is there with no files.

    Examples
    --------
    >>> find_mask_files(Path("no such folder"))
    {}
    """
    find_picture = _PictureIndex(folder, pictures)
    mask_files: dict[str, list[Path]] = {}
    pictures_used: list[Path] = []
    for mask_folder, paths in groupby(_list_files(folder, LABEL_SUFFIXES), key=lambda path: path.parent):
        name = _find_image_folder(folder, mask_folder)
        if name is None:
            continue
        picture = find_picture(name)
        pictures_used += [picture] if picture else []
        mask_files.setdefault((picture or name).as_posix(), []).extend(paths)
    has_several = any(len(mask_files[picture.as_posix()]) > 1 for picture in pictures_used)
    if not has_several or not _hold_single_objects(folder, mask_files):
        return {}
    for picture in find_picture.list_like(pictures_used):
        mask_files.setdefault(picture.as_posix(), [])
    return dict(sorted(mask_files.items()))


def read_mask_files(folder: Path, mask_files: MaskFiles, *, pictures: Path | None = None) -> LoadedDataset:
    """Read the masks of each picture as its annotations; masks of one picture may overlap.

    Parameters
    ----------
    folder : Path
    mask_files : mapping
        From `find_mask_files`.
    pictures : Path, optional
        Where the pictures are; default: in the folder.

    Returns
    -------
    LoadedDataset
        With one category. An annotation's id is the number that names its file, else its position among the
        sorted names; ids are unique within an image only.

    Examples
    --------
    >>> read_mask_files(Path("no such folder"), {"a.png": []}).dataset.images.file_name
    ('a.png',)
    >>> len(read_mask_files(Path("no such folder"), {}).dataset.images)
    0
    """
    images: list[LabelImage] = []
    findings: list[Finding] = []
    positions: list[IntArray] = [np.zeros(0, dtype=np.int64)]
    folders: list[str] = []
    listing, size_bytes = "", 0
    for position, (file_name, paths) in enumerate(mask_files.items()):
        masks = [_join_values(read_label_image(folder, path, file_name)) for path in paths]
        masks = _check_sizes(masks, pictures or folder, file_name)
        images.append(_join_masks(masks, paths, pictures or folder, file_name))
        findings += _build_findings(masks, paths, position, str(folder))
        listing += "".join(
            f"{path.as_posix()}\0{mask.sha256}\n" for path, mask in zip(paths, masks, strict=True)
        )
        size_bytes += sum((folder / path).stat().st_size for path in paths)
        positions.append(np.flatnonzero([len(mask.labels) > 0 for mask in masks]) + 1)
        parents = {path.parent.as_posix() for path in paths}
        folders.append(parents.pop() if len(parents) == 1 else "")
    source = Source(str(folder), "mask_files", size_bytes, hashlib.sha256(listing.encode()).hexdigest())
    dataset = build_mask_dataset(images, source)
    dataset = replace(
        dataset,
        images=replace(dataset.images, record_file=tuple(folders)),
        annotations=replace(dataset.annotations, index=np.concatenate(positions).astype(np.int64)),
    )
    return LoadedDataset(dataset, tuple(findings))


def list_masks(folder: Path) -> list[str]:
    """List the names of the mask files of a folder, in the order in which findings count them.

    Parameters
    ----------
    folder : Path

    Examples
    --------
    >>> list_masks(Path("no such folder"))
    []
    """
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in LABEL_SUFFIXES)


class _PictureIndex:
    """Finds the picture that the masks of a folder belong to."""

    def __init__(self, folder: Path, pictures: Path | None) -> None:
        paths = _list_files(pictures or folder, frozenset(PICTURE_SUFFIXES))
        self.by_path = {path.with_suffix(""): path for path in reversed(paths)}
        self.by_folder = {
            picture_folder: list(group)
            for picture_folder, group in groupby(paths, key=lambda path: path.parent)
        }

    def __call__(self, name: Path) -> Path | None:
        for picture_folder in _PICTURE_FOLDERS:
            inside = self.by_folder.get(name / picture_folder, [])
            if len(inside) == 1:
                return inside[0]
        candidates = [name, name / name.name, *(name.parent / part / name.name for part in _PICTURE_FOLDERS)]
        candidates.append(Path(name.name))
        return next((self.by_path[path] for path in candidates if path in self.by_path), None)

    def list_like(self, used: Sequence[Path]) -> Iterator[Path]:
        """Yield the pictures that lie as those that were found: they are part of the dataset too."""
        flat = {path.parent for path in used if len(self.by_folder[path.parent]) > 1}
        nested = {path.parent.parent.parent for path in used if path.parent not in flat}
        for picture_folder, paths in self.by_folder.items():
            is_nested = picture_folder.name in _PICTURE_FOLDERS and picture_folder.parent.parent in nested
            if picture_folder in flat or (is_nested and len(paths) == 1):
                yield from paths


def _list_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    return sorted((path.relative_to(folder) for path in paths), key=lambda path: (path.parent, path.name))


def _find_image_folder(folder: Path, mask_folder: Path) -> Path | None:
    """Return what names the picture: ``NAME`` of ``NAME/masks`` or of ``masks/NAME``; None elsewhere."""
    if mask_folder.name.lower() in _MASK_FOLDERS:
        return mask_folder.parent
    above = (folder.absolute() / mask_folder).parent.name.lower()
    return mask_folder.parent.parent / mask_folder.name if above in _MASK_FOLDERS else None


def _hold_single_objects(folder: Path, mask_files: MaskFiles) -> bool:
    """Tell by some files whether each marks one object, and does not number several."""
    paths = [path for paths in mask_files.values() for path in paths]
    sampled = [read_label_image(folder, path, "") for path in paths[:: max(1, len(paths) // _N_SAMPLED)]]
    n_values = [len(image.labels) for image in sampled if image.height]
    return sum(number <= 1 for number in n_values) > len(n_values) / 2


def _join_values(mask: LabelImage) -> LabelImage:
    """Make one mask of all that is not 0; say what is wrong where that is more than one value."""
    fault = ("", "") if mask.fault[0] == "label.one_value" else mask.fault
    runs = mask.runs
    if mask.height and not len(mask.labels):
        fault = ("segm.empty", "it marks no pixel")
    if len(mask.labels) > 1:
        fault = ("label.format", f"it holds {len(mask.labels)} values, and a file of one object has one")
        order = np.lexsort((runs.y0, runs.x))
        runs = unite_runs(
            np.zeros(len(order), dtype=np.int32), runs.x[order], runs.y0[order], runs.y1[order], 1
        )
    return replace(mask, labels=mask.labels[:1], runs=runs, fault=fault)


def _check_sizes(masks: Sequence[LabelImage], picture_folder: Path, file_name: str) -> list[LabelImage]:
    """Leave out masks of another size than their picture's; where none has it, than most masks'."""
    sizes = Counter((mask.height, mask.width) for mask in masks if mask.height)
    if len(sizes) <= 1:
        return list(masks)
    picture = inspect_picture(picture_folder, file_name, read_hash=False)
    size = (picture.height, picture.width)
    height, width = size if size in sizes else sizes.most_common(1)[0][0]
    return [
        mask
        if not mask.height or (mask.height, mask.width) == (height, width)
        else LabelImage(
            file_name,
            0,
            0,
            mask.labels[:0],
            no_runs(0),
            mask.sha256,
            ("label.format", f"it has {mask.width} x {mask.height} pixels, its picture {width} x {height}"),
        )
        for mask in masks
    ]


def _join_masks(
    masks: Sequence[LabelImage], paths: Sequence[Path], picture_folder: Path, file_name: str
) -> LabelImage:
    """Put the masks of one picture together."""
    sizes = [(mask.height, mask.width) for mask in masks if mask.height]
    if not sizes:
        picture = inspect_picture(picture_folder, file_name, read_hash=False)
        sizes = [(picture.height, picture.width)]
    numbers = _number_files(paths)
    has_mask = [bool(len(mask.labels)) for mask in masks]
    runs: Runs = concatenate_runs([mask.runs for mask in masks]) if masks else no_runs(0)
    return LabelImage(file_name, *sizes[0], numbers[np.array(has_mask, dtype=np.bool_)], runs, "")


def _number_files(paths: Sequence[Path]) -> IntArray:
    """Number mask files by their names, where these are different numbers, else in their order."""
    names = [path.stem for path in paths]
    if all(name.isascii() and name.isdecimal() and len(name) < 16 for name in names):
        numbers = np.array([int(name) for name in names], dtype=np.int64)
        if len(np.unique(numbers)) == len(numbers):
            return numbers
    return np.arange(1, len(paths) + 1)


def _build_findings(
    masks: Sequence[LabelImage], paths: Sequence[Path], position: int, source: str
) -> Iterator[Finding]:
    for mask, path in zip(masks, paths, strict=True):
        rule, detail = mask.fault
        if rule:
            yield Finding(
                rule,
                UNRATED,
                f"The mask file {path.as_posix()}: {detail}.",
                image_id=position + 1,
                file_name=mask.file_name,
                evidence={"detail": detail},
                source=source,
                pointer=path.as_posix(),
                fingerprint=hash_finding(rule, mask.file_name, [path.name, detail]),
                image_row=position,
            )
