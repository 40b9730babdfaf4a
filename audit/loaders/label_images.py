"""Folders of label images: pictures whose pixel values number the instances, 0 being background."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
from audit.dataset.pixels import MAX_FILE_BYTES, opened
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.geometry import guard
from audit.geometry.runs import Runs, to_counts
from audit.geometry.shape import areas, boxes, links, parts
from audit.loaders.loaded import UNRATED, LoadedDataset

CATEGORY = "instance"
"""Name of the one category of all label images."""
_LABELS = frozenset({".png", ".tif", ".tiff", ".bmp"})
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_MARK = re.compile(
    r"(?<![a-z])(cp_masks?|masks?|labels?|labelled|segmentations?|seg|instances?)(?![a-z])", re.IGNORECASE
)
_WORDS = ("", "img", "image", "images", "raw")
"""What a picture is called where its label image is called a mask."""
_PLAIN_MODES = frozenset({"1", "L", "P", "I", "I;16", "I;16L", "I;16B", "F"})


@dataclass(frozen=True, slots=True)
class _LabelImage:
    """One file: its size, its labels in ascending order, their masks; or what is wrong with it."""

    file_name: str
    height: int
    width: int
    labels: IntArray
    runs: Runs | None
    sha256: str
    fault: tuple[str, str] = ("", "")


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
    found = sorted(
        p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in _LABELS and p.is_file()
    )
    marked = [p for p in found if any(_MARK.search(part) for part in (*p.parts[:-1], p.stem))]
    return marked or found


def read_label_images(folder: Path, *, pictures: Path | None = None) -> LoadedDataset:
    """Read a folder of label images as one dataset with one category.

    Parameters
    ----------
    folder : Path
    pictures : Path, optional
        Where the pictures are looked for; default: beside the label images. A picture has the label
        image's name, without a word such as ``_mask``, and any picture format's ending.

    Returns
    -------
    Loaded
        An annotation's id is its label; ids are unique within an image only.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> Image.fromarray(np.array([[0, 1], [2, 2]], dtype=np.uint8)).save(place / "a_mask.png")
    >>> read_label_images(place).dataset.annotations.id.tolist()
    [1, 2]
    >>> len(read_label_images(Path(tempfile.mkdtemp())).dataset.images)
    0
    """
    paths = find_label_images(folder)
    name_of = _Pictures(folder, pictures)
    read = [_read(folder, path, name_of(path)) for path in paths]
    digest = hashlib.sha256(
        "".join(f"{p.as_posix()}\0{r.sha256}\n" for p, r in zip(paths, read, strict=True)).encode()
    )
    total = sum((folder / path).stat().st_size for path in paths)
    source = Source(str(folder), "label_images", total, digest.hexdigest())
    found = tuple(_findings(read, paths, str(folder)))
    return LoadedDataset(_dataset(read, source), found)


class _Pictures:
    """Finds the picture that belongs to a label image: by its path, else by its name where that is unique."""

    def __init__(self, folder: Path, pictures: Path | None) -> None:
        root = pictures or folder
        found = sorted(
            (p.relative_to(root) for p in root.rglob("*") if p.suffix.lower() in _PICTURES), reverse=True
        )
        self.by_path = {path.with_suffix("").as_posix(): path.as_posix() for path in found}
        names = Counter(path.stem for path in found)
        self.by_name = {path.stem: path.as_posix() for path in found if names[path.stem] == 1}
        self.same_folder = root == folder

    def __call__(self, label: Path) -> str:
        path = label.with_suffix("").as_posix()
        # Beside its picture a label image has another name; in a folder of its own it may have the same.
        same = [] if self.same_folder else [path]
        candidates = [*(c for word in _WORDS if (c := _without_mark(path, word)) != path), *same]
        for candidate in candidates:
            if candidate in self.by_path:
                return self.by_path[candidate]
        for candidate in (Path(c).name for c in candidates):
            found = self.by_name.get(candidate)
            if found is not None and not (self.same_folder and found == label.as_posix()):
                return found
        return label.as_posix()


def _without_mark(path: str, word: str) -> str:
    """Replace what says "mask" in every part of a path by another word, or by nothing."""
    parts = (_MARK.sub(word, part).strip("_-. ") for part in path.split("/"))
    return "/".join(part for part in parts if part)


def _read(folder: Path, path: Path, file_name: str) -> _LabelImage:
    none = np.zeros(0, dtype=np.int64)
    try:
        with open_inside(folder, path.as_posix()) as file:
            data = file.read(MAX_FILE_BYTES + 1)
            sha256 = hashlib.sha256(data).hexdigest()
            file.seek(0)
            with opened(file) as picture:
                fault = _format_fault(picture)
                width, height = picture.size
                pixels = np.zeros((0, 0)) if fault else np.asarray(picture)
    except RefusedError as refused:
        return _LabelImage(file_name, 0, 0, none, None, "", ("label.unreadable", refused.detail))
    if not fault and guard.image_size_faults(np.array([height]), np.array([width]))[0]:
        fault = f"{width} x {height} pixels are more than a mask may have"
    if not fault and pixels.dtype.kind == "f":
        fault = "" if np.array_equal(pixels, np.trunc(pixels)) else "its values are fractions"
    if not fault and pixels.size and pixels.min() < 0:
        fault = "it has negative values"
    if fault:
        return _LabelImage(file_name, 0, 0, none, None, sha256, ("label.format", fault))
    labels, runs = _instances(pixels.astype(np.int64))
    fault = _one_value(labels, runs)
    return _LabelImage(
        file_name, height, width, labels, runs, sha256, ("label.one_value", fault) if fault else ("", "")
    )


def _format_fault(picture: Image.Image) -> str:
    if getattr(picture, "n_frames", 1) > 1:
        return "it has several pages"
    return "" if picture.mode in _PLAIN_MODES else f"its pixels are colours ({picture.mode})"


def _instances(pixels: IntArray) -> tuple[IntArray, Runs]:
    """Return the labels of a label image and the mask of each."""
    height, width = pixels.shape
    columns = np.full((width, height + 1), 0, dtype=np.int64)  # a free row after each column
    columns[:, :height] = pixels.T
    flat = columns.ravel()
    edge = np.flatnonzero(np.diff(flat, prepend=0, append=0))
    begin, stop = edge[:-1], edge[1:]
    some = np.flatnonzero(flat[begin]) if len(edge) else edge
    begin, stop = begin[some], stop[some]
    labels, mask = np.unique(flat[begin], return_inverse=True)
    order = np.argsort(mask, kind="stable")
    x, y0 = np.divmod(begin[order], height + 1)
    y1 = y0 + (stop - begin)[order]
    owner, column, first, after = (v.astype(np.int32) for v in (mask[order], x, y0, y1))
    return labels, Runs(owner, column, first, after, len(labels))


def _one_value(labels: IntArray, runs: Runs) -> str:
    if len(labels) != 1:
        return ""
    number = int(parts(runs, links(runs)).number[0])
    return f"its only value {labels[0]} covers {number:,} separate regions" if number > 1 else ""


def _dataset(read: Sequence[_LabelImage], source: Source) -> Dataset:
    n = len(read)
    at = np.arange(n)
    count = np.array([len(r.labels) for r in read], dtype=np.int64)
    total = int(count.sum())
    image = np.repeat(at, count)
    zeros = np.zeros(total, dtype=np.int64)
    drawn = [r for r in read if r.runs is not None]
    written = [
        to_counts(r.runs, np.full(r.runs.count, r.height), np.full(r.runs.count, r.width))
        for r in drawn
        if r.runs
    ]
    length = np.concatenate([zeros[:0], *(np.diff(start) for _, start in written)])
    area = np.concatenate([np.zeros(0), *(areas(r.runs) for r in drawn if r.runs)]).astype(np.float64)
    box = np.concatenate([np.zeros((0, 4)), *(boxes(r.runs) for r in drawn if r.runs)]).astype(np.float64)
    height, width = (
        np.array([getattr(r, side) for r in read], dtype=np.int64) for side in ("height", "width")
    )
    none = np.zeros(1, dtype=np.int64)
    segmentation = Segmentations(
        np.full(total, MaskKind.RLE, dtype=np.uint8),
        np.zeros(total + 1, dtype=np.int64),
        none,
        np.zeros((0, 2)),
        np.r_[0, np.cumsum(length)].astype(np.int64),
        np.concatenate([np.zeros(0, np.uint32), *(counts for counts, _ in written)]),
    )
    annotations = Annotations(
        id=np.concatenate([zeros[:0], *(r.labels for r in read)]),
        image=image,
        category=zeros,
        iscrowd=np.zeros(total, dtype=np.bool_),
        score=np.full(total, np.nan),
        area=area,
        bbox=box,
        source=zeros,
        index=np.arange(total),
        segmentation=segmentation,
    )
    images = Images(at + 1, tuple(r.file_name for r in read), height, width, np.zeros(n, dtype=np.int64), at)
    one = np.zeros(1, dtype=np.int64)
    return Dataset((source,), images, Categories(one + 1, (CATEGORY,), ("",), one, one), annotations)


def _findings(read: Sequence[_LabelImage], paths: Sequence[Path], source: str) -> Iterator[Finding]:
    for k, (one, path) in enumerate(zip(read, paths, strict=True)):
        rule, detail = one.fault
        if rule:
            yield Finding(
                rule,
                UNRATED,
                f"The label image {path.as_posix()}: {detail}.",
                image_id=k + 1,
                file_name=one.file_name,
                evidence={"detail": detail},
                source=source,
                fingerprint=hash_finding(rule, one.file_name, [detail]),
                image_row=k,
            )
