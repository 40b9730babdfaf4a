"""Hard scenes as COCO files, from a seed: crowds, empty masks, ties, many predictions, areas at the limits."""

import random
from typing import Any

import numpy as np

from audit.geometry.encode import encode_mask

HEIGHT, WIDTH = 48, 56
CATEGORY_IDS = (1, 2, 5)
SIDES = (2, 5, 9, 20, 32, 33)
EMPTY_POLYGON = [[3, 3, 3, 3, 3, 3]]
"""Draws no pixel."""


def hard_scene(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return labels and results; every twelfth scene has more than 100 predictions in an image."""
    rng = random.Random(seed)
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    image_ids = range(1, rng.randint(2, 4))
    for image_id in image_ids:
        labels = [(_rectangle(rng), rng.choice(CATEGORY_IDS)) for _ in range(rng.randint(0, 6))]
        for mask, category_id in labels:
            annotations.append(_label(rng, len(annotations) + 1, image_id, mask, category_id))
        for _ in range(rng.randint(101, 130) if seed % 12 == 11 else rng.randint(0, 8)):
            mask, category_id = rng.choice(labels or [(_rectangle(rng), 1)])
            if rng.random() < 0.3:
                mask = _rectangle(rng)
            if rng.random() < 0.2:
                category_id = rng.choice(CATEGORY_IDS)
            moved = np.roll(mask, (rng.randint(0, 2), rng.randint(0, 2)), (0, 1))
            score = rng.choice([0.2, 0.5, 0.5, 0.9, rng.random()])
            segmentation = encode_mask(moved)
            results.append(
                {
                    "image_id": image_id,
                    "category_id": category_id,
                    "segmentation": segmentation,
                    "score": score,
                }
            )
    images = [{"id": k, "width": WIDTH, "height": HEIGHT, "file_name": f"{k}.png"} for k in image_ids]
    categories = [{"id": k, "name": f"category {k}"} for k in CATEGORY_IDS]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def _rectangle(rng: random.Random) -> np.ndarray:
    """Draw a rectangle; one in ten is empty."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    if rng.random() < 0.9:
        y, x = rng.randint(0, HEIGHT - 2), rng.randint(0, WIDTH - 2)
        mask[y : y + rng.choice(SIDES), x : x + rng.choice(SIDES)] = True
    return mask


def _label(
    rng: random.Random, label_id: int, image_id: int, mask: np.ndarray, category_id: int
) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [0, 0, 0, 0]
    if len(rows):
        box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
    is_crowd = rng.random() < 0.2
    area = int(mask.sum()) if rng.random() < 0.8 else rng.choice([0, 1023, 1024, 1025, 9216])
    is_empty_polygon = not mask.any() and not is_crowd and rng.random() < 0.5
    segmentation = EMPTY_POLYGON if is_empty_polygon else encode_mask(mask)
    return {
        "id": label_id, "image_id": image_id, "category_id": category_id, "iscrowd": int(is_crowd), "area": area,
        "bbox": [int(side) for side in box], "segmentation": segmentation,
    }  # fmt: skip
