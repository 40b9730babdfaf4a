"""One mask a file: the files of a picture are its annotations, and files that are broken are said."""

import numpy as np
import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.geometry.runs import runs_to_dense
from audit.loaders.mask_files import find_mask_files
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

SHAPE = (6, 8)


def save(path, *boxes, value=255, shape=SHAPE):
    """Save a mask with boxes x0, y0, x1, y1."""
    pixels = np.zeros(shape, np.uint8)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def kaggle(root, name="a", boxes=((0, 0, 4, 4), (2, 2, 6, 6))):
    save(root / name / "images" / f"{name}.png")
    for number, box in enumerate(boxes):
        save(root / name / "masks" / f"{number:08}.png", box)


def dense(data, image):
    rows = np.flatnonzero(data.annotations.image == image)
    sizes = data.images.height[data.annotations.image[rows]], data.images.width[data.annotations.image[rows]]
    return runs_to_dense(decode_runs(data.annotations.segmentation.take(rows), *sizes), *SHAPE)


def test_the_masks_of_a_picture_are_its_annotations_and_may_overlap(tmp_path):
    kaggle(tmp_path)
    kaggle(tmp_path, "b", boxes=((1, 1, 2, 2),))
    loaded = read_dataset([tmp_path])
    data = loaded.dataset
    assert loaded.findings == ()
    assert data.sources[0].format == "mask_files"
    assert data.images.file_name == ("a/images/a.png", "b/images/b.png")
    assert data.annotations.id.tolist() == [0, 1, 0]
    assert data.annotations.area.tolist() == [16, 16, 1]
    first, second = dense(data, 0)
    assert (first & second).sum() == 4


def test_overlaps_are_reported(tmp_path):
    kaggle(tmp_path, boxes=((0, 0, 6, 6), (0, 0, 6, 5)))
    found = scan(tmp_path).findings
    assert "overlap.duplicate" in set(found["rule"])
    assert set(found["file_name"].dropna()) == {"a/images/a.png"}


@pytest.mark.parametrize("root", ["", "masks"])
def test_a_folder_of_masks_for_each_picture(tmp_path, root):
    for name in ("a", "b", "none"):
        save(tmp_path / "images" / f"{name}.png")
    save(tmp_path / "masks" / "a" / "cell.png", (0, 0, 2, 2))
    save(tmp_path / "masks" / "a" / "wall.png", (1, 0, 4, 2))
    save(tmp_path / "masks" / "b" / "cell.png", (0, 0, 1, 1))
    pictures = tmp_path / "images" if root else None
    data = read_dataset([tmp_path / root], pictures=pictures).dataset
    prefix = "" if root else "images/"
    assert data.images.file_name == tuple(f"{prefix}{name}.png" for name in ("a", "b", "none"))
    assert (data.images.height.tolist(), data.images.width.tolist()) == ([6, 6, 6], [8, 8, 8])
    assert data.annotations.image.tolist() == [0, 0, 1]
    assert data.annotations.id.tolist() == [1, 2, 1]


def test_a_picture_without_masks_is_an_image_without_annotations(tmp_path):
    kaggle(tmp_path)
    save(tmp_path / "empty" / "images" / "empty.png")
    data = read_dataset([tmp_path]).dataset
    assert data.images.file_name == ("a/images/a.png", "empty/images/empty.png")
    assert data.annotations.image.tolist() == [0, 0]


def test_broken_files_are_findings_and_the_others_stay(tmp_path):
    kaggle(tmp_path, boxes=((0, 0, 2, 2), (2, 2, 4, 4), (4, 4, 6, 6)))
    masks = tmp_path / "a" / "masks"
    (masks / "00000003.png").write_bytes(b"")
    save(masks / "00000004.png")
    save(masks / "00000005.png", (0, 0, 2, 2), shape=(3, 3))
    save(masks / "00000006.png", (0, 0, 2, 2))
    with Image.open(masks / "00000006.png") as file:
        pixels = np.array(file)
    pixels[4, 4] = 7
    Image.fromarray(pixels).save(masks / "00000006.png")
    Image.new("RGB", SHAPE[::-1]).save(masks / "00000007.png")
    loaded = read_dataset([tmp_path])
    assert [(finding.rule, finding.pointer[-5]) for finding in loaded.findings] == [
        ("label.unreadable", "3"),
        ("segm.empty", "4"),
        ("label.format", "5"),
        ("label.format", "6"),
        ("label.format", "7"),
    ]
    assert all(finding.file_name == "a/images/a.png" for finding in loaded.findings)
    assert "3 x 3 pixels, its picture 8 x 6" in loaded.findings[2].message
    assert "holds 2 values" in loaded.findings[3].message
    assert len({finding.fingerprint for finding in loaded.findings}) == 5
    assert loaded.dataset.annotations.id.tolist() == [0, 1, 2, 6]
    assert loaded.dataset.annotations.area.tolist() == [4, 4, 4, 5]


def test_label_images_are_not_taken_for_single_masks(tmp_path):
    kaggle(tmp_path)
    for number in range(3):
        with Image.open(tmp_path / "a" / "masks" / "00000000.png") as file:
            pixels = np.array(file)
        pixels[5, 5] = 7
        Image.fromarray(pixels).save(tmp_path / "a" / "masks" / f"{number:08}.png")
    assert find_mask_files(tmp_path) == {}
    assert read_dataset([tmp_path]).dataset.sources[0].format == "label_images"


def test_one_mask_file_a_picture_is_a_label_image(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / "images" / f"{name}.png")
        save(tmp_path / "masks" / f"{name}.png", (0, 0, 2, 2))
    assert find_mask_files(tmp_path) == {}
    assert find_mask_files(tmp_path / "images") == {}
