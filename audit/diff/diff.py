"""What changed between two versions of a dataset: by pixels, not by ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.diff.identical_masks import (
    CategoryNames,
    MaskKeys,
    Pictures,
    describe_masks,
    identical_masks,
    match_categories,
    match_images,
)
from audit.diff.match_masks import MaskGroup, match_masks
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_under_name
from audit.measure.column_table import ColumnTable
from audit.measure.cross_pairs import MaskSet, measure_boundary_ious, measure_cross_pairs
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
    pictures = match_pictures(old, new)
    names = match_categories(old.measurements.categories, new.measurements.categories)
    old_version = _Version(old.measurements.instances, old.dataset, pictures.old, names.old)
    new_version = _Version(new.measurements.instances, new.dataset, pictures.new, names.new)
    changes, kept, reshaped_too = _find_changes(old_version, new_version, names)
    findings_new, findings_fixed, findings_remaining = _compare_findings(old, new, pictures)
    return DiffResult(
        old=old,
        new=new,
        changes=changes,
        kept=kept,
        reshaped_too=reshaped_too,
        without_mask=(old_version.without_mask, new_version.without_mask),
        images_added=pictures.added,
        images_removed=pictures.removed,
        renamed=names.renamed,
        findings_new=findings_new,
        findings_fixed=findings_fixed,
        findings_remaining=findings_remaining,
    )


class _Version:
    """The masks of one version: those with pixels, sorted by picture; all arrays (n,)."""

    def __init__(
        self, instances: ColumnTable, dataset: Dataset, picture: IntArray, category: IntArray
    ) -> None:
        image = instances["image"].to_numpy()
        has_mask = (instances["mask_hash"].to_numpy() != 0) & (image >= 0)
        self.without_mask = int((~has_mask).sum())
        picture_of_row = np.where(image >= 0, np.r_[picture, -1][image], -1)
        rows = np.flatnonzero(has_mask)
        rows = rows[np.argsort(picture_of_row[rows], kind="stable")]
        self.dataset = dataset
        self.position = instance_order(dataset)[rows]
        self.picture = picture_of_row[rows]
        self.mask_hash: NDArray[np.uint64] = instances["mask_hash"].to_numpy()[rows]
        self.annotation_id: IntArray = instances["annotation_id"].to_numpy()[rows]
        self.category: IntArray = np.r_[category, -1][instances["category"].to_numpy()[rows]]

    @property
    def mask_keys(self) -> MaskKeys:
        """What makes masks identical."""
        return self.picture, self.mask_hash, self.category

    def mask_set(self, rows: IntArray) -> MaskSet:
        return MaskSet.of(self.dataset, self.position[rows], self.picture[rows])

    def file_name(self, row: int) -> str:
        image = self.dataset.annotations.image[self.position[row]]
        return self.dataset.images.file_name[int(image)]


def _find_changes(old: _Version, new: _Version, names: CategoryNames) -> tuple[tuple[Change, ...], int, int]:
    """Return the changes, sorted; how many masks stayed as they are; how many are renamed and reshaped."""
    identical_old, identical_new = identical_masks(old.mask_keys, new.mask_keys)
    renamed = old.category[identical_old] != new.category[identical_new]
    build = ChangeBuilder(old, new, names)
    changes = [
        build.one_to_one(a, b, 1.0, 1.0)
        for a, b in zip(identical_old[renamed].tolist(), identical_new[renamed].tolist(), strict=True)
    ]
    rest_old = np.setdiff1d(np.arange(len(old.annotation_id)), identical_old)
    rest_new = np.setdiff1d(np.arange(len(new.annotation_id)), identical_new)
    old_set, new_set = old.mask_set(rest_old), new.mask_set(rest_new)
    pairs = measure_cross_pairs(old_set, new_set)
    matches = match_masks(pairs.take(pairs.intersection > 0))
    boundary_iou = measure_boundary_ious(old_set, new_set, matches.a, matches.b)
    columns = rest_old[matches.a], rest_new[matches.b], matches.iou, boundary_iou
    reshaped = [build.one_to_one(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    splits = [
        build.several(Kind.SPLIT, rest_old[[split.whole]], rest_new[list(split.parts)])
        for split in matches.splits
    ]
    merges = [
        build.several(Kind.MERGED, rest_old[list(merge.parts)], rest_new[[merge.whole]])
        for merge in matches.merges
    ]
    nothing = np.zeros(0, dtype=np.int64)
    removed = [
        build.several(Kind.REMOVED, rest_old[[k]], nothing)
        for k in _unmatched(len(rest_old), matches.a, matches.splits, matches.merges)
    ]
    added = [
        build.several(Kind.ADDED, nothing, rest_new[[k]])
        for k in _unmatched(len(rest_new), matches.b, matches.merges, matches.splits)
    ]
    changes += reshaped + splits + merges + removed + added
    reshaped_too = sum(change.kind is Kind.RECATEGORISED for change in reshaped)
    ordered = sorted(changes, key=lambda c: (c.file_name, c.kind.value, c.old_ids, c.new_ids))
    return tuple(ordered), int((~renamed).sum()), reshaped_too


def _unmatched(
    count: int, matched: IntArray, as_whole: Sequence[MaskGroup], as_part: Sequence[MaskGroup]
) -> list[int]:
    """Return the masks of a side that have no counterpart, alone or in a group."""
    matched_too = [group.whole for group in as_whole] + [part for group in as_part for part in group.parts]
    used = np.concatenate([matched, np.array(matched_too, dtype=np.int64)])
    unmatched: list[int] = np.setdiff1d(np.arange(count), used).tolist()
    return unmatched


@dataclass(frozen=True, slots=True)
class ChangeBuilder:
    """Turns rows of two versions into changes."""

    old: _Version
    new: _Version
    names: CategoryNames

    def one_to_one(self, old_row: int, new_row: int, iou: float, boundary_iou: float) -> Change:
        """Describe a mask that became another mask.

        Parameters
        ----------
        old_row, new_row : int
        iou, boundary_iou : float
            Of the two.
        """
        same = self.old.category[old_row] == self.new.category[new_row]
        kind = Kind.RESHAPED if same else Kind.RECATEGORISED
        change = self.several(kind, np.array([old_row]), np.array([new_row]))
        return replace(change, iou=round(iou, 6), boundary_iou=round(boundary_iou, 6))

    def several(self, kind: Kind, old_rows: IntArray, new_rows: IntArray) -> Change:
        """Describe masks that became other masks, or none.

        Parameters
        ----------
        kind : Kind
        old_rows, new_rows : (k,) int64
            Either may be empty.
        """
        in_new = len(new_rows) > 0
        return Change(
            kind,
            self.new.file_name(int(new_rows[0])) if in_new else self.old.file_name(int(old_rows[0])),
            tuple(self.old.annotation_id[old_rows].tolist()),
            tuple(self.new.annotation_id[new_rows].tolist()),
            self._list_names(self.old.category[old_rows]),
            self._list_names(self.new.category[new_rows]),
        )

    def _list_names(self, categories: IntArray) -> str:
        return ", ".join(dict.fromkeys(self.names.name_of(category) for category in categories.tolist()))


def match_pictures(old: ScanResult, new: ScanResult) -> Pictures:
    """Match the pictures of two scans by name, base name, and masks.

    Parameters
    ----------
    old, new : ScanResult
    """
    contents = [
        describe_masks(
            scan.measurements.instances["image"].to_numpy(),
            scan.measurements.instances["mask_hash"].to_numpy(),
            len(scan.measurements.images),
        )
        for scan in (old, new)
    ]
    return match_images(old.measurements.images, new.measurements.images, (contents[0], contents[1]))


def list_new_names(old: ScanResult, new: ScanResult, pictures: Pictures) -> dict[str, str]:
    """Return the names that pictures of the old version have in the new one, where they are in it.

    Parameters
    ----------
    old, new : ScanResult
    pictures : Pictures
    """
    new_names = dict(zip(pictures.new.tolist(), new.measurements.images["file_name"].tolist(), strict=True))
    pairs = zip(pictures.old.tolist(), old.measurements.images["file_name"].tolist(), strict=True)
    return {name: new_names[picture] for picture, name in pairs if picture in new_names}


def _compare_findings(
    old: ScanResult, new: ScanResult, pictures: Pictures
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], int]:
    """Return the findings that are new, those that are gone, and how many are in both."""
    new_names = list_new_names(old, new, pictures)
    renamed = {name: new_name for name, new_name in new_names.items() if name != new_name}
    keys_old, keys_new = (
        _identify_findings(scan, names)
        for scan, names in ((old, renamed), (new, {name: name for name in renamed.values()}))
    )
    before, after = Counter(keys_old), Counter(keys_new)
    remaining = sum((before & after).values())
    return (
        _findings_beyond(new.findings, keys_new, before),
        _findings_beyond(old.findings, keys_old, after),
        remaining,
    )


def _identify_findings(scan: ScanResult, common_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return rule and fingerprint of findings, under the name that a renamed picture has in both versions."""
    hashes = scan.measurements.instances["mask_hash"].to_numpy()
    names = [common_names.get(finding.file_name or "") for finding in scan.findings]
    return [
        (finding.rule, hash_under_name(finding, name, hashes) if name else finding.fingerprint)
        for finding, name in zip(scan.findings, names, strict=True)
    ]


def _findings_beyond(
    findings: Sequence[Finding], keys: Sequence[tuple[str, str]], counted: Counter[tuple[str, str]]
) -> tuple[Finding, ...]:
    """Return the findings that are more than were counted; of equal ones the later."""
    unmatched = Counter(counted)
    beyond = []
    for finding, key in zip(findings, keys, strict=True):
        if unmatched[key] > 0:
            unmatched[key] -= 1
        else:
            beyond.append(finding)
    return tuple(beyond)
