import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from audit.trainers.ceilings import average_precision_ceiling, recall_ceiling


def evaluate(ious):
    """AP and AR of COCO's evaluation for predictions that reach these IoUs, the best ones scored highest."""
    labels = {"images": [{"id": k} for k in range(len(ious))], "categories": [{"id": 1}], "annotations": []}
    results = []
    for number, iou in enumerate(ious):
        labels["annotations"].append(
            {
                "id": number + 1,
                "image_id": number,
                "category_id": 1,
                "bbox": [0, 0, 100, 100],
                "area": 1e4,
                "iscrowd": 0,
            }
        )
        results.append({"image_id": number, "category_id": 1, "bbox": [0, 0, 100, 100 * iou], "score": iou})
    with redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = labels
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0], evaluation.stats[8]


def test_it_is_what_the_coco_api_says():
    ious = np.array([0.97, 0.91, 0.78, 0.62, 0.51, 0.3, 0.99])
    precision, recall = evaluate(ious)
    assert recall_ceiling(ious) == pytest.approx(recall)
    assert average_precision_ceiling(ious, np.zeros(7, dtype=int)) == pytest.approx(precision)
