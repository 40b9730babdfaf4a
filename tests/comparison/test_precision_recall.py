import numpy as np
import pytest

from audit.comparison.precision_recall import RECALL_THRESHOLDS, interpolate_precision


def test_precision_at_recalls_by_hand():
    curve = interpolate_precision(
        np.array([[True, False, True, False]]), np.array([[False, True, False, True]]), 2
    )
    assert curve[0, :51].round(9).tolist() == [1.0] * 51
    assert curve[0, 51:].round(9).tolist() == [round(2 / 3, 9)] * 50


def test_coco_reads_the_precision_at_101_recalls():
    assert RECALL_THRESHOLDS.tolist() == np.linspace(0, 1, 101).tolist()


@pytest.mark.parametrize(("recall", "precision"), [(0.5, 1.0), (0.5001, 2 / 3), (1.0, 2 / 3)])
def test_a_recall_that_is_just_reached_has_its_precision(recall, precision):
    right = np.array([[True, False, True]])
    assert interpolate_precision(right, ~right, 2, np.array([recall]))[0, 0] == pytest.approx(precision)


def test_a_recall_that_is_never_reached_has_none():
    right = np.array([[True], [False]])
    assert interpolate_precision(right, ~right, 2, np.array([0.0, 0.5, 0.51])).round(9).tolist() == [
        [1.0, 1.0, 0.0],
        [0.0, 0.0, 0.0],
    ]
