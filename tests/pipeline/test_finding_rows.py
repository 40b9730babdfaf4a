"""Every finding keeps the rows that it is about, whatever happens to the tables; results are no labels."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from audit.export.sarif import export_sarif
from audit.gates.gate import judge_batch
from audit.gates.policy import Limit, Policy
from audit.pipeline.compare import compare
from audit.pipeline.run import scan
from audit.report.report_data import ReportData
from audit.report.scan_summary import summarize_scan

SQUARES = [[x, 2, x + 8, 2, x + 8, 10, x, 10] for x in (2, 12, 22)]


def image(number: int, name: str) -> dict:
    return {"id": number, "file_name": name, "height": 20, "width": 40}


def label(number: int, square: list[int], **fields) -> dict:
    x = square[0]
    whole = {"image_id": 1, "category_id": 1, "iscrowd": 0, "area": 64, "bbox": [x, 2, 8, 8]}
    return {"id": number, "segmentation": [square]} | whole | fields


def result(square: list[int], **fields) -> dict:
    x = square[0]
    counts = [20 * x + 2, 8, *[12, 8] * 7]
    rle = {"size": [20, 40], "counts": [*counts, 800 - sum(counts)]}
    return {"image_id": 1, "category_id": 1, "segmentation": rle, "score": 0.5 + x / 100} | fields


@pytest.fixture
def write(tmp_path):
    def write_file(name: str, content: object):
        (tmp_path / name).write_text(json.dumps(content))
        return tmp_path / name

    return write_file


@pytest.fixture
def labels(write):
    content = {
        "images": [image(1, "a.png")],
        "annotations": [label(k, square) for k, square in enumerate(SQUARES)],
        "categories": [{"id": 1, "name": "cell"}],
    }
    return write("labels.json", content)


@pytest.fixture
def compared(labels, write):
    """Compare sound labels with results of which two are bad; their places are ids of labels."""
    bad = [result(SQUARES[1], category_id=7), result(SQUARES[2], image_id=99)]
    results = write("results.json", [result(SQUARES[0]), *bad])
    return compare(labels, results, what_ifs=False)


def about_results(scanned) -> list:
    return [f for f in scanned.findings if f.source.endswith("results.json") and f.annotation_ids]


def test_a_result_is_said_by_its_own_row(compared):
    found = about_results(compared.scan)
    assert {f.rule for f in found} == {"ref.category", "ref.image"}
    assert {(f.annotation_ids, f.instance_rows, f.prediction_rows) for f in found} == {
        ((1,), (), (1,)),
        ((2,), (), (2,)),
    }
    assert {f.rule: f.image_row for f in found} == {"ref.category": 0, "ref.image": -1}


def test_a_bad_result_is_counted_on_no_label(compared):
    errors = summarize_scan(compared.scan).severities[0]
    assert errors.findings == 2
    assert (errors.annotations.count, errors.annotations.total) == (0, 3)
    assert summarize_scan(compared.scan).verdict.startswith("2 errors about predictions")
    (category,) = ReportData.of(compared.scan, 9).build_dataset_page().categories
    assert category.n_errors == 0


def test_a_bad_result_is_drawn_on_no_label(compared):
    (page,) = ReportData.of(compared.scan, 9).pages
    assert [(f.masks, f.annotations) for f in page.findings if f.rule == "ref.category"] == [
        ((), ("result 1",))
    ]
    assert {mask.severity for mask in page.masks if mask.severity == "error"} == set()


def test_a_gate_counts_bad_results_but_no_label(compared):
    limits = (Limit("ref", max_count=0), Limit("ref", max_rate=0.5))
    count, rate = judge_batch(compared.scan, Policy(limits), today=date(2026, 6, 1)).limits
    assert (count.n_findings, count.outcome.value) == (2, "fail")
    assert (rate.n_defective, rate.n_units, rate.n_outside_units) == (0, 3, 2)


def test_a_bad_result_is_placed_in_its_own_file(compared):
    log = json.loads(export_sarif(judge_batch(compared.scan, Policy(), today=date(2026, 6, 1))))
    (line,) = (r for r in log["runs"][0]["results"] if r["ruleId"] == "ref.category")
    (place,) = line["locations"]
    text = Path(compared.scan.sources[1].name).read_text()
    at = place["physicalLocation"]
    assert at["artifactLocation"]["uri"].endswith("results.json")
    assert at["region"] == {"startLine": 1, "startColumn": text.index(json.dumps(json.loads(text)[1])) + 1}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "/1/category_id"


def test_rows_follow_when_files_are_put_together(labels, write):
    """The second file's annotations stand in another order than the table's, and ids come twice."""
    second = {
        "images": [image(5, "b.png"), image(4, "c.png") | {"height": 0}],
        "annotations": [
            label(9, SQUARES[0], image_id=5),
            label(2, SQUARES[1], image_id=5, category_id=7),
            label(2, SQUARES[2], image_id=5, bbox=None),
        ],
        "categories": [{"id": 1, "name": "cell"}],
    }
    scanned = scan([labels, write("second.json", second)])
    instances, images = scanned.measurements.instances, scanned.measurements.images
    rules = Counter()
    for f in scanned.findings:
        assert (
            tuple(instances["annotation_id"].to_numpy()[list(f.instance_rows)].tolist()) == f.annotation_ids
        )
        assert f.image_id == (None if f.image_row < 0 else images["image_id"].tolist()[f.image_row])
        for row in f.instance_rows:
            index = instances["index"].tolist()[row]
            assert not f.pointer or f.pointer.startswith(f"/annotations/{index}") or len(f.instance_rows) > 1
        rules[f.rule] += 1
    assert {"ref.category", "image.size", "id.duplicate"} <= set(rules)


def test_stored_measurements_give_the_same_rows(labels, write, tmp_path):
    from audit.pipeline.outputs import write_scan_files

    scanned = scan(labels)
    write_scan_files(scanned, tmp_path)
    assert scan(from_measurements=tmp_path).findings == scanned.findings
