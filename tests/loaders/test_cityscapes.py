"""Cityscapes' instance ids: class and number in one value, crowds below a thousand."""

import numpy as np
import pytest
from PIL import Image

from audit.loaders.read import read_dataset

VALUES = np.array([[7, 26001, 26001], [26, 26002, 24000], [26, 0, 11]], dtype=np.uint16)
NAME = "aachen_000000_000019_gtFine_instanceIds.png"


@pytest.fixture
def folder(tmp_path):
    city = tmp_path / "gtFine" / "train" / "aachen"
    city.mkdir(parents=True)
    Image.fromarray(VALUES).save(city / NAME)
    (city / NAME.replace("instanceIds.png", "polygons.json")).write_text('{"objects": []}')
    return tmp_path


def test_classes_crowds_and_names(folder):
    loaded = read_dataset([folder / "gtFine"])
    data = loaded.dataset
    assert loaded.findings == ()
    assert data.sources[0].format == "cityscapes"
    assert data.images.file_name == ("train/aachen/aachen_000000_000019_leftImg8bit.png",)
    names = [data.categories.name[row] for row in data.annotations.category]
    assert data.annotations.id.tolist() == [26, 24000, 26001, 26002]
    assert names == ["car", "person", "car", "car"]
    assert data.annotations.iscrowd.tolist() == [True, False, False, False]
    assert data.annotations.area.tolist() == [2, 1, 2, 1]


def test_one_file_and_a_broken_one(folder):
    path = folder / "gtFine" / "train" / "aachen" / NAME
    assert len(read_dataset([path]).dataset.annotations) == 4
    path.with_name("b_gtFine_instanceIds.png").write_bytes(b"\x89PNG")
    loaded = read_dataset([folder])
    assert [finding.rule for finding in loaded.findings] == ["label.unreadable"]
    assert len(loaded.dataset.annotations) == 4
