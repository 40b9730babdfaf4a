"""Causes of overlapping predictions in words: what each means, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from audit.comparison.cause_names import Cause, CauseGroup

if TYPE_CHECKING:
    from audit.comparison.cause_summary import CauseCount

_GROUP_TITLES: Mapping[str, str] = {
    CauseGroup.LABELS: "The labels",
    CauseGroup.PROPOSALS: "The region proposals",
    CauseGroup.TRAINING: "The training",
    CauseGroup.NMS: "Non-maximum suppression",
    CauseGroup.UNDETERMINED: "Undetermined",
}
_TITLES: Mapping[str, str] = {
    Cause.GT_OVERLAPS: "The labels themselves overlap there",
    Cause.GT_CONVENTION: "The labels draw such objects now as one, now as several",
    Cause.REGION_COVERS_SEVERAL: "A prediction covers several objects",
    Cause.OBJECT_CUT_UP: "Predictions show parts of one object",
    Cause.MASK_SPILL: "A mask leaks over its neighbour",
    Cause.BACKGROUND: "Neither shows any labelled object",
    Cause.NMS_BLIND_SPOT: "One object twice, and the boxes do not show it",
    Cause.NMS_THRESHOLD: "One object twice, and a stricter NMS would be safe",
    Cause.NMS_CROSS_CATEGORY: "One object twice, as two categories",
}
_REMEDIES: Mapping[str, str] = {
    Cause.GT_OVERLAPS: (
        "Correct the labels (rules overlap.*), or give each pixel to one object before training."
    ),
    Cause.GT_CONVENTION: "Agree on one convention and correct the labels that touching.* names.",
    Cause.REGION_COVERS_SEVERAL: (
        "Look at the anchors' sizes and at how many proposals are kept; label touching objects apart."
    ),
    Cause.OBJECT_CUT_UP: (
        "Add larger anchors or more context; suppress by the share of the smaller mask (IoS), not by IoU."
    ),
    Cause.MASK_SPILL: (
        "Train the mask head longer or at a higher resolution; give shared pixels to the better score."
    ),
    Cause.BACKGROUND: (
        "Look whether labels are missing (prediction.missing_label); else raise the least score."
    ),
    Cause.NMS_BLIND_SPOT: "Run NMS on masks: box NMS cannot see these pairs.",
    Cause.NMS_THRESHOLD: "Lower the threshold of NMS into the range that loses no labels.",
    Cause.NMS_CROSS_CATEGORY: (
        "Keep the better score of such a pair; NMS over all categories only where it costs no precision."
    ),
}


def cause_title(line: CauseCount) -> str:
    """Name a cause, or a whole group of causes.

    Examples
    --------
    >>> from audit.comparison.cause_summary import CauseCount
    >>> cause_title(CauseCount("nms", "nms_blind_spot", 3, 10, 0.1, 0.6))
    'One object twice, and the boxes do not show it'
    >>> cause_title(CauseCount("nms", "", 3, 10, 0.1, 0.6))
    'Non-maximum suppression'
    """
    return _TITLES[line.cause] if line.cause else _GROUP_TITLES[line.group]


def cause_remedy(line: CauseCount) -> str:
    """Say what helps against a cause; empty for a whole group, whose causes need different things.

    Examples
    --------
    >>> from audit.comparison.cause_summary import CauseCount
    >>> cause_remedy(CauseCount("nms", "nms_blind_spot", 3, 10, 0.1, 0.6))
    'Run NMS on masks: box NMS cannot see these pairs.'
    >>> cause_remedy(CauseCount("nms", "", 3, 10, 0.1, 0.6))
    ''
    """
    return _REMEDIES[line.cause] if line.cause else ""
