import json
from pathlib import Path

import pytest

from audit.cli.main import main

SQUARE = [[2, 2, 18, 2, 18, 18, 2, 18]]
NEARLY = [[2, 2, 18, 2, 18, 17, 2, 17]]
APART = [[30, 30, 50, 30, 50, 50, 30, 50]]


def labels(*masks, annotator=None, images=1):
    records = [
        {
            "id": k,
            "file_name": f"{k}.png",
            "height": 64,
            "width": 64,
            **({"annotator": annotator} if annotator else {}),
        }
        for k in range(1, images + 1)
    ]
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "segmentation": mask,
            "bbox": [0, 0, 1, 1],
            "area": 1,
            "iscrowd": 0,
        }
        for k, mask in enumerate(masks, start=1)
    ]
    return {"images": records, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


@pytest.fixture
def three_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, masks in {"ann": (SQUARE, APART), "ben": (NEARLY, APART), "cleo": (SQUARE,)}.items():
        Path(f"{name}.json").write_text(json.dumps(labels(*masks)))
    return ["ann.json", "ben.json", "cleo.json"]


def test_files_are_raters_named_by_their_stems(three_files, capsys):
    assert main(["agreement", *three_files, "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "3 raters drew 2 objects in 1 picture" in said
    assert all(name in said for name in ("ann", "ben", "cleo", "vitality"))
    assert "cleo" in Path("out/agreement.html").read_text()


def test_json_names_everything_and_null_is_what_is_not_known(three_files, capsys):
    assert main(["agreement", *three_files, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [rater["name"] for rater in document["raters"]] == ["ann", "ben", "cleo"]
    assert document["low"] is None, "one picture has no interval"
    assert document["pairs"][0]["f1"] == 1.0


def test_files_of_one_stem_are_named_by_their_paths(three_files, capsys):
    Path("other").mkdir()
    Path("other/ann.json").write_text(json.dumps(labels(SQUARE)))
    assert main(["agreement", "ann.json", "other/ann.json", "--format", "json"]) == 0
    names = [rater["name"] for rater in json.loads(capsys.readouterr().out)["raters"]]
    assert names == ["ann.json", str(Path("other/ann.json"))]


def test_one_file_needs_to_say_who(three_files, capsys):
    assert main(["agreement", "ann.json"]) == 2
    assert "--group-by" in capsys.readouterr().err


def test_groups_of_one_file_are_raters(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    content = labels(SQUARE, annotator="Ann")
    content["images"].append({**content["images"][0], "id": 2, "annotator": "Ben"})
    content["annotations"].append({**content["annotations"][0], "id": 2, "image_id": 2})
    Path("both.json").write_text(json.dumps(content))
    assert main(["agreement", "both.json", "--group-by", "annotator"]) == 0
    assert "2 raters drew 1 object in 1 picture" in capsys.readouterr().out


def test_raters_without_a_common_picture_are_told_so(three_files, capsys):
    content = labels(SQUARE)
    content["images"][0]["file_name"] = "elsewhere.png"
    Path("far.json").write_text(json.dumps(content))
    assert main(["agreement", "ann.json", "far.json"]) == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_hostile_names_stay_text(three_files, capsys):
    content = labels(SQUARE, APART)
    content["categories"][0]["name"] = "<script>alert(1)</script>\x1b[31m"
    Path("evil.json").write_text(json.dumps(content))
    assert main(["agreement", "ann.json", "evil.json", "--out", "out"]) == 0
    assert "\x1b[31m" not in capsys.readouterr().out
    assert "<script>alert" not in Path("out/agreement.html").read_text()
