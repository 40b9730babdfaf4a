"""LabelMe files: shapes become annotations, and what is wrong is said with its shape."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.geometry.runs import runs_to_dense
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

SQUARE = [[1, 1], [5, 1], [5, 5], [1, 5]]


def shape(points=SQUARE, label="cell", **fields):
    return {"label": label, "points": points, "group_id": None, "shape_type": "polygon", "flags": {}} | fields


def write(folder, *shapes, name="a", height=8, width=12):
    document = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": f"..\\pictures\\{name}.png"}
    document |= {"imageData": None, "imageHeight": height, "imageWidth": width}
    (folder / f"{name}.json").write_text(json.dumps(document))
    return folder / f"{name}.json"


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(np.array(pixels, dtype=bool)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def mask_of(data):
    sizes = data.images.height[data.annotations.image], data.images.width[data.annotations.image]
    return runs_to_dense(decode_runs(data.annotations.segmentation, *sizes), 8, 12)


@pytest.mark.parametrize("single", [True, False])
def test_polygons_of_files(tmp_path, single):
    path = write(tmp_path, shape(), shape(label="debris"))
    if not single:
        write(tmp_path, shape(label="aster"), name="b")
    loaded = read_dataset([path if single else tmp_path])
    data = loaded.dataset
    assert loaded.findings == ()
    assert data.sources[0].format == "labelme"
    assert data.images.file_name == (("a.png",) if single else ("a.png", "b.png"))
    assert data.categories.name == (("cell", "debris") if single else ("aster", "cell", "debris"))
    assert data.annotations.index.tolist()[:2] == [0, 1]
    assert data.annotations.segmentation.xy[:4].tolist() == SQUARE


def test_rectangles_circles_and_masks(tmp_path):
    path = write(
        tmp_path,
        shape([[1, 2], [5, 4]], shape_type="rectangle"),
        shape([[5, 4], [7, 4]], shape_type="circle"),
        shape([[9, 5], [11, 6]], shape_type="mask", mask=png([[1, 0, 1], [0, 1, 0]])),
    )
    loaded = read_dataset([path])
    assert loaded.findings == ()
    rectangle, circle, drawn = mask_of(loaded.dataset)
    assert rectangle.sum() == 8
    assert rectangle[2:4, 1:5].all()
    assert 11 <= circle.sum() <= 14
    assert np.argwhere(drawn).tolist() == [[5, 9], [5, 11], [6, 10]]


def test_a_group_is_one_annotation(tmp_path):
    far = [[7, 1], [9, 1], [9, 3]]
    shapes = (
        shape(group_id=1),
        shape(far, group_id=1),
        shape(far, group_id=2),
        shape(far, "debris", group_id=1),
    )
    data = read_dataset([write(tmp_path, *shapes)]).dataset
    assert data.annotations.index.tolist() == [0, 2, 3]
    assert np.diff(data.annotations.segmentation.ring_start).tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("bad", "rule", "pointer"),
    [
        (None, "schema.type", ""),
        (shape(5), "segm.type", "/points"),
        (shape([[1, 2], [3]]), "polygon.type", "/points/1"),
        (shape([[1, 2], [float("nan"), 3], [4, 4]]), "number.nonfinite", "/points/1"),
        (shape([[1, 2], [10**300, 3], [4, 4]]), "polygon.range", "/points/1"),
        (shape([[1, 2], [1e300, 3]], shape_type="circle"), "polygon.range", "/points/1"),
        (shape([[1, 2]]), "polygon.too_few", ""),
        (shape(label=None), "ref.category", ""),
        (shape([[1, 2]], shape_type="point"), "segm.missing", "/shape_type"),
        (shape(shape_type="star"), "segm.type", "/shape_type"),
        (shape(shape_type=["polygon"]), "segm.type", "/shape_type"),
        (shape([[1, 2]], shape_type="circle"), "segm.nesting", "/points"),
        (shape([[9, 5], [12, 6]], shape_type="mask", mask=""), "rle.size_mismatch", "/points"),
        (shape([[9, 5], [10, 6]], shape_type="mask", mask=png([[1]])), "rle.size_mismatch", "/mask"),
        (shape([[9, 5], [10, 6]], shape_type="mask", mask="?"), "segm.type", "/mask"),
        (shape([[9, 5], [10, 6]], shape_type="mask", mask="AAAA"), "label.unreadable", "/mask"),
    ],
)
def test_a_bad_shape_is_a_finding_and_the_others_stay(tmp_path, bad, rule, pointer):
    loaded = read_dataset([write(tmp_path, shape(), bad, shape())])
    (finding,) = loaded.findings
    assert (finding.rule, finding.pointer) == (rule, f"a.json#/shapes/1{pointer}")
    assert (finding.image_id, finding.file_name) == (1, "a.png")
    assert {0, 2} <= set(loaded.dataset.annotations.index.tolist())


def test_broken_files_of_a_folder_are_findings(tmp_path):
    write(tmp_path, shape())
    (tmp_path / "b.json").write_text('{"version": "5", "shapes": [')
    (tmp_path / "c.json").write_text("")
    (tmp_path / "d.json").write_text("{}")
    loaded = read_dataset([tmp_path])
    rules = {finding.pointer: finding.rule for finding in loaded.findings}
    assert rules == {"b.json": "json.syntax", "c.json": "json.empty", "d.json": "schema.top_level"}
    assert len(loaded.dataset.annotations) == 1
    with pytest.raises(UnreadableError, match=r"json\.syntax"):
        read_dataset([tmp_path / "b.json"])


def test_a_file_without_shapes_is_an_image_without_annotations(tmp_path):
    loaded = read_dataset([write(tmp_path)])
    assert (len(loaded.dataset.images), len(loaded.dataset.annotations), loaded.findings) == (1, 0, ())


@pytest.mark.parametrize("has_picture", [True, False])
def test_a_size_that_is_not_declared_is_the_pictures(tmp_path, has_picture):
    if has_picture:
        Image.new("L", (12, 8)).save(tmp_path / "a.jpg")
    write(tmp_path, shape(), height=None)
    loaded = read_dataset([tmp_path])
    assert [finding.rule for finding in loaded.findings] == ([] if has_picture else ["image.size"])
    assert loaded.dataset.images.width.tolist() == [12 if has_picture else 0]
    assert loaded.dataset.images.file_name == ("a.jpg" if has_picture else "a.png",)


def test_what_is_found_in_masks_has_its_shape(tmp_path):
    found = scan(write(tmp_path, shape(), shape())).findings
    assert "a.json#/shapes/0" in found["pointer"].tolist()


def test_a_shape_stands_in_its_file_whatever_the_picture_is_called(tmp_path):
    write(tmp_path, shape(), shape()).rename(tmp_path / "renamed.json")
    write(tmp_path, shape(), name="b")
    assert read_dataset([tmp_path]).dataset.images.record_file == ("", "renamed.json")
    assert "renamed.json#/shapes/0" in scan(tmp_path).findings["pointer"].tolist()


def test_coco_files_are_not_taken_for_labelme(tmp_path):
    path = tmp_path / "coco.json"
    path.write_text('{"version": 1, "shapes": [], "images": [], "annotations": [], "categories": []}')
    assert read_dataset([path]).dataset.sources[0].format == "coco"


@pytest.mark.parametrize("image_path", [".", "..", "", "a/", "x/..", 5, None])
def test_an_image_path_that_is_no_name_is_replaced(tmp_path, image_path):
    path = write(tmp_path, shape())
    document = json.loads(path.read_text()) | {"imagePath": image_path}
    path.write_text(json.dumps(document))
    (name,) = read_dataset([path]).dataset.images.file_name
    assert name in ("unnamed", "a.jpg")
