import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from random_scenes import datasets

import audit
from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.evaluate_files import _measure_candidates
from audit.comparison.measuring import measure_comparison
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.testing import compared, scene


def write_files(folder, truth, results):
    (folder / "gt.json").write_text(json.dumps(truth, default=bytes.decode))
    (folder / "results.json").write_text(json.dumps(results, default=bytes.decode))
    return folder / "gt.json", folder / "results.json"


@pytest.mark.parametrize("boxes", [False, True])
@settings(max_examples=15)
@given(data=datasets())
def test_is_what_a_whole_comparison_says(tmp_path_factory, written, boxes, data):
    paths = write_files(tmp_path_factory.mktemp("files"), *written(*data))
    labels = read_dataset([paths[0]]).dataset
    tables = measure_comparison(labels, read_results(paths[1], labels).dataset)
    candidates = box_candidates(tables) if boxes else mask_candidates(tables)
    expected = evaluate_detections(tables, candidates, boxes=boxes).summarize()
    numbers = audit.average_precision(*paths, boxes=boxes)
    assert list(numbers) == list(expected)
    np.testing.assert_array_equal(list(numbers.values()), list(expected.values()))


@settings(max_examples=25)
@given(data=datasets())
def test_pairs_are_those_of_a_whole_comparison(data):
    labels, predictions = data
    tables, whole = _measure_candidates(labels, predictions), measure_comparison(labels, predictions)

    def list_pairs(measured):
        pairs = measured.cross_pairs
        rows = zip(measured.labels.row[pairs.a], measured.predictions.row[pairs.b], strict=True)
        numbers = zip(
            pairs.intersection, pairs.area_a, pairs.area_b, pairs.iscrowd, pairs.box_iou, strict=True
        )
        return sorted((*row, *values) for row, values in zip(rows, numbers, strict=True))

    category = whole.labels.category[whole.cross_pairs.a]
    is_same = category == whole.predictions.category[whole.cross_pairs.b]
    expected = replace(whole, cross_pairs=whole.cross_pairs.take(is_same))
    assert list_pairs(tables) == list_pairs(expected)


def test_a_category_is_not_matched_by_another_one(tmp_path, written):
    data = compared((scene("aabb", categories={"b": "dog"}), scene("ppqq", categories={"p": "dog"})))
    assert audit.average_precision(*write_files(tmp_path, *written(*data)))["AP"] == 0.0
    data = compared((scene("aabb", categories={"b": "dog"}), scene("ppqq", categories={"q": "dog"})))
    assert audit.average_precision(*write_files(tmp_path, *written(*data)))["AP"] == pytest.approx(1.0)


def test_results_that_are_missing_are_said(tmp_path):
    (tmp_path / "gt.json").write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(audit.UnreadableError):
        audit.average_precision([tmp_path / "gt.json"], tmp_path / "none.json")
