"""Masks that their box cuts off."""

import numpy as np
import pytest
from pictures import picture

from audit.comparison.measuring import measure_comparison
from audit.comparison.straight_cuts import find_straight_cuts, measure_filled_sides
from audit.testing import compared, scene


def cuts(box, **masks):
    tables = measure_comparison(*compared((picture(), picture(**masks))))
    boxes = np.array([box] * len(tables.predictions), dtype=float)
    return find_straight_cuts(tables.predictions, boxes, tables.width, tables.height).tolist()


DIAMOND = [(30 - k, 40 - 9 + k, 31 + k, 40 + 10 - k) for k in range(10)]


def test_a_round_mask_is_not_cut_by_its_own_box():
    assert cuts((31, 21, 19, 19), p=DIAMOND) == [False]


@pytest.mark.parametrize(
    "box",
    [(40, 21, 10, 19), (31, 21, 10, 19), (31, 30, 19, 10), (31, 21, 19, 10)],
    ids=["left", "right", "top", "bottom"],
)
def test_a_box_through_the_middle_cuts_any_side(box):
    assert cuts(box, p=DIAMOND) == [True]


@pytest.mark.parametrize(("width", "is_cut"), [(15, False), (16, True), (20, True)])
def test_four_fifths_of_a_side(width, is_cut):
    # 20 px wide box; its upper side holds ``width`` pixels of the mask.
    assert cuts((30, 20, 20, 30), p=[(20, 30, 21, 30 + width), (25, 35, 45, 40)]) == [is_cut]


def test_the_border_of_the_image_cuts_nobody():
    assert cuts((0, 20, 20, 20), p=[(20, 0, 40, 1)]) == [False]
    assert cuts((100, 20, 20, 20), p=[(20, 119, 40, 120)]) == [False]


def test_boxes_that_are_nowhere_cut_nothing():
    tables = measure_comparison(*compared((scene("....\n.pp.\n.pp.\n...."), scene("....\n.pp.\n.pp.\n...."))))
    for far in (1e300, -1e300, np.inf, np.nan):
        boxes = np.array([[far, far, 2, 2]])
        assert measure_filled_sides(tables.predictions, boxes, tables.width, tables.height).max() == 0
