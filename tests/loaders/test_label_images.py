"""Label images become instances pixel for pixel; what cannot number objects is reported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from audit.geometry.runs import runs_to_dense
from audit.loaders.label_images import find_label_images, read_label_images
from audit.measure.masks import decode_runs


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels)).save(path)


def masks_of(loaded, image=0):
    data = loaded.dataset
    rows = np.flatnonzero(data.annotations.image == image)
    height, width = int(data.images.height[image]), int(data.images.width[image])
    sizes = np.full(len(rows), height), np.full(len(rows), width)
    dense = runs_to_dense(decode_runs(data.annotations.segmentation.take(rows), *sizes), height, width)
    return dict(zip(data.annotations.id[rows].tolist(), dense, strict=True))


@given(
    hnp.arrays(
        np.int32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.sampled_from([0, 0, 1, 2, 7, 300, 70_000]),
    )
)
def test_every_label_is_its_pixels(tmp_path_factory, pixels):
    folder = tmp_path_factory.mktemp("labels")
    save(folder / "a.tif", pixels)
    loaded = read_label_images(folder)
    found = masks_of(loaded)
    assert sorted(found) == sorted(set(pixels.ravel().tolist()) - {0})
    for label, mask in found.items():
        assert np.array_equal(mask, pixels == label)
    a = loaded.dataset.annotations
    assert a.area.tolist() == [int((pixels == label).sum()) for label in a.id.tolist()]


@pytest.mark.parametrize(
    ("ending", "dtype"),
    [(ending, dtype) for ending in ("png", "tif") for dtype in (np.uint8, np.uint16)]
    + [("tif", np.int32), ("tif", np.float32)],
)
def test_all_plain_kinds_of_pixels(tmp_path, dtype, ending):
    pixels = np.array([[0, 1, 1], [2, 2, 0]], dtype=dtype)
    save(tmp_path / f"a.{ending}", pixels)
    found = masks_of(read_label_images(tmp_path))
    assert {label: int(mask.sum()) for label, mask in found.items()} == {1: 2, 2: 2}


@pytest.mark.parametrize(
    ("pixels", "rule", "detail"),
    [
        (np.zeros((3, 3, 3), np.uint8), "label.format", "colours"),
        (np.array([[0.0, 1.5]], np.float32), "label.format", "fractions"),
        (np.array([[0, -2]], np.int32), "label.format", "negative"),
        (np.array([[255, 0, 255]], np.uint8), "label.one_value", "covers 2 separate regions"),
    ],
)
def test_what_numbers_no_objects_is_reported(tmp_path, pixels, rule, detail):
    save(tmp_path / "bad.tif", pixels)
    save(tmp_path / "good.tif", np.array([[1, 2]], np.uint8))
    loaded = read_label_images(tmp_path)
    (finding,) = loaded.findings
    assert (finding.rule, finding.file_name, finding.image_id) == (rule, "bad.tif", 1)
    assert detail in finding.message
    assert sorted(masks_of(loaded, 1)) == [1, 2]


def test_broken_files_are_reported(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "void.png").write_bytes(b"")
    rules = {f.file_name: (f.rule, str(f.severity)) for f in read_label_images(tmp_path).findings}
    assert rules == {
        "text.png": ("label.unreadable", "error"),
        "void.png": ("label.unreadable", "error"),
    }


def test_background_alone_is_an_image_without_instances(tmp_path):
    save(tmp_path / "a.png", np.zeros((2, 3), np.uint8))
    loaded = read_label_images(tmp_path)
    assert len(loaded.dataset.annotations) == 0
    assert (loaded.dataset.images.height[0], loaded.dataset.images.width[0]) == (2, 3)
    assert loaded.findings == ()


@pytest.mark.parametrize(
    ("labels", "pictures", "name"),
    [
        ("7_mask.tif", ["7.jpg"], "7.jpg"),
        ("7.tif", ["7.png"], "7.png"),
        ("labels/7.tif", ["images/7.jpg"], "images/7.jpg"),
        ("train/labels/7.tif", ["train/images/7.jpg", "test/images/7.jpg"], "train/images/7.jpg"),
        ("mask2d.tif", ["img2d.tif"], "img2d.tif"),
        ("7_cp_masks.png", ["7.png"], "7.png"),
        ("8_mask.tif", ["7.jpg"], "8_mask.tif"),
    ],
)
def test_the_picture_of_a_label_image(tmp_path, labels, pictures, name):
    save(tmp_path / labels, np.array([[1]], np.uint8))
    beside = labels.split("/")[-1] != "7.tif" or "/" in labels
    for picture in pictures:
        save((tmp_path if beside else tmp_path / "elsewhere") / picture, np.zeros((1, 1), np.uint8))
    loaded = read_label_images(tmp_path, pictures=None if beside else tmp_path / "elsewhere")
    assert loaded.dataset.images.file_name[0] == name


def test_only_names_that_say_so_count_where_some_do(tmp_path):
    for name in ("1.png", "1_mask.png", "2.png", "2_mask.png"):
        save(tmp_path / name, np.array([[1]], np.uint8))
    assert [p.name for p in find_label_images(tmp_path)] == ["1_mask.png", "2_mask.png"]
    (tmp_path / "1_mask.png").unlink()
    (tmp_path / "2_mask.png").unlink()
    assert [p.name for p in find_label_images(tmp_path)] == ["1.png", "2.png"]


@pytest.mark.shared
def test_real_label_images(shared_data):
    grains = read_label_images(shared_data / "grains")
    assert (len(grains.dataset.images), len(grains.dataset.annotations)) == (7, 948)
    assert all(name.endswith(".jpg") for name in grains.dataset.images.file_name)
    nuclei = read_label_images(shared_data / "stardist_sample")
    assert (len(nuclei.dataset.images), len(nuclei.dataset.annotations)) == (1, 125)
    with Image.open(shared_data / "stardist_sample" / "mask2d.tif") as file:
        pixels = np.asarray(file)
    for label, mask in masks_of(nuclei).items():
        assert np.array_equal(mask, pixels == label)


def test_strips_of_a_large_label_image_do_not_cut_masks(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.loaders.label_runs._STRIP_PIXELS", 20)
    pixels = np.random.default_rng(1).integers(0, 3, (9, 31)).astype(np.uint8)
    save(tmp_path / "a.png", pixels)
    for label, mask in masks_of(read_label_images(tmp_path)).items():
        assert np.array_equal(mask, pixels == label)


@pytest.mark.parametrize(("limit", "rule"), [(6, []), (5, ["label.format"])])
def test_noise_is_no_instances(tmp_path, monkeypatch, limit, rule):
    monkeypatch.setattr("audit.loaders.label_runs.MAX_RUNS", limit)
    save(tmp_path / "a.png", np.array([[1, 2], [2, 1], [1, 2]], dtype=np.uint8))
    loaded = read_label_images(tmp_path)
    assert [finding.rule for finding in loaded.findings] == rule
    assert len(loaded.dataset.annotations.id) == (0 if rule else 2)
    if rule:
        assert "change more than 5 times: noise" in loaded.findings[0].message


def test_too_many_pixels_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    save(tmp_path / "a.png", np.zeros((2, 3), dtype=np.uint8))
    monkeypatch.setattr("audit.geometry.guard.MAX_PIXELS", 5)
    monkeypatch.setattr("PIL.Image.Image.crop", lambda *_: pytest.fail("unpacked"))
    (finding,) = read_label_images(tmp_path).findings
    assert "3 x 2 pixels are more than a mask may have" in finding.message
