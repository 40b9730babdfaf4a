"""From what the user named (files, folders) to one dataset."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import numpy as np

from audit.dataset.federated import join_federated
from audit.dataset.model import Annotations, Categories, Dataset, Images, IntArray, empty_dataset
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding
from audit.findings.rows import shift_rows
from audit.loaders.coco import parse_coco
from audit.loaders.concat import StoredParts, concat_annotations
from audit.loaders.converted import forget_boxes
from audit.loaders.formats import ReadOptions, read_path
from audit.loaders.json_file import JsonFile
from audit.loaders.loaded import UNRATED, LoadedDataset

_CONFLICT = "category.conflict"
_logger = logging.getLogger("maskaudit.loaders")


def read_dataset(
    paths: Sequence[Path | JsonFile],
    *,
    salvage: bool = False,
    pictures: Path | None = None,
    input_format: str | None = None,
) -> LoadedDataset:
    """Read files and folders of any format as one dataset.

    Parameters
    ----------
    paths : sequence of Path or JsonFile
        In this order; the files of a folder are sorted by name. A JsonFile is a COCO document in memory.
    salvage : bool
        Read what damaged files still hold.
    pictures : Path, optional
        The folder of the pictures: label images look there for theirs.
    input_format : str, optional
        Name of the format (`audit.loaders.formats.READERS`); left out, the content tells.

    Returns
    -------
    LoadedDataset

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.

    Examples
    --------
    >>> from audit.loaders.loaded import UnreadableError
    >>> try:
    ...     read_dataset([Path("no such file.json")])
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    >>> len(read_dataset([]).dataset.images)
    0
    """
    options = ReadOptions(salvage, pictures)
    stored_parts = StoredParts()
    parts = [
        stored_parts.store(part) if len(paths) > 1 else part
        for path in paths
        for part in (
            [_read_memory(path, salvage)]
            if isinstance(path, JsonFile)
            else read_path(path, options, input_format)
        )
    ]
    for part in parts:
        _log_part(part)
    return concat_datasets(parts)


def _read_memory(file: JsonFile, salvage: bool) -> LoadedDataset:
    loaded = parse_coco(file, salvage=salvage)
    return loaded if file.has_boxes else forget_boxes(loaded)


def _log_part(part: LoadedDataset) -> None:
    dataset = part.dataset
    _logger.info(
        "read %s: %d images, %d categories, %d annotations, %d findings",
        ", ".join(
            f"{source.name} ({source.format}, {source.size_bytes} bytes)" for source in dataset.sources
        ),
        len(dataset.images),
        len(dataset.categories),
        len(dataset.annotations),
        len(part.findings),
    )


def concat_datasets(parts: Sequence[LoadedDataset]) -> LoadedDataset:
    """Put datasets one after the other; categories with one id and one name become one.

    Parameters
    ----------
    parts : sequence of LoadedDataset
        Each with at least one source.

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
    datasets = [part.dataset for part in parts]
    sources_before = [0, *accumulate(len(dataset.sources) for dataset in datasets)]
    images_before = [0, *accumulate(len(dataset.images) for dataset in datasets)]
    annotations_before = [0, *accumulate(len(dataset.annotations) for dataset in datasets)]
    categories, category_rows, conflicts = _concat_categories(datasets, sources_before)

    def move(part: int) -> Annotations:
        annotations = datasets[part].annotations
        # A reference to nowhere is row -1, and stays so.
        image = np.where(annotations.image >= 0, annotations.image + images_before[part], -1)
        category = np.r_[category_rows[part], -1][annotations.category]
        source = annotations.source + sources_before[part]
        return replace(annotations, image=image, category=category, source=source)

    original_ids: dict[tuple[str, int], str] = {}
    for part, dataset in enumerate(datasets):
        if not dataset.original_ids:
            continue
        new_rows = {
            "images": np.arange(len(dataset.images)) + images_before[part],
            "annotations": np.arange(len(dataset.annotations)) + annotations_before[part],
            "categories": category_rows[part],
        }
        for (entity, row), text in dataset.original_ids.items():
            original_ids[entity, int(new_rows[entity][row])] = text
    dataset = Dataset(
        tuple(source for dataset in datasets for source in dataset.sources),
        _concat_images(datasets, sources_before),
        categories,
        concat_annotations(map(move, range(len(datasets)))),
        original_ids,
        {name: offsets for dataset in datasets for name, offsets in dataset.record_offsets.items()},
        join_federated(
            [
                dataset.federated and dataset.federated.move(images_before[part], category_rows[part])
                for part, dataset in enumerate(datasets)
            ]
        ),
    )
    findings = [
        shift_rows(finding, images_before[part], annotations_before[part])
        for part, loaded in enumerate(parts)
        for finding in loaded.findings
    ]
    return LoadedDataset(dataset, (*findings, *conflicts))


