"""The comparison as programs and the command see it."""

import json
import subprocess
import sys

import pandas as pd
import pytest

import audit
from audit.cli.main import main
from audit.loaders.read import read_dataset
from audit.pipeline.compare import compare
from audit.synthetic.make import make_demo
from audit.synthetic.predictions import simulate_predictions, write_simulated


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    clean = make_demo(folder, images=3, planted=False)
    made = simulate_predictions(read_dataset([clean.instances]).dataset, max_sites=2)
    labels, predictions = write_simulated(made, folder)
    return labels, predictions, clean.pictures


def test_the_command_writes_what_it_promises(files, tmp_path, capsys):
    labels, predictions, pictures = files
    out = tmp_path / "report"
    assert main(["compare", str(labels), str(predictions), "--images", str(pictures), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "overlapping pairs per 100 predictions" in shown and "gt_overlaps" in shown
    written = {p.name for p in out.iterdir()}
    assert {
        "index.html", "findings.json", "findings.csv", "findings.parquet", "measurements", "run.json",
        "metrics.json", "causes.json", "matches.parquet", "errors.parquet", "overlaps.parquet", "whatif.parquet",
    } <= written  # fmt: skip
    metrics = json.loads((out / "metrics.json").read_text())
    assert 0 < metrics["segm"]["AP"] <= 1 and 0 < metrics["bbox"]["AP50"] <= 1 and 0 < metrics["pq"] <= 1
    assert pd.read_parquet(out / "overlaps.parquet").columns[:9].tolist() == [
        "image_id", "prediction_a", "prediction_b", "iou", "ios", "box_iou", "cause", "group", "confidence",
    ]  # fmt: skip


def test_the_same_input_gives_the_same_bytes(files, tmp_path):
    labels, predictions, _ = files
    names = (
        "metrics.json",
        "causes.json",
        "findings.json",
        "overlaps.parquet",
        "matches.parquet",
        "errors.parquet",
        "whatif.parquet",
    )
    kept = []
    for run in range(2):
        out = tmp_path / str(run)
        given = ["compare", str(labels), str(predictions), "--out", str(out), "--no-html", "--quiet"]
        assert main([*given, "--workers", str(run + 1)]) == 0
        kept.append([(out / name).read_bytes() for name in names])
    assert kept[0] == kept[1]


def test_json_on_the_standard_output(files, tmp_path, capsys):
    labels, predictions, _ = files
    out = tmp_path / "report"
    given = ["compare", str(labels), str(predictions), "--out", str(out), "--no-html", "--no-what-ifs"]
    assert main([*given, "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["metrics"]["causes"]["lines"][0]["group"] == "labels"
    assert content["input"]["sources"][-1]["format"] == "coco_results"


def test_options_reach_the_comparison(files):
    labels, predictions, _ = files
    many = compare(labels, predictions, what_ifs=False)
    from audit.comparison.options import CompareOptions

    none = compare(labels, predictions, what_ifs=False, options=CompareOptions(score_floor=0.999))
    assert len(many.comparison.overlaps) > len(none.comparison.overlaps) == 0


def test_rules_can_be_chosen(files):
    labels, predictions, _ = files
    found = compare(labels, predictions, what_ifs=False, select=["prediction"]).scan.findings
    assert found and all(f.rule.startswith("prediction.") for f in found)
    strict = {
        "rules": {"prediction.missing_label": {"min_score": 1.0}},
        "select": ["prediction.missing_label"],
    }
    assert compare(labels, predictions, what_ifs=False, config=strict).scan.findings == ()


def test_from_python(files):
    labels, predictions, _ = files
    found = audit.compare(labels, predictions, what_ifs=False)
    assert isinstance(found, audit.Comparison)
    assert {"cause", "confidence"} <= set(found.overlaps.columns)
    assert found.metrics["segm"]["AP50"] == pytest.approx(found.result.comparison.segm["AP50"])
    assert len(found.matches) == len(found.result.comparison.tables.predictions)


def test_the_function_is_there_whatever_is_imported_first():
    for first in ("import audit", "import audit.comparison.causes", "from audit.comparison import run"):
        code = f"{first}\nimport audit\nassert callable(audit.compare)\nfrom audit.comparison.causes import Cause"
        subprocess.run([sys.executable, "-c", code], check=True)


def test_results_that_are_boxes_alone(files, tmp_path):
    labels, predictions, _ = files
    boxes = [{k: v for k, v in r.items() if k != "segmentation"} for r in json.loads(predictions.read_text())]
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(boxes))
    found = compare(labels, path)
    assert not found.comparison.has_masks
    assert found.comparison.segm == {} and found.comparison.bbox["AP"] > 0
    assert "results.no_mask" in {f.rule for f in found.scan.findings}
    assert any("boxes alone" in reason for reason in found.scan.not_checked)
    assert (
        main(["compare", str(labels), str(path), "--out", str(tmp_path / "out"), "--quiet", "--no-html"]) == 0
    )
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["segm"] is None


def test_proposals_from_a_file(files, tmp_path):
    labels, predictions, _ = files
    regions = [{k: r[k] for k in ("image_id", "bbox", "score")} for r in json.loads(predictions.read_text())]
    path = tmp_path / "proposals.json"
    path.write_text(json.dumps([*regions, {"image_id": 99, "bbox": [0, 0, 1, 1], "score": 1}]))
    found = compare(labels, predictions, proposals=path, what_ifs=False)
    p = found.comparison.proposals
    assert (p.n_proposals, p.n_unusable) == (len(regions) + 1, 1)
    assert p.recall[0.5] > 0.5
    assert set(found.comparison.overlaps_table()["one_proposal"]) <= {-1, 0, 1}
    assert not any(f.rule == "ref.category" for f in found.scan.findings)


def test_a_missing_results_file_is_said_in_one_line(files, tmp_path, capsys):
    labels, _, _ = files
    assert (
        main(["compare", str(labels), str(tmp_path / "no.json"), "--out", str(tmp_path / "o"), "--quiet"])
        == 2
    )
    assert capsys.readouterr().err.count("\n") == 1


def test_decisions_about_what_predictions_say(files, tmp_path):
    labels, predictions, _ = files
    first = compare(labels, predictions, what_ifs=False).scan
    said = next(f for f in first.findings if f.rule.startswith("prediction."))
    decisions = tmp_path / "decisions.json"
    answer = {"verdict": "fine", "note": "a toy", "rule": said.rule}
    decisions.write_text(json.dumps({"schema_version": 1, "decisions": {said.fingerprint: answer}}))
    shown = compare(labels, predictions, what_ifs=False, decisions=decisions).scan
    assert [(f.rule, f.note) for f in shown.findings if f.decision] == [(said.rule, "a toy")]
    assert [review.rule for review in shown.reviews] == [said.rule]
    hidden = compare(labels, predictions, what_ifs=False, decisions=decisions, hide_fine=True).scan
    assert (hidden.hidden, len(hidden.findings)) == (1, len(first.findings) - 1)


def test_the_labels_and_the_loss_curve_of_the_training(files, tmp_path, capsys):
    labels, predictions, _ = files
    log = tmp_path / "metrics.json"
    log.write_text("\n".join(json.dumps({"total_loss": 3 - step / 50}) for step in range(100)))
    out = tmp_path / "report"
    given = ["--training-labels", str(labels), "--training-log", str(log), "--no-what-ifs", "--no-html"]
    assert main(["compare", str(labels), str(predictions), "--out", str(out), *given]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "part of the loss that went in the last fifth of the training" in shown
    known = json.loads((out / "causes.json").read_text())["symptoms"]
    assert known["loss_fall"]["value"] > 0.2 and known["training_duplicates"]["of"] > 0
    compared = audit.compare(labels, predictions, training_log=log, what_ifs=False)
    assert compared.causes["symptoms"]["loss_fall"]["value"] == pytest.approx(known["loss_fall"]["value"])


@pytest.mark.parametrize(("cause", "group"), [("nms_blind_spot", "nms"), ("gt_overlaps", "labels")])
def test_a_cause_that_is_planted_alone_is_blamed(tmp_path, cause, group):
    labels = read_dataset([make_demo(tmp_path, images=4, planted=False).instances]).dataset
    simulated = simulate_predictions(labels, max_sites=100, causes=[cause])
    assert {planted.cause for planted in simulated.planted} == {cause}
    found = compare(*write_simulated(simulated, tmp_path), what_ifs=False, select=["touching"])
    assert [blame.group for blame in found.comparison.blame] == [group]


def test_predictions_without_a_planted_cause_are_healthy(tmp_path):
    labels = read_dataset([make_demo(tmp_path, images=4, planted=False).instances]).dataset
    simulated = simulate_predictions(labels, causes=[])
    assert simulated.planted == ()
    assert compare(*write_simulated(simulated, tmp_path), what_ifs=False).comparison.blame == ()
