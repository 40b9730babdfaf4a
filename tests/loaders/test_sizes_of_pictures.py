"""Sizes that a COCO file does not say come from the pictures; that it does not say them stays a finding."""

import json

import pytest
from PIL import Image

import audit
from audit.loaders.read import read_dataset

SQUARE = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [1, 1, 4, 4], "area": 16}
SQUARE["segmentation"] = [[1, 1, 5, 1, 5, 5, 1, 5]]


def write(folder, **sides):
    image = {"id": 1, "file_name": "a.png", **sides}
    document = {"images": [image], "annotations": [SQUARE], "categories": [{"id": 1, "name": "cell"}]}
    (folder / "labels.json").write_text(json.dumps(document))
    return folder / "labels.json"


@pytest.mark.parametrize(
    "sides", [{}, {"height": 0, "width": 0}, {"height": None, "width": 12}, {"height": "8"}]
)
@pytest.mark.parametrize("place", ["", "pictures"])
def test_sizes_come_from_the_pictures(tmp_path, sides, place):
    (tmp_path / place).mkdir(exist_ok=True)
    Image.new("L", (12, 8)).save(tmp_path / place / "a.png")
    scanned = audit.scan(write(tmp_path, **sides), images=tmp_path / place if place else None)
    assert scanned.result.dataset.images.height.tolist() == [8]
    assert scanned.instances["area_px"].tolist() == [16]
    assert "image.size" in set(scanned.findings["rule"])
    assert not {"segm.unusable", "image.size_mismatch"} & set(scanned.findings["rule"])


def test_declared_sizes_are_not_looked_up(tmp_path):
    Image.new("L", (99, 99)).save(tmp_path / "a.png")
    assert read_dataset([write(tmp_path, height=8, width=12)]).dataset.images.width.tolist() == [12]


@pytest.mark.parametrize("name", ["../a.png", "", "http://example.org/a.png", "/etc/passwd"])
def test_nothing_outside_of_the_folder_is_opened(tmp_path, name):
    (tmp_path / "in").mkdir()
    Image.new("L", (12, 8)).save(tmp_path / "a.png")
    assert read_dataset([write(tmp_path / "in", file_name=name)]).dataset.images.width.tolist() == [0]
