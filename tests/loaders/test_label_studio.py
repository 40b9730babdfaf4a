"""Label Studio's JSON: regions become annotations, and what is wrong is said with its pointer."""

import json

import numpy as np
import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.geometry.runs import runs_to_dense
from audit.loaders.label_studio_brush import decode_brush
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

# As label_studio_sdk 2.1.2 imports a COCO polygon (converter.imports.coco.convert_coco_to_ls).
POLYGON = {
    "id": "28cfa825b4",
    "type": "polygonlabels",
    "value": {
        "points": [
            [8.333333333333332, 12.5],
            [41.66666666666667, 12.5],
            [41.66666666666667, 62.5],
            [8.333333333333332, 62.5],
        ],
        "polygonlabels": ["cell"],
    },
    "to_name": "image",
    "from_name": "labelpolygons",
    "image_rotation": 0,
    "original_width": 12,
    "original_height": 8,
}
# As its converter.brush.mask2rle writes the drawing below.
BRUSH = [
    0,
    0,
    0,
    192,
    57,
    27,
    254,
    39,
    0,
    191,
    255,
    124,
    2,
    63,
    248,
    192,
    39,
    255,
    190,
    1,
    127,
    255,
    33,
    128,
    71,
    254,
]
DRAWN = np.array([[letter == "#" for letter in line] for line in (
    "........",
    "..####..",
    "..#.##..",
    "..####..",
    "........",
    ".......#",
)])  # fmt: skip


def region(kind="polygon", sides=(8, 12), **value):
    height, width = sides
    value.setdefault(f"{kind}labels", ["cell"])
    return {"type": f"{kind}labels", "original_height": height, "original_width": width, "value": value}


def write(folder, *regions, image="/data/local-files/?d=a.png", **fields):
    task = {"id": 7, "data": {"image": image}, "annotations": [{"id": 3, "result": regions}]} | fields
    path = folder / "export.json"
    path.write_text(json.dumps([task]))
    return path


def masks(dataset):
    height, width = int(dataset.images.height[0]), int(dataset.images.width[0])
    sizes = (np.full(len(dataset.annotations), side) for side in (height, width))
    return runs_to_dense(decode_runs(dataset.annotations.segmentation, *sizes), height, width)


def test_polygons_as_the_sdk_writes_them(tmp_path):
    dataset = read_dataset([write(tmp_path, POLYGON)]).dataset
    assert dataset.sources[0].format == "label_studio"
    assert dataset.images.file_name == ("a.png",)
    assert dataset.categories.name == ("cell",)
    assert np.allclose(dataset.annotations.segmentation.xy, [[1, 1], [5, 1], [5, 5], [1, 5]], atol=1e-9)


def test_brush_strokes_as_the_sdk_writes_them(tmp_path):
    loaded = read_dataset([write(tmp_path, region("brush", (6, 8), format="rle", rle=BRUSH))])
    assert loaded.findings == ()
    assert np.array_equal(masks(loaded.dataset)[0], DRAWN)
    assert np.array_equal(decode_brush(BRUSH, 6, 8), DRAWN)


def test_ellipses_and_turned_rectangles_are_polygons(tmp_path):
    ellipse = region("ellipse", (8, 8), x=50, y=50, radiusX=25, radiusY=50, rotation=0)
    turned = region("rectangle", (8, 8), x=75, y=25, width=50, height=50, rotation=90)
    dataset = read_dataset([write(tmp_path, ellipse, turned)]).dataset
    round_mask, square = masks(dataset)
    assert abs(int(round_mask.sum()) - 25) <= 3
    assert square[2:6, 2:6].all()
    assert square.sum() == 16


