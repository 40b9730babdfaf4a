"""The answer for the whole dataset: how many predictions overlap for which reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.carriers import dataclass
from audit.comparison.cause_names import CAUSE_GROUPS, Cause, CauseGroup
from audit.comparison.causes import OverlapCauses
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many overlapping pairs have one cause (or one group of causes)."""

    group: str
    cause: str
    """Empty for the line of a whole group."""
    pairs: int
    of: int
    """All overlapping pairs."""
    low: float
    """Lower end of the share's 95 % Wilson interval."""
    high: float

    @property
    def share(self) -> float:
        """``pairs / of``; NaN where nothing overlaps."""
        return self.pairs / self.of if self.of else float("nan")


def count_causes(overlaps: OverlapCauses) -> tuple[CauseCount, ...]:
    """Count pairs by group and by cause.

    Parameters
    ----------
    overlaps : OverlapCauses

    Returns
    -------
    tuple of CauseCount
        Every group in order, each followed by its causes; all of them, also those without pairs.

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa"), scene("pppp", ".qqq"))))
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> [(line.group, line.cause, line.of) for line in count_causes(overlaps) if line.pairs]
    [('nms', '', 1), ('nms', 'nms_threshold', 1)]
    >>> nothing = measure_comparison(*compared())
    >>> counts = count_causes(find_overlap_causes(nothing, unknown_conventions(nothing), 0.5))
    >>> len(counts), counts[0].pairs, counts[0].high
    (14, 0, 1.0)
    """
    counts = []
    group_of_pair = overlaps.group
    for group in CauseGroup:
        counts.append(_count_pairs(group.value, "", group_of_pair == group.value))
        for cause in Cause:
            if CAUSE_GROUPS[cause] is group and cause is not Cause.UNDETERMINED:
                counts.append(_count_pairs(group.value, cause.value, overlaps.cause == cause.value))
    return tuple(counts)


def _count_pairs(group: str, cause: str, is_counted: np.ndarray) -> CauseCount:
    n_pairs, n_overlaps = int(is_counted.sum()), len(is_counted)
    low, high = 0.0, 1.0  # of no pairs nothing is known, and Wilson's interval is not defined
    if n_overlaps:
        low, high = (
            float(bound[0]) for bound in wilson_interval(np.array([n_pairs]), np.array([n_overlaps]))
        )
    return CauseCount(group, cause, n_pairs, n_overlaps, low, high)


def summarize_causes(counts: Sequence[CauseCount]) -> str:
    """Say the answer in one sentence.

    Parameters
    ----------
    counts : sequence of CauseCount
        As `count_causes` gives them.

    Examples
    --------
    >>> summarize_causes([CauseCount("nms", "", 3, 4, 0.3, 0.95)])
    'Of 4 overlapping pairs of predictions: 75 % NMS.'
    >>> summarize_causes(())
    'No two predictions overlap.'
    """
    groups = [line for line in counts if not line.cause]
    if not groups or not groups[0].of:
        return "No two predictions overlap."
    n_overlaps = groups[0].of
    written_names = {"nms": "NMS"}
    shares = ", ".join(
        f"{format_percent(line.share)} {written_names.get(line.group, line.group)}" for line in groups
    )
    noun = "pair" if n_overlaps == 1 else "pairs"
    return f"Of {n_overlaps:,} overlapping {noun} of predictions: {shares}."
