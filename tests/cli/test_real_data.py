"""The command on real datasets: it ends with 0, says nothing on stderr, and finds what is known to be there."""

import json
from collections import Counter

import pandas as pd
import pytest

from audit.cli.main import main

pytestmark = pytest.mark.shared

DATASETS = {
    "coco_mini": ("coco_mini/instances.json", "coco_mini/images"),
    "coco_val2014_100": ("coco_val2014_100/instances_val2014_100.json", None),
    "lvis_val_100": ("lvis_val_100/lvis_val_100.json", None),
    "taco": ("taco/annotations.json", None),
    "taco_infinity": ("taco/annotations_2019-06-24.json", None),
    "dsb2018": ("dsb2018/as_released.json", "dsb2018/images"),
    "dsb2018_corrected": ("dsb2018/corrected.json", None),
    "bloodcells": ("bloodcells/test/_annotations.coco.json", "bloodcells/test"),
    "bloodcells_valid": ("bloodcells/valid", None),
    "grains": ("grains/test", None),
    "iaa": ("iaa/fruits.json", None),
}


def scanned(shared_data, out, *arguments):
    """Scan without pages and return the findings and the instances table."""
    assert main(["scan", *map(str, arguments), "--out", str(out), "--no-html", "--quiet"]) == 0
    findings = json.loads((out / "findings.json").read_text())["findings"]
    return findings, pd.read_parquet(out / "measurements" / "instances.parquet")


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_scans(shared_data, tmp_path, capsys, name):
    labels, pictures = DATASETS[name]
    if not (shared_data / labels).exists():
        pytest.fail(f"{labels} is not there")
    more = ["--images", shared_data / pictures] if pictures else []
    findings, instances = scanned(shared_data, tmp_path, shared_data / labels, *more)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert len(instances) > 0
    assert (instances["segmentation"] != 0).mean() > 0.5
    assert not [f for f in findings if f["rule"].startswith("internal.")]
    assert len({(f["rule"], f["pointer"], f["fingerprint"], f["message"]) for f in findings}) == len(findings)


def test_taco_has_two_ids_twice(shared_data, tmp_path):
    findings, instances = scanned(shared_data, tmp_path, shared_data / "taco" / "annotations.json")
    said = Counter(i for f in findings if f["rule"] == "id.duplicate" for i in f["annotation_ids"])
    assert said == {309: 1, 4040: 1}
    ids = instances["annotation_id"].value_counts()
    assert sorted(ids[ids > 1].index) == [309, 4040]


def test_other_formats_are_refused_with_a_reason(shared_data, tmp_path, capsys):
    given = shared_data / "sav" / "sav_000001_auto.json"
    assert main(["scan", str(given), "--out", str(tmp_path / "r")]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert 'no list "images"' in message


def test_results_beside_labels_are_left_out_with_the_way_to_read_them(shared_data, tmp_path):
    findings, _ = scanned(shared_data, tmp_path, shared_data / "bloodcells" / "test")
    (skipped,) = [f for f in findings if f["rule"] == "input.skipped"]
    assert "--predictions" in skipped["message"]


def test_workers_change_no_byte(shared_data, tmp_path):
    labels = shared_data / "coco_val2014_100" / "instances_val2014_100.json"
    for workers in ("1", "2"):
        scanned(shared_data, tmp_path / workers, labels, "--workers", workers)
    for name in ("findings.json", "findings.csv", "findings.parquet"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_results_are_audited(shared_data, tmp_path):
    folder = shared_data / "coco_val2014_100"
    results = folder / "instances_val2014_fakesegm100_results.json"
    findings, instances = scanned(
        shared_data, tmp_path, folder / "instances_val2014_100.json", "--predictions", results
    )
    assert len(instances) == len(json.loads(results.read_text()))
    assert not [f for f in findings if f["rule"].startswith("rle.")]
    boxes = folder / "instances_val2014_fakebbox100_results.json"
    findings, _ = scanned(
        shared_data, tmp_path, folder / "instances_val2014_100.json", "--predictions", boxes
    )
    assert [f["rule"] for f in findings if f["rule"].startswith("results.")] == ["results.no_mask"]
