import json

import pytest

from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.pipeline.run import scan

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
IMAGES = [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}]
RECORD = {
    "id": 1,
    "image_id": 1,
    "category_id": 1,
    "segmentation": SQUARE,
    "iscrowd": 0,
    "area": 36,
    "bbox": [2, 2, 6, 6],
}
INSTANCES = {"images": IMAGES, "annotations": [RECORD], "categories": [{"id": 1, "name": "person"}]}
KEYPOINTS = INSTANCES | {"annotations": [RECORD | {"num_keypoints": 1, "keypoints": [3, 3, 2]}]}
CAPTIONS = {"images": IMAGES, "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}]}
FOREIGN = {"name": "package", "version": "1.0"}


@pytest.fixture
def folder(tmp_path):
    def write(**documents):
        for name, document in documents.items():
            path = tmp_path / f"{name.replace('__', '/')}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
        return tmp_path

    return write


def read(path):
    loaded = read_dataset([path])
    return [source.name.rpartition("/")[2] for source in loaded.dataset.sources], loaded.findings


def test_the_folder_of_the_official_download(folder):
    path = folder(instances=INSTANCES, captions=CAPTIONS, person_keypoints=KEYPOINTS, package=FOREIGN)
    names, findings = read(path)
    assert names == ["instances.json"]
    assert [(f.rule, f.source.rpartition("/")[2]) for f in findings] == [
        ("input.skipped", "captions.json"),
        ("input.skipped", "package.json"),
        ("input.skipped", "person_keypoints.json"),
    ]
    found = scan(path).findings
    assert {f.rule for f in found} == {"input.skipped"}
    assert found[0].message.endswith('there is no list "categories".')
    assert {f.severity.value for f in found} == {"info"}


def test_keypoints_alone_are_read(folder):
    other = KEYPOINTS | {"images": [IMAGES[0] | {"file_name": "b.png"}]}
    assert read(folder(keypoints=KEYPOINTS, captions=CAPTIONS))[0] == ["keypoints.json"]
    names, findings = read(folder(instances=INSTANCES, keypoints=other))
    assert names == ["instances.json", "keypoints.json"]
    assert [f.rule for f in findings] == ["input.skipped"]


def test_hidden_files_are_not_looked_at(folder):
    path = folder(instances=INSTANCES, **{".ipynb_checkpoints__instances": INSTANCES, "._instances": FOREIGN})
    assert read(path) == (["instances.json"], ())
    assert read(folder(**{"x__.cache__a": INSTANCES}) / "instances.json")[0] == ["instances.json"]


def test_a_named_or_damaged_file_is_never_left_out(folder):
    path = folder(instances=INSTANCES, captions=CAPTIONS)
    with pytest.raises(UnreadableError, match=r"schema\.missing_key"):
        read(path / "captions.json")
    (path / "train.json").write_text('{"images": [')
    with pytest.raises(UnreadableError, match=r"train\.json"):
        read(path)


def test_nothing_but_foreign_files(folder):
    with pytest.raises(UnreadableError, match=r"a\.json.*schema\.missing_key"):
        read(folder(a=FOREIGN, b=CAPTIONS))