def test_of_several_annotations_the_ground_truth_counts(tmp_path, caplog):
    annotations = [
        {"result": [POLYGON, POLYGON], "was_cancelled": True},
        {"result": []},
        {"result": [POLYGON], "ground_truth": True},
    ]
    loaded = read_dataset([write(tmp_path, annotations=annotations)])
    found = scan(
        write(tmp_path, annotations=[*annotations[:2], {"result": [POLYGON] * 2, "ground_truth": True}])
    )
    assert len(loaded.dataset.annotations) == 1
    assert "1 tasks have several annotations" in caplog.text
    assert "/0/annotations/2/result/0" in found.findings["pointer"].tolist()


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("/data/upload/1/0a1b2c3d-x%20y.png", "x y.jpg"),
        ("s3://bucket/deep/x%20y.png", "x y.jpg"),
        ("https://a.org/elsewhere.png?sig=1", "elsewhere.png"),
        ("http://[", "task_0"),
    ],
)
def test_pictures_are_found_by_name_and_give_their_size(tmp_path, image, name):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.new("L", (12, 8)).save(pictures / "x y.jpg")
    loaded = read_dataset([write(tmp_path, image=image)], pictures=pictures)
    assert loaded.dataset.images.file_name == (name,)
    assert loaded.dataset.images.width.tolist() == [12 if name == "x y.jpg" else 0]


@pytest.mark.parametrize(
    ("bad", "rule", "field"),
    [
        (None, "schema.type", ""),
        (region(points=5), "segm.type", "/value/points"),
        (region(points=[[1, 2], [3]]), "polygon.type", "/value/points/1"),
        (region(points=[[1, 2], [float("nan"), 3], [4, 4]]), "number.nonfinite", "/value/points/1"),
        (region(points=[[1, 2], [10**300, 3], [4, 4]]), "polygon.range", "/value/points"),
        (region(points=[[1, 2], [50, 60]]), "polygon.too_few", ""),
        (region(points=[[1, 2], [50, 60], [1, 60]], polygonlabels=[]), "ref.category", ""),
        (region("keypoint", x=1, y=2), "segm.missing", "/type"),
        (region("ellipse", x=1, y=2, radiusX=None, radiusY=3), "polygon.type", "/value"),
        (region("brush", rle="x"), "rle.type", "/value/rle"),
        (region("brush", rle=[]), "rle.empty", "/value/rle"),
        (region("brush", rle=BRUSH), "rle.size_mismatch", "/value/rle"),
        (region("brush", (6, 8), rle=BRUSH[:9]), "rle.truncated", "/value/rle"),
        (region("brush", (6, 8), rle=BRUSH[:5]), "rle.truncated", "/value/rle"),
    ],
)
def test_a_bad_region_is_a_finding_and_the_others_stay(tmp_path, bad, rule, field):
    height, width = (bad["original_height"], bad["original_width"]) if bad else (8, 12)
    good = region(sides=(height, width), points=[[10, 10], [90, 10], [90, 90]])
    loaded = read_dataset([write(tmp_path, good, bad, good)])
    (finding,) = loaded.findings
    assert (finding.rule, finding.pointer) == (rule, f"/0/annotations/0/result/1{field}")
    assert len(loaded.dataset.annotations) in (2, 3)


def test_tasks_that_are_none_and_broken_text(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[null, 5, {"data": null}, {"data": {"image": 3}, "annotations": [null, {"result": 5}]}]')
    loaded = read_dataset([path], input_format="label_studio")
    assert len(loaded.dataset.images) == 4
    assert {finding.rule for finding in loaded.findings} == {"image.size", "image.missing"}
    for text, rule in (('[{"data": ', "json.syntax"), ("{}", "schema.top_level"), ("[" * 9999, "json.depth")):
        path.write_text(text)
        with pytest.raises(UnreadableError) as caught:
            read_dataset([path], input_format="label_studio")
        assert caught.value.rule == rule


def test_broken_text_stays_what_it_is(tmp_path):
    path = write(tmp_path, POLYGON, image="\ud800.png")
    assert read_dataset([path]).dataset.images.file_name == ("\ud800.png",)
