"""COCO's greedy matching in cases that are small enough to be followed by hand."""

import numpy as np
import pytest

from audit.comparison.matching import match_detections
from audit.geometry.mask_pairs import MaskPairs


def match(candidates, n_labels, ignored=(), crowd=(), threshold=0.5):
    """Match detections 0, 1 ... in this order; candidates are (label, detection, IoU)."""
    label, detection, iou = (np.array(column) for column in zip(*candidates, strict=True))
    area = np.full(len(label), 10)
    pairs = MaskPairs.of(label, detection, area, area, area)
    is_ignored, is_crowd = (np.isin(np.arange(n_labels), chosen) for chosen in (ignored, crowd))
    order = np.arange(detection.max() + 1)
    return match_detections(pairs, iou, order, is_ignored[None], is_crowd, np.array([threshold]))[0].tolist()


def test_the_best_detection_takes_the_label():
    assert match([(0, 0, 0.6), (0, 1, 0.9)], 1) == [0, -1]


def test_a_detection_takes_the_largest_iou_that_is_left():
    assert match([(0, 0, 0.6), (1, 0, 0.8), (1, 1, 0.9), (0, 1, 0.7)], 2) == [1, 0]


def test_of_equal_ious_the_later_label_is_taken():
    assert match([(0, 0, 0.6), (1, 0, 0.6)], 2) == [1]


@pytest.mark.parametrize(("iou", "matched"), [(0.5, 0), (0.4999, -1)])
def test_the_threshold_is_included(iou, matched):
    assert match([(0, 0, iou)], 1) == [matched]


def test_a_threshold_of_one_is_met_by_all_but_the_last_bits():
    assert match([(0, 0, 1 - 1e-11)], 1, threshold=1.0) == [0]


def test_an_ignored_label_is_taken_only_where_no_other_is_left():
    assert match([(0, 0, 0.6), (1, 0, 0.9)], 2, ignored=[1]) == [0]
    assert match([(0, 0, 0.4), (1, 0, 0.9)], 2, ignored=[1]) == [1]
    assert match([(0, 0, 0.9), (0, 1, 0.6), (1, 1, 0.6)], 2, ignored=[1]) == [0, 1]


def test_a_crowd_region_is_taken_many_times_and_another_ignored_label_once():
    candidates = [(0, 0, 0.6), (0, 1, 0.6), (0, 2, 0.6)]
    assert match(candidates, 1, ignored=[0], crowd=[0]) == [0, 0, 0]
    assert match(candidates, 1, ignored=[0]) == [0, -1, -1]


def test_a_chain_of_detections_waits_for_its_better_ones():
    # Each detection prefers the label that the one before it takes.
    chain = [(0, 0, 0.9), (0, 1, 0.8), (1, 1, 0.7), (1, 2, 0.8), (2, 2, 0.7), (2, 3, 0.9)]
    assert match(chain, 3) == [0, 1, 2, -1]
