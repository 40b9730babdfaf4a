"""A picture is opened once, however many measure it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.dataset import pixels as picture_files
from audit.dataset.shard import split_shards
from audit.measure import opened_pictures
from audit.measure.opened_pictures import measure_pictures
from audit.measure.pictures import check_pictures
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.pipeline.run import scan
from audit.testing import dataset, scene

GREY, COLOUR, SMALL, BROKEN = range(4)


class Recorder:
    """Keeps what it is handed, by image."""

    def __init__(self, is_wanted):
        self.is_wanted = np.array(is_wanted)
        self.opened = {}

    def measure(self, opened):
        assert opened.image not in self.opened
        self.opened[opened.image] = opened


@pytest.fixture
def pictured(tmp_path, monkeypatch):
    """A grey picture, a coloured one, one of another size and one whose pixels are damaged."""
    names = ("grey.png", "colour.png", "small.png", "broken.png")
    drawn = [replace(scene("aab\n..."), file_name=name) for name in names]
    pixels = np.full((2, 3, 3), 7, dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    Image.fromarray(pixels[:1]).save(tmp_path / "small.png")
    Image.fromarray(pixels).save(tmp_path / "broken.png")
    file_bytes = bytearray((tmp_path / "broken.png").read_bytes())
    place = file_bytes.index(b"IDAT")
    file_bytes[place + 4 : place + 8] = b"\xff\xff\xff\xff"
    (tmp_path / "broken.png").write_bytes(file_bytes)
    pixels[0, 0] = (1, 2, 3)
    Image.fromarray(pixels).save(tmp_path / "colour.png")
    data = dataset(*drawn)
    m = merge_shards(data, [measure_shard(shard) for shard in split_shards(data)])
    opened_names = []
    load = opened_pictures.load_channels
    monkeypatch.setattr(
        opened_pictures,
        "load_channels",
        lambda folder, name: (opened_names.append(name), load(folder, name))[1],
    )
    return replace(m, images=check_pictures(m.images, tmp_path)), data, tmp_path, opened_names


def test_each_picture_is_opened_once_for_all(pictured):
    m, data, folder, names = pictured
    everything, few = Recorder([True] * 4), Recorder([False, True, True, False])
    measure_pictures(m, data, folder, [everything, few])
    assert sorted(names) == ["broken.png", "colour.png", "grey.png"]
    assert sorted(everything.opened) == [GREY, COLOUR]
    assert list(few.opened) == [COLOUR]
    assert few.opened[COLOUR] is everything.opened[COLOUR]


def test_what_is_handed_over(pictured):
    m, data, folder, _ = pictured
    seen = Recorder([True] * 4)
    measure_pictures(m, data, folder, [seen])
    grey, colour = seen.opened[GREY], seen.opened[COLOUR]
    assert grey.channels.shape == (2, 3, 1)
    assert colour.channels.shape == (2, 3, 3)
    assert colour.channels[0, 0].tolist() == [1, 2, 3]
    assert colour.rows.tolist() == [2, 3]
    assert m.instances["image"].iloc[colour.rows].tolist() == [COLOUR, COLOUR]
    assert colour.runs.count == len(colour.shard) == 2


def test_what_nobody_wants_is_not_opened(pictured):
    m, data, folder, names = pictured
    measure_pictures(m, data, folder, [Recorder([False] * 4)])
    measure_pictures(m, data, folder, [])
    assert names == []


def test_a_scan_with_all_rules_decodes_a_picture_once(tmp_path, monkeypatch):
    Image.fromarray(np.zeros((20, 20), dtype=np.uint8)).save(tmp_path / "a.png")
    square = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9]]}
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}],
        "categories": [{"id": 1, "name": "square"}],
        "annotations": [{**square, "bbox": [2, 2, 7, 7], "area": 49, "iscrowd": 0}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(content))
    decoded = []
    decode = picture_files.decode_plain_png
    monkeypatch.setattr(
        picture_files, "decode_plain_png", lambda *call: (decoded.append(call), decode(*call))[1]
    )
    result = scan(tmp_path / "labels.json", images=tmp_path)
    assert result.measurements.images["picture"].tolist() == ["ok"]
    assert len(decoded) == 1
