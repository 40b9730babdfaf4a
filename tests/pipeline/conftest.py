"""What tests of the pipeline share."""

import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def large_labels(tmp_path_factory):
    """Some 500 squares on 60 images: in no order, many touch or overlap, some are broken."""
    rng = np.random.default_rng(4)
    images = [{"id": 900 - k, "file_name": f"é{k}.png", "height": 60, "width": 60} for k in range(60)]
    annotations = []
    for k in range(500):
        x, y = rng.integers(0, 50, 2).tolist()
        side = int(rng.integers(3, 12))
        ring = [x, y, x + side, y, x + side, y + side, x, y + side]
        annotations.append(
            {
                "id": int(rng.permutation(500)[0]) if k % 50 == 0 else 1000 - k,
                "image_id": 900 - int(rng.integers(0, 61)),
                "category_id": int(rng.integers(1, 4)),
                "segmentation": [ring[:4]] if k % 40 == 0 else [ring],
                "area": side * side,
                "bbox": [x, y, side, side],
                "iscrowd": 0,
            }
        )
    categories = [{"id": k, "name": f"kind {k}"} for k in (1, 2, 3)]
    path = tmp_path_factory.mktemp("labels") / "a.json"
    document = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path
