import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from random_scenes import datasets
from row_scenes import row

from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.measuring import measure_comparison
from audit.dataset.model import MaskKind
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.testing import Scene, compared, scene

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


def stacked(n_better):
    """One label, found by a prediction that has so many better ones in its image and category."""
    label, elsewhere = np.zeros((30, 30), dtype=bool), np.zeros((30, 30), dtype=bool)
    label[:4, :4], elsewhere[20, 20] = True, True
    masks = {f"wrong{k}": elsewhere for k in range(n_better)} | {"right": label}
    return compared((Scene(30, 30, {"a": label}), Scene(30, 30, masks)), scores={"right": 0.5})


@pytest.mark.parametrize("kind", ["segm", "bbox"])
@pytest.mark.parametrize("n_better", [0, 1, 9, 10, 99, 100])
def test_a_hundred_predictions_of_an_image_and_category_count(pycocotools_numbers, written, kind, n_better):
    data = stacked(n_better)
    numbers = ours(*data, kind)
    np.testing.assert_allclose(numbers, pycocotools_numbers(*written(*data), kind), atol=TOLERANCE)
    assert numbers[6:9].tolist() == [float(n_better < most) for most in (1, 10, 100)]
    assert (numbers[0] > 0) == (n_better < 100)


def test_the_hundred_are_counted_in_each_category():
    labels, predictions = stacked(99)
    category = np.zeros(100, dtype=np.int64)
    category[:50] = 1
    names = replace(labels.categories, id=np.array([1, 2]), name=("a", "b"), supercategory=("", ""),
                    source=np.zeros(2, dtype=np.int64), index=np.arange(2))  # fmt: skip
    labels = replace(labels, categories=names)
    predictions = replace(
        predictions, categories=names, annotations=replace(predictions.annotations, category=category)
    )
    tables = measure_comparison(labels, predictions)
    assert evaluate_detections(tables, mask_candidates(tables)).summarize()["AR100"] == 1.0
    assert evaluate_detections(tables, mask_candidates(tables)).summarize()["AR10"] == 0.0


@pytest.mark.parametrize("kind", ["segm", "bbox"])
@pytest.mark.parametrize("area", [1023, 1024, 1024.5, 1025, 9215, 9216, 9217])
def test_declared_areas_at_the_limits_of_small_medium_and_large(pycocotools_numbers, written, kind, area):
    pair = scene("aabb", areas={"a": area, "b": 2000}), scene("aabb")
    data = compared(pair)
    numbers = ours(*data, kind)
    np.testing.assert_allclose(numbers, pycocotools_numbers(*written(*data), kind), atol=TOLERANCE)
    sizes = [low <= area <= high for low, high in ((0, 1024), (1024, 9216), (9216, 1e10))]
    assert (numbers[[3, 5]] > 0).tolist() == [sizes[0], sizes[2]]


def rectangles(**sizes):
    masks = {name: np.zeros((100, 400), dtype=bool) for name in sizes}
    for (name, (height, width)), left in zip(sizes.items(), (0, 120, 240), strict=False):
        masks[name][:height, left : left + width] = True
    return Scene(100, 400, masks)


@pytest.mark.parametrize("kind", ["segm", "bbox"])
@pytest.mark.parametrize("size", [(31, 33), (32, 32), (25, 41), (95, 97), (96, 96), (97, 96)])
def test_wrong_predictions_at_the_limits_of_small_medium_and_large(pycocotools_numbers, written, kind, size):
    height, width = size
    wrong = np.zeros((100, 400), dtype=bool)
    wrong[:height, 280 : 280 + width] = True
    labels, right = rectangles(a=(10, 10), b=(40, 40)), rectangles(p=(10, 10), q=(40, 40))
    large = np.zeros((100, 400), dtype=bool)
    large[:, 160:270] = True
    labels = Scene(100, 400, {**labels.masks, "c": large})
    predictions = Scene(100, 400, {**right.masks, "r": large, "wrong": wrong})
    data = compared((labels, predictions), scores={"wrong": 0.95})
    np.testing.assert_allclose(ours(*data, kind), pycocotools_numbers(*written(*data), kind), atol=TOLERANCE)


@pytest.mark.parametrize(("stop", "n_thresholds"), [(9, 0), (10, 1), (11, 2), (15, 6), (19, 10), (20, 10)])
def test_an_iou_at_a_threshold_matches(stop, n_thresholds):
    tables = measure_comparison(*compared((row(20, a=(0, 20)), row(20, p=(0, stop)))))
    matched = evaluate_detections(tables, mask_candidates(tables)).matched_label[:, 0]
    assert (matched == 0).sum() == n_thresholds


def test_ap_by_category_leaves_those_without_labels_undefined():
    data = compared((scene("aab."), scene("aabc", categories={"c": "other", "b": "second"})))
    tables = measure_comparison(*data)
    found = dict(
        zip(
            data[0].categories.name,
            evaluate_detections(tables, mask_candidates(tables)).ap_by_category().tolist(),
            strict=True,
        )
    )
    assert found["thing"] == pytest.approx(0.504950495)
    assert np.isnan(found["other"]) and np.isnan(found["second"])


def without_masks(data, *kinds):
    annotations = data.annotations
    segmentation = replace(annotations.segmentation, kind=np.array(kinds, dtype=np.uint8))
    return replace(data, annotations=replace(annotations, segmentation=segmentation))


def test_labels_without_a_mask_count_for_boxes_alone():
    labels, predictions = compared((scene("aabb"), scene("ppqq")))
    tables = measure_comparison(without_masks(labels, MaskKind.RLE, MaskKind.NONE), predictions)
    by_mask = evaluate_detections(tables, mask_candidates(tables))
    by_box = evaluate_detections(tables, box_candidates(tables), boxes=True)
    assert by_mask.matched_label[0].tolist() == [0, -1]
    assert by_box.matched_label[0].tolist() == [0, 1]
    assert by_mask.summarize()["AR100"] == 1.0


def test_results_without_pixels_are_wrong_ones_unless_all_are_boxes():
    labels, predictions = compared((scene("aabb"), scene("ppqq")))
    rle, none = MaskKind.RLE, MaskKind.NONE
    for kinds, expected in (((rle, none), [True, True]), ((none, none), [False, False])):
        tables = measure_comparison(labels, without_masks(predictions, *kinds))
        assert tables.predictions.has_mask.tolist() == expected
