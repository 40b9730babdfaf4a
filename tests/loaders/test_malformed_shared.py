"""Broken files that people met in the wild: what was found in each by hand must be found here too."""

import json
from collections import Counter
from pathlib import Path

import pytest
from corpus.compare import resolve

from audit.findings.finding import Finding
from audit.loaders.loaded import UnreadableError
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan

pytestmark = pytest.mark.shared

FOLDER = "malformed"
HABITS = {
    "duplicate_ids_no_segmentation_textlines.json": {
        "image.size": (118, 118),
        "id.missing": (2925, 2925),
        "area.missing": (2925, 2925),
        "iscrowd.missing": (2925, 2925),
        "segm.missing": (2925, 2925),
    },
    "empty_segmentation_and_crowd_laptop.json": {"segm.empty": (4970, 4970)},
    "overnested_polygons_Kav1.json": {"segm.nesting": (244, 244)},
}
"""Defects that all records share: rule to (records, of)."""
SINGLE = {
    "issue_clodsa_76.json": {
        "segm.empty": ["/annotations/0/segmentation", "/annotations/1/segmentation/0"],
    },
    "issue_coco-annotator_526.json": {"polygon.too_few": ["/annotations/0/segmentation/1"]},
    "issue_cocoapi_355.json": {},
    "issue_myvision_17_flat_list.json": {
        "id.zero": ["/annotations/0/id"],
        "segm.nesting": ["/annotations/0/segmentation"],
    },
    "issue_norlab_logpiles_3.json": {"polygon.too_few": ["/annotations/0/segmentation/0"]},
    "issue_tensorpack_1041.json": {
        "id.type": [*(f"/annotations/{k}/image_id" for k in range(3)), "/images/0/id"],
        "polygon.too_few": [f"/annotations/{k}/segmentation/0" for k in range(3)],
    },
    "overnested_polygons_Kav1.FIXED.json": {},
    "zero_images_zero_annotations.json": {},
}
"""Defects that readers report: rule to pointers, all of them."""
JUDGED = {
    "issue_coco-annotator_526.json": {("bbox.nonpositive", (1,))},
    "issue_cocoapi_355.json": {("bbox.nonpositive", (918,)), ("polygon.zero_area", (918,))},
    "issue_norlab_logpiles_3.json": {("bbox.nonpositive", (625,))},
    "issue_tensorpack_1041.json": {("bbox.outside", (55469,)), ("bbox.outside", (55470,))},
    "zero_images_zero_annotations.json": {("dataset.empty", ())},
}
"""What rules must say besides: rule and annotations."""
REFUSED = {
    "missing_annotations_key_nuclei_test.json": ("schema.missing_key", "/annotations"),
    "truncated_instances_val2017.json": ("json.syntax", "line 1, column 1769473"),
}
SOUND = (
    "taco/annotations_2019-06-09.json",
    "taco/annotations_2019-06-24.json",
    "iaa/fruits.json",
    "iaa/landscape_annotations.json",
    "iaa/smile_fruits.json",
    "iaa/test_annotation.json",
    "coco_mini/instances.json",
    "coco_val2014_100/instances_val2014_100.json",
    "lvis_val_100/lvis_val_100.json",
    "dsb2018/as_released.json",
    "dsb2018/corrected.json",
)
SEGMENT_ANYTHING = "sa1b_rle_size_mismatch.json"
"""No COCO, but SA-1B: read as that."""
HARD = ("json.", "id.", "ref.", "schema.", "number.", "segm.", "polygon.", "rle.")
"""Families of reader rules that sound files must not get."""


def audited(shared_data: Path, name: str) -> tuple[ScanResult, object]:
    path = shared_data / name
    return scan(path), json.loads(path.read_text())


