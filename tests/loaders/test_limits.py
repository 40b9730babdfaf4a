"""Each limit of the loaders, at its value and beside it; the numbers stand here a second time on purpose."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.dataset.model import empty_dataset
from audit.loaders.annotation_columns import LABEL_FIELDS, RecordSpans, parse_annotations
from audit.loaders.coco import read_coco
from audit.loaders.coco_categories import read_categories
from audit.loaders.coco_images import read_images
from audit.loaders.coco_results import read_results
from audit.loaders.defect_log import DefectLog, build_findings
from audit.loaders.ids import read_id
from audit.loaders.json_value import JsonObject, UnusableNumber, parse_record, shorten_json
from audit.loaders.label_images import read_label_images
from audit.loaders.read import read_dataset
from audit.loaders.segmentation_faults import diagnose_segmentation
from audit.loaders.slow_path import report_text_faults


@pytest.mark.parametrize(
    ("n_guilty", "n_records", "n_findings"),
    [(19, 19, 19), (20, 20, 1), (20, 66, 1), (20, 67, 20), (300, 1000, 300), (301, 1000, 1)],
)
def test_defect_of_twenty_records_and_over_three_in_ten_is_one_finding(n_guilty, n_records, n_findings):
    defect_log = DefectLog("a.json")
    for position in range(n_guilty):
        defect_log.add("bbox.type", "annotations", position, "/bbox", "bbox is null", None)
    findings = list(build_findings(defect_log, empty_dataset(), {"annotations": n_records}))
    assert len(findings) == n_findings


@pytest.mark.parametrize(("n_defects", "n_noted", "more"), [(20, 20, 0), (21, 21, 1), (50, 21, 30)])
def test_twenty_defects_of_a_record_are_noted_one_by_one(n_defects, n_noted, more):
    defect_log = DefectLog("a.json")
    for position in range(n_defects):
        defect_log.add("polygon.odd", "annotations", 0, f"/segmentation/{position}", "is odd", position)
    findings = list(build_findings(defect_log, empty_dataset(), {"annotations": 1}))
    assert len(findings) == n_noted
    assert findings[-1].evidence == ({"more": more} if more else {})


def test_aggregate_names_five_examples():
    records = [json.dumps({"id": 100 + k, "name": ""}).encode() for k in range(20)]
    defect_log = DefectLog("a.json")
    categories, _, _ = read_categories(records, defect_log)
    dataset = replace(empty_dataset(), categories=categories)
    (finding,) = build_findings(defect_log, dataset, {"categories": 20})
    assert finding.evidence["example_ids"] == [100, 101, 102, 103, 104]
    assert finding.evidence["share"] == 1.0


def test_numbers_of_four_hundred_characters_are_read():
    assert parse_record(b"1" * 400) == int("1" * 400)
    assert parse_record(b"1" * 401) == UnusableNumber("number.range", "1" * 20 + "…")
    assert parse_record(b"0." + b"1" * 398) == pytest.approx(0.111111, abs=1e-5)
    assert parse_record(b"0." + b"1" * 399) == UnusableNumber("number.range", "0." + "1" * 18 + "…")


@pytest.mark.parametrize(("n_digits", "is_typed"), [(200, True), (201, False), (450, False)])
def test_long_number_in_a_member_that_nobody_reads_takes_the_slow_path(n_digits, is_typed):
    record = b'{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [], "extra": %s}' % (
        b"7" * n_digits
    )
    columns = parse_annotations(RecordSpans.of([record]), slice(0, 1), LABEL_FIELDS)
    assert columns["is_typed"].tolist() == [is_typed]


@pytest.mark.parametrize(("length", "is_reported"), [(1000, False), (1001, True)])
def test_name_of_a_thousand_characters(length, is_reported):
    defect_log = DefectLog("a.json")
    report_text_faults("a" * length, 0, "categories", "name", defect_log)
    report_text_faults("a" * 5000, 1, "images", "file_name", defect_log)  # another rule's
    assert [defect.rule for defect in defect_log.defects] == ["text.length"] * is_reported


@pytest.mark.parametrize(
    ("side", "height", "rules"),
    [
        ("7.0", 7, ["image.size"]),
        ("0.0", 0, ["image.size"]),
        ("7.5", 0, ["image.size"]),
        ("-3", 0, ["image.size"]),
        ("4611686018427387904", 0, ["image.size_limit"]),
    ],
)
def test_odd_height_is_reported_once(side, height, rules):
    defect_log = DefectLog("a.json")
    record = b'{"id": 1, "file_name": "a.png", "height": %s, "width": 5}' % side.encode()
    images, _, _ = read_images([record], defect_log)
    assert images.height.tolist() == [height]
    assert [defect.rule for defect in defect_log.defects] == rules


def test_text_is_shortened_to_sixty_characters():
    assert shorten_json("a" * 58) == '"' + "a" * 58 + '"'
    assert shorten_json("a" * 59) == '"' + "a" * 59 + "…"


def write_labels(path, categories=(), images=()):
    path.write_text(json.dumps({"images": list(images), "annotations": [], "categories": list(categories)}))
    return path


def test_names_of_one_id_contradict_between_files_only(tmp_path):
    doubled = [{"id": 1, "name": "cell"}, {"id": 1, "name": "nucleus"}]
    one_file = write_labels(tmp_path / "a.json", doubled)
    other_file = write_labels(tmp_path / "b.json", [{"id": 2, "name": "debris"}])
    rules = {finding.rule for finding in read_dataset([one_file, other_file]).findings}
    assert "category.conflict" not in rules
    third_file = write_labels(tmp_path / "c.json", [{"id": 2, "name": "cell"}])
    conflicts = [f for f in read_dataset([other_file, third_file]).findings if f.rule == "category.conflict"]
    assert [(f.category_ids, f.evidence["other_name"]) for f in conflicts] == [((2,), "debris")]


@pytest.mark.parametrize(("n_results", "is_reported"), [(1, False), (2, True)])
def test_two_equal_scores_are_constant(tmp_path, n_results, is_reported):
    image = {"id": 1, "file_name": "a.png", "height": 9, "width": 9}
    labels = read_coco(write_labels(tmp_path / "gt.json", [{"id": 1, "name": "cell"}], [image])).dataset
    mask = {"size": [9, 9], "counts": [3, 3, 75]}
    result = {"image_id": 1, "category_id": 1, "segmentation": mask, "score": 1.0}
    file = tmp_path / "results.json"
    file.write_text(json.dumps([{**result, "bbox": [0, k, 1, 3]} for k in range(n_results)]))
    rules = {finding.rule for finding in read_results(file, labels).findings}
    assert ("score.constant" in rules) == is_reported
    assert "score.range" not in rules


@pytest.mark.parametrize(
    ("pixels", "is_reported"), [([0, 1, 1], False), ([1, 0, 1], True), ([1, 0, 2], False)]
)
def test_one_value_in_two_regions_is_no_label_image(tmp_path, pixels, is_reported):
    Image.fromarray(np.array([pixels], dtype=np.uint8)).save(tmp_path / "a_mask.png")
    rules = {finding.rule for finding in read_label_images(tmp_path).findings}
    assert ("label.one_value" in rules) == is_reported


@pytest.mark.parametrize(
    ("record_id", "is_kept"), [(2**63 - 1, True), (2**63, False), (1 - 2**63, True), (-(2**63), False)]
)
def test_ids_fit_into_64_bits_but_for_the_one_that_stands_for_no_record(record_id, is_kept):
    defect_log = DefectLog("a.json")
    row_id, key = read_id(defect_log, "images", 0, JsonObject(id=record_id))
    assert key == record_id
    assert (row_id == record_id) == is_kept
    assert [defect.rule for defect in defect_log.defects] == ([] if is_kept else ["id.range"])


def test_share_of_an_aggregate_has_six_digits():
    defect_log = DefectLog("a.json")
    for position in range(20):
        defect_log.add("bbox.type", "annotations", position, "/bbox", "bbox is null", None)
    (finding,) = build_findings(defect_log, empty_dataset(), {"annotations": 66})
    assert finding.evidence["share"] == 0.30303


@pytest.mark.parametrize(("number", "is_refused"), [(2**63 - 1, False), (2**63, True), (-(2**63), True)])
def test_numbers_of_an_rle_fit_into_64_bits(number, is_refused):
    run = diagnose_segmentation(JsonObject(size=[1, 1], counts=[number]))
    assert [fault[0] for fault in run.faults] == ["rle.range"] * is_refused
    side = diagnose_segmentation(JsonObject(size=[1, number], counts=[1]))
    assert [fault[0] for fault in side.faults] == ["rle.size_limit"] * is_refused


@pytest.mark.parametrize(("n_boxes", "is_mixed"), [(0, False), (1, True), (2, False)])
def test_boxes_of_some_results_only_are_mixed(tmp_path, n_boxes, is_mixed):
    file = tmp_path / "results.json"
    box = {"bbox": [0, 0, 2, 2]}
    file.write_text(json.dumps([box if k < n_boxes else {} for k in range(2)]))
    rules = {finding.rule for finding in read_results(file, empty_dataset()).findings}
    assert ("results.mixed" in rules) == is_mixed


@pytest.mark.parametrize(("folders", "picture"), [(["x"], "x/7.png"), (["x", "y"], "7_mask.png")])
def test_picture_is_found_by_its_name_where_one_has_it(tmp_path, folders, picture):
    pixels = Image.fromarray(np.ones((2, 2), dtype=np.uint8))
    (tmp_path / "labels").mkdir()
    pixels.save(tmp_path / "labels" / "7_mask.png")
    for folder in folders:
        (tmp_path / "pictures" / folder).mkdir(parents=True)
        pixels.save(tmp_path / "pictures" / folder / "7.png")
    loaded = read_label_images(tmp_path / "labels", pictures=tmp_path / "pictures")
    assert loaded.dataset.images.file_name == (picture,)
