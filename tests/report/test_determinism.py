"""The same labels give the same bytes: from run to run, and however many processes measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit.pipeline.run import scan
from audit.report.report_writer import write_report

PROGRAM = """
import sys
from pathlib import Path
from audit.pipeline.run import scan
from audit.report.report_writer import write_report

if __name__ == "__main__":
    labels, pictures, out, workers = sys.argv[1:]
    result = scan(labels, images=pictures, workers=int(workers))
    write_report(result, Path(out) / "folder")
    write_report(result, Path(out) / "single", single_file=True)
"""


@pytest.fixture(scope="module")
def labels(tmp_path_factory) -> Path:
    """Fifteen images with rectangles by chance; six of the pictures are there."""
    rng = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("labels")
    (folder / "pictures").mkdir()
    for k in range(6):
        pixels = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{k}.png")
    annotations = []
    for k in range(90):
        x, y, w, h = (int(v) for v in (*rng.integers(0, 40, 2), *rng.integers(3, 20, 2)))
        ring = [x, y, x + w, y, x + w, y + h, x, y + h]
        annotations.append(
            {"id": k + 1, "image_id": k % 15, "category_id": k % 3, "iscrowd": 0, "area": w * h * (1 + k % 2), "bbox": [x, y, w, h], "segmentation": [ring]}
        )  # fmt: skip
    document = {
        "images": [{"id": k, "file_name": f"{k}.png", "width": 80, "height": 60} for k in range(15)],
        "annotations": annotations,
        "categories": [{"id": k, "name": f"category {k}"} for k in range(3)],
    }
    (folder / "labels.json").write_text(json.dumps(document))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_two_runs_with_one_and_two_workers_give_the_same_bytes(labels, tmp_path):
    """Each in a process of its own, with another hash seed."""
    (tmp_path / "program.py").write_text(PROGRAM)
    root = str(Path(__file__).resolve().parents[2])
    written = []
    for workers in ("1", "2"):
        given = [str(labels / "labels.json"), str(labels / "pictures"), str(tmp_path / workers), workers]
        environment = {**os.environ, "PYTHONHASHSEED": workers, "PYTHONPATH": root}
        subprocess.run([sys.executable, str(tmp_path / "program.py"), *given], check=True, env=environment)
        written.append(content(tmp_path / workers))
    one, two = written
    assert len(one) > 20
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_no_page_holds_a_path_of_this_machine(labels, tmp_path, monkeypatch):
    monkeypatch.chdir(labels)
    write_report(scan("labels.json", images="pictures"), tmp_path)
    text = b"\n".join(content(tmp_path).values())
    for trace in (str(labels), str(tmp_path), str(Path.home())):
        assert trace.encode() not in text
