"""Findings of every format lead to the real file, and in text to the line and column of the record."""

import base64
import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from audit.export.finding_lines import export_finding_lines
from audit.export.github import export_github_findings
from audit.export.locate_findings import find_places
from audit.pipeline.run import scan

SIZE = WIDTH, HEIGHT = 24, 16
SQUARE = [[2, 2], [10, 2], [10, 10], [2, 10]]
FAR = [[13, 3], [22, 3], [22, 12], [13, 12]]
OUTLINES = [FAR, SQUARE, SQUARE]
"""The second and third are one object drawn twice, so a finding stands at the second."""


def draw_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", SIZE).save(path)


def write_json(path: Path, content: object, indent: int | None = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False), encoding="utf-8")


def flat(outline):
    return [float(number) for corner in outline for number in corner]


def label_map(folder: Path) -> np.ndarray:
    labels = np.zeros((HEIGHT, WIDTH), dtype=np.uint16)
    labels[2:10, 2:10], labels[3:12, 13:22] = 24001, 24002
    labels[5, 5] = 0  # a hole
    draw_picture(folder / "images" / "a.png")
    return labels


def coco(**fields):
    image = {"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}
    box = {"iscrowd": 0, "area": 64, "bbox": [2, 2, 8, 8], "category_id": 1, "image_id": 1}
    far_box = {"area": 81, "bbox": [13, 3, 9, 9]}
    records = [
        {"id": n, "segmentation": [flat(outline)], **box, **(far_box if n == 0 else {})}
        for n, outline in enumerate(OUTLINES)
    ]
    return {"images": [image], "annotations": records, "categories": [{"id": 1, "name": "ä"}]} | fields


def write_coco_gz(folder):
    with gzip.open(folder / "a.json.gz", "wt") as file:
        json.dump(coco(), file)
    text = json.dumps(coco())
    return folder, "a.json.gz", 1, text.index('{"id": 1, "seg') + 1


def write_coco_zip(folder):
    with zipfile.ZipFile(folder / "d.zip", "w") as archive:
        archive.writestr("train/a.json", json.dumps(coco(), indent=1))
    return folder / "d.zip", "d.zip/train/a.json", 36, 3


def write_panoptic(folder):
    pixels = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    pixels[2:10, 2:10, 0] = 1
    (folder / "p").mkdir()
    Image.fromarray(pixels).save(folder / "p" / "a.png")
    segment = {"id": 1, "category_id": 1, "area": 5, "bbox": [2, 2, 8, 8], "iscrowd": 0}
    record = {"image_id": 1, "file_name": "a.png", "segments_info": [segment]}
    categories = [{"id": 1, "name": "ä", "isthing": 1}]
    write_json(folder / "p.json", coco(annotations=[record], categories=categories))
    return folder / "p.json", "p.json", 15, 5


def write_yolo(folder):
    for split in ("train", "val"):
        draw_picture(folder / "images" / split / "a.png")
        (folder / "labels" / split).mkdir(parents=True)
    shares = [" ".join(f"{x / WIDTH:.8f} {y / HEIGHT:.8f}" for x, y in outline) for outline in OUTLINES]
    (folder / "labels" / "val" / "a.txt").write_text("".join(f"0 {share}\n" for share in shares))
    (folder / "labels" / "train" / "a.txt").write_text("0 x\n")
    return folder, "labels/val/a.txt", 2, 1


def write_yolo_with_pictures_elsewhere(folder):
    write_yolo(folder / "set")
    (folder / "set" / "images" / "val" / "a.png").rename(folder / "a.png")
    (folder / "set" / "labels" / "train" / "a.txt").unlink()
    (folder / "set" / "images" / "train" / "a.png").unlink()
    return folder / "set", "set/labels/val/a.txt", 2, 1


def labelme():
    shapes = [{"label": "ä", "points": outline, "shape_type": "polygon"} for outline in OUTLINES]
    size = {"imageHeight": HEIGHT, "imageWidth": WIDTH}
    return {"version": "5.0.1", "shapes": shapes, "imagePath": "a.png", "imageData": None, **size}


def write_labelme(folder):
    write_json(folder / "batch 1" / "a.json", labelme())
    draw_picture(folder / "batch 1" / "a.png")
    return folder, "batch 1/a.json", 26, 3


def write_labelme_file(folder):
    write_json(folder / "a.json", labelme(), indent=None)
    return folder / "a.json", "a.json", 1, json.dumps(labelme(), ensure_ascii=False).index("}, {") + 4


def write_sa1b(folder):
    image = {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": "sa_7.jpg"}
    kept = ("segmentation", "area", "bbox")
    records = [
        {"id": number, "predicted_iou": 0.9} | {name: record[name] for name in kept}
        for number, record in enumerate(coco()["annotations"], 5)
    ]
    write_json(folder / "x" / "sa_7.json", {"image": image, "annotations": records})
    return folder, "x/sa_7.json", 32, 3


def write_cvat(folder):
    points = [";".join(f"{x}.00,{y}.00" for x, y in outline) for outline in OUTLINES]
    polygons = "".join(f'\n\t <polygon label="ä" points="{point}"></polygon>' for point in points)
    image = f'<image id="0" name="a.png" width="{WIDTH}" height="{HEIGHT}">{polygons}</image>'
    (folder / "annotations.xml").write_text(f"<annotations>{image}</annotations>", encoding="utf-8")
    return folder, "annotations.xml", 3, 3


def write_label_studio(folder):
    size = {"original_width": WIDTH, "original_height": HEIGHT, "type": "polygonlabels"}
    size |= {"to_name": "image", "from_name": "label"}
    points = [[[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in outline] for outline in OUTLINES]
    result = [{"value": {"points": each, "polygonlabels": ["ä"]}, **size} for each in points]
    task = {"id": 1, "data": {"image": "/a.png"}, "annotations": [{"id": 1, "result": result}]}
    write_json(folder / "export.json", [task])
    return folder / "export.json", "export.json", 41, 6


def write_label_studio_min(folder):
    size = {"original_width": WIDTH, "original_height": HEIGHT, "polygonlabels": ["ä"]}
    points = [[[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in outline] for outline in OUTLINES]
    label = [{"points": each, **size} for each in points]
    write_json(folder / "min.json", [{"image": "/a.png", "id": 1, "label": label, "annotator": 1}])
    return folder / "min.json", "min.json", 31, 4


def write_qupath(folder):
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[*outline, outline[0]]]},
            "properties": {"objectType": "annotation", "classification": {"name": "ä"}},
        }
        for outline in OUTLINES
    ]
    write_json(folder / "a.geojson", {"type": "FeatureCollection", "features": features})
    draw_picture(folder / "a.png")
    return folder, "a.geojson", 40, 3


