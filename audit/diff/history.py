"""Which rules were right: of what they named in one version, how much was corrected in the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.diff.diff import Kind, diff, list_new_names, match_pictures
from audit.diff.mantel_haenszel import association_p_value, common_odds_ratio
from audit.findings.rates import wilson_interval
from audit.pipeline.result import ScanResult

SIGNIFICANT = 0.05
"""p-value below which a rule is called better or worse than chance."""
_VERDICTS = ("better than chance", "cannot tell", "worse than chance")
_CORRECTIONS = frozenset({Kind.RESHAPED, Kind.RECATEGORISED, Kind.SPLIT, Kind.MERGED, Kind.REMOVED})


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What became of the annotations that a rule named."""

    rule: str
    named: int
    """Annotations that it named, over all steps from one version to the next."""
    corrected: int
    """Of these, those that the next version changed or left out."""
    low: float
    """Of the share of these, 95 % Wilson interval."""
    high: float
    others: int
    """Annotations of the same images that it did not name."""
    others_corrected: int
    odds_ratio: float
    """Within images, of being corrected, named against not; NaN = no image tells, infinite = no other was."""
    odds_low: float
    """95 % interval; NaN where the ratio is 0, infinite or not known."""
    odds_high: float
    p_value: float
    """Of the ratio's being 1, by the test of Mantel and Haenszel; NaN = no image tells."""

    @property
    def share(self) -> float:
        """Corrected by named."""
        return self.corrected / self.named

    @property
    def others_share(self) -> float:
        """Corrected by annotations that were not named; NaN where there are none."""
        return self.others_corrected / self.others if self.others else math.nan

    @property
    def verdict(self) -> str:
        """Whether what the rule named was corrected more often than its neighbours."""
        if not self.p_value < SIGNIFICANT:  # NaN too
            return "cannot tell"
        return "better than chance" if self.odds_ratio > 1 else "worse than chance"


@dataclass(frozen=True, slots=True)
class History:
    """What became of the findings of some versions."""

    versions: tuple[str, ...]
    """Names of the files, oldest first."""
    annotations: int
    """Annotations with a mask whose image is in the next version too, over all steps."""
    corrected: int
    records: tuple[RuleRecord, ...]
    """Rules that named any of them, those that were right first."""
    version: str
    """Of maskaudit."""


def measure_history(scans: Sequence[ScanResult]) -> History:
    """Judge the rules by what people corrected later.

    An annotation is corrected if the next version has not its pixels under its category. Images that the
    next version leaves out are not counted: nobody corrected their annotations one by one.

    Parameters
    ----------
    scans : sequence of ScanResult
        At least two versions of one dataset, oldest first, with masks; every annotation that a rule names is
        in a finding of its own.

    Returns
    -------
    History
        The odds ratio is taken within images, so that a rule gains nothing by naming much in images that
        somebody corrected altogether.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> measure_history([empty, empty]).records
    ()
    """
    steps = [_Step(old, new) for old, new in pairwise(scans)]
    rules = sorted({rule for step in steps for rule in step.named})
    records = [record for rule in rules if (record := _judge(rule, steps)) is not None]
    records.sort(key=lambda record: (_VERDICTS.index(record.verdict), -record.share, record.rule))
    return History(
        tuple(scan.sources[0].name if scan.sources else "" for scan in scans),
        sum(len(step.image) for step in steps),
        sum(int(step.is_corrected.sum()) for step in steps),
        tuple(records),
        scans[-1].version if scans else "",
    )


class _Step:
    """One version and the next: which annotations were corrected, and which each rule named."""

    def __init__(self, old: ScanResult, new: ScanResult) -> None:
        result = diff(old, new)
        instances, names = old.measurements.instances, old.measurements.images["file_name"].tolist()
        image_row = instances["image"].to_numpy()
        is_gone = np.isin(np.array([*names, ""], dtype=object), np.array(result.images_removed, dtype=object))
        is_counted = (image_row >= 0) & (instances["mask_hash"].to_numpy() != 0)
        is_counted &= ~np.append(is_gone[:-1], True)[image_row]
        changed = {
            (change.file_name, annotation_id)
            for change in result.changes
            if change.kind in _CORRECTIONS
            for annotation_id in change.old_ids
        }
        new_names = list_new_names(old, new, match_pictures(old, new))
        rows = np.flatnonzero(is_counted)
        ids = instances["annotation_id"].to_numpy()
        keys = [(names[image_row[row]], int(ids[row])) for row in rows.tolist()]
        self.image: IntArray = image_row[rows]
        self.is_corrected: NDArray[np.bool_] = np.array(
            [key in changed or (new_names.get(key[0], key[0]), key[1]) in changed for key in keys],
            dtype=np.bool_,
        )
        position = np.full(len(instances) + 1, -1)
        position[rows] = np.arange(len(rows))
        self.named: dict[str, set[int]] = {}
        for finding in old.findings:
            if finding.instance_rows:
                counted = position[list(finding.instance_rows)]
                self.named.setdefault(finding.rule, set()).update(counted[counted >= 0].tolist())

    def count(self, rule: str) -> IntArray:
        """Count for every image, (4, images): named and corrected, only named, only corrected, neither."""
        is_named = np.zeros(len(self.image), dtype=np.bool_)
        is_named[list(self.named.get(rule, ()))] = True
        n_images = int(self.image.max(initial=-1)) + 1
        cells = (
            is_named & self.is_corrected,
            is_named & ~self.is_corrected,
            ~is_named & self.is_corrected,
            ~is_named & ~self.is_corrected,
        )
        return np.array([np.bincount(self.image[cell], minlength=n_images) for cell in cells])


def _judge(rule: str, steps: Sequence[_Step]) -> RuleRecord | None:
    """Sum up what became of the annotations that a rule named; None where it named none that is counted."""
    tables = np.concatenate([step.count(rule) for step in steps], axis=1)
    # An image in which the rule is silent tells nothing about it.
    tables = tables[:, tables[:2].sum(axis=0) > 0]
    named_corrected, named_kept, other_corrected, other_kept = tables.sum(axis=1).tolist()
    named = named_corrected + named_kept
    if not named:
        return None
    low, high = wilson_interval(np.array([named_corrected]), np.array([named]))
    return RuleRecord(
        rule,
        named,
        named_corrected,
        float(low[0]),
        float(high[0]),
        other_corrected + other_kept,
        other_corrected,
        *common_odds_ratio(*tables),
        association_p_value(*tables),
    )
