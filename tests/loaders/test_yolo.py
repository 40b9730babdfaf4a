"""YOLO segmentation labels: lines become annotations, and what is wrong is said with its line."""

import numpy as np
import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.loaders.read import read_dataset
from audit.loaders.yolo import find_label_files
from audit.loaders.yolo_names import parse_names

SQUARE = "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n"


@pytest.fixture
def root(tmp_path):
    """Make an empty dataset of two pictures, 20 x 10 pixels."""
    for folder in ("images/train", "labels/train"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a", "b"):
        Image.new("RGB", (20, 10)).save(tmp_path / "images" / "train" / f"{name}.png")
    (tmp_path / "data.yaml").write_text("train: images/train\nnc: 2\nnames: [cell, debris]\n")
    return tmp_path


def write(root, text, name="a"):
    (root / "labels" / "train" / f"{name}.txt").write_text(text)
    return read_dataset([root])


def test_lines_are_polygons_in_pixels(root):
    loaded = write(root, SQUARE + "\n1 0 0 1 0 1 1\n")
    data = loaded.dataset
    assert loaded.findings == ()
    assert data.sources[0].format == "yolo"
    assert data.images.file_name == ("images/train/a.png", "images/train/b.png")
    assert (data.images.height.tolist(), data.images.width.tolist()) == ([10, 10], [20, 20])
    assert data.categories.name == ("cell", "debris")
    assert data.categories.id[data.annotations.category].tolist() == [0, 1]
    assert data.annotations.image.tolist() == [0, 0]
    assert data.annotations.index.tolist() == [1, 3]
    assert data.annotations.segmentation.xy[:4].tolist() == [[2, 1], [10, 1], [10, 5], [2, 5]]
    assert data.annotations.segmentation.xy[4:].tolist() == [[0, 0], [20, 0], [20, 10]]


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        ("0 0.1 0.1 0.5 x 0.5 0.5", "schema.type", "“x” is no number"),
        ("cell 0.1 0.1 0.5 0.1 0.5 0.5", "ref.category", "no whole number"),
        ("7 0.1 0.1 0.5 0.1 0.5 0.5", "ref.category", "7"),
        ("0 0.1 0.1 0.5 nan 0.5 0.5", "number.nonfinite", "not finite"),
        ("0 0.1 0.1 0.5 1e308 0.5 0.5", "number.nonfinite", "not finite"),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.7", "polygon.odd", ""),
        ("0 0.1 0.1", "polygon.too_few", ""),
        ("0 0.5 0.5 0.2 0.2", "segm.missing", "there is no segmentation"),
        ("0", "segm.empty", ""),
    ],
)
def test_a_bad_line_is_a_finding_with_its_place_and_the_others_stay(root, line, rule, message):
    loaded = write(root, f"{SQUARE}{line}\n{SQUARE}")
    (finding,) = loaded.findings
    assert (finding.rule, finding.pointer) == (rule, "labels/train/a.txt:2")
    assert finding.file_name == "images/train/a.png"
    assert message.replace("“", '"').replace("”", '"') in finding.message
    good = loaded.dataset.annotations.segmentation.kind == 1
    assert loaded.dataset.annotations.index[good & (loaded.dataset.annotations.category >= 0)].tolist() == [
        1,
        3,
    ]


def test_a_box_without_an_outline_stays_a_box(root):
    loaded = write(root, "1 0.5 0.5 0.2 0.4\n")
    np.testing.assert_allclose(loaded.dataset.annotations.bbox, [[8, 3, 4, 4]])
    assert np.isnan(write(root, SQUARE).dataset.annotations.bbox).all()


def test_what_is_found_in_masks_has_its_line(root):
    write(root, "\n" + SQUARE + SQUARE)
    (row,) = scan(root).findings.query("rule == 'annotation.duplicate'").to_dict("records")
    assert row["pointer"] in ("labels/train/a.txt:2", "labels/train/a.txt:3")


def test_missing_and_broken_pictures(root):
    (root / "images/train/b.png").write_bytes(b"no picture")
    write(root, SQUARE, "b")
    loaded = write(root, SQUARE, "c")
    places = [(finding.rule, finding.pointer) for finding in loaded.findings]
    assert places[:2] == [("image.size", "labels/train/b.txt"), ("image.size", "labels/train/c.txt")]
    assert len(places) == 2
    assert len(loaded.dataset.annotations) == 2


def test_an_empty_label_file_is_a_picture_without_objects(root):
    loaded = write(root, "")
    assert (len(loaded.dataset.images), len(loaded.dataset.annotations), loaded.findings) == (2, 0, ())


@pytest.mark.parametrize("pictures", ["images", "images/train"])
def test_pictures_are_found_in_their_own_folder(root, pictures):
    write(root, SQUARE)
    loaded = read_dataset([root], pictures=root / pictures)
    prefix = "" if pictures.endswith("train") else "train/"
    assert loaded.dataset.images.file_name == (f"{prefix}a.png", f"{prefix}b.png")
    assert loaded.findings == ()


def test_splits_with_folders_of_their_own(tmp_path):
    for split in ("train", "valid"):
        for folder in ("images", "labels"):
            (tmp_path / split / folder).mkdir(parents=True)
        Image.new("L", (8, 8)).save(tmp_path / split / "images" / "a.jpg")
        (tmp_path / split / "labels" / "a.txt").write_text(SQUARE)
    data = read_dataset([tmp_path]).dataset  # recognised by its labels: there is no data.yaml
    assert data.images.file_name == ("train/images/a.jpg", "valid/images/a.jpg")
    assert data.categories.name == ("0",)


def test_other_text_is_not_taken_for_labels(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "readme.txt").write_text("5 pictures of cells, 3 of debris")
    assert find_label_files(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: ['a, b', \"c\"]", ["a, b", "c"]),
        ("names: [\n  'it''s', # first\n  b ,\n]\nnc: 2", ["it's", "b"]),
        ("names: {0: a, 1: 'b #2'}", ["a", "b #2"]),
        ("nc: 2\nnames:\n  0: a\n  1: traffic light # red\n\nnc: 2", ["a", "traffic light"]),
        ("names:\n- 'a'\n- b\ntrain: x", ["a", "b"]),
    ],
)
def test_class_names(text, names):
    assert parse_names(text)[0] == dict(enumerate(names))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("names: *anchor", "data.yaml:1"),
        ("names:\n  a: b", "data.yaml:2"),
        ("nc: 3", "data.yaml"),
        ("names: [", "data.yaml:1"),
    ],
)
def test_names_that_cannot_be_read_are_a_finding(root, text, place):
    (root / "data.yaml").write_text(text)
    loaded = write(root, SQUARE)
    assert [(finding.rule, finding.pointer) for finding in loaded.findings] == [("category.name", place)]
    assert loaded.dataset.categories.name == ("0",)