def write_label_images(folder):
    Image.fromarray(label_map(folder)).save(folder / "images" / "b.png")
    (folder / "masks").mkdir()
    (folder / "images" / "b.png").rename(folder / "masks" / "a_mask.png")
    return folder, "masks/a_mask.png", 1, 1


def write_stack(folder):
    np.save(folder / "a.npy", np.stack([label_map(folder / "other")] * 2))
    return folder / "a.npy", "a.npy", 1, 1


def write_cellpose(folder):
    labels = label_map(folder)
    (folder / "images" / "a.png").rename(folder / "a.png")
    np.save(folder / "a_seg.npy", {"masks": labels}, allow_pickle=True)
    return folder, "a_seg.npy", 1, 1


def write_cityscapes(folder):
    Image.fromarray(label_map(folder / "other")).save(folder / "b_000_gtFine_instanceIds.png")
    return folder, "b_000_gtFine_instanceIds.png", 1, 1


def write_mask_files(folder):
    draw_picture(folder / "a" / "images" / "a.png")
    (folder / "a" / "masks").mkdir()
    labels = label_map(folder / "other")
    for name, is_mask in (("b0", labels == 24002), ("b1", np.zeros_like(labels)), ("b2", labels == 24001)):
        Image.fromarray(np.uint8(255) * is_mask.astype(np.uint8)).save(folder / "a" / "masks" / f"{name}.png")
    return folder, "a/masks/b2.png", 1, 1


def write_imagej(folder):
    golden = base64.b64decode("SW91dADkAAAAAgACAAoACgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")
    corners = np.array([[0, 8, 8, 0], [0, 0, 8, 8]], dtype=">i2").tobytes()
    region = golden[:64].ljust(64, b"\0") + corners
    draw_picture(folder / "a.png")
    with zipfile.ZipFile(folder / "a_RoiSet.zip", "w") as archive:
        for name in ("1.roi", "2.roi"):
            archive.writestr(name, region)
    return folder, "a_RoiSet.zip", 1, 1


def write_parquet(folder):
    objects = [{"segmentation": [flat(outline)], "category": "ä"} for outline in OUTLINES]
    row = {"image_id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT, "objects": objects}
    pq.write_table(pa.Table.from_pylist([row]), folder / "train.parquet")
    return folder, "train.parquet", 1, 1


WRITERS = [
    value for name, value in sorted(globals().items()) if name.startswith("write_") and name != "write_json"
]
RULES = ["annotation.duplicate", "mask.holes", "area.mismatch"]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_findings_lead_to_file_line_and_column(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    path, file, line, column = write(tmp_path)
    pictures = tmp_path if "elsewhere" in write.__name__ else None
    result = scan(path, select=RULES, images=pictures)
    places = {place for finding, place in zip(result.findings, find_places(result), strict=True)
              if finding.rule in RULES}  # fmt: skip
    assert places == {(file, line, column)}
    assert f"{file}:{line}:{column}: " in export_finding_lines(result)
    assert f"file={file},line={line},col={column}," in export_github_findings(result)


def test_lines_that_are_no_records_lead_to_their_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_yolo(tmp_path)
    result = scan(tmp_path, select=["schema"])
    assert find_places(result) == [("labels/train/a.txt", 1, 1)]


def test_images_without_labels_lead_to_the_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_yolo(tmp_path)
    draw_picture(tmp_path / "images" / "val" / "c.png")
    result = scan(tmp_path, select=["dataset.image_without_annotations"])
    assert ("images/val/c.png", 1, 1) in find_places(result)


def test_a_folder_that_is_gone_is_named_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set").mkdir()
    write_labelme(tmp_path / "set")
    result = scan("set", select=RULES)
    (tmp_path / "set").rename(tmp_path / "gone")
    assert find_places(result) == [("set", 1, 1)]


def test_a_file_that_changed_is_its_beginning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_label_studio(tmp_path)[0]
    result = scan(path, select=RULES)
    path.write_text("\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert find_places(result) == [("export.json", 1, 1)]
