import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from audit.export.cvat import ATTRIBUTES, export_cvat
from audit.export.fiftyone import export_fiftyone
from audit.export.labelstudio import _to_percent, export_label_studio
from audit.export.review_csv import export_review_csv
from audit.export.review_list import collect_review_list
from audit.findings.finding import Finding, Severity
from audit.testing import Scene, scene

RING = [(1.0, 1.0), (7.5, 1.0), (7.5, 6.0), (1.0, 6.0)]
POLYGONS = Scene(10, 20, {"a": [RING], "b": [RING]}, {"a": "cell"}, file_name="sub/p.png")
PIXELS = scene(
    "aaaaa..\na...a..\na.a.a..\na...a.a\naaaaa.a",
    "bbbbb..\nb...b..\nb.b.b..\nb...b.b\nbbbbb.b",
    file_name="r.png",
)
CLEAN = scene("a", file_name="clean.png")


@pytest.fixture
def items(batch):
    result = batch(POLYGONS, PIXELS, CLEAN)
    whole = Finding(
        "dataset.count_outlier",
        Severity.INFO,
        "Many.",
        image_id=1,
        file_name="sub/p.png",
        fingerprint="0f",
        pointer="/images/0",
        image_row=0,
    )
    result = replace(result, findings=(*result.findings, whole))
    return result, collect_review_list(result, result.findings)


def test_only_what_somebody_should_look_at(items):
    _, found = items
    assert [image.file_name for image in found] == ["sub/p.png", "r.png"]
    assert [len(image.objects) for image in found] == [2, 2]
    first = found[0].objects[0]
    assert first.category == "cell"
    assert first.rules == "overlap.duplicate_other_category"
    assert found[0].findings[0].rule == "dataset.count_outlier"
    assert found[0].severity == "warning"


def test_drawn_polygons_stay_as_they_are(items):
    assert items[1][0].objects[0].rings == (tuple(RING),)


def test_masks_of_pixels_are_traced_to_the_pixel_without_holes(items):
    rings = items[1][1].objects[0].rings
    assert len(rings) == 3, "the ring, what lies in its hole, and what lies beside it"
    flat = [[v for point in ring for v in point] for ring in rings]
    painted = coco_mask.merge(coco_mask.frPyObjects(flat, 5, 7))
    wanted = np.zeros((5, 7), dtype=np.uint8, order="F")
    wanted[:, :5] = wanted[3:, 6] = 1
    assert painted == coco_mask.encode(wanted), "the ring with its hole filled, and two pixels beside it"


def test_pixels_keep_their_holes_as_rle(items):
    first, drawn = items[1][1].objects[0], items[1][0].objects[0]
    text = ["aaaaa..", "a...a..", "a.a.a..", "a...a.a", "aaaaa.a"]
    pixels = np.asfortranarray([[c == "a" for c in line] for line in text], dtype=np.uint8)
    assert first.rle == {"size": [5, 7], "counts": coco_mask.encode(pixels)["counts"].decode()}
    assert drawn.rle is None, "what was drawn as polygons stays polygons"


def test_no_findings_no_images(batch):
    assert collect_review_list(batch(CLEAN), []) == ()
    for write in (export_fiftyone, export_cvat, export_label_studio, export_review_csv):
        assert write(batch(CLEAN), [])


def test_fiftyone_gets_a_coco_file(items, tmp_path):
    (tmp_path / "labels.json").write_bytes(export_fiftyone(*items)["labels.json"])
    coco = COCO(str(tmp_path / "labels.json"))
    assert [image["file_name"] for image in coco.imgs.values()] == ["sub/p.png", "r.png"]
    one = coco.anns[1]
    assert coco_mask.area(coco.annToRLE(one)) == items[1][0].objects[0].area_px
    assert one["maskaudit_rules"] == "overlap.duplicate_other_category"
    assert one["maskaudit_severity"] == "warning"
    assert {a["image_id"] for a in coco.anns.values()} == {1, 2}


def test_ids_that_are_doubled_are_counted_anew(items, tmp_path):
    result, found = items
    same = [
        replace(image, image_id=5, objects=tuple(replace(o, annotation_id=9) for o in image.objects))
        for image in found
    ]
    content = json.loads(export_fiftyone(result, same)["labels.json"])
    assert [image["id"] for image in content["images"]] == [1, 2]
    assert [a["id"] for a in content["annotations"]] == [1, 2, 3, 4]
    assert [a["image_id"] for a in content["annotations"]] == [1, 1, 2, 2]


