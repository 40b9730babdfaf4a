"""COCO panoptic: ids of segments are colours of a PNG."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

import audit

IDS = np.zeros((8, 10), dtype=np.int64)
IDS[1:4, 1:4] = 7
IDS[4:8, 5:9] = 70_000  # needs green and blue
IDS[0, :] = 300  # stuff


def write(folder, ids=IDS, mode="RGB", **changes):
    pixels = np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=-1).astype(np.uint8)
    (folder / "panoptic").mkdir()
    Image.fromarray(pixels).convert(mode).save(folder / "panoptic" / "a.png")
    segments = [
        {"id": 7, "category_id": 1, "area": 9, "bbox": [1, 1, 3, 3], "iscrowd": 0},
        {"id": 70_000, "category_id": 1, "area": 5, "bbox": [5, 4, 4, 4], "iscrowd": 0},
        {"id": 300, "category_id": 2, "area": 10, "bbox": [0, 0, 10, 1], "iscrowd": 0},
    ]
    document = {
        "images": [{"id": 5, "file_name": "a.jpg", "height": 8, "width": 10}],
        "annotations": [{"image_id": 5, "file_name": "a.png", "segments_info": segments, **changes}],
        "categories": [{"id": 1, "name": "cell", "isthing": 1}, {"id": 2, "name": "sky", "isthing": 0}],
    }
    (folder / "panoptic.json").write_text(json.dumps(document))
    return folder / "panoptic.json"


def rules(scan):
    return {finding.rule: finding for finding in scan.result.findings}


def test_segments_of_things_are_annotations(tmp_path):
    scan = audit.scan(write(tmp_path), select=["area", "bbox", "segm", "label"])
    assert scan.instances["area_px"].tolist() == [9, 16]
    assert scan.instances["image_id"].tolist() == [5, 5]
    (finding,) = scan.result.findings
    assert (finding.rule, finding.annotation_ids, finding.pointer) == (
        "area.mismatch",
        (2,),
        "/annotations/0/segments_info/1/area",
    )
    assert scan.result.sources[0].format == "coco_panoptic"


def test_listed_without_pixels_and_pixels_that_nobody_lists(tmp_path):
    ids = np.where(IDS == 7, 9, IDS)
    found = rules(audit.scan(write(tmp_path, ids)))
    assert "ids are not in segments_info, the first is 9" in found["label.format"].message
    assert found["label.format"].image_id == 5
    assert found["segm.empty"].annotation_ids == (1,)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"file_name": "b.png"}, "label.unreadable"),
        ({"file_name": "../panoptic.json"}, "label.unreadable"),
        ({"file_name": None}, "label.unreadable"),
        ({"mode": "L"}, "label.format"),
    ],
)
def test_what_is_wrong_with_a_png_is_a_finding(tmp_path, changes, rule):
    scan = audit.scan(write(tmp_path, **changes))
    assert rule in rules(scan)
    assert len(scan.instances) == 0


def test_odd_records_are_overlooked_or_found(tmp_path):
    odd = [
        3,
        {"id": "7"},
        {"id": 7},
        {"id": [7], "category_id": [1]},
        {"id": 10**30},
        {"id": 300, "bbox": [float("nan")] * 4},
    ]
    assert audit.scan(write(tmp_path, segments_info=odd)).instances["area_px"].tolist() == [9, 0, 10]
    for changes in ({"segments_info": 5}, {"segments_info": [], "image_id": [5]}):
        (tmp_path / "panoptic" / "a.png").unlink()
        (tmp_path / "panoptic").rmdir()
        assert len(audit.scan(write(tmp_path, **changes)).instances) == 0


def test_without_its_pngs_it_is_refused_in_one_line(tmp_path):
    path = write(tmp_path)
    path.rename(tmp_path / "other.json")
    with pytest.raises(audit.UnreadableError, match=r"COCO panoptic, whose masks are PNGs.*other; unpack"):
        audit.scan(tmp_path / "other.json")


@pytest.mark.parametrize("layout", ["whole", "beside", "beside_flat"])
def test_masks_in_an_archive(tmp_path, layout):
    (tmp_path / "a").mkdir()
    path = write(tmp_path / "a")
    expected = audit.scan(path).instances["area_px"].tolist()
    masks = tmp_path / "a" / "panoptic"
    if layout == "whole":
        archive, prefix, path = tmp_path / "download.zip", "annotations/panoptic/", tmp_path / "download.zip"
    else:
        archive, prefix = masks.with_suffix(".zip"), "panoptic/" if layout == "beside" else ""
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(masks / "a.png", f"{prefix}a.png")
        if layout == "whole":
            packed.write(tmp_path / "a" / "panoptic.json", "annotations/panoptic.json")
    shutil.rmtree(masks)
    assert audit.scan(path).instances["area_px"].tolist() == expected == [9, 16]


def test_masks_that_an_archive_lacks_are_findings(tmp_path):
    path = write(tmp_path, file_name="../b.png")
    with zipfile.ZipFile(tmp_path / "panoptic.zip", "w") as packed:
        packed.write(tmp_path / "panoptic" / "a.png", "panoptic/a.png")
    shutil.rmtree(tmp_path / "panoptic")
    assert "label.unreadable" in rules(audit.scan(path))
