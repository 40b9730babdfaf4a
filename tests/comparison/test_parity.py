"""Hard scenes, read from files: the numbers are those of pycocotools and of tidecv."""

import json
import os

import numpy as np
import pytest
from hard_scenes import HEIGHT, WIDTH, hard_scene
from pycocotools import mask as coco_mask

from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.measuring import measure_comparison
from audit.comparison.tide_errors import ERROR_TYPES, find_tide_errors
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset

N_SCENES = int(os.environ.get("MASKAUDIT_PARITY_SCENES", "36"))


def measure_files(folder, truth, results):
    (folder / "gt.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    labels = read_dataset([folder / "gt.json"]).dataset
    return measure_comparison(labels, read_results(folder / "results.json", labels).dataset)


def numbers(tables, kind):
    candidates = box_candidates(tables) if kind == "bbox" else mask_candidates(tables)
    return [*evaluate_detections(tables, candidates, boxes=kind == "bbox").summarize().values()]


def with_boxes(results):
    return [r | {"bbox": coco_mask.toBbox(r["segmentation"]).tolist()} for r in results]


@pytest.mark.parametrize("seed", range(N_SCENES))
def test_average_precision_is_that_of_pycocotools(pycocotools_numbers, tmp_path, seed):
    truth, results = hard_scene(seed)
    if not results:
        pytest.skip("pycocotools cannot read an empty list")
    results = with_boxes(results)
    tables = measure_files(tmp_path, truth, results)
    for kind in ("segm", "bbox"):
        expected = pycocotools_numbers(truth, results, kind)
        np.testing.assert_allclose(numbers(tables, kind), expected, atol=1e-9, err_msg=kind)


def count_from_zero(truth, results):
    """Return labels with ids from 0 on, which the reference takes for no match: it is asked with ids from 1."""
    renumbered = [label | {"id": label["id"] - 1} for label in truth["annotations"]]
    return truth | {"annotations": renumbered}, results, truth, with_boxes(results)


def leave_out_boxes(truth, results):
    """Return results of masks alone, of which the reference makes boxes and areas itself."""
    return truth, results, truth, results


def make_crowds(truth, results):
    """Return labels of which every second one is a crowd region, and those of one image are all."""
    crowded = [
        label | {"iscrowd": int(number % 2 == 0 or label["image_id"] == 1)}
        for number, label in enumerate(truth["annotations"])
    ]
    crowds = truth | {"annotations": crowded}
    return crowds, with_boxes(results), crowds, with_boxes(results)


@pytest.mark.parametrize("change", [count_from_zero, leave_out_boxes, make_crowds])
@pytest.mark.parametrize("seed", range(5000, 5008))
def test_kinds_of_files_that_evaluators_differ_in(pycocotools_numbers, tmp_path, seed, change):
    """Annotation ids from 0, results without boxes, crowd regions: each is judged as pycocotools does."""
    truth, results, asked_truth, asked_results = change(*hard_scene(seed))
    if not results:
        pytest.skip("pycocotools cannot read an empty list")
    tables = measure_files(tmp_path, truth, results)
    for kind in ("segm", "bbox"):
        expected = pycocotools_numbers(asked_truth, asked_results, kind)
        # Without boxes, the reference sorts boxes by the areas of masks (see the docs): all sizes alone agree.
        told = [0, 1, 2, 6, 7, 8] if (kind, change) == ("bbox", leave_out_boxes) else slice(None)
        np.testing.assert_allclose(
            np.array(numbers(tables, kind))[told], expected[told], atol=1e-9, err_msg=kind
        )


PERFECT = [
    {"image_id": 1, "category_id": 1, "score": 0.9, "segmentation": {"size": [6, 6], "counts": [0, 6, 30]}}
]


@pytest.mark.parametrize(
    "empty", [{"size": [6, 6], "counts": [36]}, {"size": [6, 6], "counts": "T1"}, [[2, 2, 2, 2, 2, 2]]]
)
def test_a_label_without_pixels_is_missed_as_in_coco(pycocotools_numbers, tmp_path, empty):
    label = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 6, "bbox": [0, 0, 1, 6]}
    truth = {
        "images": [{"id": 1, "width": 6, "height": 6, "file_name": "a.png"}],
        "annotations": [
            label | {"segmentation": {"size": [6, 6], "counts": [0, 6, 30]}},
            label | {"id": 2, "segmentation": empty, "bbox": [2, 2, 0, 0], "area": 0},
        ],
        "categories": [{"id": 1, "name": "cell"}],
    }
    tables = measure_files(tmp_path, truth, PERFECT)
    assert numbers(tables, "segm")[0] == pytest.approx(51 / 101)
    packed = [{**PERFECT[0], "segmentation": coco_mask.frPyObjects(PERFECT[0]["segmentation"], 6, 6)}]
    expected = pycocotools_numbers(truth, packed, "segm")
    np.testing.assert_allclose(numbers(tables, "segm"), expected, atol=1e-9)
    errors = find_tide_errors(tables)
    assert errors.error_type.tolist() == ["miss"]
    assert errors.ap50 == pytest.approx(51 / 101)


def tide_numbers(tidecv, truth, results):
    """Return AP, what each type costs, and how many errors there are, as the reference counts them."""
    labels, detections = tidecv.Data("labels"), tidecv.Data("results", max_dets=100)
    for image in truth["images"]:
        labels.add_image(image["id"], image["file_name"])
    for one in truth["annotations"]:
        segmentation, place = one["segmentation"], (one["image_id"], one["category_id"], one["bbox"])
        if isinstance(segmentation, list):
            segmentation = coco_mask.merge(coco_mask.frPyObjects(segmentation, HEIGHT, WIDTH))
        (labels.add_ignore_region if one["iscrowd"] else labels.add_ground_truth)(*place, segmentation)
    for one in results:
        detections.add_detection(
            one["image_id"], one["category_id"], one["score"], [0, 0, 0, 0], one["segmentation"]
        )
    tide = tidecv.TIDE()
    run = tide.evaluate(labels, detections, mode=tidecv.TIDE.MASK)
    costs = {name.lower(): cost for name, cost in tide.get_main_errors()["results"].items()}
    counts = {kind.short_name.lower(): len(found) for kind, found in run.error_dict.items()}
    return run.ap, [costs[name] for name in ERROR_TYPES], [counts[name] for name in ERROR_TYPES]


@pytest.mark.parametrize("seed", range(N_SCENES))
@pytest.mark.filterwarnings("ignore")
def test_errors_are_those_of_tidecv(tmp_path, seed):
    tidecv = pytest.importorskip(
        "tidecv", reason="tidecv is not installed (extra: bench)", exc_type=ImportError
    )
    truth, results = hard_scene(seed)
    errors = find_tide_errors(measure_files(tmp_path, truth, results))
    try:
        ap, costs, counts = tide_numbers(tidecv, truth, results)
    except ZeroDivisionError:
        pytest.skip("the reference divides by zero where mending leaves no category")
    np.testing.assert_allclose(100 * errors.ap50, ap, atol=1e-9)
    np.testing.assert_allclose([100 * errors.ap_cost[name] for name in ERROR_TYPES], costs, atol=1e-9)
    assert [int((errors.error_type == name).sum()) for name in ERROR_TYPES] == counts
