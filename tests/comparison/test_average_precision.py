import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from random_scenes import datasets

from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.measuring import measure_comparison
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.testing import compared, scene

TOLERANCE = 1e-9


def ours(labels, predictions, kind):
    m = measure_comparison(labels, predictions)
    candidates = box_candidates(m) if kind == "bbox" else mask_candidates(m)
    return np.array(list(evaluate_detections(m, candidates, boxes=kind == "bbox").summarize().values()))


@pytest.mark.parametrize("kind", ["segm", "bbox"])
@given(data=datasets())
def test_agrees_with_pycocotools(pycocotools_numbers, written, kind, data):
    truth, results = written(*data)
    if results:  # pycocotools cannot read an empty list
        np.testing.assert_allclose(
            ours(*data, kind), pycocotools_numbers(truth, results, kind), atol=TOLERANCE
        )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("truth", "results", "kind"),
    [
        ("bloodcells/test/_annotations.coco.json", "bloodcells/test/coco_instances_results.json", "segm"),
        ("bloodcells/test/_annotations.coco.json", "bloodcells/test/coco_instances_results.json", "bbox"),
        (
            "coco_val2014_100/instances_val2014_100.json",
            "coco_val2014_100/instances_val2014_fakesegm100_results.json",
            "segm",
        ),
        (
            "coco_val2014_100/instances_val2014_100.json",
            "coco_val2014_100/instances_val2014_fakebbox100_results.json",
            "bbox",
        ),
    ],
)
def test_agrees_with_pycocotools_on_real_files(shared_data: Path, pycocotools_numbers, truth, results, kind):
    labels = read_dataset([shared_data / truth]).dataset
    predictions = read_results(shared_data / results, labels).dataset
    document = json.loads((shared_data / truth).read_text())
    for annotation in document["annotations"]:
        annotation["id"] += 1  # pycocotools takes a match with the annotation 0 for none
    expected = pycocotools_numbers(document, json.loads((shared_data / results).read_text()), kind)
    np.testing.assert_allclose(ours(labels, predictions, kind), expected, atol=TOLERANCE)


def test_perfect_predictions():
    pair = scene("aab\naab"), scene("aab\naab")
    numbers = evaluate_detections(m := measure_comparison(*compared(pair)), mask_candidates(m)).summarize()
    assert numbers["AP"] == pytest.approx(1.0)
    assert np.isnan(numbers["AP_large"])


def test_a_second_prediction_of_a_label_is_wrong():
    m = measure_comparison(*compared((scene("aa"), scene("pp", "qq")), scores={"p": 0.5, "q": 0.9}))
    assert evaluate_detections(m, mask_candidates(m)).matched_label[0].tolist() == [-1, 0]


def test_a_what_if_may_leave_predictions_out():
    m = measure_comparison(*compared((scene("aa"), scene("pp", "qq")), scores={"p": 0.5, "q": 0.9}))
    kept = np.array([True, False])
    assert evaluate_detections(m, mask_candidates(m), kept=kept).matched_label[0].tolist() == [0, -1]


def test_a_what_if_may_change_the_order():
    m = measure_comparison(*compared((scene("aa"), scene("pp", "qq")), scores={"p": 0.5, "q": 0.9}))
    assert evaluate_detections(m, mask_candidates(m), rank=np.array([0, 1])).matched_label[0].tolist() == [
        0,
        -1,
    ]


def test_no_predictions():
    m = measure_comparison(*compared((scene("aa"), scene(".."))))
    numbers = evaluate_detections(m, mask_candidates(m)).summarize()
    assert numbers["AP"] == numbers["AR100"] == 0.0
