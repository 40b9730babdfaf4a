"""From what the user named (files, folders) to one dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import numpy as np

from audit.dataset.model import Annotations, Categories, Dataset, Images, IntArray, empty_dataset
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.findings.rows import shift_rows
from audit.loaders.coco import read_coco
from audit.loaders.concat import concat_annotations
from audit.loaders.label_images import find_label_images, read_label_images
from audit.loaders.loaded import UNRATED, LoadedDataset, UnreadableError

_CONFLICT = "category.conflict"


def read_dataset(
    paths: Sequence[Path], *, salvage: bool = False, pictures: Path | None = None
) -> LoadedDataset:
    """Read COCO files, folders of them, and folders of label images as one dataset.

    Parameters
    ----------
    paths : sequence of Path
        In this order; the files of a folder are sorted by name.
    salvage : bool
        Read what damaged files still hold.
    pictures : Path, optional
        The folder of the pictures: label images look there for theirs.

    Returns
    -------
    Loaded

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.

    Examples
    --------
    >>> try:
    ...     read_dataset([Path("no such file.json")])
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    >>> len(read_dataset([]).dataset.images)
    0
    """
    return concat_datasets([part for path in paths for part in _parts(path, salvage, pictures)])


def _parts(path: Path, salvage: bool, pictures: Path | None) -> list[LoadedDataset]:
    if not path.is_dir():
        return [read_coco(path, salvage=salvage)]
    files = sorted(p for p in path.rglob("*.json") if p.is_file())
    if files:
        return [read_coco(file, salvage=salvage) for file in files]
    if find_label_images(path):
        return [read_label_images(path, pictures=pictures)]
    what = "the folder has no COCO files (*.json) and no label images (PNG, TIFF)"
    raise UnreadableError("input.format", str(path), "", what, "give a COCO file or a folder of labels")


def concat_datasets(parts: Sequence[LoadedDataset]) -> LoadedDataset:
    """Put datasets one after the other; categories with one id and one name become one.

    Parameters
    ----------
    parts : sequence of Loaded
        Of one source each.

    Examples
    --------
    >>> one = LoadedDataset(empty_dataset(), ())
    >>> len(concat_datasets([one, one]).dataset.annotations)
    0
    """
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return LoadedDataset(empty_dataset(), ())
    data = [part.dataset for part in parts]
    categories, category_rows, conflicts = _categories(data)
    images_before = [0, *accumulate(len(d.images) for d in data)]
    rows_before = {
        "images": images_before,
        "annotations": [0, *accumulate(len(d.annotations) for d in data)],
    }
    moved: list[Annotations] = []
    for k, d in enumerate(data):
        a = d.annotations
        image = np.where(a.image >= 0, a.image + images_before[k], -1)
        category = np.where(a.category >= 0, np.r_[category_rows[k], -1][a.category], -1)
        moved.append(replace(a, image=image, category=category, source=a.source + k))
    given = {
        (entity, int(category_rows[k][row]) if entity == "categories" else row + rows_before[entity][k]): text
        for k, d in enumerate(data)
        for (entity, row), text in d.original_ids.items()
    }
    dataset = Dataset(
        tuple(source for d in data for source in d.sources),
        _images(data),
        categories,
        concat_annotations(moved),
        given,
        {name: offsets for d in data for name, offsets in d.record_offsets.items()},
    )
    findings = [
        shift_rows(finding, images_before[k], rows_before["annotations"][k])
        for k, part in enumerate(parts)
        for finding in part.findings
    ]
    return LoadedDataset(dataset, (*findings, *conflicts))


def _images(data: Sequence[Dataset]) -> Images:
    return Images(
        np.concatenate([d.images.id for d in data]),
        tuple(name for d in data for name in d.images.file_name),
        np.concatenate([d.images.height for d in data]),
        np.concatenate([d.images.width for d in data]),
        np.concatenate([d.images.source + k for k, d in enumerate(data)]),
        np.concatenate([d.images.index for d in data]),
    )


def _categories(data: Sequence[Dataset]) -> tuple[Categories, list[IntArray], list[Finding]]:
    """Return all different categories, where each source's are among them, and what contradicts."""
    place: dict[tuple[int, str], int] = {}
    name_of: dict[int, tuple[str, str]] = {}
    kept: list[tuple[int, str, str, int, int]] = []
    rows: list[IntArray] = []
    conflicts: list[Finding] = []
    for k, d in enumerate(data):
        c = d.categories
        own: list[int] = []
        here: set[tuple[int, str]] = set()
        for row, (identity, name) in enumerate(zip(c.id.tolist(), c.name, strict=True)):
            key = (identity, name)
            if key in here or key not in place:  # a file's own doubles stay two rows
                place.setdefault(key, len(kept))
                own.append(len(kept))
                kept.append((identity, name, c.supercategory[row], k, int(c.index[row])))
            else:
                own.append(place[key])
            here.add(key)
            first_name, first_file = name_of.setdefault(identity, (name, d.sources[0].name))
            if first_name != name and first_file != d.sources[0].name:
                conflicts.append(_conflict(identity, name, first_name, first_file, d, row))
        rows.append(np.array(own, dtype=np.int64))
    ids, names, above, source, index = zip(*kept, strict=True) if kept else ((), (), (), (), ())
    numbers = (np.array(column, dtype=np.int64) for column in (ids, source, index))
    id_column, source_column, index_column = numbers
    return Categories(id_column, tuple(names), tuple(above), source_column, index_column), rows, conflicts


def _conflict(identity: int, name: str, other: str, file: str, d: Dataset, row: int) -> Finding:
    return Finding(
        _CONFLICT,
        UNRATED,
        f"Category {identity} is “{name}” here and “{other}” in {file}.",
        category_ids=(identity,),
        evidence={"name": name, "other_name": other, "other_file": file},
        source=d.sources[0].name,
        pointer=f"/categories/{int(d.categories.index[row])}/name",
        fingerprint=hash_finding(_CONFLICT, None, [name, other]),
    )
