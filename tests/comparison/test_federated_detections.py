"""Federated labels (LVIS): what nobody looked for is not wrong."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hard_scenes import CATEGORY_IDS, hard_scene

from audit.comparison.average_precision import evaluate_detections, mask_candidates
from audit.comparison.detection_limit import describe_ap_limit, list_left_out
from audit.comparison.evaluate_files import average_precision
from audit.comparison.federated_detections import average_by_frequency
from audit.comparison.label_evidence import collect_evidence
from audit.comparison.measuring import measure_comparison
from audit.comparison.tide_errors import find_tide_errors
from audit.detectors.prediction.missing_label import Options, detect
from audit.export.comparison_schemas import metrics_schema
from audit.findings.encode import encode_json
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.pipeline.compare import compare
from audit.pipeline.compare_outputs import collect_metrics

SQUARES = {1: [0, 3, 33], 2: [12, 3, 21], 3: [24, 3, 9]}
"""RLE of three places in an image of 6 x 6."""


def segmentation(place):
    return {"size": [6, 6], "counts": SQUARES[place]}


def result(place, category_id, score=0.9):
    return {"image_id": 1, "category_id": category_id, "segmentation": segmentation(place), "score": score}


def tables_of(folder: Path, results, **lists):
    """Compare results with one label of category 1 at place 1."""
    label = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 3, "bbox": [0, 0, 1, 3]}
    truth = {
        "images": [{"id": 1, "width": 6, "height": 6, "file_name": "a.png", **lists}],
        "annotations": [label | {"segmentation": segmentation(1)}],
        "categories": [{"id": k, "name": f"category {k}"} for k in (1, 2)],
    }
    (folder / "gt.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    labels = read_dataset([folder / "gt.json"]).dataset
    return measure_comparison(labels, read_results(folder / "results.json", labels).dataset)


@pytest.mark.parametrize(
    ("category_id", "lists", "is_wrong"),
    [
        (2, {}, True),  # no LVIS file: every category was looked for
        (2, {"neg_category_ids": [], "not_exhaustive_category_ids": []}, False),
        (2, {"neg_category_ids": [2], "not_exhaustive_category_ids": []}, True),
        (1, {"neg_category_ids": [], "not_exhaustive_category_ids": []}, True),
        (1, {"neg_category_ids": [], "not_exhaustive_category_ids": [1]}, False),
        (1, {"neg_category_ids": "none", "not_exhaustive_category_ids": [None, 10**30, 7]}, True),
    ],
)
def test_what_nobody_looked_for_is_not_wrong(tmp_path, category_id, lists, is_wrong):
    results = [result(2, category_id, 0.95), *(result(1, 1) for _ in range(1))]
    tables = tables_of(tmp_path, results, **lists)
    ap = evaluate_detections(tables, mask_candidates(tables)).summarize()["AP"]
    assert ap == pytest.approx(0.5 if is_wrong and category_id == 1 else 1.0)
    errors = find_tide_errors(tables)
    # A category with wrong predictions and no label has an AP of 0 in TIDE, as in the reference.
    assert errors.ap50 == pytest.approx(0.5 if is_wrong else 1.0)
    evidence = collect_evidence(tables, np.arange(1), ("one", "two"), np.arange(2))
    assert len(list(detect(evidence, Options(min_right=0.0)))) == int(is_wrong)
    told = [line for line in list_left_out(tables) if "LVIS" in line]
    assert len(told) == int(bool(lists))


def test_average_precision_of_files_keeps_the_same_rules(tmp_path):
    lists = {"neg_category_ids": [2], "not_exhaustive_category_ids": [1]}
    tables = tables_of(tmp_path, [result(2, 1, 0.95), result(1, 1)], **lists)
    ours = evaluate_detections(tables, mask_candidates(tables)).summarize()
    of_files = average_precision(tmp_path / "gt.json", tmp_path / "results.json")
    assert of_files == pytest.approx(ours, nan_ok=True)
    assert (of_files["AP"], of_files["AR300"]) == (pytest.approx(1.0), 1.0)


def test_three_hundred_predictions_of_an_image_count(tmp_path):
    lists = {"neg_category_ids": [2], "not_exhaustive_category_ids": []}
    for n_better, expected in ((299, 1.0), (300, 0.0)):
        tables = tables_of(tmp_path, [result(2, 2, 0.95)] * n_better + [result(1, 1)], **lists)
        metrics = evaluate_detections(tables, mask_candidates(tables)).summarize()
        assert metrics["AR300"] == pytest.approx(expected)
        assert bool(describe_ap_limit(tables)) is (n_better == 300)


def test_rare_common_and_frequent_categories_have_an_ap_of_their_own(tmp_path):
    lists = {"neg_category_ids": [2], "not_exhaustive_category_ids": []}
    tables_of(tmp_path, [result(1, 1)], **lists)
    truth = json.loads((tmp_path / "gt.json").read_text())
    without = average_precision(tmp_path / "gt.json", tmp_path / "results.json")
    assert "APr" not in without
    truth["categories"] = [
        {"id": 1, "name": "one", "frequency": "r"},
        {"id": 2, "name": "two", "frequency": "c"},
        {"id": 3, "name": "three", "frequency": ["f"]},
    ]
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "part.json").write_text(
        json.dumps(truth | {"images": [truth["images"][0] | {"id": 9}], "annotations": []})
    )
    for files in (tmp_path / "gt.json", [tmp_path / "gt.json", tmp_path / "part.json"]):
        found = average_precision(files, tmp_path / "results.json")
        assert (found["APr"], np.isnan(found["APc"]), np.isnan(found["APf"])) == (
            pytest.approx(1.0),
            True,
            True,
        )
    compared = compare(tmp_path / "gt.json", tmp_path / "results.json").comparison
    assert compared.segm["APr"] == pytest.approx(1.0)
    jsonschema.validate(json.loads(encode_json(collect_metrics(compared))), metrics_schema())


def federated_scene(seed):
    """Make a hard scene federated; the reference knows no crowds and takes every area from the file."""
    truth, results = hard_scene(seed)
    rng = np.random.default_rng(seed)
    for image in truth["images"]:
        present = {a["category_id"] for a in truth["annotations"] if a["image_id"] == image["id"]}
        absent = [k for k in CATEGORY_IDS if k not in present]
        image["neg_category_ids"] = [k for k in absent if rng.random() < 0.5]
        image["not_exhaustive_category_ids"] = [k for k in sorted(present) if rng.random() < 0.4]
    for annotation in truth["annotations"]:
        annotation["iscrowd"] = 0
    for number, category in enumerate(truth["categories"]):
        category["frequency"] = "rcf"[(number + seed) % 3]
    return truth, results


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(24))
def test_agrees_with_the_lvis_api(tmp_path, seed, monkeypatch):
    lvis = pytest.importorskip("lvis", reason="lvis is not installed (extra: bench)", exc_type=ImportError)
    truth, results = federated_scene(seed)
    if not results:
        pytest.skip("the LVIS API cannot read an empty list")
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(results))
    labels = read_dataset([tmp_path / "gt.json"]).dataset
    tables = measure_comparison(labels, read_results(tmp_path / "results.json", labels).dataset)
    evaluation = evaluate_detections(tables, mask_candidates(tables))
    ours = evaluation.summarize() | average_by_frequency(evaluation.precision, labels.federated)
    monkeypatch.setattr(np, "float", float, raising=False)  # the API was written for an older numpy
    ground_truth = lvis.LVIS(str(tmp_path / "gt.json"))
    theirs = lvis.LVISEval(ground_truth, lvis.LVISResults(ground_truth, results), "segm")
    theirs.run()
    names = {"AP": "AP", "AP50": "AP50", "AP75": "AP75", "APs": "AP_small", "APm": "AP_medium", "APl": "AP_large",
             "AR@300": "AR300", "ARs@300": "AR_small", "ARm@300": "AR_medium", "ARl@300": "AR_large",
             "APr": "APr", "APc": "APc", "APf": "APf"}  # fmt: skip
    for name, ours_name in names.items():
        expected = np.nan if theirs.results[name] == -1 else theirs.results[name]
        np.testing.assert_allclose(ours[ours_name], expected, atol=1e-9, err_msg=name)
