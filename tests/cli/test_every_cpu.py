"""The same input gives the same bytes whatever the processor can do."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

NAMES = "X86_V3 X86_V4 AVX512_ICL"  # of numpy 2.4; older ones warn that they do not know them
RESULTS = ("findings.json", "metrics.json", "measurements/instances.parquet", "measurements/pairs.parquet")


def rectangle(number, image, x, y, width, height):
    ring = [x, y, x + width, y, x + width, y + height, x, y + height]
    return {
        "id": number, "image_id": image, "category_id": 1, "iscrowd": 0, "area": width * height,
        "bbox": [x, y, width, height], "segmentation": [ring],
    }  # fmt: skip


@pytest.fixture
def files(tmp_path):
    """Rectangles of 60 categories with sizes of their own, with a streak and a speck in each; one full image."""
    rng = np.random.default_rng(5)
    records = []
    for image in range(1, 61):
        for k in range(64 if image == 1 else 21):
            width, height = rng.integers(5 + image % 7, 29, 2).tolist()
            if k < 2:
                width, height = [(30, 1), (2, 2)][k]
            record = rectangle(len(records) + 1, image, 32 * (k % 8) + 1, 32 * (k // 8) + 1, width, height)
            records.append({**record, "category_id": image})
    images = [
        {"id": image, "file_name": f"{image}.png", "height": 260, "width": 260} for image in range(1, 61)
    ]
    categories = [{"id": image, "name": f"kind {image}"} for image in range(1, 61)]
    labels, results = tmp_path / "labels.json", tmp_path / "results.json"
    labels.write_text(json.dumps({"images": images, "annotations": records, "categories": categories}))
    found = [
        {"image_id": r["image_id"], "category_id": r["category_id"], "score": 0.9, "bbox": r["bbox"],
         "segmentation": [[value + 1 for value in r["segmentation"][0]]]}
        for r in records
    ]  # fmt: skip
    results.write_text(json.dumps(found))
    return labels, results


def test_findings_and_metrics_do_not_depend_on_the_processor(files, tmp_path):
    written = []
    for features_off in ("", NAMES):
        out = tmp_path / f"out{len(written)}"
        command = ["compare", *map(str, files), "--no-html", "--quiet", "--out", str(out)]
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "audit", *command],
            check=True,
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": features_off},
        )
        written.append({name: (out / name).read_bytes() for name in RESULTS})
    assert [name for name in RESULTS if written[0][name] != written[1][name]] == []
    rules = {finding["rule"] for finding in json.loads(written[0]["findings.json"])["findings"]}
    assert {"mask.sliver_shape", "mask.tiny", "dataset.count_outlier"} <= rules
