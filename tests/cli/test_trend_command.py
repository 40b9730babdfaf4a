"""``maskaudit trend``: reports of batches, compared without their labels."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def reports(run, document):
    """Two stored reports: one clean batch, one in which every image has one object twice."""
    for name, twice in (("first", False), ("second", True)):
        square = [[2, 2, 8, 2, 8, 8, 2, 8]]
        one = document(square, *([square] if twice else []))
        images = [one["images"][0] | {"id": k, "file_name": f"{name}{k}.png"} for k in range(30)]
        annotations = [
            record | {"id": 100 * k + record["id"], "image_id": k}
            for k in range(30)
            for record in one["annotations"]
        ]
        labels = one | {"images": images, "annotations": annotations}
        Path(f"{name}.json").write_text(json.dumps(labels))
        assert (
            run("scan", f"{name}.json", "--out", f"runs/{name}", "--no-html", "--select", "overlap").code == 0
        )
        Path(f"{name}.json").unlink()


def test_the_newest_batch_is_worse(run, reports):
    ran = run("trend", "runs/first", "runs/second", "--out", "t")
    assert ran.code == 0
    assert "1: first: 30 images, 30 annotations\n2: second: 30 images, 60 annotations\n" in ran.out
    assert "Beyond chance: overlap.duplicate is higher in the newest batch.\n" in ran.out
    assert "Page: t/trend.html" in ran.out
    page = Path("t/trend.html").read_text()
    assert "50.00" in page
    assert "<h1>Batches over time</h1>" in page
    document = json.loads(Path("t/trend.json").read_text())
    assert [batch["name"] for batch in document["batches"]] == ["first", "second"]
    assert document["rules"][0]["verdict"] == "newest higher"
    assert json.loads(run("trend", "runs", "--format", "json").out) == document
    assert run("trend", "runs/first", "runs/first").out.endswith(
        "No rule changes beyond chance over 2 batches.\n"
    )
    assert run("trend", "runs", "--quiet").out == ""


def test_what_is_no_report_is_named(run, reports):
    assert "give at least two reports" in run("trend", "runs/first").line
    assert (
        "this is no report of a scan (run.json is missing)" in run("trend", "runs/first", "clean.json").line
    )
    # The last of these is called an OSError by pyarrow.
    for broken in (b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"PAR1" + b"\xff" * 92 + b"\x40\0\0\0PAR1"):
        Path("runs/second/findings.parquet").write_bytes(broken)
        ran = run("trend", "runs")
        assert ran.code == 2
        assert "runs/second: the report cannot be read" in ran.line
    Path("runs/second/findings.parquet").unlink()
    assert "(findings.parquet is missing)" in run("trend", "runs").line
    Path("runs/second/run.json").write_text('{"config": []}')
    assert "runs/second: the report cannot be read" in run("trend", "runs").line
