"""Every area and every pair of the real datasets against pycocotools: the largest difference is 0.

The reference reads the files by itself; only what the audit drew a mask of is handed to pycocotools.
"""

import json
from pathlib import Path

import numpy as np
import pycocotools.mask as coco
import pytest
from PIL import Image

from audit.dataset.model import MaskKind
from audit.dataset.shard import split_shards
from audit.loaders.read import read_dataset
from audit.measure.schema import Measurements
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards

COCO = [
    # file, annotations with a mask, pairs of masks of one image
    ("coco_mini/instances.json", 739, 5_839),
    ("coco_val2014_100/instances_val2014_100.json", 839, 6_812),
    ("lvis_val_100/lvis_val_100.json", 977, 14_475),
    ("taco/annotations.json", 4_784, 21_735),
    ("bloodcells/test/_annotations.coco.json", 235, 328),
    ("bloodcells/valid/_annotations.coco.json", 4_124, 27_760),
    ("dsb2018/as_released.json", 14_251, 630_426),
]
LABELS = [("grains", 948, 70_031), ("stardist_sample", 125, 7_750)]


def measured(path: Path) -> Measurements:
    data = read_dataset([path]).dataset
    return merge_shards(data, (measure_shard(shard) for shard in split_shards(data)))


def rle(segmentation, height, width):
    if isinstance(segmentation, list):
        rings = [ring for ring in segmentation if len(ring) >= 6]
        return coco.merge(coco.frPyObjects(rings, height, width))
    if isinstance(segmentation["counts"], list):
        return coco.frPyObjects(segmentation, height, width)
    return segmentation


def compared(m: Measurements, references) -> tuple[int, int]:
    """Compare the masks of every image with ``references``: rows of an image -> pycocotools' RLE."""
    instances, pairs = m.instances, m.pairs
    drawn = instances["segmentation"].to_numpy() != MaskKind.NONE
    area = instances["area_px"].to_numpy()
    masks = number = 0
    for image in range(len(m.images)):
        rows = np.flatnonzero(drawn & (instances["image"].to_numpy() == image))
        reference = references(rows)
        assert [int(coco.area(r)) for r in reference] == area[rows].tolist()
        masks += len(rows)
        number += len(rows) * (len(rows) - 1) // 2
        if len(rows) > 1:
            compare_pairs(pairs[pairs["image"] == image], rows, reference)
    return masks, number


def compare_pairs(pairs, rows, reference):
    """Compare IoU and both IoA of every two masks of one image; a pair without a row shares no pixel."""
    place = {row: k for k, row in enumerate(rows.tolist())}
    a, b = ([place[row] for row in pairs[side]] for side in ("a", "b"))
    for flag, over_a, over_b in ((0, "iou", "iou"), (1, "ioa_a", "ioa_b")):
        ours = np.zeros((len(rows), len(rows)))
        ours[a, b], ours[b, a] = pairs[over_a], pairs[over_b]
        theirs = np.nan_to_num(coco.iou(reference, reference, [flag] * len(reference)))
        np.fill_diagonal(theirs, 0.0)
        assert np.abs(ours - theirs).max() == 0
    shared = [
        int(coco.area(coco.merge([reference[i], reference[j]], True))) for i, j in zip(a, b, strict=True)
    ]
    assert shared == pairs["intersection_px"].tolist()


@pytest.mark.shared
@pytest.mark.parametrize(("file", "masks", "pairs"), COCO)
def test_coco_files(shared_data, file, masks, pairs):
    document = json.loads((shared_data / file).read_text(encoding="utf-8"))
    m = measured(shared_data / file)
    index, image = m.instances["index"].to_numpy(), m.instances["image"].to_numpy()

    def references(rows):
        drawn = [document["annotations"][index[row]]["segmentation"] for row in rows]
        sizes = [document["images"][image[row]] for row in rows]
        return [rle(d, int(s["height"]), int(s["width"])) for d, s in zip(drawn, sizes, strict=True)]

    assert compared(m, references) == (masks, pairs)


@pytest.mark.shared
@pytest.mark.parametrize(("folder", "masks", "pairs"), LABELS)
def test_label_images(shared_data, folder, masks, pairs):
    m = measured(shared_data / folder)
    label, image = m.instances["annotation_id"].to_numpy(), m.instances["image"].to_numpy()
    pixels = [pixels_of(file) for file in sorted((shared_data / folder).rglob("*mask*.tif"))]

    def references(rows):
        dense = [pixels[image[row]] == label[row] for row in rows]
        return [coco.encode(np.asfortranarray(mask).astype(np.uint8)) for mask in dense]

    assert compared(m, references) == (masks, pairs)


def pixels_of(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture)
