"""The recommended NMS, carried out by a plain loop over pycocotools' numbers, gives what was promised."""

import json

import numpy as np
import pytest
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from audit.pipeline.compare import compare

REAL = [
    (
        "coco_val2014_100/instances_val2014_100.json",
        "coco_val2014_100/instances_val2014_fakesegm100_results.json",
    ),
    ("bloodcells/test/_annotations.coco.json", "bloodcells/test/coco_instances_results.json"),
]


def suppressed(results, method, per_class, threshold):
    """Keep a result unless a better one that was kept overlaps it by more than the threshold."""
    kept = []
    by_image = {}
    for place, result in enumerate(results):
        by_image.setdefault(result["image_id"], []).append((place, result))
    for _, own in sorted(by_image.items()):
        own.sort(key=lambda one: (-one[1]["score"], one[0]))
        taken = []
        for place, result in own:
            rivals = [r for _, r in taken if not per_class or r["category_id"] == result["category_id"]]
            if not rivals or overlaps(method, result, rivals).max() <= threshold:
                taken.append((place, result))
        kept += taken
    return [result for _, result in sorted(kept, key=lambda one: one[0])]


def overlaps(method, result, rivals):
    if method == "box":
        boxes = [np.array([r["bbox"] for r in some], dtype=float) for some in ([result], rivals)]
        return coco_masks.iou(*boxes, [0] * len(rivals))[0]
    one, others = result["segmentation"], [r["segmentation"] for r in rivals]
    if method == "mask":
        return coco_masks.iou([one], others, [0] * len(others))[0]
    shared = [coco_masks.area(coco_masks.merge([one, other], intersect=True)) for other in others]
    areas = [min(coco_masks.area(one), coco_masks.area(other)) for other in others]
    return np.array(shared, dtype=float) / np.maximum(areas, 1)


def pairs_left(results, floor):
    """Count pairs with a mask IoU of 0.15 or 0.3 of the smaller mask."""
    sure = [r for r in results if r["score"] >= floor]
    number = 0
    for k, one in enumerate(sure):
        rivals = [r for r in sure[k + 1 :] if r["image_id"] == one["image_id"]]
        if rivals:
            number += int(
                ((overlaps("mask", one, rivals) >= 0.15) | (overlaps("ios", one, rivals) >= 0.3)).sum()
            )
    return number


@pytest.mark.shared
@pytest.mark.parametrize(("labels", "predictions"), REAL)
def test_the_stated_numbers_come_true(shared_data, tmp_path, labels, predictions, capsys):
    document = json.loads((shared_data / labels).read_text())
    for annotation in document["annotations"]:
        annotation["id"] += 1  # pycocotools takes the id 0 for no match
        annotation.setdefault("iscrowd", 0)
    (tmp_path / "labels.json").write_text(json.dumps(document))
    comparison = compare(tmp_path / "labels.json", shared_data / predictions).comparison
    results = json.loads((shared_data / predictions).read_text())
    floor = comparison.options.score_floor
    assert pairs_left(results, floor) == len(comparison.overlaps)

    stated = comparison.recommendation
    if stated is None:
        outcome = next(o for o in comparison.what_ifs if (o.method, o.parameter) == ("mask", 0.5))
        method, per_class, threshold = outcome.method, outcome.per_class, outcome.parameter
        promised, ap = outcome.overlapping_pairs, outcome.ap
    else:
        method, per_class, threshold = stated.method, stated.per_class, stated.threshold
        promised, ap = stated.overlapping_pairs, stated.ap
    kept = suppressed(results, method, per_class, threshold)
    assert pairs_left(kept, floor) == promised

    ground_truth = COCO(str(tmp_path / "labels.json"))
    judged = COCOeval(ground_truth, ground_truth.loadRes(kept), "segm")
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    capsys.readouterr()
    assert judged.stats[0] == pytest.approx(ap, abs=1e-9)
