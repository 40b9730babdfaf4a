import json
from dataclasses import replace

import pytest

from audit.gates.errors import GateError
from audit.gates.grouping import assign_groups, find_annotator_field
from audit.measure.schema import empty_measurements
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan
from audit.testing import measured, scene

IMAGES = [
    {"id": 1, "file_name": "b1/anna_1.png", "height": 9, "width": 9, "date_captured": "2026-03-01 10:00:00"},
    {"id": 2, "file_name": "b2/ben_2.png", "height": 9, "width": 9, "annotator": "Ben"},
]
BOX = [[1, 1, 5, 1, 5, 5, 1, 5]]
ANNOTATIONS = [
    {"id": 10, "image_id": 1, "category_id": 1, "segmentation": BOX, "rater_id": 7},
    {"id": 11, "image_id": 2, "category_id": 1, "segmentation": BOX, "attributes": {"job": "j1"}},
    {"id": 12, "image_id": 99, "category_id": 1, "segmentation": BOX},
]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    file = tmp_path_factory.mktemp("labels") / "a.json"
    content = {"images": IMAGES, "annotations": ANNOTATIONS, "categories": [{"id": 1, "name": "cell"}]}
    file.write_text(json.dumps(content))
    return scan(file)


def groups(by, scanned):
    found = assign_groups(by, scanned)
    return found.instance_groups.tolist(), found.image_groups.tolist()


NONE = "(none)"


@pytest.mark.parametrize(
    ("by", "annotations", "images"),
    [
        ("rater_id", ["7", NONE, NONE], [NONE, NONE]),
        ("job", [NONE, "j1", NONE], [NONE, NONE]),
        ("attributes.job", [NONE, "j1", NONE], [NONE, NONE]),
        ("annotator", [NONE, "Ben", NONE], [NONE, "Ben"]),
        ("image:annotator", [NONE, "Ben", NONE], [NONE, "Ben"]),
        ("date", ["2026-03-01", NONE, NONE], ["2026-03-01", NONE]),
        ("folder", ["b1", "b2", NONE], ["b1", "b2"]),
        ("file:/([a-z]+)_", ["anna", "ben", NONE], ["anna", "ben"]),
    ],
)
def test_from_the_labels(scanned, by, annotations, images):
    assert groups(by, scanned) == (annotations, images)


def test_by_source(scanned):
    name = scanned.sources[0].name
    assert groups("source", scanned)[1] == [name, name]


@pytest.mark.parametrize("key", ["file_name", "image_id", "annotation_id"])
def test_from_a_table(scanned, tmp_path, key):
    values = {"file_name": "b1/anna_1.png", "image_id": 1, "annotation_id": 10}
    file = tmp_path / "who.csv"
    file.write_text(f"{key},annotator\n{values[key]},Anna\n")
    assert groups(f"csv:{file}", scanned)[0] == ["Anna", NONE, NONE]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("ratr_id", "no annotation and no image has a field 'ratr_id'; did you mean \"rater_id\"?"),
        ("file:[", "not a regular expression"),
        ("file:abc", "put the part that names the group in brackets"),
        ("file:(xyz)", "matches no file name"),
        ("csv:none.csv", "none.csv: cannot be read"),
    ],
)
def test_what_names_no_group_is_refused(scanned, by, said):
    with pytest.raises(GateError) as caught:
        assign_groups(by, scanned)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "needs a column file_name"),
        ("", "not a CSV"),
        ("file_name,x\nother.png,A\n", "no file_name of it"),
    ],
)
def test_a_wrong_table_is_refused(scanned, tmp_path, text, said):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(GateError, match=said):
        assign_groups(f"csv:{tmp_path / 't.csv'}", scanned)


@pytest.mark.parametrize(
    ("source", "folders"),
    [
        ("a.json", [".", "sub"]),
        ("batch_7/a.json", ["batch_7", "sub"]),
        ("x\\batch_8\\a.json", ["batch_8", "sub"]),
    ],
)
def test_pictures_without_a_folder_are_in_that_of_their_labels(source, folders):
    m = measured(scene("a", file_name="a.png"), scene("b", file_name="sub/b.png"))
    found = assign_groups("folder", ScanResult("1", replace(m, sources=(source,)), (), {}, {}))
    assert found.image_groups.tolist() == folders


@pytest.mark.parametrize("field", ['a"b', "a\\b", "a\nb", "annotation:\x1b", "\ud800"])
def test_a_field_that_json_writes_with_escapes_is_refused_in_words(field):
    with pytest.raises(GateError, match="quotes, backslashes or control characters"):
        assign_groups(field, ScanResult("1", empty_measurements(), (), {}, {}))


def test_the_field_that_names_annotators_is_found_in_the_first_records(scanned, tmp_path, monkeypatch):
    assert find_annotator_field(scanned) == "rater_id"
    assert assign_groups("rater_id", scanned).group_findings(scanned.findings)[:1]
    monkeypatch.setattr("audit.gates.grouping.MAX_SEARCHED_BYTES", 10)
    assert find_annotator_field(scanned) == ""
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"images": IMAGES[:1], "annotations": [], "categories": []}))
    monkeypatch.undo()
    assert find_annotator_field(scan(file)) == ""
