"""Signs of how training went."""

import numpy as np
import pytest
from pictures import picture

from audit.comparison.average_precision import evaluate_detections, mask_candidates
from audit.comparison.conventions import collect_conventions, unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.run import compare_datasets
from audit.comparison.symptoms import N_BINS, find_symptoms, measure_calibration
from audit.testing import compared, measured

LABELS = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45), c=(35, 70, 55, 90))


def test_symptoms_compare_touching_with_isolated_objects():
    data = compared((LABELS, picture(p=(5, 5, 25, 21), r=(35, 70, 55, 90))))
    (recall,) = [
        s for s in compare_datasets(*data, unknown_conventions).symptoms if s.name == "touching_recall"
    ]
    assert np.isnan(recall.value)  # nothing is known of touching labels here: they do not overlap

    def known(tables):
        return collect_conventions(tables, np.arange(3), measured(LABELS), [])

    found = {s.name: s for s in compare_datasets(*data, known).symptoms}
    assert (found["touching_recall"].value, found["touching_recall"].compared_with) == (0.5, 1.0)
    assert (found["touching_iou"].value, found["touching_iou"].compared_with) == (0.8, 1.0)
    assert (found["touching_iou"].n, found["touching_recall"].n, found["ap75"].n) == (1, 2, 3)
    assert found["full_boxes"].value == 1.0
    assert found["boundary_iou"].compared_with == pytest.approx(0.9)


def test_labels_that_overlap_touch():
    labels = picture(a=(5, 5, 25, 25), b=(5, 20, 25, 40), c=(35, 70, 55, 90))
    data = compared((labels, picture(p=(5, 5, 25, 25))))
    found = {s.name: s for s in compare_datasets(*data, unknown_conventions).symptoms}
    assert (found["touching_recall"].value, found["touching_recall"].compared_with) == (0.5, 0.0)


@pytest.mark.parametrize(("missing", "is_full"), [(0, 1.0), (20, 1.0), (21, 0.0)])
def test_a_mask_fills_its_box_from_95_percent_on(missing, is_full):
    # A box of 20 x 20 px, less some pixels inside.
    prediction = picture(p=(5, 5, 25, 25))
    prediction.masks["p"][6, 6 : 6 + min(missing, 15)] = False
    prediction.masks["p"][8, 6 : 6 + max(missing - 15, 0)] = False
    tables = measure_comparison(*compared((LABELS, prediction)))
    evaluation = evaluate_detections(tables, mask_candidates(tables))
    symptom = find_symptoms(tables, evaluation, np.ones(1), np.ones(1), np.zeros(3, dtype=bool))[-1]
    assert (symptom.name, symptom.value, symptom.compared_with, symptom.n) == ("full_boxes", is_full, 1.0, 1)


def test_crowd_regions_are_no_full_boxes():
    labels = picture(a=(5, 5, 25, 25), b=[(5, 40, 6, 60), (6, 40, 25, 41)], crowd="a")
    tables = measure_comparison(*compared((labels, picture())))
    evaluation = evaluate_detections(tables, mask_candidates(tables))
    none = np.zeros(0)
    assert find_symptoms(tables, evaluation, none, none, np.zeros(2, dtype=bool))[-1].compared_with == 0.0


def test_calibration_bins():
    found = measure_calibration(np.array([0.05, 0.95, 0.95, 1.0]), np.array([False, True, False, True]))
    assert found.predictions.tolist() == [1, *[0] * 8, 3]
    assert found.ece == pytest.approx((0.05 + 3 * abs(2.9 / 3 - 2 / 3)) / 4)
    assert found.mean_score[[0, 9]].tolist() == pytest.approx([0.05, 2.9 / 3])
    assert found.right[[0, 9]].tolist() == pytest.approx([0.0, 2 / 3])
    assert np.isnan(found.mean_score[1:9]).all() and np.isnan(found.right[1:9]).all()


@pytest.mark.parametrize(
    ("score", "place"),
    [(-0.5, 0), (0.0, 0), (0.1, 0), (0.1001, 1), (0.5, 4), (0.9, 8), (0.9001, 9), (1.0, 9), (1.5, 9)],
)
def test_a_score_at_an_edge_counts_in_the_lower_bin(score, place):
    found = measure_calibration(np.array([score]), np.array([True]))
    assert np.flatnonzero(found.predictions).tolist() == [place]
    assert len(found.low) == N_BINS == 10
    assert found.low[place] == pytest.approx(place / 10) and found.high[place] == pytest.approx(
        (place + 1) / 10
    )