def test_cvat_gets_shapes_with_attributes(items):
    files = export_cvat(*items)
    root = ElementTree.fromstring(files["annotations.xml"])
    images = root.findall("image")
    assert [(i.get("name"), i.get("width"), i.get("height")) for i in images] == [
        ("sub/p.png", "20", "10"),
        ("r.png", "7", "5"),
    ]
    assert images[0].find("tag/attribute[@name='message']").text == "Many."
    polygon = images[0].find("polygon")
    assert polygon.get("label") == "cell"
    assert polygon.get("points") == "1.00,1.00;7.50,1.00;7.50,6.00;1.00,6.00"
    assert [a.get("name") for a in polygon] == list(ATTRIBUTES)
    groups = [p.get("group_id") for p in images[1].findall("polygon")]
    assert groups == ["1"] * 3 + ["2"] * 3, "parts of one mask belong together"
    labels = {label["name"] for label in json.loads(files["labels.json"])}
    assert (
        labels
        == {e.text for e in root.findall("meta/task/labels/label/name")}
        == {"cell", "thing", "maskaudit proposal", "maskaudit"}
    )


def test_label_studio_gets_percentages(items):
    files = export_label_studio(*items, url_prefix="s3://bucket/")
    first, second = json.loads(files["tasks.json"])
    assert first["data"]["image"] == "s3://bucket/sub/p.png"
    assert first["data"]["review"] == "dataset.count_outlier: Many."
    region = first["predictions"][0]["result"][0]
    assert region["value"]["points"] == [[5.0, 10.0], [37.5, 10.0], [37.5, 60.0], [5.0, 60.0]]
    assert region["value"]["polygonlabels"] == ["cell"]
    assert (region["original_width"], region["original_height"]) == (20, 10)
    assert "overlap.duplicate_other_category" in region["meta"]["text"][0]
    ids = [r["id"] for task in (first, second) for r in task["predictions"][0]["result"]]
    assert len(set(ids)) == len(ids) == 8
    config = ElementTree.fromstring(files["config.xml"])
    names = {e.get("name") for e in config if e.get("name")}
    assert {region["from_name"], region["to_name"]} <= names
    assert {e.get("value") for e in config.findall("PolygonLabels/Label")} == {
        *("cell", "thing", "maskaudit proposal")
    }


def test_the_table_can_be_filled_in(items, tmp_path):
    from audit.gates.reviewed import read_review

    data = export_review_csv(*items)["review.csv"]
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert [r["annotation_id"] for r in rows] == ["", "1", "2", "3", "4"]
    assert rows[1]["x"] == "1"
    (tmp_path / "r.csv").write_bytes(data.replace(b"0f,\n", b"0f,real\n"))
    assert list(read_review(tmp_path / "r.csv")) == ["0f"]


def test_label_studios_own_check(items):
    sdk = pytest.importorskip("label_studio_sdk.label_interface", reason="label-studio-sdk is not installed")
    files = export_label_studio(*items)
    interface = sdk.LabelInterface(files["config.xml"].decode())
    interface.validate()
    for task in json.loads(files["tasks.json"]):
        assert interface.validate_prediction(task["predictions"][0], return_errors=True) == []


def test_datumaro_reads_the_cvat_file(items, tmp_path):
    datumaro = pytest.importorskip("datumaro", reason="datumaro is not installed")
    from PIL import Image

    (tmp_path / "annotations.xml").write_bytes(export_cvat(*items)["annotations.xml"])
    for image in items[1]:
        place = tmp_path / "images" / image.file_name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((image.height, image.width), np.uint8)).save(place)
    found = {item.id: item for item in datumaro.Dataset.import_from(str(tmp_path), "cvat")}
    shapes = found["sub/p"].annotations
    assert sum(s.type == datumaro.AnnotationType.polygon for s in shapes) == 2
    assert shapes[-1].attributes["rule"] == "overlap.duplicate_other_category"


@pytest.mark.parametrize(
    ("coordinate", "side", "percent"),
    [
        (1, 3, 33.3333),
        (2, 3, 66.6667),
        (0, 3, 0.0),
        (3, 3, 100.0),
        (-1, 3, 0.0),
        (4, 3, 100.0),
        (1.5, 200, 0.75),
    ],
)
def test_percentages_have_four_digits_and_stay_inside(coordinate, side, percent):
    assert _to_percent(coordinate, side) == percent
