"""The page of a diff: what became of the masks, and each change drawn with both outlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.diff.diff import Change, DiffResult, Kind
from audit.findings.number_format import format_count, format_percent
from audit.geometry.runs import concatenate_runs
from audit.measure.masks import dataset_runs
from audit.report.crop_gallery import Crop, CropRequest, draw_crops
from audit.report.page_templates import PageTemplates
from audit.report.text_format import format_category, shorten_text

MAX_DRAWN = 1000
"""Changes of every kind that are drawn; all are in ``diff.json``."""
MAX_PICTURES = 150
"""Changes of every kind that are drawn over their picture, so that the page stays small."""
MAX_NAMED = 3
"""Categories that the first sentence names."""
MAX_RENAMED = 5
"""Renamed categories that are named one by one."""


def count_changes(result: DiffResult) -> tuple[tuple[Kind, int, str], ...]:
    """Count the changes of every kind, and say what each kind means.

    Parameters
    ----------
    result : DiffResult

    Returns
    -------
    tuple of (Kind, int, str)

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> count_changes(diff(empty, empty))[0]
    (<Kind.KEPT: 'kept'>, 0, 'the same pixels and category')
    """
    counts = result.counts()
    meanings = {
        Kind.KEPT: "the same pixels and category",
        Kind.RESHAPED: "one object, other pixels",
        Kind.RECATEGORISED: "another category"
        + (f"; {result.reshaped_too:,} of them other pixels too" if result.reshaped_too else ""),
        Kind.SPLIT: f"one mask became several ({result.split_into:,})",
        Kind.MERGED: f"several masks ({result.merged_from:,}) became one",
        Kind.ADDED: f"{result.masks_added:,} with the parts of splits and the results of merges",
        Kind.REMOVED: f"{result.masks_removed:,} with what was split or merged",
    }
    return tuple((kind, counts[kind.value], meanings[kind]) for kind in Kind)


def summarize_changes(result: DiffResult) -> str:
    """Say in one or two sentences how much of the old version changed, and where most.

    Parameters
    ----------
    result : DiffResult

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> summarize_changes(diff(empty, empty))
    'No mask changed.'
    """
    counts = result.counts()
    by_kind = [(kind.value, counts[kind.value]) for kind in Kind if kind is not Kind.KEPT]
    changes = [f"{count:,} {name}" for name, count in sorted(by_kind, key=lambda pair: -pair[1]) if count]
    if not changes:
        return "No mask changed."
    n_changes = sum(count for _, count in by_kind)
    text = f"{format_count(n_changes, 'change')}: {', '.join(changes)}; {counts[Kind.KEPT.value]:,} kept."
    categories = count_by_category(result)
    if len(categories) < 2:
        return text
    most = [f"{name} ({total:,})" for name, _, total in categories[:MAX_NAMED]]
    share = sum(total for _, _, total in categories[:MAX_NAMED]) / n_changes
    rest = "" if len(categories) <= MAX_NAMED else f": {format_percent(share)} of all"
    return f"{text} Most in {', '.join(most[:-1])} and {most[-1]}{rest}."


def describe_diff(result: DiffResult) -> tuple[str, ...]:
    """Say in a few sentences what else changed: images, findings, categories.

    Parameters
    ----------
    result : DiffResult

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> describe_diff(diff(empty, empty))
    ('Images: 0 added, 0 removed.', 'Findings: 0 new, 0 fixed, 0 remaining.')
    """
    sentences = [
        f"Images: {len(result.images_added):,} added, {len(result.images_removed):,} removed.",
        (
            f"Findings: {len(result.findings_new):,} new, {len(result.findings_fixed):,} fixed, "
            f"{result.findings_remaining:,} remaining."
        ),
    ]
    if any(result.without_mask):
        n_old, n_new = result.without_mask
        sentences.append(f"Annotations without a mask, not compared: {n_old:,} old, {n_new:,} new.")
    renamed = [pair for pair in result.renamed.items() if pair[0] in _list_used_categories(result)]
    for old_name, new_name in renamed[:MAX_RENAMED]:
        sentences.append(
            f"Category “{format_category(old_name)}” is now called “{format_category(new_name)}”."
        )
    if len(renamed) > MAX_RENAMED:
        sentences.append(f"{len(renamed) - MAX_RENAMED:,} more categories have another name.")
    return tuple(sentences)


def _list_used_categories(result: DiffResult) -> frozenset[str]:
    """Return the categories that the old version has annotations of: to rename others changes nothing."""
    categories, instances = result.old.measurements.categories, result.old.measurements.instances
    used_rows = np.unique(instances["category"].to_numpy())
    return frozenset(str(name) for name in categories["name"].to_numpy()[used_rows[used_rows >= 0]])


def name_versions(result: DiffResult) -> tuple[str, str]:
    """Name the files of both versions: as much of their paths as tells them apart, never all.

    Parameters
    ----------
    result : DiffResult

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> name_versions(diff(empty, empty))
    ('nothing', 'nothing')
    """
    paths = [
        [source.name.replace("\\", "/").strip("/").split("/") for source in version.sources]
        for version in (result.old, result.new)
    ]
    for n_parts in (1, 2):
        old_name, new_name = (
            ", ".join("/".join(parts[-n_parts:]) for parts in version_paths) or "nothing"
            for version_paths in paths
        )
        if old_name != new_name:
            break
    return shorten_text(old_name), shorten_text(new_name)


def count_by_category(result: DiffResult) -> tuple[tuple[str, tuple[int, ...], int], ...]:
    """Count the changes of each category, most first.

    Parameters
    ----------
    result : DiffResult

    Returns
    -------
    tuple of (str, tuple of int, int)
        Category, or both of them where it changed; changes by kind, in the order of `Kind` without kept; all.

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> count_by_category(diff(empty, empty))
    ()
    """
    counts: dict[str, Counter[Kind]] = {}
    for change in result.changes:
        counts.setdefault(_name_category(change), Counter())[change.kind] += 1
    lines = (
        (name, tuple(by_kind[kind] for kind in Kind if kind is not Kind.KEPT), by_kind.total())
        for name, by_kind in counts.items()
    )
    return tuple(sorted(lines, key=lambda line: (-line[2], line[0])))


def _name_category(change: Change) -> str:
    """Name the category of a change, or both where it changed."""
    names = dict.fromkeys(
        format_category(name) for name in (change.old_category, change.new_category) if name
    )
    return " to ".join(names)


def render_diff_page(result: DiffResult) -> bytes:
    """Write the page of a diff as one file.

    Parameters
    ----------
    result : DiffResult

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> b"Images: 0 added, 0 removed." in render_diff_page(diff(empty, empty))
    True
    """
    return PageTemplates().single(
        "diff.html.j2",
        result=result,
        kinds=count_changes(result),
        summary=summarize_changes(result),
        sentences=describe_diff(result),
        versions=name_versions(result),
        categories=count_by_category(result),
        drawn=tuple(_draw_changes(result)),
        version=result.new.version,
    )


def _draw_changes(result: DiffResult) -> Iterator[tuple[Kind, int, tuple[Crop, ...]]]:
    """Draw the changes of every kind that has some, with their number."""
    old_lookup, new_lookup = _AnnotationLookup(result.old.dataset), _AnnotationLookup(result.new.dataset)
    image_root = result.new.image_root or result.old.image_root
    for kind in Kind:
        changes = [change for change in result.changes if change.kind is kind]
        if changes:
            drawn = sorted(changes, key=_most_different_first)[:MAX_DRAWN]
            requests = [
                request
                for change in drawn
                if (request := _request_crop(change, old_lookup, new_lookup)) is not None
            ]
            with_picture = draw_crops(requests[:MAX_PICTURES], image_root)
            yield kind, len(changes), (*with_picture, *draw_crops(requests[MAX_PICTURES:], None))


def _most_different_first(change: Change) -> tuple[float, str, tuple[int, ...], tuple[int, ...]]:
    iou = change.iou if change.iou is not None else 0.0
    return (iou, change.file_name, change.old_ids, change.new_ids)


class _AnnotationLookup:
    """Finds annotations by image and id."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        self.row: dict[tuple[str, int], int] = {}
        if dataset is not None:
            names, annotations = dataset.images.file_name, dataset.annotations
            for row, (image, annotation_id) in enumerate(
                zip(annotations.image.tolist(), annotations.id.tolist(), strict=True)
            ):
                if image >= 0:
                    self.row.setdefault((names[image], annotation_id), row)

    def rows(self, file_name: str, ids: Sequence[int]) -> IntArray:
        known_rows = [
            self.row[file_name, annotation_id]
            for annotation_id in ids
            if (file_name, annotation_id) in self.row
        ]
        return np.array(known_rows, dtype=np.int64)


