"""Results files as tools write them: other ids, text for numbers, RLE in a list, a whole COCO document."""

import json

import pytest

from audit.loaders.coco_results import read_results
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.pipeline.compare import compare

RLE = {"size": [4, 4], "counts": [0, 4, 12]}
EMPTY = {"size": [4, 4], "counts": [16]}
LABELS = {
    "images": [
        {"id": 1, "file_name": "set/first.png", "width": 4, "height": 4},
        {"id": 2, "file_name": "000123.png", "width": 4, "height": 4},
    ],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "bbox": [0, 0, 1, 4],
            "area": 4,
            "iscrowd": 0,
            "segmentation": RLE,
        }
    ],
    "categories": [{"id": 1, "name": "cell"}, {"id": 2, "name": "same"}, {"id": 3, "name": "same"}],
}


def result(**changed):
    return {"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": RLE} | changed


@pytest.fixture
def read(tmp_path):
    (tmp_path / "gt.json").write_text(json.dumps(LABELS))
    labels = read_dataset([tmp_path / "gt.json"]).dataset

    def read_document(document):
        (tmp_path / "res.json").write_text(json.dumps(document))
        loaded = read_results(tmp_path / "res.json", labels)
        return loaded.dataset.annotations, {finding.rule for finding in loaded.findings}

    return read_document


@pytest.mark.parametrize(
    ("name", "image"), [("first", 0), ("set/first.png", 0), ("000123.png", 1), ("1", 0), ("second", -1)]
)
def test_images_by_the_names_of_their_files(read, name, image):
    annotations, rules = read([result(image_id=name)])
    assert annotations.image.tolist() == [image]
    assert "id.type" in rules and ("ref.image" in rules) == (image < 0)


@pytest.mark.parametrize(("name", "category"), [("cell", 0), (" CELL", 0), ("same", -1)])
def test_categories_by_names_that_are_their_own(read, name, category):
    assert read([result(category_id=name)])[0].category.tolist() == [category]


@pytest.mark.parametrize(("score", "value"), [("0.93", 0.93), ("1e-3", 0.001), (" .5 ", 0.5)])
def test_scores_as_text_are_read(read, score, value):
    annotations, rules = read([result(score=score), result(score=0.1)])
    assert annotations.score.tolist() == [value, 0.1] and "score.type" in rules


def test_an_rle_in_a_list_is_read(read):
    annotations, rules = read([result(segmentation=[RLE])])
    assert annotations.segmentation.kind.tolist() == [2] and rules >= {"results.format"}


@pytest.mark.parametrize(
    ("counts", "rule"),
    [([0, 4], "rle.sum"), ([-1, 17], "rle.negative"), ("\xff0", "rle.charset"), ("", "rle.empty")],
)
def test_a_broken_rle_in_a_list_is_reported(read, counts, rule):
    annotations, rules = read([result(segmentation=[{"size": [4, 4], "counts": counts}]), result()])
    assert annotations.segmentation.kind.tolist() == [0, 2] and rule in rules


def test_masks_of_sam_are_named(tmp_path):
    (tmp_path / "gt.json").write_text(json.dumps(LABELS))
    record = {
        "segmentation": RLE,
        "area": 4,
        "bbox": [0, 0, 1, 4],
        "predicted_iou": 0.9,
        "stability_score": 0.9,
    }
    (tmp_path / "res.json").write_text(json.dumps([record, result()]))
    found = read_results(tmp_path / "res.json", read_dataset([tmp_path / "gt.json"]).dataset).findings
    (finding,) = [f for f in found if f.rule == "results.format"]
    assert "SAM's automatic generator" in finding.message and finding.pointer == "/0"


def test_a_coco_document_with_scores_is_read_and_one_without_refused(read):
    annotations, rules = read(LABELS | {"annotations": [result(id=1), result(id=2, score=0.7)]})
    assert annotations.score.tolist() == [0.5, 0.7] and "results.format" in rules
    assert not rules & {"area.missing", "bbox.missing", "iscrowd.missing"}
    with pytest.raises(UnreadableError, match=r"schema\.top_level"):
        read(LABELS)


def test_results_without_pixels_count_as_wrong(tmp_path):
    (tmp_path / "gt.json").write_text(json.dumps(LABELS))
    (tmp_path / "res.json").write_text(json.dumps([result(segmentation=EMPTY, score=0.9), result()]))
    comparison = compare(tmp_path / "gt.json", tmp_path / "res.json", what_ifs=False).comparison
    assert comparison.segm["AP"] == pytest.approx(0.5)  # as pycocotools has it


def test_unknown_categories_that_a_shift_explains_are_said_once():
    labels = {
        "images": [{"id": k, "file_name": f"{k}.png", "width": 4, "height": 4} for k in range(24)],
        "annotations": [
            {**LABELS["annotations"][0], "id": k + 1, "image_id": k, "category_id": 1 + k % 3}
            for k in range(24)
        ],
        "categories": [{"id": k, "name": "abc"[k - 1]} for k in (1, 2, 3)],
    }
    shifted = [result(image_id=k, category_id=k % 3, score=0.3 + 0.01 * k) for k in range(24)]
    shifted[3]["category_id"] = "0"

    def rules(**options):
        findings = compare(labels, shifted, **options).scan.findings
        return [finding.rule for finding in findings if finding.severity.value == "error"]

    assert rules() == ["prediction.category_ids"]
    assert rules(ignore=["prediction"]) == ["ref.category"] * 8
    shifted[5]["category_id"] = 77
    assert sorted(rules()) == ["prediction.category_ids", "ref.category"]