def pointers(findings: tuple[Finding, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for f in findings:
        found.setdefault(f.rule, []).append(f.pointer)
    return {rule: sorted(places) for rule, places in found.items()}


def test_every_file_is_pinned(shared_data):
    names = {path.name for path in (shared_data / FOLDER).glob("*.json")}
    assert names == {*HABITS, *SINGLE, *REFUSED, SEGMENT_ANYTHING}


@pytest.mark.parametrize("name", HABITS)
def test_habits_are_said_once(name, shared_data):
    result, document = audited(shared_data, f"{FOLDER}/{name}")
    said = {f.rule: (f.evidence["records"], f.evidence["of"]) for f in result.reader_findings}
    assert said == HABITS[name]
    assert len(result.reader_findings) == len(said)
    for f in result.reader_findings:
        resolve(document, f.pointer)


@pytest.mark.parametrize("name", SINGLE)
def test_single_faults_are_found_and_nothing_else(name, shared_data):
    result, document = audited(shared_data, f"{FOLDER}/{name}")
    assert pointers(result.reader_findings) == {rule: sorted(p) for rule, p in SINGLE[name].items()}
    for f in result.findings:
        resolve(document, f.pointer)


@pytest.mark.parametrize("name", JUDGED)
def test_rules_say_the_rest(name, shared_data):
    result, _ = audited(shared_data, f"{FOLDER}/{name}")
    assert {(f.rule, f.annotation_ids) for f in result.findings} >= JUDGED[name]


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line_with_the_place(name, shared_data):
    path = shared_data / FOLDER / name
    with pytest.raises(UnreadableError) as caught:
        scan(path)
    rule, where = REFUSED[name]
    assert (caught.value.rule, caught.value.where) == (rule, where)
    assert str(caught.value).startswith(f"{path}: {where}: ")
    assert str(caught.value).isprintable()


def test_a_file_of_segment_anything_is_read_as_such(shared_data):
    findings = scan(shared_data / FOLDER / SEGMENT_ANYTHING).findings
    assert {(f.rule, f.annotation_ids) for f in findings} == {
        ("rle.size_swapped", (1,)), ("bbox.nonpositive", (1,)),
    }  # fmt: skip


def test_the_rest_of_a_truncated_file_can_be_audited(shared_data):
    result = scan(shared_data / FOLDER / "truncated_instances_val2017.json", salvage=True)
    assert {"json.syntax", "schema.missing_key"} <= {f.rule for f in result.findings}


def test_the_authors_fix_of_nested_polygons_is_drawn(shared_data):
    result, document = audited(shared_data, f"{FOLDER}/overnested_polygons_Kav1.FIXED.json")
    rows = result.measurements.instances
    assert len(rows) == len(document["annotations"]) == 243
    assert (rows["segmentation"] == 1).all()


def test_taco_gives_two_ids_twice(shared_data):
    result, document = audited(shared_data, "taco/annotations.json")
    again = [f for f in result.findings if f.rule == "id.duplicate"]
    assert {f.annotation_ids for f in again} == {(309,), (4040,)}
    assert len(again) == 2
    ids = [a["id"] for a in document["annotations"]]
    for f in again:
        assert resolve(document, f.pointer) == f.annotation_ids[0]
        assert ids.index(f.annotation_ids[0]) == f.evidence["first_index"]
    assert {f.rule for f in result.reader_findings} == {"id.duplicate"}
    assert len(result.measurements.instances) == 4784


@pytest.mark.parametrize("name", SOUND)
def test_sound_files_have_no_faults_of_reading(name, shared_data):
    result, document = audited(shared_data, name)
    assert [f for f in result.reader_findings if f.rule.startswith(HARD)] == []
    assert len(result.measurements.instances) == len(document["annotations"])
    assert (result.measurements.instances["segmentation"] > 0).all()


def test_lvis_has_no_crowd_flags_as_a_habit(shared_data):
    result, _ = audited(shared_data, "lvis_val_100/lvis_val_100.json")
    assert Counter(f.rule for f in result.reader_findings) == {"iscrowd.missing": 1}


@pytest.mark.parametrize("part", ["test", "valid"])
def test_bloodcells_have_an_annotation_with_id_0(part, shared_data):
    result, document = audited(shared_data, f"bloodcells/{part}/_annotations.coco.json")
    (zero,) = result.reader_findings
    assert (zero.rule, resolve(document, zero.pointer)) == ("id.zero", 0)


def test_real_results_are_read(shared_data):
    folder = shared_data / "bloodcells" / "test"
    path = folder / "coco_instances_results.json"
    result = scan(folder / "_annotations.coco.json", predictions=path)
    assert len(result.measurements.instances) == len(json.loads(path.read_text()))
    assert not [f for f in result.reader_findings if f.rule.startswith(HARD)]
