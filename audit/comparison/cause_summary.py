"""The answer for the whole dataset: how many predictions overlap for which reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.causes import GROUP, Cause, Group, OverlapCauses
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many overlapping pairs have one cause (or one group of causes)."""

    group: str
    cause: str
    """Empty for the line of a whole group."""
    pairs: int
    of: int
    low: float
    """Lower end of the share's 95 % Wilson interval."""
    high: float

    @property
    def share(self) -> float:
        """``pairs / of``; NaN where nothing overlaps."""
        return self.pairs / self.of if self.of else float("nan")


def count_causes(found: OverlapCauses) -> tuple[CauseCount, ...]:
    """Count pairs by group and by cause.

    Returns
    -------
    tuple of CauseCount
        Every group in order, each followed by its causes; all of them, also those without pairs.

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes, unknown_conventions
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> lines = count_causes(find_overlap_causes(m, unknown_conventions(m), 0.5))
    >>> len(lines), lines[0].pairs, lines[0].high
    (14, 0, 1.0)
    """
    lines = []
    group = found.group
    for name in Group:
        lines.append(_line(name.value, "", group == name.value))
        for cause in (c for c in Cause if GROUP[c] is name and c is not Cause.UNDETERMINED):
            lines.append(_line(name.value, cause.value, found.cause == cause.value))
    return tuple(lines)


def _line(group: str, cause: str, hit: np.ndarray) -> CauseCount:
    pairs, of = int(hit.sum()), len(hit)
    low, high = (float(v[0]) for v in wilson(np.array([pairs]), np.array([of]))) if of else (0.0, 1.0)
    return CauseCount(group, cause, pairs, of, low, high)


def summarize_causes(lines: tuple[CauseCount, ...]) -> str:
    """Say the answer in one sentence.

    Examples
    --------
    >>> summarize_causes(())
    'No two predictions overlap.'
    """
    groups = [line for line in lines if not line.cause]
    if not groups or not groups[0].of:
        return "No two predictions overlap."
    of = groups[0].of
    names = {"nms": "NMS"}
    shares = ", ".join(f"{format_percent(g.share)} {names.get(g.group, g.group)}" for g in groups)
    noun = "pair" if of == 1 else "pairs"
    return f"Of {of:,} overlapping {noun} of predictions: {shares}."
