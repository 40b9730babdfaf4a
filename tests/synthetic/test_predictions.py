import json
from collections import Counter

import numpy as np
import pytest

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
