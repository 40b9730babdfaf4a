"""Small files for the commands, and a way to run them as a shell does."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.cli.main import main

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
NEARLY = [[2, 2, 9, 2, 9, 8, 2, 8]]
APART = [[12, 2, 18, 2, 18, 8, 12, 8]]


def coco(*masks, **fields):
    """Make a COCO document with these masks on one image; the boxes are right for squares."""
    annotations = []
    for k, mask in enumerate(masks):
        xs, ys = mask[0][::2], mask[0][1::2]
        w, h = max(xs) - min(xs), max(ys) - min(ys)
        box = {"bbox": [min(xs), min(ys), w, h], "area": w * h}
        annotations.append(
            {
                "id": k + 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": mask,
                "iscrowd": 0,
                **box,
                **fields,
            }
        )
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cell"}],
    }


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def line(self):
        """Return the one line on the standard error."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("maskaudit: ")
        assert "Traceback" not in self.err
        return self.err.strip()


@pytest.fixture
def document():
    """Return a function: masks to a COCO document."""
    return coco


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory with a clean file, one with errors and one that is no JSON."""
    monkeypatch.chdir(tmp_path)
    Path("clean.json").write_text(json.dumps(coco(SQUARE, APART)))
    Path("bad.json").write_text(json.dumps(coco(SQUARE, NEARLY, APART, [[1, 1, 2, 2]])))
    Path("broken.json").write_text('{"images": [')
    return tmp_path


@pytest.fixture
def run(here, capsys):
    def call(*arguments):
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call
