"""The scripts of the intervention study: labels made, two steps trained on the CPU, results that are read."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

STUDY = Path(__file__).resolve().parents[1] / "benchmarks/study"


def load(name):
    return runpy.run_path(str(STUDY / name), run_name="study")


def test_mended_labels_are_drawn_as_the_clean_ones(tmp_path):
    from audit.synthetic.make import make_demo

    script = load("make_labels.py")
    clean = make_demo(tmp_path, images=4, planted=False).instances
    paths = script["make_conditions"](clean, tmp_path / "labels", 0.9, 1)
    documents = {name: json.loads(path.read_text()) for name, path in paths.items()}
    n_labels = {name: len(document["annotations"]) for name, document in documents.items()}
    assert n_labels["merged"] < n_labels["mended"] <= n_labels["clean"]
    ids = [annotation["id"] for annotation in documents["mended"]["annotations"]]
    assert ids == list(range(1, len(ids) + 1))


def test_mending_replaces_what_was_named_and_nothing_else():
    from audit.synthetic.truth import Merge, Truth

    mend = load("make_labels.py")["mend_labels"]
    clean = {"annotations": [{"id": 1, "area": 4}, {"id": 2, "area": 5}, {"id": 3, "area": 6}]}
    merged = {"annotations": [{"id": 7, "area": 9}, {"id": 8, "area": 6}]}
    truth = Truth(merges=[Merge(7, 1, [1, 2])])
    assert mend(clean, merged, truth, [8])["annotations"] == [{"id": 1, "area": 9}, {"id": 2, "area": 6}]
    mended = mend(clean, merged, truth, [7, 8])["annotations"]
    assert mended == [{"id": 1, "area": 6}, {"id": 2, "area": 4}, {"id": 3, "area": 5}]


def write_discs(folder):
    """Two small pictures with bright discs, as polygons of squares and as a file of pictures."""
    from PIL import Image

    images, annotations = [], []
    for number in (1, 2):
        grey = np.full((64, 64), 20, dtype=np.uint8)
        for left, top in ((8, 8), (36, 30)):
            grey[top : top + 16, left : left + 16] = 220
            ring = [left, top, left + 16, top, left + 16, top + 16, left, top + 16]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": 1, "iscrowd": 0, "area": 256,
                 "bbox": [left, top, 16, 16], "segmentation": [ring]}
            )  # fmt: skip
        Image.fromarray(grey).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": 64, "width": 64})
    labels = folder / "labels.json"
    categories = [{"id": 1, "name": "disc"}]
    labels.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return labels


def test_two_steps_of_training_on_the_cpu(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    labels = write_discs(tmp_path)
    script = load("train.py")
    given = [labels, labels, "--images", tmp_path, "--out", tmp_path / "run", "--device", "cpu"]
    options = ["--steps", "2", "--batch", "2", "--min-size", "64", "--proposals", "50"]
    out = script["run"](script["parse_arguments"]([*map(str, given), *options]))
    curve = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in curve] == [0, 1]
    assert all(np.isfinite(line["total_loss"]) and line["loss_mask"] > 0 for line in curve)
    proposals = json.loads((out / "proposals.json").read_text())
    assert proposals and all(p["bbox"][0] >= -1 and p["bbox"][0] + p["bbox"][2] <= 65 for p in proposals)
    for result in json.loads((out / "results.json").read_text()):
        assert result["segmentation"]["size"] == [64, 64] and 0.05 <= result["score"] <= 1
    assert "torch" in sys.modules


def test_targets_are_torchvisions(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    items = load("train.py")["read_images"](write_discs(tmp_path), tmp_path)
    assert [image_id for image_id, _, _ in items] == [1, 2]
    assert items[0][2]["boxes"].tolist() == [[8, 8, 24, 24], [36, 30, 52, 46]]
    assert items[0][2]["masks"].sum().item() == 512


def test_the_table_of_a_study(tmp_path):
    script = load("summarize.py")
    labels = write_discs(tmp_path)
    run = tmp_path / "clean"
    run.mkdir()
    result = {"image_id": 1, "category_id": 1, "bbox": [8, 8, 16, 16], "score": 0.9}
    ring = [[8, 8, 24, 8, 24, 24, 8, 24]]
    (run / "results.json").write_text(json.dumps([{**result, "segmentation": ring}]))
    row = script["summarize_run"](labels, run, tmp_path / "none.json")
    assert row.startswith("| clean | 0.0 | 0.2") and "No two predictions overlap" in row
