from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from audit.detectors.registry import dataset_rules
from audit.measure.pictures import check_pictures
from audit.measure.schema import IMAGES, Measurements, empty_measurements, table

DEFAULTS = {
    "image_id": 7,
    "file_name": "a.jpg",
    "height": 48,
    "width": 64,
    "picture": "ok",
    "picture_detail": "",
    "picture_height": 48,
    "picture_width": 64,
    "exif_orientation": 1,
    "picture_hash": "",
    "source": 0,
    "index": 0,
    "record_file": "",
    "annotations": 0,
    "masks_hash": 0,
}


@pytest.fixture
def pictured() -> Callable[..., Measurements]:
    """Make measurements of images only: one dict an image, with what differs from a sound one."""

    def make(*rows: dict[str, object]) -> Measurements:
        def column(name: str) -> Sequence[object]:
            return [({**DEFAULTS, "index": i} | row)[name] for i, row in enumerate(rows)]

        return replace(empty_measurements(), images=table(IMAGES, {name: column(name) for name in IMAGES}))

    return make


@pytest.fixture
def looked_at(pictured, tmp_path):
    """Judge real picture files: the names of some under a folder, of which the first one is sound."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (64, 48)).save(folder / "sound.png")

    def judge(rule_id, *names):
        m = pictured(*[{"file_name": name, "picture": "not_checked"} for name in ("sound.png", *names)])
        m = replace(m, images=check_pictures(m.images, folder))
        rule = dataset_rules()[rule_id]
        return list(rule.detect(m, rule.options()))

    judge.folder = folder
    return judge
