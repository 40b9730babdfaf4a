"""A folder that moved and a category that was renamed do not make known findings new."""

from dataclasses import replace
from datetime import date

import pytest

from audit.api.scanning import scan
from audit.gates.baseline import find_regressions, make_baseline, match_baseline
from audit.gates.gate import judge_batch
from audit.gates.moved_names import trace_file_names, trace_fingerprints
from audit.gates.policy import Policy

SQUARE = [[2, 2, 9, 2, 9, 9, 2, 9]]
APART = [[12, 2, 18, 2, 18, 9, 12, 9]]


def labels(folder="", names=("a.png", "b.png"), categories=((1, "cell"), (2, "debris"))):
    """Return a doubled mask on the first image, an image without a mask, a category that nobody uses."""
    images = [
        {"id": k, "file_name": f"{folder}{name}", "width": 20, "height": 20}
        for k, name in enumerate(names, 1)
    ]
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": 0,
            "segmentation": shape,
            "area": 49,
            "bbox": box,
        }
        for k, (shape, box) in enumerate(
            [(SQUARE, [2, 2, 7, 7]), (SQUARE, [2, 2, 7, 7.5]), (APART, [12, 2, 6, 7])], 1
        )
    ]
    listed = [{"id": number, "name": name} for number, name in categories]
    return {"images": images, "annotations": annotations, "categories": listed}


def count_new(before, after):
    """Take the findings of one version as known; count those of the other that are new."""
    baseline, result = make_baseline(scan(before).result.findings), scan(after).result
    assert len(result.findings) >= 3
    judged = judge_batch(result, Policy(ratchet=True), today=date(2026, 1, 1), baseline=baseline)
    assert bool(judged.regressions) == bool(judged.count_by_status()["new"])
    return judged.count_by_status()["new"]


def test_a_folder_that_moved_makes_nothing_new():
    assert count_new(labels("old/"), labels("new/deeper/")) == 0
    assert count_new(labels(), labels("train/")) == 0


def test_renamed_categories_make_nothing_new():
    assert count_new(labels(), labels(categories=((1, "nucleus"), (2, "dirt")))) == 0


def test_both_at_once():
    assert count_new(labels("old/"), labels(categories=((1, "nucleus"), (2, "dirt")))) == 0


def test_another_picture_is_another_picture():
    assert count_new(labels(), labels(names=("c.png", "d.png"))) > 0


def test_a_base_name_that_occurs_twice_tells_nothing():
    result = scan(labels(names=("x/a.png", "y/a.png"))).result
    baseline = make_baseline(scan(labels("old/")).result.findings)
    assert trace_file_names(baseline, result.measurements) == {}


def test_what_is_new_in_a_moved_picture_stays_new():
    before = labels("old/")
    before["annotations"] = before["annotations"][:1]
    result = scan(labels("new/")).result
    baseline = make_baseline(scan(before).result.findings)
    traced = trace_fingerprints(baseline, result.findings, result.measurements)
    found = match_baseline(baseline, result.findings, set(), traced)
    rules = {f.rule for f, known in zip(result.findings, found.known, strict=True) if not known}
    assert "overlap.duplicate" in rules or "annotation.duplicate" in rules


def test_a_new_category_that_nobody_uses_is_new():
    result = scan(labels(categories=((1, "cell"), (2, "debris"), (3, "dust")))).result
    baseline = make_baseline(scan(labels()).result.findings)
    traced = trace_fingerprints(baseline, result.findings, result.measurements)
    found = match_baseline(baseline, result.findings, set(), traced)
    new = [f for f, known in zip(result.findings, found.known, strict=True) if not known]
    assert [(f.rule, f.category_ids) for f in new] == [("dataset.unused_category", (3,))]


def test_mended_findings_of_a_moved_folder_are_stale():
    baseline, after = make_baseline(scan(labels("old/")).result.findings), labels("new/")
    after["annotations"] = after["annotations"][:1]
    result = scan(after).result
    judged = judge_batch(result, Policy(), today=date(2026, 1, 1), baseline=baseline)
    assert {entry.file_name for entry in judged.baseline.stale} >= {"old/a.png"}
    assert judged.baseline.n_absent == 0
    assert find_regressions(baseline, result.findings, {"old/a.png", "old/b.png"}) == ()


@pytest.mark.parametrize("count", [1, 2])
def test_no_more_are_known_than_the_baseline_counts(count):
    result = scan(labels(categories=((1, "cell"), (9, "dust")))).result
    (unused,) = [f for f in result.findings if f.rule == "dataset.unused_category"]
    known = make_baseline([replace(unused, fingerprint="0a")] * count)
    traced = trace_fingerprints(known, [unused, unused], result.measurements)
    assert match_baseline(known, [unused, unused], set(), traced).known == (True, count == 2)
