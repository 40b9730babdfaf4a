"""What a pair of overlapping predictions shows: a symptom, which any of several causes may have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from audit.comparison.cause_names import Cause
from audit.comparison.causes import OverlapCauses
from audit.comparison.matching import BoolArray
from audit.comparison.relations import MATCH_IOU
from audit.dataset.model import FloatArray
from audit.geometry.mask_pairs import MaskPairs

TWIN_CENTRE_SHIFT = 0.12
"""Distance of the centres of twins, as a share of their size."""
TWIN_IOS = 0.95
TWIN_BOX_IOU = 0.6
"""Twins: the inner one lies in the outer one, and is clearly smaller."""
PART_IOS, PART_IOU = 0.9, 0.6
"""A part: it lies in the other one, and is clearly smaller. It may reach an IoU of 0.5 with the label."""
APART_IOU = 0.5
"""IoU below which two masks of one label and category are two parts of it, however much of it each fills."""


class PairSymptom(StrEnum):
    """What the pixels of two overlapping predictions show."""

    LABELS_OVERLAP = "labels_overlap"
    UNITES_SEVERAL = "unites_several"
    PART_OF_LARGER = "part_of_larger"
    SPILL = "spill"
    NOTHING_THERE = "nothing_there"
    CONCENTRIC_TWIN = "concentric_twin"
    SAME_OBJECT_TWICE = "same_object_twice"
    TWO_CATEGORIES = "two_categories"
    UNCLEAR = "unclear"


_SYMPTOM_OF_CAUSE: Mapping[str, PairSymptom] = {
    Cause.GT_OVERLAPS: PairSymptom.LABELS_OVERLAP,
    Cause.REGION_COVERS_SEVERAL: PairSymptom.UNITES_SEVERAL,
    Cause.GT_CONVENTION: PairSymptom.UNITES_SEVERAL,
    Cause.OBJECT_CUT_UP: PairSymptom.PART_OF_LARGER,
    Cause.MASK_SPILL: PairSymptom.SPILL,
    Cause.BACKGROUND: PairSymptom.NOTHING_THERE,
    Cause.NMS_BLIND_SPOT: PairSymptom.SAME_OBJECT_TWICE,
    Cause.NMS_THRESHOLD: PairSymptom.SAME_OBJECT_TWICE,
    Cause.NMS_CROSS_CATEGORY: PairSymptom.TWO_CATEGORIES,
    Cause.UNDETERMINED: PairSymptom.UNCLEAR,
}


def name_symptoms(overlaps: OverlapCauses, boxes: FloatArray) -> np.ndarray:
    """Say what each pair shows.

    Parameters
    ----------
    overlaps : OverlapCauses
    boxes : (predictions, 4) float64
        xywh.

    Returns
    -------
    (k,) object
        Text: values of `PairSymptom`.

    Examples
    --------
    >>> from audit.comparison.causes import find_overlap_causes
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaabbbb"), scene("pppppp..", "....qqqq"))))
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> name_symptoms(overlaps, tables.predictions.box).tolist()
    ['unites_several']
    >>> tables = measure_comparison(*compared())
    >>> overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    >>> name_symptoms(overlaps, tables.predictions.box).tolist()
    []
    """
    symptoms = np.array([_SYMPTOM_OF_CAUSE[cause].value for cause in overlaps.cause.tolist()], dtype=object)
    covers_one = np.maximum(overlaps.covered_a, overlaps.covered_b) < 2
    is_part = (overlaps.cause == Cause.GT_CONVENTION.value) & covers_one
    symptoms[is_part] = PairSymptom.PART_OF_LARGER.value
    symptoms[_find_parts(overlaps, symptoms)] = PairSymptom.PART_OF_LARGER.value
    are_twins = overlaps.same_category & find_twins(overlaps.pairs, boxes)
    are_twins &= np.isin(symptoms, (PairSymptom.SAME_OBJECT_TWICE.value, PairSymptom.PART_OF_LARGER.value))
    symptoms[are_twins] = PairSymptom.CONCENTRIC_TWIN.value
    return symptoms


def _find_parts(overlaps: OverlapCauses, symptoms: np.ndarray) -> BoolArray:
    """Find parts among what seems one object twice: each may fill more than half of the label."""
    pairs, is_twice = overlaps.pairs, symptoms == PairSymptom.SAME_OBJECT_TWICE.value
    show_one = (overlaps.label_a >= 0) & (overlaps.label_a == overlaps.label_b) & overlaps.same_category
    both_match = np.minimum(overlaps.label_iou_a, overlaps.label_iou_b) >= MATCH_IOU
    are_halves = (pairs.iou < APART_IOU) & both_match
    are_halves &= is_twice | ((symptoms == PairSymptom.UNCLEAR.value) & show_one)
    lies_inside = is_twice & (pairs.iou < PART_IOU) & (pairs.ios >= PART_IOS)
    are_parts: BoolArray = are_halves | lies_inside
    return are_parts


def find_twins(pairs: MaskPairs, boxes: FloatArray) -> BoolArray:
    """Say which pairs have one centre and lie in each other: a tight and a wide outline of one object.

    Parameters
    ----------
    pairs : MaskPairs
        Of one set of masks.
    boxes : (n, 4) float64
        xywh of that set.

    Returns
    -------
    (k,) bool

    Examples
    --------
    >>> inner, outer = np.array([4.0, 4.0, 12.0, 12.0]), np.array([0.0, 0.0, 20.0, 20.0])
    >>> one, area = np.array([1]), np.array([144])
    >>> pairs = MaskPairs.of(one - 1, one, area, area, np.array([400]), box_iou=np.array([0.36]))
    >>> find_twins(pairs, np.array([inner, outer])).tolist()
    [True]
    >>> find_twins(pairs.take(np.array([False])), np.zeros((0, 4))).tolist()
    []
    """
    box_a, box_b = boxes[pairs.a], boxes[pairs.b]
    shift = np.abs(box_a[:, :2] + box_a[:, 2:] / 2 - box_b[:, :2] - box_b[:, 2:] / 2)
    size = np.sqrt(np.maximum(box_a[:, 2:] * box_b[:, 2:], 1))
    is_centred = (shift < TWIN_CENTRE_SHIFT * size).all(axis=1)
    are_twins: BoolArray = is_centred & (pairs.ios >= TWIN_IOS) & (pairs.box_iou <= TWIN_BOX_IOU)
    return are_twins
