"""Put odd segmentations that the guard lets pass through everything that the C++ core does with masks.

python .ci/fuzz_masks.py --count 20000 --seed 3

For `make sanitize`, whose sanitizers stop the process at the first read or write that is out of bounds. A round makes
labels of some images: polygons with few, many, equal, far, huge and tiny coordinates, RLE as lists and as text, sizes
of one pixel, one row and one column. They are scanned, compared with themselves shifted, mended, looked at as trainers
do, and their overlaps taken. Segmentations that the guard refuses become findings and do not count.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

import audit
from audit.dataset.model import MaskKind

N_IMAGES = 100
SIDES = (1, 2, 3, 7, 8, 16, 17, 31, 33, 64, 65)


def draw_polygon(rng: random.Random, height: int, width: int) -> list[list[float]]:
    """Draw rings of odd coordinates."""
    rings = []
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        n_vertices = rng.choice((3, 3, 4, 4, 5, 6, 8, 30))
        kind = rng.choice(("inside", "inside", "whole", "half", "line", "far", "tiny", "point", "comb"))
        x, y = (
            [rng.uniform(0, width) for _ in range(n_vertices)],
            [rng.uniform(0, height) for _ in range(n_vertices)],
        )
        if kind == "whole":
            x, y = [float(round(v)) for v in x], [float(round(v)) for v in y]
        elif kind == "half":
            x, y = [round(v) + 0.5 for v in x], [round(v) - 0.5 for v in y]
        elif kind == "line":
            x = [x[0]] * n_vertices
        elif kind == "far":
            x = [v * rng.choice((-3, 5, 40)) for v in x]
        elif kind == "tiny":
            x, y = [x[0] + rng.uniform(0, 1e-6) for _ in x], [y[0] + rng.uniform(0, 1e-9) for _ in y]
        elif kind == "point":
            x, y = [x[0]] * n_vertices, [y[0]] * n_vertices
        elif kind == "comb":
            y = [float(height if k % 2 else 0) for k in range(n_vertices)]
        rings.append([v for pair in zip(x, y, strict=True) for v in pair])
    return rings


def draw_runs(rng: random.Random, height: int, width: int) -> dict[str, Any]:
    """Draw an RLE, as a list of counts or as COCO's text."""
    share = rng.choice((0.0, 0.01, 0.5, 0.99, 1.0) if height * width < 400 else (0.0, 0.002, 0.998, 1.0))
    numbers = np.random.default_rng(rng.getrandbits(32))
    pixels = numbers.random((height, width)) < share
    if rng.random() < 0.3:
        pixels[: height // 2] = True
    if rng.random() < 0.5:
        counts = coco_mask.encode(np.asfortranarray(pixels, dtype=np.uint8))["counts"].decode()
        return {"size": [height, width], "counts": counts}
    flat = np.r_[False, pixels.ravel(order="F")]
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    runs = np.diff(np.r_[0, changes, height * width]).tolist()
    if rng.random() < 0.3 and runs:  # zero-length runs within are legal
        position = rng.randrange(len(runs))
        runs[position + 1 : position + 1] = [0, 0]
    return {"size": [height, width], "counts": runs}


def draw_labels(rng: random.Random, n_annotations: int) -> dict[str, Any]:
    """Draw a dataset of odd masks."""
    images = [
        {"id": k, "file_name": f"{k}.png", "height": rng.choice(SIDES), "width": rng.choice(SIDES)}
        for k in range(1, N_IMAGES + 1)
    ]
    annotations: list[dict[str, Any]] = []
    for number in range(1, n_annotations + 1):
        image = rng.choice(images)
        size = image["height"], image["width"]
        earlier = [a for a in annotations[-20:] if a["image_id"] == image["id"]]
        if earlier and rng.random() < 0.1:
            segmentation = rng.choice(earlier)["segmentation"]
        else:
            segmentation = (draw_runs if rng.random() < 0.4 else draw_polygon)(rng, *size)
        annotations.append(
            {
                "id": number, "image_id": image["id"], "category_id": rng.randint(1, 3), "iscrowd": int(rng.random() < 0.03),
                "bbox": [0, 0, size[1], size[0]], "area": 1, "segmentation": segmentation,
            }
        )  # fmt: skip
    categories = [{"id": k, "name": str(k)} for k in (1, 2, 3)]
    return {"images": images, "annotations": annotations, "categories": categories}


def use_core(labels: dict[str, Any], rng: random.Random) -> int:
    """Do all that masks go through; return how many the guard let pass."""
    scan = audit.scan(labels)
    passed = int((scan.result.dataset.annotations.segmentation.kind != MaskKind.NONE).sum())
    results = [
        {key: a[key] for key in ("image_id", "category_id", "segmentation")} | {"score": rng.random()}
        for a in labels["annotations"]
        if not a["iscrowd"]
    ]
    audit.compare(labels, results, what_ifs=rng.random() < 0.1)
    for trainer in ("yolo-seg", "mmdet"):
        audit.trainer_view(labels, trainer)
    return passed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000, help="segmentations that the guard lets pass")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1000, help="annotations of a dataset")
    options = parser.parse_args(arguments)
    passed = drawn = number = 0
    while passed < options.count:
        rng = random.Random(f"{options.seed} {number}")
        passed += use_core(draw_labels(rng, options.batch), rng)
        drawn += options.batch
        number += 1
        if number % 4 == 0:
            print(f"{passed:,} of {drawn:,} segmentations passed the guard", flush=True)
    print(f"{passed:,} of {drawn:,} segmentations passed the guard, and nothing else happened.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
