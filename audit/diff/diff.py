"""What changed between two versions of a dataset: by pixels, not by ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import in_order
from audit.diff.cross_overlaps import Side, boundary_ious, cross_overlaps
from audit.diff.identical_masks import Names, match_images, names_of, same_masks
from audit.diff.match_masks import assign
from audit.findings.finding import Finding
from audit.pipeline.result import ScanResult


class Kind(StrEnum):
    """What became of one or several instances."""

    KEPT = "kept"
    """The same pixels and category."""
    RESHAPED = "reshaped"
    """One object, other pixels."""
    RECATEGORISED = "recategorised"
    """The same object under another category, whether its pixels changed or not."""
    SPLIT = "split"
    """One mask became several."""
    MERGED = "merged"
    """Several masks became one."""
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Ids are as in the files."""

    kind: Kind
    file_name: str
    """Of the image, as in the new version; as in the old one for what was removed."""
    old_ids: tuple[int, ...] = ()
    new_ids: tuple[int, ...] = ()
    old_category: str = ""
    new_category: str = ""
    iou: float | None = None
    """Of the two masks; None where there are not two."""
    boundary_iou: float | None = None


@dataclass(frozen=True, slots=True)
class DiffResult:
    """What changed between two scans."""

    old: ScanResult
    new: ScanResult
    changes: tuple[Change, ...]
    """All but the kept ones, sorted by file name, kind, ids."""
    kept: int
    """Instances with the same pixels and category."""
    reshaped_too: int
    """Recategorised instances whose pixels changed as well."""
    without_mask: tuple[int, int]
    """Annotations of the old and the new version that have no mask, and are not compared."""
    images_added: tuple[str, ...]
    images_removed: tuple[str, ...]
    renamed: Mapping[str, str]
    """Categories that only got another name, old to new: their instances are not recategorised."""
    findings_new: tuple[Finding, ...]
    findings_fixed: tuple[Finding, ...]
    """As the old version has them."""
    findings_remaining: int

    def counts(self) -> Mapping[str, int]:
        """Count the changes of every kind; a split or merge is one change."""
        count = Counter(change.kind for change in self.changes)
        return {kind.value: self.kept if kind is Kind.KEPT else count[kind] for kind in Kind}

    @property
    def masks_added(self) -> int:
        """Masks of the new version that are no single mask of the old one, parts and unions included."""
        kinds = (Kind.ADDED, Kind.SPLIT, Kind.MERGED)
        return sum(len(change.new_ids) for change in self.changes if change.kind in kinds)

    @property
    def masks_removed(self) -> int:
        """Masks of the old version that are no single mask of the new one, what was split included."""
        kinds = (Kind.REMOVED, Kind.SPLIT, Kind.MERGED)
        return sum(len(change.old_ids) for change in self.changes if change.kind in kinds)

    @property
    def split_into(self) -> int:
        """Masks that splits left."""
        return sum(len(change.new_ids) for change in self.changes if change.kind is Kind.SPLIT)

    @property
    def merged_from(self) -> int:
        """Masks that were merged."""
        return sum(len(change.old_ids) for change in self.changes if change.kind is Kind.MERGED)


def diff(old: ScanResult, new: ScanResult) -> DiffResult:
    """Compare two scans that read their masks.

    Parameters
    ----------
    old, new : ScanResult
        Not of stored measurements: the masks are needed.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> diff(empty, empty).counts()["added"]
    0
    """
    if old.dataset is None or new.dataset is None:
        raise ValueError("a diff needs the masks, not stored measurements")
    pictures = match_images(old.measurements.images, new.measurements.images)
    names = names_of(old.measurements.categories, new.measurements.categories)
    sides = [
        _Table(scan.measurements.instances, scan.dataset, number, category)
        for scan, number, category in (
            (old, pictures.old, names.old),
            (new, pictures.new, names.new),
        )
        if scan.dataset is not None
    ]
    changes, kept, too = _changes(sides[0], sides[1], names)
    fresh, fixed, remaining = _findings(old.findings, new.findings)
    return DiffResult(
        old=old,
        new=new,
        changes=changes,
        kept=kept,
        reshaped_too=too,
        without_mask=(sides[0].without_mask, sides[1].without_mask),
        images_added=pictures.added,
        images_removed=pictures.removed,
        renamed=names.renamed,
        findings_new=fresh,
        findings_fixed=fixed,
        findings_remaining=remaining,
    )


