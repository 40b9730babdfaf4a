"""The answer for the whole dataset: how many predictions overlap for which reason, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit.comparison.causes import GROUP, Cause, Group, OverlapCauses
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a cause means, in words."""

    title: str
    remedy: str


EXPLANATIONS: Mapping[Cause, Explanation] = {
    Cause.GT_OVERLAPS: Explanation(
        "The labels themselves overlap there",
        "Correct the labels (rules overlap.*), or give each pixel to one object before training.",
    ),
    Cause.GT_CONVENTION: Explanation(
        "The labels draw such objects now as one, now as several",
        "Agree on one convention and correct the labels that touching.* names.",
    ),
    Cause.REGION_COVERS_SEVERAL: Explanation(
        "A prediction covers several objects",
        "Look at the anchors' sizes and at how many proposals are kept; label touching objects apart.",
    ),
    Cause.OBJECT_CUT_UP: Explanation(
        "Predictions show parts of one object",
        "Add larger anchors or more context; suppress by the share of the smaller mask (IoS), not by IoU.",
    ),
    Cause.MASK_SPILL: Explanation(
        "A mask leaks over its neighbour",
        "Train the mask head longer or at a higher resolution; give shared pixels to the better score.",
    ),
    Cause.BACKGROUND: Explanation(
        "Neither shows any labelled object",
        "Look whether labels are missing (prediction.missing_label); else raise the least score.",
    ),
    Cause.NMS_BLIND_SPOT: Explanation(
        "One object twice, and the boxes do not show it",
        "Run NMS on masks: box NMS cannot see these pairs.",
    ),
    Cause.NMS_THRESHOLD: Explanation(
        "One object twice, and a stricter NMS would be safe",
        "Lower the threshold of NMS into the range that loses no labels.",
    ),
    Cause.NMS_CROSS_CATEGORY: Explanation(
        "One object twice, as two categories",
        "Run NMS over all categories together, or keep the better score.",
    ),
    Cause.UNDETERMINED: Explanation("No single cause fits", "Look at the pictures."),
}


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many overlapping pairs have one cause (or one group of causes)."""

    group: str
    cause: str
    """Empty for the line of a whole group."""
    title: str
    remedy: str
    pairs: int
    of: int
    low: float
    """Lower end of the share's 95 % Wilson interval."""
    high: float

    @property
    def share(self) -> float:
        """``pairs / of``; NaN where nothing overlaps."""
        return self.pairs / self.of if self.of else float("nan")


_GROUP_TITLE: Mapping[Group, str] = {
    Group.LABELS: "The labels",
    Group.PROPOSALS: "The region proposals",
    Group.TRAINING: "The training",
    Group.NMS: "Non-maximum suppression",
    Group.UNDETERMINED: "Undetermined",
}


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
        lines.append(_line(name.value, "", _GROUP_TITLE[name], "", group == name.value))
        for cause in (c for c in Cause if GROUP[c] is name and c is not Cause.UNDETERMINED):
            words = EXPLANATIONS[cause]
            lines.append(
                _line(name.value, cause.value, words.title, words.remedy, found.cause == cause.value)
            )
    return tuple(lines)


def _line(group: str, cause: str, title: str, remedy: str, hit: np.ndarray) -> CauseCount:
    pairs, of = int(hit.sum()), len(hit)
    low, high = (float(v[0]) for v in wilson(np.array([pairs]), np.array([of]))) if of else (0.0, 1.0)
    return CauseCount(group, cause, title, remedy, pairs, of, low, high)


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
