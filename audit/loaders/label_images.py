"""Folders of label images: pictures whose pixel values number the instances, 0 being background."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import (
    Annotations,
    Categories,
    Dataset,
    Images,
    IntArray,
    MaskKind,
    Segmentations,
    Source,
)
from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.dataset.pixels import open_picture
from audit.dataset.record_places import keep_odd_record_files, name_label_picture
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.geometry.runs import Runs, concatenate_runs, no_runs, runs_to_counts
from audit.geometry.shape import label_components, measure_areas, measure_boxes
from audit.loaders.label_pictures import PictureFinder, is_named_as_mask
from audit.loaders.label_runs import find_format_fault, split_instances
from audit.loaders.loaded import UNRATED, LoadedDataset
from audit.loaders.void_labels import drop_void_labels

CATEGORY = "instance"
"""Name of the one category of all label images."""
LABEL_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})
STACK_SUFFIXES = frozenset({".npy", ".tif", ".tiff"})
"""Files that may hold several label images."""


@dataclass(frozen=True, slots=True)
class LabelImage:
    """One file: its size, its labels in ascending order, their masks; or what is wrong with it."""

    file_name: str
    height: int
    width: int
    labels: IntArray
    runs: Runs
    sha256: str
    fault: tuple[str, str] = ("", "")
    void: tuple[int, ...] = ()
    """Values that number no object."""


def find_label_images(folder: Path) -> list[Path]:
    """List the label images of a folder and all below it.

    Where some names say that they are masks or labels (``7_mask.tif``, ``labels/7.png``), only those
    count and the others are taken for the pictures.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        Relative to the folder, sorted.

    Examples
    --------
    >>> find_label_images(Path("no such folder"))
    []
    """
    if folder.is_file():
        return [Path(folder.name)] if folder.suffix.lower() in LABEL_SUFFIXES | STACK_SUFFIXES else []
    paths = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix.lower() in LABEL_SUFFIXES | STACK_SUFFIXES and path.is_file()
    )
    named_as_masks = [path for path in paths if is_named_as_mask(path)]
    return named_as_masks or paths


def read_label_images(folder: Path, *, pictures: Path | None = None) -> LoadedDataset:
    """Read a folder of label images, or one file of them, as one dataset with one category.

    Parameters
    ----------
    folder : Path
        Or the file.
    pictures : Path, optional
        Where the pictures are looked for; default: beside the label images. A picture has the label
        image's name, without a word such as ``_mask``, and any picture format's ending.

    Returns
    -------
    LoadedDataset
        An annotation's id is its label; ids are unique within an image only.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> Image.fromarray(np.array([[0, 1], [2, 2]], dtype=np.uint8)).save(folder / "a_mask.png")
    >>> read_label_images(folder).dataset.annotations.id.tolist()
    [1, 2]
    >>> len(read_label_images(Path(tempfile.mkdtemp())).dataset.images)
    0
    """
    source, paths, label_images = read_label_files(
        folder, "label_images", find_label_images(folder), pictures
    )
    findings = tuple(report_label_faults(label_images, paths, source.name))
    dataset = build_mask_dataset(label_images, source)
    return LoadedDataset(name_label_files(dataset, paths), findings)


def name_label_files(dataset: Dataset, paths: Sequence[Path]) -> Dataset:
    """Note the file that the labels of each image stand in, where it is not called as the image.

    Parameters
    ----------
    dataset : Dataset
    paths : sequence of Path
        One an image, relative to the folder that was read.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> name_label_files(empty_dataset(), []).images.record_file
    ()
    """
    images, label_files = dataset.images, [path.as_posix() for path in paths]
    record_file = keep_odd_record_files(images.file_name, label_files, name_label_picture)
    return replace(dataset, images=replace(images, record_file=record_file))


def read_label_files(
    folder: Path, format_name: str, files: Sequence[Path], pictures: Path | None
) -> tuple[Source, list[Path], list[LabelImage]]:
    """Read files of labels, each page of a stack as an image of its own.

    Parameters
    ----------
    folder : Path
        Or the only file.
    format_name : str
    files : sequence of Path
        Relative to the folder.
    pictures : Path, optional
        Where the pictures are looked for.

    Returns
    -------
    source : Source
    paths : list of Path
        The file of each image.
    label_images : list of LabelImage
    """
    root = folder.parent if folder.is_file() else folder
    find_picture = PictureFinder(root, pictures) if pictures or root == folder else Path.as_posix
    pages = [(path, page) for path in files for page in _read_pages(root, path, find_picture(path))]
    listing = "".join(f"{path.as_posix()}\0{page.sha256}\n" for path, page in pages)
    size_bytes = sum((root / path).stat().st_size for path in files)
    source = Source(str(folder), format_name, size_bytes, hashlib.sha256(listing.encode()).hexdigest())
    return source, [path for path, _ in pages], [page for _, page in pages]


def _read_pages(root: Path, path: Path, file_name: str) -> list[LabelImage]:
    if path.suffix.lower() in STACK_SUFFIXES:
        from audit.loaders.label_stacks import read_label_stack  # late: it builds on this module

        return read_label_stack(root, path, file_name)
    return [read_label_image(root, path, file_name)]


def read_label_image(folder: Path, path: Path, file_name: str) -> LabelImage:
    """Read one file of labels; what is wrong with it is its ``fault``.

    Parameters
    ----------
    folder : Path
    path : Path
        Relative to the folder, and inside it.
    file_name : str
        Of the picture.

    Examples
    --------
    >>> read_label_image(Path("."), Path("no such file.png"), "a.jpg").fault
    ('label.unreadable', 'no such file')
    """
    try:
        with open_inside(folder, path.as_posix()) as file:
            data = file.read(MAX_FILE_BYTES + 1)
            sha256 = hashlib.sha256(data).hexdigest()
            file.seek(0)
            with open_picture(file) as picture:
                width, height = picture.size
                fault = find_format_fault(picture)
                labels, runs, fault = (None, None, fault) if fault else split_instances(picture)
    except RefusedError as refusal:
        return unusable_label_image(file_name, "", "label.unreadable", refusal.detail)
    return make_label_image(file_name, (height, width), (labels, runs, fault), sha256)


def make_label_image(
    file_name: str, size: tuple[int, int], split: tuple[IntArray | None, Runs | None, str], sha256: str
) -> LabelImage:
    """Make a label image of what `split_instances` returned.

    Parameters
    ----------
    file_name : str
        Of the picture.
    size : (height, width)
    split : tuple
    sha256 : str

    Examples
    --------
    >>> make_label_image("a.png", (2, 2), (None, None, "it has fractions"), "").fault
    ('label.format', 'it has fractions')
    """
    labels, runs, fault = split
    if labels is None or runs is None:
        return unusable_label_image(file_name, sha256, "label.format", fault)
    labels, runs, void = drop_void_labels(labels, runs)
    semantic_fault = _find_semantic_fault(labels, runs)
    fault_of_file = ("label.one_value", semantic_fault) if semantic_fault else ("", "")
    return LabelImage(file_name, *size, labels, runs, sha256, fault_of_file, void)


def unusable_label_image(file_name: str, sha256: str, rule: str, detail: str) -> LabelImage:
    """Make a label image of which only is known what is wrong with it.

    Parameters
    ----------
    file_name, sha256, rule, detail : str
    """
    return LabelImage(file_name, 0, 0, np.zeros(0, dtype=np.int64), no_runs(0), sha256, (rule, detail))


def _find_semantic_fault(labels: IntArray, runs: Runs) -> str:
    if len(labels) != 1:
        return ""
    n_parts = len(label_components(runs)[1])
    return f"its only value {labels[0]} covers {n_parts:,} separate regions" if n_parts > 1 else ""


def build_mask_dataset(label_images: Sequence[LabelImage], source: Source) -> Dataset:
    """Put the images and their masks into columns; every mask becomes an RLE.

    Parameters
    ----------
    label_images : sequence of LabelImage
        Masks of one image may overlap.
    source : Source

    Examples
    --------
    >>> len(build_mask_dataset([], Source("masks", "label_images", 0, "")).images)
    0
    """
    n_labels = np.array([len(label_image.labels) for label_image in label_images], dtype=np.int64)
    n_annotations = int(n_labels.sum())
    zeros = np.zeros(n_annotations, dtype=np.int64)
    height = np.array([label_image.height for label_image in label_images], dtype=np.int64)
    width = np.array([label_image.width for label_image in label_images], dtype=np.int64)
    masks = concatenate_runs([label_image.runs for label_image in label_images])
    counts, count_start = runs_to_counts(masks, np.repeat(height, n_labels), np.repeat(width, n_labels))
    segmentation = Segmentations(
        kind=np.full(n_annotations, MaskKind.RLE, dtype=np.uint8),
        ring_start=np.zeros(n_annotations + 1, dtype=np.int64),
        vertex_start=np.zeros(1, dtype=np.int64),
        xy=np.zeros((0, 2)),
        count_start=count_start,
        counts=counts,
    )
    position = np.arange(len(label_images))
    annotations = Annotations(
        id=np.concatenate([zeros[:0], *(label_image.labels for label_image in label_images)]),
        image=np.repeat(position, n_labels),
        category=zeros,
        iscrowd=np.zeros(n_annotations, dtype=np.bool_),
        score=np.full(n_annotations, np.nan),
        area=measure_areas(masks).astype(np.float64),
        bbox=measure_boxes(masks).astype(np.float64),
        source=zeros,
        index=np.arange(n_annotations),
        segmentation=segmentation,
    )
    names = tuple(label_image.file_name for label_image in label_images)
    images = Images(position + 1, names, height, width, np.zeros_like(position), position)
    zero = np.zeros(1, dtype=np.int64)
    categories = Categories(zero + 1, (CATEGORY,), ("",), zero, zero)
    return Dataset((source,), images, categories, annotations)


def report_label_faults(
    label_images: Sequence[LabelImage], paths: Sequence[Path], source: str
) -> Iterator[Finding]:
    """Report what is wrong with files of labels.

    Parameters
    ----------
    label_images : sequence of LabelImage
    paths : sequence of Path
        The file of each.
    source : str
    """
    for position, (label_image, path) in enumerate(zip(label_images, paths, strict=True)):
        rule, detail = label_image.fault
        if rule:
            yield Finding(
                rule,
                UNRATED,
                f"The label image {path.as_posix()}: {detail}.",
                image_id=position + 1,
                file_name=label_image.file_name,
                evidence={"detail": detail},
                source=source,
                pointer=path.as_posix(),
                fingerprint=hash_finding(rule, label_image.file_name, [detail]),
                image_row=position,
            )
    yield from _report_void(label_images, source)


def _report_void(label_images: Sequence[LabelImage], source: str) -> Iterator[Finding]:
    """Say once which values were read as background."""
    with_void = [label_image for label_image in label_images if label_image.void]
    if not with_void:
        return
    values = sorted({value for label_image in with_void for value in label_image.void})
    subject = f"The value {values[0]}" if len(values) == 1 else f"The values {', '.join(map(str, values))}"
    yield Finding(
        "label.void",
        UNRATED,
        f"{subject} of {len(with_void)} of the {len(label_images)} label images "
        f"{'marks' if len(values) == 1 else 'mark'} pixels to ignore and no object; read as background.",
        evidence={"values": list(values), "label_images": len(with_void)},
        source=source,
        fingerprint=hash_finding("label.void", None, [str(value) for value in values]),
    )
