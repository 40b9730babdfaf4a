import hashlib

import numpy as np
import pytest
from PIL import Image

from audit.dataset import pixels
from audit.measure import pictures
from audit.measure.pictures import check_pictures
from audit.measure.schema import IMAGES, table


def images_of(*names):
    n = len(names)
    data = {name: (["not_checked"] * n if c.dtype == "str" else np.zeros(n)) for name, c in IMAGES.items()}
    return table(IMAGES, {**data, "file_name": list(names), "image_id": np.arange(n) + 5})


@pytest.fixture
def folder(tmp_path):
    for i in range(40):
        Image.new("RGB", (20 + i, 10)).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return tmp_path


def test_fills_the_picture_columns_and_keeps_the_others(folder):
    before = images_of("3.png", "absent.png", "broken.png", "../x.png", "3.png")
    copy = before.copy(deep=True)
    after = check_pictures(before, folder)
    assert before.equals(copy)
    assert list(after.columns) == list(IMAGES)
    assert after.dtypes.equals(before.dtypes)
    assert after["image_id"].tolist() == [5, 6, 7, 8, 9]
    expected = ["ok", "image.missing", "image.unreadable", "path.traversal", "ok"]
    assert after["picture"].tolist() == expected
    assert after["picture_width"].tolist() == [23, 0, 0, 0, 23]
    assert after["picture_height"].tolist() == [10, 0, 0, 0, 10]
    assert after["exif_orientation"].tolist() == [1, 0, 0, 0, 1]
    digest = hashlib.sha256((folder / "3.png").read_bytes()).hexdigest()
    assert after["picture_hash"].tolist() == [digest, "", "", "", digest]
    assert [bool(d) for d in after["picture_detail"]] == [False, True, True, True, False]


def test_order_is_that_of_the_records(folder):
    names = [f"{i}.png" for i in range(39, -1, -1)]
    after = check_pictures(images_of(*names), folder)
    assert after["picture_width"].tolist() == [20 + i for i in range(39, -1, -1)]
    assert after.equals(check_pictures(images_of(*names), folder))


def test_a_file_is_looked_at_once(folder, monkeypatch):
    looked = []

    def inspect(root, name, **options):
        looked.append(name)
        return pixels.inspect_picture(root, name, **options)

    monkeypatch.setattr(pictures, "inspect_picture", inspect)
    after = check_pictures(images_of("1.png", "2.png", "1.png"), folder, read_hash=False)
    assert sorted(looked) == ["1.png", "2.png"]
    assert after["picture_hash"].tolist() == ["", "", ""]


def test_no_images_and_no_folder(tmp_path):
    assert len(check_pictures(images_of(), tmp_path)) == 0
    with pytest.raises(NotADirectoryError, match="absent"):
        check_pictures(images_of("a.png"), tmp_path / "absent")


@pytest.mark.shared
def test_real_pictures_are_sound(shared_data):
    folder = shared_data / "dsb2018" / "images"
    names = sorted(p.name for p in folder.iterdir())
    after = check_pictures(images_of(*names), folder)
    assert set(after["picture"]) == {"ok"}
    assert (after["picture_hash"].str.len() == 64).all()
