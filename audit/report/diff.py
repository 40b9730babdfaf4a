"""The page of a diff: what became of the masks, and each change drawn with both outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.diff.diff import Change, DiffResult, Kind
from audit.geometry.runs import concatenate, no_runs
from audit.report.crop_gallery import Exhibit, Wanted, exhibits, masks_of
from audit.report.diff_page import diff_page
from audit.report.site import Site
from audit.report.text_format import category_name

MAX_SHOWN = 40
"""Changes of every kind that are drawn; all are in ``diff.json``."""


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """The changes of one kind."""

    kind: Kind
    number: int
    shown: tuple[Exhibit, ...]


def diff_html(result: DiffResult) -> bytes:
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
    >>> b"Images: 0 added, 0 removed." in diff_html(diff(empty, empty))
    True
    """
    page = diff_page(result)
    return Site().single(
        "diff.html.j2", page=page, kinds=tuple(_kinds(result)), version=result.new.version, most=MAX_SHOWN
    )


def _kinds(result: DiffResult) -> Iterator[ChangesShown]:
    old, new = _Masks(result.old.dataset), _Masks(result.new.dataset)
    root = result.new.image_root or result.old.image_root
    for kind in Kind:
        own = [change for change in result.changes if change.kind is kind]
        if own:
            chosen = sorted(own, key=_biggest)[:MAX_SHOWN]
            wanted = [one for change in chosen if (one := _wanted(change, old, new)) is not None]
            yield ChangesShown(kind, len(own), tuple(exhibits(wanted, root)))


def _biggest(change: Change) -> tuple[float, str, tuple[int, ...], tuple[int, ...]]:
    """Order changes: the outlines that differ most first."""
    iou = change.iou if change.iou is not None else 0.0
    return (iou, change.file_name, change.old_ids, change.new_ids)


class _Masks:
    """Finds annotations by image and id."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        self.row: dict[tuple[str, int], int] = {}
        if dataset is not None:
            names, a = dataset.images.file_name, dataset.annotations
            for row, (image, own) in enumerate(zip(a.image.tolist(), a.id.tolist(), strict=True)):
                if image >= 0:
                    self.row.setdefault((names[image], own), row)

    def rows(self, file_name: str, ids: Sequence[int]) -> IntArray:
        known = [self.row[file_name, i] for i in ids if (file_name, i) in self.row]
        return np.array(known, dtype=np.int64)


def _wanted(change: Change, old: _Masks, new: _Masks) -> Wanted | None:
    parts, kinds, names = [], [], []
    size = (0, 0)
    for side, ids, kind in ((old, change.old_ids, "old"), (new, change.new_ids, "new")):
        rows = side.rows(change.file_name, ids)
        if side.dataset is None or not len(rows):
            continue
        parts.append(masks_of(side.dataset, rows))
        kinds += [kind] * len(rows)
        names += [f"{kind} #{i}" for i in side.dataset.annotations.id[rows].tolist()]
        image = int(side.dataset.annotations.image[rows[0]])
        size = (int(side.dataset.images.width[image]), int(side.dataset.images.height[image]))
    masks = concatenate(parts) if parts else no_runs(0)
    return Wanted(change.file_name, size, masks, tuple(kinds), tuple(names), _text(change)) if parts else None


def _text(change: Change) -> str:
    ids = " to ".join(" ".join(f"#{i}" for i in side) for side in (change.old_ids, change.new_ids) if side)
    names = dict.fromkeys(category_name(n) for n in (change.old_category, change.new_category) if n)
    iou = f", IoU {change.iou:.2f}" if change.iou is not None else ""
    return f"{ids} {' to '.join(names)}{iou}"