def _concat_images(datasets: Sequence[Dataset], sources_before: Sequence[int]) -> Images:
    images = [dataset.images for dataset in datasets]
    return Images(
        np.concatenate([part.id for part in images]),
        tuple(name for part in images for name in part.file_name),
        np.concatenate([part.height for part in images]),
        np.concatenate([part.width for part in images]),
        np.concatenate(
            [part.source + before for part, before in zip(images, sources_before[:-1], strict=True)]
        ),
        np.concatenate([part.index for part in images]),
        tuple(file for part in images for file in part.record_file or ("",) * len(part))
        if any(part.record_file for part in images)
        else (),
    )


def _concat_categories(
    datasets: Sequence[Dataset], sources_before: Sequence[int]
) -> tuple[Categories, list[IntArray], list[Finding]]:
    """Return all different categories, where each dataset's are among them, and what contradicts."""
    row_of: dict[tuple[int, str], int] = {}
    first_use: dict[int, tuple[str, str]] = {}
    records: list[tuple[int, str, str, int, int]] = []
    rows_by_dataset: list[IntArray] = []
    conflicts: list[Finding] = []
    for dataset, before in zip(datasets, sources_before[:-1], strict=True):
        categories = dataset.categories
        rows: list[int] = []
        keys_here: set[tuple[int, str]] = set()
        for row, key in enumerate(zip(categories.id.tolist(), categories.name, strict=True)):
            if key in keys_here or key not in row_of:  # doubles within a file stay two rows
                row_of.setdefault(key, len(records))
                rows.append(len(records))
                source, index = before + int(categories.source[row]), int(categories.index[row])
                records.append((*key, categories.supercategory[row], source, index))
            else:
                rows.append(row_of[key])
            keys_here.add(key)
            category_id, name = key
            first_name, first_file = first_use.setdefault(category_id, (name, dataset.sources[0].name))
            if first_name != name and first_file != dataset.sources[0].name:
                conflicts.append(_conflict(key, first_name, first_file, dataset, row))
        rows_by_dataset.append(np.array(rows, dtype=np.int64))
    ids, names, supercategories, sources, indices = zip(*records, strict=True) if records else ((),) * 5
    id_column, source_column, index_column = (
        np.array(column, dtype=np.int64) for column in (ids, sources, indices)
    )
    merged = Categories(id_column, tuple(names), tuple(supercategories), source_column, index_column)
    return merged, rows_by_dataset, conflicts


def _conflict(
    category: tuple[int, str], other_name: str, other_file: str, dataset: Dataset, row: int
) -> Finding:
    """Report a category whose id has another name in an earlier file."""
    category_id, name = category
    return Finding(
        _CONFLICT,
        UNRATED,
        f"Category {category_id} is “{name}” here and “{other_name}” in {other_file}.",
        category_ids=(category_id,),
        evidence={"name": name, "other_name": other_name, "other_file": other_file},
        source=dataset.sources[0].name,
        pointer=f"/categories/{int(dataset.categories.index[row])}/name",
        fingerprint=hash_finding(_CONFLICT, None, [name, other_name]),
    )
