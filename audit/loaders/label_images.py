"""Folders of label images: pictures whose pixel values number the instances, 0 being background."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.geometry import guard
from audit.geometry.runs import Runs, concatenate_runs, no_runs, runs_to_counts
from audit.geometry.shape import label_components, measure_areas, measure_boxes
from audit.loaders.loaded import UNRATED, LoadedDataset
from audit.loaders.void_labels import drop_void_labels

CATEGORY = "instance"
"""Name of the one category of all label images."""
LABEL_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".bmp"})
STACK_SUFFIXES = frozenset({".npy", ".tif", ".tiff"})
"""Files that may hold several label images."""
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_MASK_WORD = re.compile(
    r"(?<![a-z])(cp_masks?|masks?|labels?|labelled|segmentations?|seg|instances?)(?![a-z])", re.IGNORECASE
)
_PICTURE_WORDS = ("", "img", "image", "images", "raw")
"""What a picture is called where its label image is called a mask."""
MAX_RUNS = 2**22
"""Runs of one value in a label image: 20,000 cells have a fifth of them."""
_STRIP_PIXELS = 2**22
"""Pixels that are looked at at a time: a small file may unpack to hundreds of millions."""
_GREY_MODES = frozenset({"1", "L", "P", "I", "I;16", "I;16L", "I;16B", "F"})


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
    named_as_masks = [
        path for path in paths if any(_MASK_WORD.search(part) for part in (*path.parts[:-1], path.stem))
    ]
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
    return LoadedDataset(build_mask_dataset(label_images, source), findings)


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
    find_picture = _PictureFinder(root, pictures) if pictures or root == folder else Path.as_posix
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


class _PictureFinder:
    """Finds the picture that belongs to a label image: by its path, else by its name where that is unique."""

    def __init__(self, folder: Path, pictures: Path | None) -> None:
        picture_folder = pictures or folder
        paths = sorted(
            (
                path.relative_to(picture_folder)
                for path in picture_folder.rglob("*")
                if path.suffix.lower() in PICTURE_SUFFIXES
            ),
            reverse=True,
        )
        self.by_path = {path.with_suffix("").as_posix(): path.as_posix() for path in paths}
        n_with_name = Counter(path.stem for path in paths)
        self.by_name = {path.stem: path.as_posix() for path in paths if n_with_name[path.stem] == 1}
        self.same_folder = picture_folder == folder

    def __call__(self, label: Path) -> str:
        path = label.with_suffix("").as_posix()
        # Beside its picture a label image has another name; in a folder of its own it may have the same.
        same_name = [] if self.same_folder else [path]
        renamed = [_replace_mask_word(path, picture_word) for picture_word in _PICTURE_WORDS]
        candidates = [*(candidate for candidate in renamed if candidate != path), *same_name]
        for candidate in candidates:
            if candidate in self.by_path:
                return self.by_path[candidate]
        for candidate in candidates:
            picture = self.by_name.get(Path(candidate).name)
            if picture is not None and not (self.same_folder and picture == label.as_posix()):
                return picture
        return label.as_posix()


def _replace_mask_word(path: str, replacement: str) -> str:
    """Replace what says "mask" in every part of a path by another word, or by nothing."""
    parts = (_MASK_WORD.sub(replacement, part).strip("_-. ") for part in path.split("/"))
    return "/".join(part for part in parts if part)


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


def find_format_fault(picture: Image.Image) -> str:
    """Say why a picture cannot hold instances, from its header; empty where it can."""
    if picture.mode not in _GREY_MODES:
        return f"its pixels are colours ({picture.mode})"
    return check_picture_size(picture)


def check_picture_size(picture: Image.Image) -> str:
    """Say why a picture is too large for masks; empty where it is not."""
    return check_size(picture.height, picture.width)


def check_size(height: int, width: int) -> str:
    """Say why an image is too large for masks; empty where it is not.

    Examples
    --------
    >>> check_size(8, 8), check_size(10**6, 1)
    ('', '1 x 1000000 pixels are more than a mask may have')
    """
    if guard.image_size_faults(np.array([height]), np.array([width]))[0]:
        return f"{width} x {height} pixels are more than a mask may have"
    return ""


def split_instances(
    picture: Image.Image, read_labels: Callable[[NDArray[np.generic]], NDArray[np.generic]] | None = None
) -> tuple[IntArray | None, Runs | None, str]:
    """Return the labels of a label image and the mask of each; or neither, and why not.

    Parameters
    ----------
    picture : Image
    read_labels : callable, optional
        From pixels to (H, W) labels, where pixels are not the labels themselves.
    """
    width, height = picture.size

    def read_strip(left: int, right: int) -> NDArray[np.generic]:
        pixels = np.asarray(picture.crop((left, 0, right, height)))
        return pixels if read_labels is None else read_labels(pixels)

    return split_strips(read_strip, height, width)


def split_strips(
    read_strip: Callable[[int, int], NDArray[np.generic]], height: int, width: int
) -> tuple[IntArray | None, Runs | None, str]:
    """Return the labels of an image and the mask of each; or neither, and why not.

    Parameters
    ----------
    read_strip : callable
        Returns the labels between two columns, (height, right - left).
    height, width : int

    Examples
    --------
    >>> pixels = np.array([[0, 3], [3, 7]])
    >>> split_strips(lambda left, right: pixels[:, left:right], 2, 2)[0].tolist()
    [3, 7]
    """
    strips: list[IntArray] = [np.zeros((4, 0), dtype=np.int64)]
    n_runs = 0
    strip_width = max(1, _STRIP_PIXELS // max(height, 1))
    for left in range(0, width, strip_width):
        pixels = read_strip(left, min(left + strip_width, width))
        fault = _find_value_fault(pixels)
        if fault:
            return None, None, fault
        strips.append(_find_runs(pixels, left))
        n_runs += strips[-1].shape[1]
        if n_runs > MAX_RUNS:
            return None, None, f"its pixels change more than {MAX_RUNS:,} times: noise, not instances"
    value, column, first_row, end_row = np.concatenate(strips, axis=1)
    labels, instance = np.unique(value, return_inverse=True)
    order = np.argsort(instance, kind="stable")
    mask, x, y0, y1 = (part[order].astype(np.int32) for part in (instance, column, first_row, end_row))
    return labels, Runs(mask, x, y0, y1, len(labels)), ""


def _find_value_fault(pixels: NDArray[np.generic]) -> str:
    """Say why pixels cannot number instances; empty where they can."""
    if pixels.dtype.kind == "f" and not np.array_equal(pixels, np.trunc(pixels)):
        return "its values are fractions"
    lowest = pixels.min() if pixels.size else 0
    return "it has negative values besides -1" if lowest < -1 else ""


def _find_runs(pixels: NDArray[np.generic], left: int) -> IntArray:
    """Return value, column, first row and end row (4, N) of each run of one value, background left out.

    ``left`` is the column at which the pixels begin.
    """
    height, width = pixels.shape
    # Runs go down columns, as in COCO's RLE. A free row after each column keeps a run from going on in the
    # next one, so that all columns can be searched as one line.
    columns = np.zeros((width, height + 1), dtype=np.int64)
    columns[:, :height] = pixels.T
    line = columns.ravel()
    changes = np.flatnonzero(np.diff(line, prepend=0, append=0))
    starts, stops = changes[:-1], changes[1:]
    foreground = np.flatnonzero(line[starts]) if len(changes) else changes
    starts, stops = starts[foreground], stops[foreground]
    column, first_row = np.divmod(starts, height + 1)
    return np.stack([line[starts], column + left, first_row, first_row + stops - starts])


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
