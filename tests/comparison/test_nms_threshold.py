import numpy as np
import pytest
from row_scenes import row

from audit.comparison.measuring import measure_comparison
from audit.comparison.nms_threshold import (
    THRESHOLDS,
    estimate_nms_threshold,
    find_nms_thresholds,
    find_safe_threshold,
)
from audit.comparison.options import CompareOptions
from audit.testing import compared, scene


def tables_of(labels, predictions):
    return measure_comparison(*compared((labels, predictions)))


def test_thresholds_go_from_a_tenth_in_steps_of_a_twentieth():
    assert THRESHOLDS[:3] == (0.1, 0.15, 0.2) and THRESHOLDS[-1] == 0.95 and len(THRESHOLDS) == 18


def test_the_estimate_is_the_largest_box_iou_within_a_category():
    predictions = row(20, p=(0, 10), q=(2, 12), r=(1, 11), s=(15, 20), categories={"r": "another"})
    assert estimate_nms_threshold(tables_of(row(20), predictions)) == (8 / 12, 1)


@pytest.mark.parametrize(("n_pairs", "n_alone", "safe"), [(1, 98, 0.1), (1, 97, 0.65)])
def test_a_safe_threshold_may_lose_one_label_in_a_hundred(n_pairs, n_alone, safe):
    # Two labels with a box IoU of 8 / 12 among so many others: NMS below it loses one of them.
    close = row(20, a=(0, 10), b=(2, 12)), row(20)
    alone = row(20, c=(0, 10)), row(20)
    tables = measure_comparison(*compared(*[close] * n_pairs, *[alone] * n_alone))
    assert len(tables.labels) == 2 * n_pairs + n_alone
    expected = safe if safe == 0.1 else next(t for t in THRESHOLDS if t >= 8 / 12)
    assert find_safe_threshold(tables) == expected


def test_a_label_that_is_lost_at_every_threshold_leaves_the_largest():
    # The boxes are equal, the masks are not.
    labels = scene("aa.....a", "b.....bb")
    assert find_safe_threshold(tables_of(labels, scene("........"))) == 0.95


def test_given_thresholds_and_losses_count():
    tables = tables_of(row(20, a=(0, 10), b=(2, 12)), row(20, p=(0, 10), q=(1, 11)))
    assert find_nms_thresholds(tables).threshold == 9 / 11
    assert not find_nms_thresholds(tables).is_given
    found = find_nms_thresholds(tables, CompareOptions(nms_threshold=0.4, max_label_loss=0.5))
    assert (found.threshold, found.is_given, found.pairs, found.safe) == (0.4, True, 1, 0.1)
    assert np.isnan(find_nms_thresholds(tables_of(row(20), row(20))).threshold)


def test_labels_given_twice_do_not_make_every_threshold_unsafe():
    tables = tables_of(row(20, a=(0, 10), b=(0, 9)), row(20))
    assert find_safe_threshold(tables) == 0.1
    of_two = tables_of(row(20, a=(0, 10), b=(0, 7)), row(20))  # IoU 0.7: two objects
    assert find_safe_threshold(of_two) == 0.7
