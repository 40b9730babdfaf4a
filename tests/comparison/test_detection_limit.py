import json

import numpy as np
import pytest

from audit.comparison import detection_limit
from audit.comparison.detection_limit import MAX_PAIRS, choose_detections, describe_ap_limit, list_left_out
from audit.comparison.measuring import measure_comparison
from audit.pipeline.compare import compare
from audit.testing import compared, scene


def test_without_a_limit_all_are_compared():
    n = 2_000
    boxes = np.stack([np.arange(n) * 10.0, np.zeros(n), np.full(n, 12.0), np.full(n, 12.0)], axis=1)
    image = np.zeros(n, dtype=np.int64)
    assert len(choose_detections(image, np.linspace(0, 1, n), boxes)) == n


def test_predictions_that_lie_on_each_other_are_limited_to_the_best():
    n = 3_000
    score = np.random.default_rng(0).permutation(n) / n
    boxes = np.tile([0.0, 0.0, 9.0, 9.0], (n, 1))
    chosen = choose_detections(np.zeros(n, dtype=np.int64), score, boxes)
    assert MAX_PAIRS * 0.99 < len(chosen) * (len(chosen) - 1) / 2 <= MAX_PAIRS
    assert score[chosen].min() == np.sort(score)[-len(chosen)]
    assert (np.diff(chosen) > 0).all()


def test_a_limit_of_the_user_holds_in_every_image():
    image = np.repeat([0, 3, 5], [4, 1, 6])
    chosen = choose_detections(image, np.arange(11.0), np.zeros((11, 4)), 2)
    assert image[chosen].tolist() == [0, 0, 3, 5, 5]
    assert chosen.tolist() == [2, 3, 4, 9, 10]


def test_never_fewer_than_coco_looks_at(monkeypatch):
    monkeypatch.setattr(detection_limit, "MAX_PAIRS", 10)
    boxes = np.tile([0.0, 0.0, 9.0, 9.0], (300, 1))
    assert len(choose_detections(np.zeros(300, dtype=np.int64), np.zeros(300), boxes)) == 100


def test_what_average_precision_leaves_out_is_said():
    names = [chr(0x4E00 + k) for k in range(103)]
    tables = measure_comparison(*compared((scene("a" * 103), scene("".join(names)))))
    limit = "AP and AR count the best 100 of an image and category, as COCO does, and leave out 3"
    assert describe_ap_limit(tables) == limit
    assert list(list_left_out(tables)) == []  # it is said once, beside the numbers


@pytest.mark.parametrize("most", [None, 5])
def test_many_detections_on_one_spot_end(tmp_path, monkeypatch, most):
    """With the limit of pairs small, this is what thousands of detections are with the real one."""
    monkeypatch.setattr(detection_limit, "MAX_PAIRS", 50)
    square = [[0, 0, 9, 0, 9, 9, 0, 9]]
    (tmp_path / "gt.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 20}],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": square, "bbox": [0, 0, 9, 9], "area": 81,
             "iscrowd": 0}
        ],
    }))  # fmt: skip
    results = [
        {
            "image_id": 1,
            "category_id": 1,
            "segmentation": square,
            "bbox": [0, 0, 9, 9],
            "score": 0.3 + k / 1000,
        }
        for k in range(150)
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    options = make_options(most)
    result = compare(tmp_path / "gt.json", tmp_path / "results.json", options=options, what_ifs=False)
    assert len(result.comparison.tables.predictions) == (most or 100)
    (said,) = [line for line in result.scan.not_checked if "--max-detections" in line]
    assert said.startswith(f"{150 - (most or 100)} of 150 predictions, in 1 image: ")


def make_options(most):
    from audit.comparison.options import CompareOptions

    return CompareOptions(max_detections=most)
