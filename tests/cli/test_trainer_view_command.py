import json
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import audit
from audit.cli.main import main
from audit.export.output_schemas import SCHEMAS

SQUARE = [[2, 2, 18, 2, 18, 18, 2, 18]]
DOT = [[30, 30, 30.4, 30, 30.4, 30.4, 30, 30.4]]


@pytest.fixture
def labels(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    annotations = [
        {"id": k, "image_id": 1, "category_id": 1, "segmentation": mask, "bbox": box, "area": 1, "iscrowd": 0}
        for k, (mask, box) in enumerate([(SQUARE, [2, 2, 16, 16]), (DOT, [30, 30, 0.4, 0.4])], start=1)
    ]
    image = {"id": 1, "file_name": "a.png", "height": 64, "width": 64}
    content = {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "x"}]}
    Path("labels.json").write_text(json.dumps(content))
    return "labels.json"


def test_all_trainers_are_compared(labels, capsys):
    assert main(["trainer-view", labels]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("yolo-seg", "detectron2", "torchvision", "mmdet"))


def test_json_follows_its_schema_and_the_tables_are_written(labels, capsys):
    assert main(["trainer-view", labels, "--trainer", "mmdet", "--format", "json", "--out", "out"]) == 0
    document = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMAS["trainer"]()).validate(document)
    assert document == json.loads(Path("out/trainer.json").read_text())
    (view,) = document["trainers"]
    assert view["summary"]["left_out"] == 1
    assert view["reasons"] == {"box too small": 1}
    table = pd.read_parquet("out/trainer_labels.parquet")
    assert table["outcome"].tolist() == ["seen", "left_out"]


def test_other_settings(labels, capsys):
    assert main(["trainer-view", labels, "--image-size", "64", "--mask-stride", "2", "--format", "json"]) == 0
    (view,) = json.loads(capsys.readouterr().out)["trainers"]
    assert (view["name"], view["image_size"], view["mask_stride"]) == ("yolo-seg", 64, 2)


@pytest.mark.parametrize(
    "options", [["--trainer", "mmdet", "--mask-stride", "4"], ["--image-size", "3"], ["--trainer", "x"]]
)
def test_what_cannot_be_set_is_a_usage_error(labels, options):
    assert main(["trainer-view", labels, *options]) == 2


def test_a_file_that_is_not_there(tmp_path):
    assert main(["trainer-view", str(tmp_path / "none.json")]) == 2


def test_a_scan_writes_the_page(labels):
    assert main(["scan", labels, "--trainer", "yolo-seg", "--out", "report", "--quiet"]) == 0
    page = Path("report/trainer.html").read_text()
    assert "What the trainer sees" in page
    assert "ultralytics/data/utils.py" in page
    assert "trainer.html" in Path("report/index.html").read_text()
    Draft202012Validator(SCHEMAS["trainer"]()).validate(json.loads(Path("report/trainer.json").read_text()))
    assert main(["scan", labels, "--trainer", "mmdet", "--out", "one", "--single-file", "--quiet"]) == 0
    assert "What the trainer sees" in Path("one/index.html").read_text()
    assert main(["scan", "--from-measurements", "report", "--trainer", "mmdet", "--out", "two"]) == 2


def test_the_api_gives_tables(labels):
    view = audit.trainer_view(labels, "detectron2")
    assert view.labels["annotation_id"].tolist() == [1, 2]
    assert audit.trainer_view([Path(labels)], image_size=64).counts()["left_out"] == 0
