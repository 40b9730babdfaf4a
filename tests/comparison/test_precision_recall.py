import numpy as np
import pytest

from audit.comparison.precision_recall import RECALL_THRESHOLDS, interpolate_precision


def curve_of(is_right, n_labels, recalls=RECALL_THRESHOLDS):
    start = np.array([0, len(is_right)])
    return interpolate_precision(np.array(is_right, dtype=bool), start, np.array([n_labels]), recalls)[0]


def by_definition(is_right, n_labels, recalls):
    n_right, n_wrong = np.cumsum(is_right), np.cumsum(~is_right)
    precision = n_right / (n_right + n_wrong + np.spacing(1))
    return [max(precision[n_right / max(n_labels, 1) >= recall], default=0.0) for recall in recalls]


def test_precision_at_recalls_by_hand():
    curve = curve_of([True, False, True, False], 2)
    assert curve[:51].round(9).tolist() == [1.0] * 51
    assert curve[51:].round(9).tolist() == [round(2 / 3, 9)] * 50


def test_coco_reads_the_precision_at_101_recalls():
    assert RECALL_THRESHOLDS.tolist() == np.linspace(0, 1, 101).tolist()


@pytest.mark.parametrize(("recall", "precision"), [(0.5, 1.0), (0.5001, 2 / 3), (1.0, 2 / 3)])
def test_a_recall_that_is_just_reached_has_its_precision(recall, precision):
    assert curve_of([True, False, True], 2, np.array([recall]))[0] == pytest.approx(precision)


def test_a_recall_that_is_never_reached_has_none():
    recalls = np.array([0.0, 0.5, 0.51])
    assert curve_of([True], 2, recalls).round(9).tolist() == [1.0, 1.0, 0.0]
    assert curve_of([False], 2, recalls).tolist() == [0.0, 0.0, 0.0]


def test_many_categories_are_each_their_definition():
    # Among them one without labels, one without detections, and one without either.
    generator = np.random.default_rng(0)
    n_detections = np.array([40, 0, 7, 25, 0, 1])
    n_labels = np.array([30, 4, 0, 25, 0, 1])
    is_right = generator.random(n_detections.sum()) < 0.6
    start = np.r_[0, np.cumsum(n_detections)]
    is_right[start[2] : start[3]] = False
    curves = interpolate_precision(is_right, start, n_labels)
    expected = [
        by_definition(is_right[start[k] : start[k + 1]], n_labels[k], RECALL_THRESHOLDS) for k in range(6)
    ]
    assert np.array_equal(curves, expected)
