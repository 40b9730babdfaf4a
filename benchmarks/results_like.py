"""Seeded results for a ground-truth file: every object found a little off, some missed, doubled or made up.

    python benchmarks/results_like.py gt.json results.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import numpy as np
from pycocotools import mask as coco

MISSED, DOUBLED, MADE_UP = 0.12, 0.07, 0.05
"""Shares of the objects; together as many results as objects."""


def write(labels: Path, out: Path, seed: int = 0) -> None:
    """Write a results file; the same arguments give the same bytes."""
    rng = np.random.default_rng(seed)
    document = msgspec.json.decode(labels.read_bytes())
    size = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    results = []
    for annotation in document["annotations"]:
        if annotation.get("iscrowd") or not isinstance(annotation["segmentation"], list):
            continue
        height, width = size[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        chance = rng.random()
        times = 0 if chance < MISSED else 2 if chance < MISSED + DOUBLED else 1
        away = rng.random() < MADE_UP
        for k in range(times + away):
            moved = rng.normal(0, 0.04, 2) * (w, h)
            if k == times:
                moved = rng.uniform(0, (width, height)) - (x, y)
            rings = [
                (np.reshape(ring, (-1, 2)) + moved + rng.normal(0, 0.4, (len(ring) // 2, 2))).ravel().tolist()
                for ring in annotation["segmentation"]
            ]
            code = coco.merge(coco.frPyObjects(rings, height, width))
            if coco.area(code) == 0:
                continue
            score = rng.beta(2, 6) if k == times else rng.beta(6, 2) * (1 - 0.3 * (k > 0))
            wrong = rng.random() < 0.05
            results.append(
                {
                    "image_id": annotation["image_id"],
                    "category_id": 1 + annotation["category_id"] % 80 if wrong else annotation["category_id"],
                    "score": round(float(score), 5),
                    "segmentation": {"size": [height, width], "counts": code["counts"].decode()},
                    "bbox": coco.toBbox(code).tolist(),
                }
            )
    unfinished = out.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(results))
    unfinished.replace(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write seeded results for a COCO file.")
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    write(options.labels, options.out)
