"""What the tests of comparing share: the reference evaluator, and small random datasets."""

import contextlib
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from audit.dataset.model import Dataset

sys.path.insert(0, str(Path(__file__).parent))

Evaluator = Callable[[dict[str, Any], list[dict[str, Any]], str], np.ndarray]


def reference(ground_truth: dict[str, Any], results: Sequence[dict[str, Any]], kind: str) -> np.ndarray:
    """Return the twelve numbers of pycocotools; NaN where it says -1."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"info": {}, **ground_truth}
        coco.createIndex()
        plain = [{k: v for k, v in r.items() if kind == "bbox" or k != "bbox"} for r in results]
        evaluation = COCOeval(coco, coco.loadRes(plain), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.where(evaluation.stats == -1, np.nan, evaluation.stats)


@pytest.fixture(scope="session")
def pycocotools_numbers() -> Evaluator:
    return reference


def as_coco(labels: Dataset, predictions: Dataset) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Write labels and predictions as the reference reads them."""

    def record(d: Dataset, row: int) -> dict[str, Any]:
        a, image = d.annotations, int(d.annotations.image[row])
        s, e = a.segmentation.count_start[row : row + 2]
        size = [int(d.images.height[image]), int(d.images.width[image])]
        counts = a.segmentation.counts[s:e].tolist()
        return {
            "image_id": int(d.images.id[image]),
            "category_id": int(d.categories.id[a.category[row]]),
            "segmentation": coco_mask.frPyObjects({"size": size, "counts": counts}, *size),
            "bbox": a.bbox[row].tolist(),
        }

    a = labels.annotations
    truth = {
        "images": [
            {"id": int(i), "height": int(h), "width": int(w)}
            for i, h, w in zip(labels.images.id, labels.images.height, labels.images.width, strict=True)
        ],
        "annotations": [
            {**record(labels, k), "id": int(a.id[k]), "iscrowd": int(a.iscrowd[k]), "area": float(a.area[k])}
            for k in range(len(a))
        ],
        "categories": [
            {"id": int(i), "name": n}
            for i, n in zip(labels.categories.id, labels.categories.name, strict=True)
        ],
    }
    scores = predictions.annotations.score.tolist()
    return truth, [{**record(predictions, k), "score": scores[k]} for k in range(len(scores))]


@pytest.fixture(scope="session")
def written() -> Callable[[Dataset, Dataset], tuple[dict[str, Any], list[dict[str, Any]]]]:
    return as_coco