def _request_crop(
    change: Change, old_lookup: _AnnotationLookup, new_lookup: _AnnotationLookup
) -> CropRequest | None:
    """Ask for both masks of a change; None where neither version holds its annotations."""
    mask_parts, kinds, names = [], [], []
    size = (0, 0)
    for lookup, ids, kind in ((old_lookup, change.old_ids, "old"), (new_lookup, change.new_ids, "new")):
        rows = lookup.rows(change.file_name, ids)
        if lookup.dataset is None or not len(rows):
            continue
        annotations, images = lookup.dataset.annotations, lookup.dataset.images
        mask_parts.append(dataset_runs(lookup.dataset, rows))
        kinds += [kind] * len(rows)
        names += [f"{kind} #{annotation_id}" for annotation_id in annotations.id[rows].tolist()]
        image = int(annotations.image[rows[0]])
        size = (int(images.width[image]), int(images.height[image]))
    if not mask_parts:
        return None
    masks = concatenate_runs(mask_parts)
    return CropRequest(
        change.file_name,
        size,
        masks,
        tuple(kinds),
        tuple(names),
        _describe_change(change),
        kind=change.kind.value,
        category=_name_category(change),
    )


def _describe_change(change: Change) -> str:
    ids = " to ".join(
        " ".join(f"#{annotation_id}" for annotation_id in side_ids)
        for side_ids in (change.old_ids, change.new_ids)
        if side_ids
    )
    iou = f", IoU {change.iou:.2f}" if change.iou is not None else ""
    return f"{ids} {_name_category(change)}{iou}"
