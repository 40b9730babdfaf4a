"""Boxes of results that do not fit their masks tell nothing of NMS, but count in the AP of boxes."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import picture

from audit.comparison.conventions import unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.comparison.trusted_boxes import trust_boxes
from audit.report.comparison_page import build_comparison_page
from audit.testing import compared

LABELS = picture(a=(5, 5, 25, 25), b=(35, 5, 55, 25), c=(35, 60, 55, 80))
PREDICTIONS = picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26), r=(35, 5, 55, 25), s=(35, 60, 55, 80))


def tables(boxes):
    return measure_comparison(*compared((LABELS, replace(PREDICTIONS, boxes=boxes))))


def test_boxes_of_zeros_are_replaced_where_nms_is_judged():
    measured = tables({"p": (0, 0, 0, 0)})
    (pair,) = np.flatnonzero(measured.prediction_pairs.intersection > 0)
    assert measured.prediction_pairs.box_iou[pair] == pytest.approx(19 / 21)
    assert measured.predictions.box[0].tolist() == [0, 0, 0, 0]  # as in the file: what box AP is made of
    assert measured.predictions.trusted_box[0].tolist() == [5, 5, 20, 20]


def test_where_most_boxes_are_wrong_none_is_believed():
    mask_boxes = np.array([[0, 0, 10, 10]] * 4)
    boxes = np.array([[0, 0, 10, 9], [6, 0, 10, 10], [6, 0, 10, 10], [6, 0, 10, 10]], dtype=float)
    assert (trust_boxes(boxes, mask_boxes) == mask_boxes).all()
    boxes[1] = boxes[2] = boxes[0]
    assert (trust_boxes(boxes, mask_boxes) == boxes).all()  # an IoU of a quarter may be a bad model's
    assert (trust_boxes(boxes, mask_boxes * [1, 1, 0, 0]) == boxes).all()  # boxes alone


def test_the_page_says_how_many_do_not_fit():
    options = CompareOptions(what_ifs=False)
    for boxes, said in (
        ({"p": (90, 40, 5, 5)}, "1 of the results' 4 boxes does not fit"),
        ({}, "The model's NMS"),
    ):
        data = compared((LABELS, replace(PREDICTIONS, boxes=boxes)))
        assert build_comparison_page(compare_datasets(*data, unknown_conventions, options)).nms.startswith(
            said
        )
