import json
from collections import Counter

import numpy as np
import pytest
from pycocotools import mask as mask_api

from audit.comparison.causes import find_overlap_causes
from audit.comparison.conventions import LabelConventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.nms_threshold import find_safe_threshold
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.synthetic.confusion import MISSED, UNPLANNED, confusion_matrix, count_right
from audit.synthetic.make import make_demo
from audit.synthetic.prediction_causes import CAUSES
from audit.synthetic.predictions import PlantedCause, simulate_predictions, write_simulated


def found_causes(made, folder):
    """Find causes, as if the rules touching.* had found every label that was merged, and nothing else."""
    labels_file, results = write_simulated(made, folder)
    labels = read_dataset([labels_file]).dataset
    predictions = read_results(results, labels).dataset
    m = measure_comparison(labels, predictions)
    ids = labels.annotations.id[m.labels.row].tolist()
    merged = np.array(
        [pair in set(made.merged) for pair in zip(m.image_id[m.labels.image].tolist(), ids, strict=True)],
        dtype=bool,
    )
    no = np.zeros(len(m.labels), dtype=bool)
    o = find_overlap_causes(
        m, LabelConventions(merged, no, no, np.zeros(m.categories, dtype=bool)), find_safe_threshold(m)
    )
    place = predictions.annotations.index[m.predictions.row]
    return dict(
        zip(
            zip(place[o.pairs.a].tolist(), place[o.pairs.b].tolist(), strict=True),
            o.cause.tolist(),
            strict=True,
        )
    )


def check(made, folder, least):
    matrix = confusion_matrix(made.planted, found_causes(made, folder))
    assert set(matrix.index) <= set(CAUSES)
    for cause in matrix.index:
        assert count_right(matrix.loc[[cause]]) >= least * matrix.loc[cause].sum(), matrix.loc[cause]
    undetermined = matrix.get("undetermined", np.zeros(1)).sum()
    assert undetermined < 0.05 * matrix.to_numpy().sum()
    return matrix


def test_every_cause_is_planted_and_found_in_the_demo(tmp_path):
    clean = make_demo(tmp_path, images=8, planted=False)
    made = simulate_predictions(read_dataset([clean.instances]).dataset)
    matrix = check(made, tmp_path, 0.95)
    assert list(matrix.index) == list(CAUSES)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "images"),
    [
        ("coco_mini/instances.json", 80),
        ("lvis_val_100/lvis_val_100.json", 60),
        ("dsb2018/corrected.json", 60),
    ],
)
def test_causes_planted_into_real_labels_are_found(shared_data, tmp_path, name, images):
    document = json.loads((shared_data / name).read_text())
    kept = {image["id"] for image in document["images"][:images]}
    document["images"] = [i for i in document["images"] if i["id"] in kept]
    document["annotations"] = [a for a in document["annotations"] if a["image_id"] in kept]
    (tmp_path / "cut.json").write_text(json.dumps(document))
    made = simulate_predictions(read_dataset([tmp_path / "cut.json"]).dataset, max_sites=15)
    matrix = check(made, tmp_path, 0.9)
    assert count_right(matrix) >= 0.95 * matrix.to_numpy().sum()
    assert Counter(p.cause for p in made.planted)["nms_cross_category"] >= 5


def test_the_same_seed_makes_the_same_predictions(tmp_path):
    clean = make_demo(tmp_path, images=1, planted=False)
    labels = read_dataset([clean.instances]).dataset
    assert simulate_predictions(labels, seed=3) == simulate_predictions(labels, seed=3)
    assert simulate_predictions(labels, seed=3) != simulate_predictions(labels, seed=4)


def test_confusion_counts_what_was_missed_and_what_was_not_planned():
    planted = [PlantedCause("mask_spill", 1, (0, 1), (1,)), PlantedCause("mask_spill", 1, (2, 3), (2,))]
    matrix = confusion_matrix(planted, {(0, 1): "background", (7, 8): "mask_spill"})
    assert list(matrix.index) == ["mask_spill", UNPLANNED]
    assert matrix.loc["mask_spill"].to_dict() == {"background": 1, "mask_spill": 0, MISSED: 1}
    assert matrix.loc[UNPLANNED].to_dict() == {"background": 0, "mask_spill": 1, MISSED: 0}
    assert count_right(matrix) == 0


def test_planted_pairs_overlap_and_no_model_would_have_removed_one(tmp_path):
    """What a site's two predictions have in common, and the box IoU that NMS leaves of one category."""
    clean = make_demo(tmp_path, images=6, planted=False)
    made = simulate_predictions(read_dataset([clean.instances]).dataset)
    pairs = [tuple(made.results[k] for k in cause.predictions) for cause in made.planted]
    assert len(pairs) > 30
    for first, second in pairs:
        masks = first["segmentation"], second["segmentation"]
        shared = mask_api.area(mask_api.merge(list(masks), intersect=True))
        assert shared >= 0.33 * min(mask_api.area(mask) for mask in masks)
        assert first["score"] > second["score"] or first["score"] >= 0.75
        if first["category_id"] == second["category_id"]:
            assert mask_api.iou([first["bbox"]], [second["bbox"]], [0])[0, 0] <= 0.7 + 1e-9
    assert {cause.cause for cause in made.planted} == set(CAUSES)


def test_no_two_predictions_overlap_that_were_not_meant_to(tmp_path):
    clean = make_demo(tmp_path, images=4, planted=False)
    made = simulate_predictions(read_dataset([clean.instances]).dataset)
    meant = {cause.predictions for cause in made.planted}
    by_image = {}
    for place, result in enumerate(made.results):
        by_image.setdefault(result["image_id"], []).append((place, result["segmentation"]))
    for placed in by_image.values():
        masks = [rle for _, rle in placed]
        area = mask_api.area(masks).astype(float)
        iou = mask_api.iou(masks, masks, [0] * len(masks))
        shared = iou * (area[:, None] + area[None]) / (1 + iou)
        stray = shared > 0.2 * np.minimum(area[:, None], area[None])
        found = {(placed[a][0], placed[b][0]) for a, b in np.argwhere(np.triu(stray, 1)).tolist()}
        assert found <= meant
