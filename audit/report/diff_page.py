"""The page of a diff: what became of the masks, and each change drawn with both outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.diff.diff import Change, DiffResult, Kind
from audit.findings.finding import Finding
from audit.geometry.runs import concatenate, no_runs
from audit.measure.masks import dataset_runs
from audit.report.crop_gallery import Crop, CropRequest, draw_crops
from audit.report.page_templates import PageTemplates
from audit.report.text_format import format_category

MAX_SHOWN = 40
"""Changes of every kind that are drawn; all are in ``diff.json``."""


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many changes of one kind."""

    kind: Kind
    number: int
    meaning: str


@dataclass(frozen=True, slots=True)
class DiffPage:
    """A diff, ready to be shown."""

    old: tuple[str, ...]
    """The files of the old version."""
    new: tuple[str, ...]
    kinds: tuple[KindRow, ...]
    lines: tuple[str, ...]
    """One sentence each: images, findings, categories."""
    changes: tuple[Change, ...]
    """Sorted by file name: those to be shown with both masks."""
    findings_new: tuple[Finding, ...]
    findings_fixed: tuple[Finding, ...]


def build_diff_page(result: DiffResult) -> DiffPage:
    """Lay out a diff.

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> build_diff_page(diff(empty, empty)).lines[0]
    'Images: 0 added, 0 removed.'
    """
    counts = result.counts()
    meanings = {
        Kind.KEPT: "the same pixels and category",
        Kind.RESHAPED: "one object, other pixels",
        Kind.RECATEGORISED: f"another category; {result.reshaped_too:,} of them other pixels too",
        Kind.SPLIT: f"one mask became several ({result.split_into:,})",
        Kind.MERGED: f"several masks ({result.merged_from:,}) became one",
        Kind.ADDED: f"{result.masks_added:,} with the parts of splits and the results of merges",
        Kind.REMOVED: f"{result.masks_removed:,} with what was split or merged",
    }
    return DiffPage(
        old=tuple(source.name for source in result.old.sources),
        new=tuple(source.name for source in result.new.sources),
        kinds=tuple(KindRow(kind, counts[kind.value], meanings[kind]) for kind in Kind),
        lines=tuple(_describe_diff(result)),
        changes=result.changes,
        findings_new=result.findings_new,
        findings_fixed=result.findings_fixed,
    )


def _describe_diff(result: DiffResult) -> Iterator[str]:
    yield f"Images: {len(result.images_added):,} added, {len(result.images_removed):,} removed."
    yield (
        f"Findings: {len(result.findings_new):,} new, {len(result.findings_fixed):,} fixed, "
        f"{result.findings_remaining:,} remaining."
    )
    if any(result.without_mask):
        old, new = result.without_mask
        yield f"Annotations without a mask, not compared: {old:,} old, {new:,} new."
    yield from (f"Category “{old}” is now called “{new}”." for old, new in result.renamed.items())


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """The changes of one kind."""

    kind: Kind
    number: int
    shown: tuple[Crop, ...]


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
    page = build_diff_page(result)
    return PageTemplates().single(
        "diff.html.j2",
        page=page,
        kinds=tuple(_draw_changes(result)),
        version=result.new.version,
        most=MAX_SHOWN,
    )


def _draw_changes(result: DiffResult) -> Iterator[ChangesShown]:
    old_lookup, new_lookup = _AnnotationLookup(result.old.dataset), _AnnotationLookup(result.new.dataset)
    image_root = result.new.image_root or result.old.image_root
    for kind in Kind:
        of_kind = [change for change in result.changes if change.kind is kind]
        if of_kind:
            chosen = sorted(of_kind, key=_order_changes)[:MAX_SHOWN]
            requests = [
                request
                for change in chosen
                if (request := _request_crop(change, old_lookup, new_lookup)) is not None
            ]
            yield ChangesShown(kind, len(of_kind), tuple(draw_crops(requests, image_root)))


def _order_changes(change: Change) -> tuple[float, str, tuple[int, ...], tuple[int, ...]]:
    """Order changes: the outlines that differ most first."""
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
    mask_parts, kinds, names = [], [], []
    size = (0, 0)
    for lookup, ids, kind in ((old_lookup, change.old_ids, "old"), (new_lookup, change.new_ids, "new")):
        rows = lookup.rows(change.file_name, ids)
        if lookup.dataset is None or not len(rows):
            continue
        mask_parts.append(dataset_runs(lookup.dataset, rows))
        kinds += [kind] * len(rows)
        names += [
            f"{kind} #{annotation_id}" for annotation_id in lookup.dataset.annotations.id[rows].tolist()
        ]
        image = int(lookup.dataset.annotations.image[rows[0]])
        size = (int(lookup.dataset.images.width[image]), int(lookup.dataset.images.height[image]))
    masks = concatenate(mask_parts) if mask_parts else no_runs(0)
    return (
        CropRequest(change.file_name, size, masks, tuple(kinds), tuple(names), _describe_change(change))
        if mask_parts
        else None
    )


def _describe_change(change: Change) -> str:
    ids = " to ".join(
        " ".join(f"#{annotation_id}" for annotation_id in side_ids)
        for side_ids in (change.old_ids, change.new_ids)
        if side_ids
    )
    names = dict.fromkeys(
        format_category(category) for category in (change.old_category, change.new_category) if category
    )
    iou = f", IoU {change.iou:.2f}" if change.iou is not None else ""
    return f"{ids} {' to '.join(names)}{iou}"