class _Table:
    """The masks of one version: those with pixels, sorted by picture."""

    def __init__(self, instances: pd.DataFrame, data: Dataset, number: IntArray, category: IntArray) -> None:
        image = instances["image"].to_numpy()
        has_mask = (instances["mask_hash"].to_numpy() != 0) & (image >= 0)
        self.without_mask = int((~has_mask).sum())
        picture = np.where(image >= 0, np.r_[number, -1][image], -1)
        rows = np.flatnonzero(has_mask)
        rows = rows[np.argsort(picture[rows], kind="stable")]
        self.data = data
        self.position = in_order(data)[rows]
        self.picture = picture[rows]
        self.hash: NDArray[np.uint64] = instances["mask_hash"].to_numpy()[rows]
        self.id: IntArray = instances["annotation_id"].to_numpy()[rows]
        self.category: IntArray = np.r_[category, -1][instances["category"].to_numpy()[rows]]

    def side(self, rows: IntArray) -> Side:
        return Side(self.data, self.position[rows], self.picture[rows])

    def file_name(self, row: int) -> str:
        return self.data.images.file_name[int(self.data.annotations.image[self.position[row]])]


def _changes(old: _Table, new: _Table, names: Names) -> tuple[tuple[Change, ...], int, int]:
    same_old, same_new = same_masks(
        (old.picture, old.hash, old.category), (new.picture, new.hash, new.category)
    )
    other_name = old.category[same_old] != new.category[same_new]
    say = _Say(old, new, names)
    changes = [
        say.pair(a, b, 1.0, 1.0)
        for a, b in zip(same_old[other_name].tolist(), same_new[other_name].tolist(), strict=True)
    ]
    rest_old = np.setdiff1d(np.arange(len(old.id)), same_old)
    rest_new = np.setdiff1d(np.arange(len(new.id)), same_new)
    one, other = old.side(rest_old), new.side(rest_new)
    found = assign(cross_overlaps(one, other))
    rims = boundary_ious(one, other, found.one, found.other)
    a, b = rest_old[found.one].tolist(), rest_new[found.other].tolist()
    reshaped = [say.pair(*values) for values in zip(a, b, found.iou.tolist(), rims.tolist(), strict=True)]
    splits = [
        say.several(Kind.SPLIT, [int(rest_old[g.whole])], rest_new[list(g.parts)].tolist())
        for g in found.splits
    ]
    merges = [
        say.several(Kind.MERGED, rest_old[list(g.parts)].tolist(), [int(rest_new[g.whole])])
        for g in found.merges
    ]
    gone = set(rest_old.tolist()) - set(a)
    gone -= {int(rest_old[g.whole]) for g in found.splits}
    gone -= {int(rest_old[part]) for g in found.merges for part in g.parts}
    come = set(rest_new.tolist()) - set(b)
    come -= {int(rest_new[g.whole]) for g in found.merges}
    come -= {int(rest_new[part]) for g in found.splits for part in g.parts}
    changes += reshaped + splits + merges
    changes += [say.several(Kind.REMOVED, [row], []) for row in gone]
    changes += [say.several(Kind.ADDED, [], [row]) for row in come]
    too = sum(change.kind is Kind.RECATEGORISED for change in reshaped)
    ordered = sorted(changes, key=lambda c: (c.file_name, c.kind.value, c.old_ids, c.new_ids))
    return tuple(ordered), int((~other_name).sum()), too


@dataclass(frozen=True, slots=True)
class _Say:
    """Turns rows into changes."""

    old: _Table
    new: _Table
    names: Names

    def pair(self, a: int, b: int, iou: float, rim: float) -> Change:
        same = self.old.category[a] == self.new.category[b]
        kind = Kind.RESHAPED if same else Kind.RECATEGORISED
        found = self.several(kind, [a], [b])
        return Change(
            kind,
            found.file_name,
            found.old_ids,
            found.new_ids,
            found.old_category,
            found.new_category,
            round(iou, 6),
            round(rim, 6),
        )

    def several(self, kind: Kind, old: Sequence[int], new: Sequence[int]) -> Change:
        return Change(
            kind,
            self.new.file_name(new[0]) if new else self.old.file_name(old[0]),
            tuple(self.old.id[list(old)].tolist()),
            tuple(self.new.id[list(new)].tolist()),
            self._named(self.old.category[list(old)]) if old else "",
            self._named(self.new.category[list(new)]) if new else "",
        )

    def _named(self, categories: IntArray) -> str:
        return ", ".join(dict.fromkeys(self.names.text(int(c)) for c in categories))


def _findings(
    old: Sequence[Finding], new: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], int]:
    """Return the findings that are new, those that are gone, and how many are in both."""
    before = Counter((f.rule, f.fingerprint) for f in old)
    after = Counter((f.rule, f.fingerprint) for f in new)
    remaining = sum((before & after).values())
    return _beyond(new, before), _beyond(old, after), remaining


def _beyond(findings: Sequence[Finding], known: Counter[tuple[str, str]]) -> tuple[Finding, ...]:
    left = Counter(known)
    found = []
    for f in findings:
        if left[f.rule, f.fingerprint] > 0:
            left[f.rule, f.fingerprint] -= 1
        else:
            found.append(f)
    return tuple(found)
