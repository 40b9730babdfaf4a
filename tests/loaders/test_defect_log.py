"""Defects become findings: one by one, as a habit, or counted where a record has very many."""

import json

import numpy as np

from audit.dataset.model import empty_dataset
from audit.loaders.coco import parse_coco
from audit.loaders.defect_log import MAX_REPEATS, MIN_AGGREGATED, DefectLog, _FindingBuilder, build_findings
from audit.loaders.json_file import JsonFile


def log_of(records, times=1):
    log = DefectLog("a.json")
    for index in range(records):
        for k in range(times):
            log.add("bbox.type", "annotations", index, f"/bbox/{k}", "it is no number", k)
    return log


def test_many_faults_of_one_record_are_counted():
    found = list(build_findings(log_of(1, times=1000), empty_dataset(), {"annotations": 50}))
    assert len(found) == MAX_REPEATS + 1
    assert [f.pointer for f in found[:2]] == ["/annotations/0/bbox/0", "/annotations/0/bbox/1"]
    assert found[-1].pointer == "/annotations/0"
    assert found[-1].evidence == {"more": 1000 - MAX_REPEATS}
    assert "980 more" in found[-1].message


def test_as_many_as_are_said_need_no_count():
    found = list(build_findings(log_of(1, times=MAX_REPEATS), empty_dataset(), {"annotations": 50}))
    assert len(found) == MAX_REPEATS
    assert all("more" not in f.evidence for f in found)


def test_a_habit_needs_many_records_and_a_large_share():
    few = list(
        build_findings(log_of(MIN_AGGREGATED - 1), empty_dataset(), {"annotations": MIN_AGGREGATED - 1})
    )
    assert len(few) == MIN_AGGREGATED - 1
    small_share = list(build_findings(log_of(MIN_AGGREGATED), empty_dataset(), {"annotations": 1000}))
    assert len(small_share) == MIN_AGGREGATED
    (habit,) = build_findings(log_of(MIN_AGGREGATED), empty_dataset(), {"annotations": MIN_AGGREGATED})
    assert habit.evidence["records"] == habit.evidence["of"] == MIN_AGGREGATED
    assert habit.pointer == "/annotations"
    assert habit.message.endswith(
        f"said once as a habit of the file; the first: {habit.evidence['example']}."
    )


def test_fingerprints_of_all_findings_differ():
    found = list(build_findings(log_of(5, times=30), empty_dataset(), {"annotations": 500}))
    assert len({f.fingerprint for f in found}) == len(found)


def test_made_up_ids_are_not_those_of_the_file():
    """Two records lack an id; a third has the very number that the first of them would get."""
    base = {
        "image_id": 1,
        "category_id": 1,
        "segmentation": [[1, 1, 5, 1, 5, 5]],
        "bbox": [1, 1, 4, 4],
        "area": 8,
    }
    document = {
        "images": [{"id": 1, "file_name": "a", "height": 9, "width": 9}],
        "annotations": [base, base, base | {"id": -(2**53)}],
        "categories": [{"id": 1, "name": "n"}],
    }
    data = json.dumps(document).encode()
    loaded = parse_coco(JsonFile("a.json", data, len(data), "", False))
    said = {(f.rule, f.pointer) for f in loaded.findings if f.rule.startswith("id.")}
    assert said == {
        ("id.missing", "/annotations/0"),
        ("id.missing", "/annotations/1"),
        ("id.range", "/annotations/2/id"),
    }
    assert any(f.message.startswith("Annotation -9007199254740992: ") for f in loaded.findings)
    assert any(f.message.startswith("Annotation number 0 of the list: ") for f in loaded.findings)


def test_a_record_is_looked_up_at_and_beyond_the_ends():
    """Positions 1, 3 and 4 of the list became rows; the others became none."""
    builder = _FindingBuilder.__new__(_FindingBuilder)
    builder.index = {"annotations": np.array([1, 3, 4])}
    rows = [builder._find_row("annotations", position) for position in range(7)]
    assert rows == [-1, 0, -1, 1, 2, -1, -1]
    assert builder._find_row("", 1) == -1
