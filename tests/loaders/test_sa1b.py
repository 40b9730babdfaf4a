"""SA-1B: a JSON file an image; ids and places are those of the files."""

import json

import pytest

from audit.api.scanning import scan
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.pipeline import run
from audit.pipeline.outputs import write_scan_files

SQUARE = {"size": [6, 8], "counts": [7, 3, 3, 3, 32]}


def mask(annotation_id, **members):
    record = {"id": annotation_id, "bbox": [1, 1, 2, 3], "area": 6, "segmentation": SQUARE}
    return record | {"predicted_iou": 0.9, "stability_score": 0.98} | members


def write(folder, number, *annotations, **image):
    record = {"image_id": number, "width": 8, "height": 6, "file_name": f"sa_{number}.jpg"} | image
    path = folder / f"sa_{number}.json"
    path.write_text(json.dumps({"image": record, "annotations": annotations}))
    return path


def test_a_folder_is_one_dataset_with_the_ids_of_its_files(tmp_path):
    write(tmp_path, 5, mask(1000), mask(1001))
    write(tmp_path, 6)
    write(tmp_path, 7, mask(1000))
    loaded = read_dataset([tmp_path])
    data = loaded.dataset
    assert loaded.findings == ()
    assert [source.format for source in data.sources] == ["sa1b"]
    assert data.images.id.tolist() == [5, 6, 7]
    assert data.images.file_name == ("sa_5.jpg", "sa_6.jpg", "sa_7.jpg")
    assert data.annotations.id.tolist() == [1000, 1001, 1000]
    assert data.annotations.image.tolist() == [0, 0, 2]
    assert data.annotations.index.tolist() == [0, 1, 0]
    assert data.categories.name == ("object",)
    assert data.annotations.segmentation.counts.tolist() == [7, 3, 3, 3, 32] * 3


def test_findings_name_file_and_record(tmp_path):
    write(tmp_path, 1, mask(1))
    write(tmp_path, 2, mask(1), mask(2, segmentation={"size": [6, 8], "counts": [1]}))
    findings = scan(tmp_path).findings
    pointers = dict(zip(findings["rule"], findings["pointer"], strict=True))
    assert pointers["rle.sum"] == "sa_2.json#/annotations/1"
    assert "id.duplicate" not in pointers
    places = {pointer.split("/")[0] for pointer in findings["pointer"][findings["rule"] == "area.missing"]}
    assert places <= {"sa_1.json#", "sa_2.json#"}


def test_a_record_stands_in_its_file_whatever_that_is_called(tmp_path):
    (tmp_path / "batch_1").mkdir()
    for name, number in (("sa_1", 1), ("batch_1/labels-2", 2)):
        record = {"image_id": number, "width": 8, "height": 6, "file_name": f"sa_{number}.jpg"}
        twice = [mask(1), mask(2)]
        (tmp_path / f"{name}.json").write_text(json.dumps({"image": record, "annotations": twice}))
    result = run.scan(tmp_path, select=["annotation.duplicate"])
    places = {finding.pointer.split("#")[0] for finding in result.findings}
    assert places == {"sa_1.json", "batch_1/labels-2.json"}
    (tmp_path / "report").mkdir()
    write_scan_files(result, tmp_path / "report")
    again = run.scan(from_measurements=tmp_path / "report", select=["annotation.duplicate"])
    assert [finding.pointer for finding in again.findings] == [finding.pointer for finding in result.findings]


def test_the_files_of_two_folders_keep_their_places(tmp_path):
    for folder, name in (("one", "sa_1"), ("two", "odd")):
        (tmp_path / folder).mkdir()
        record = {"image_id": 1, "width": 8, "height": 6, "file_name": "sa_1.jpg"}
        (tmp_path / folder / f"{name}.json").write_text(json.dumps({"image": record, "annotations": []}))
    images = read_dataset([tmp_path / "one", tmp_path / "two"]).dataset.images
    assert images.record_file == ("", "odd.json")


def test_a_single_file(tmp_path):
    data = read_dataset([write(tmp_path, 3, mask(1))]).dataset
    assert data.images.id.tolist() == [3]


def test_repeated_and_absent_image_ids_are_told_apart(tmp_path):
    for name, image_id in (("a", 4), ("b", 4), ("c", None), ("d", "x")):
        image = {"image_id": image_id, "width": 8, "height": 6, "file_name": f"{name}.jpg"}
        document = {"image": image, "annotations": [mask(1)]}
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    data = read_dataset([tmp_path]).dataset
    assert data.images.id.tolist() == [4, 2**40 + 1, 2**40 + 2, 2**40 + 3]
    assert data.annotations.image.tolist() == [0, 1, 2, 3]


def test_a_broken_file_of_a_folder_is_a_finding_and_alone_ends_the_audit(tmp_path):
    write(tmp_path, 1, mask(1))
    write(tmp_path, 3, mask(1))
    broken = tmp_path / "sa_2.json"
    for text, rule in (("{", "json.syntax"), ('{"image": {"image_id": 1}}', "schema.top_level")):
        broken.write_text(text)
        loaded = read_dataset([tmp_path])
        assert [(finding.rule, finding.pointer) for finding in loaded.findings] == [(rule, "sa_2.json")]
        assert loaded.dataset.images.id.tolist() == [1, 3]
    with pytest.raises(UnreadableError, match="no image with its annotations"):
        read_dataset([broken])


@pytest.mark.parametrize("record", ["5", "null", "[]", "{}", '{"id": 1}', "{ }"])
def test_odd_records_are_findings(tmp_path, record):
    image = '{"image_id": 1, "width": 8, "height": 6, "file_name": "a.jpg"}'
    (tmp_path / "a.json").write_text(f'{{"image": {image}, "annotations": [{record}]}}')
    loaded = read_dataset([tmp_path])
    assert {finding.pointer.split("/")[0] for finding in loaded.findings} == {"a.json#"}


def test_a_broken_image_record_is_a_finding_of_its_file(tmp_path):
    write(tmp_path, 1, mask(1))
    write(tmp_path, 2, mask(1), height="x")
    loaded = read_dataset([tmp_path])
    assert "sa_2.json" in {finding.pointer for finding in loaded.findings}


def test_records_may_have_the_members_of_coco(tmp_path):
    write(tmp_path, 5, mask(1, image_id=5, category_id=3, iscrowd=1), mask(2))
    (tmp_path / "more").mkdir()
    again = mask(3, image_id=5, category_id=3)
    write(tmp_path / "more", 5, again, file_name="again.jpg")  # another image with this id
    loaded = read_dataset([tmp_path])
    data = loaded.dataset
    assert loaded.findings == ()
    assert sorted(zip(data.annotations.id.tolist(), data.annotations.image.tolist(), strict=True)) == [
        (1, 1), (2, 1), (3, 0),
    ]  # fmt: skip
    assert data.categories.name == ("object", "object 3")
    names = [data.categories.name[row] for row in data.annotations.category.tolist()]
    by_id = dict(zip(data.annotations.id.tolist(), names, strict=True))
    assert by_id == {1: "object 3", 2: "object", 3: "object 3"}
    crowd = dict(zip(data.annotations.id.tolist(), data.annotations.iscrowd.tolist(), strict=True))
    assert crowd == {1: True, 2: False, 3: False}


def test_a_record_of_another_image_is_said(tmp_path):
    write(tmp_path, 5, mask(1, image_id=6), mask(2))
    findings = read_dataset([tmp_path]).findings
    assert [(finding.rule, finding.pointer) for finding in findings] == [
        ("ref.image", "sa_5.json#/annotations/0")
    ]
