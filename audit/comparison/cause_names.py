"""The causes of overlapping predictions and their groups, by name: what they mean says `causes`.

Apart from it, because reports of labels alone share the words and need none of the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Cause(StrEnum):
    """Why two predictions overlap."""

    GT_OVERLAPS = "gt_overlaps"
    GT_CONVENTION = "gt_convention"
    REGION_COVERS_SEVERAL = "region_covers_several"
    OBJECT_CUT_UP = "object_cut_up"
    MASK_SPILL = "mask_spill"
    BACKGROUND = "background"
    NMS_BLIND_SPOT = "nms_blind_spot"
    NMS_THRESHOLD = "nms_threshold"
    NMS_CROSS_CATEGORY = "nms_cross_category"
    UNDETERMINED = "undetermined"


class CauseGroup(StrEnum):
    """Which part of the pipeline a cause belongs to."""

    LABELS = "labels"
    PROPOSALS = "proposals"
    TRAINING = "training"
    NMS = "nms"
    UNDETERMINED = "undetermined"


CAUSE_GROUPS: Mapping[Cause, CauseGroup] = {
    Cause.GT_OVERLAPS: CauseGroup.LABELS,
    Cause.GT_CONVENTION: CauseGroup.LABELS,
    Cause.REGION_COVERS_SEVERAL: CauseGroup.PROPOSALS,
    Cause.OBJECT_CUT_UP: CauseGroup.PROPOSALS,
    Cause.MASK_SPILL: CauseGroup.TRAINING,
    Cause.BACKGROUND: CauseGroup.TRAINING,
    Cause.NMS_BLIND_SPOT: CauseGroup.NMS,
    Cause.NMS_THRESHOLD: CauseGroup.NMS,
    Cause.NMS_CROSS_CATEGORY: CauseGroup.NMS,
    Cause.UNDETERMINED: CauseGroup.UNDETERMINED,
}
