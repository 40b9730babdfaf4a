"""What the page of a diff says: what became of the instances, and every change by image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.diff.diff import Change, DiffResult, Kind
from audit.findings.finding import Finding


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


def diff_page(result: DiffResult) -> DiffPage:
    """Lay out a diff.

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> diff_page(diff(empty, empty)).lines[0]
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
        lines=tuple(_lines(result)),
        changes=result.changes,
        findings_new=result.findings_new,
        findings_fixed=result.findings_fixed,
    )


def _lines(result: DiffResult) -> Iterator[str]:
    yield f"Images: {len(result.images_added):,} added, {len(result.images_removed):,} removed."
    yield (
        f"Findings: {len(result.findings_new):,} new, {len(result.findings_fixed):,} fixed, "
        f"{result.findings_remaining:,} remaining."
    )
    if any(result.without_mask):
        old, new = result.without_mask
        yield f"Annotations without a mask, not compared: {old:,} old, {new:,} new."
    yield from (f"Category “{old}” is now called “{new}”." for old, new in result.renamed.items())
