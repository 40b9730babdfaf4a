"""Cityscapes: pictures ``*_instanceIds.png`` whose values are class and instance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from audit.dataset.model import Categories
from audit.geometry.runs import take_masks
from audit.loaders.label_images import (
    LabelImage,
    build_mask_dataset,
    name_label_files,
    read_label_files,
    report_label_faults,
)
from audit.loaders.loaded import LoadedDataset

FORMAT = "cityscapes"
PATTERN = "*_instanceIds.png"
_CLASSES = {
    24: "person", 25: "rider", 26: "car", 27: "truck", 28: "bus",
    29: "caravan", 30: "trailer", 31: "train", 32: "motorcycle", 33: "bicycle",
}  # fmt: skip
"""Those that have instances, of cityscapesScripts' ``labels.py``."""
_PER_CLASS = 1000
_PICTURE_ENDING = "leftImg8bit.png"


def read_cityscapes(folder: Path, *, pictures: Path | None = None) -> LoadedDataset:
    """Read instance ids: 26003 is car 3, and 26 alone is a group of cars, a crowd.

    Parameters
    ----------
    folder : Path
        Any folder above the files, or one file.
    pictures : Path, optional
        ``leftImg8bit``; pictures are called as there.

    Returns
    -------
    LoadedDataset
        Annotations have the values as ids, unique within an image only; regions of classes without instances
        are left out.

    References
    ----------
    https://github.com/mcordts/cityscapesScripts, ``json2instanceImg.py``.

    Examples
    --------
    >>> import tempfile
    >>> len(read_cityscapes(Path(tempfile.mkdtemp())).dataset.images)
    0
    """
    paths = [Path(folder.name)] if folder.is_file() else list_instance_files(folder)
    source, paths, label_images = read_label_files(folder, FORMAT, paths, None)
    findings = tuple(report_label_faults(label_images, paths, source.name))
    label_images = [
        replace(_keep_instances(image), file_name=_picture_of(path))
        for path, image in zip(paths, label_images, strict=True)
    ]
    dataset = name_label_files(build_mask_dataset(label_images, source), paths)
    values = dataset.annotations.id
    class_ids = np.where(values < _PER_CLASS, values, values // _PER_CLASS)
    ids = np.array(list(_CLASSES))
    zeros = np.zeros(len(ids), dtype=np.int64)
    categories = Categories(ids, tuple(_CLASSES.values()), ("",) * len(ids), zeros, np.arange(len(ids)))
    annotations = replace(
        dataset.annotations, category=np.searchsorted(ids, class_ids), iscrowd=values < _PER_CLASS
    )
    shown = [finding for finding in findings if finding.rule != "label.one_value"]
    return LoadedDataset(replace(dataset, categories=categories, annotations=annotations), tuple(shown))


def list_instance_files(folder: Path) -> list[Path]:
    """List the files of a folder, relative to it.

    Examples
    --------
    >>> list_instance_files(Path("no such folder"))
    []
    """
    return sorted(path.relative_to(folder) for path in folder.rglob(PATTERN) if path.is_file())


def _keep_instances(image: LabelImage) -> LabelImage:
    values = image.labels
    class_ids = np.where(values < _PER_CLASS, values, values // _PER_CLASS)
    kept = np.flatnonzero(np.isin(class_ids, list(_CLASSES)))
    return replace(image, labels=values[kept], runs=take_masks(image.runs, kept))


def _picture_of(path: Path) -> str:
    """Name the picture: ``aachen/a_gtFine_instanceIds.png`` is of ``aachen/a_leftImg8bit.png``."""
    stem = PurePosixPath(path.as_posix())
    name = stem.name.removesuffix("_instanceIds.png").rpartition("_")[0] or stem.name
    return stem.with_name(f"{name}_{_PICTURE_ENDING}").as_posix()
