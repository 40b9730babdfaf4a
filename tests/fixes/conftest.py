"""Small COCO files, drawn as text, for tests of fixes."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from audit.fixes.mend import mend
from audit.fixes.plan import Selection
from audit.fixes.result import FixResult


def draw(text: str) -> np.ndarray:
    """Return every letter's mask: a block of text, one character a pixel."""
    rows = [line.strip() for line in text.strip().splitlines()]
    return np.array([list(row) for row in rows])


def rle(mask: np.ndarray) -> dict[str, Any]:
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(n) for n in encoded["size"]], "counts": encoded["counts"].decode()}


def annotation(number: int, mask: np.ndarray, **fields: Any) -> dict[str, Any]:
    ys, xs = np.nonzero(mask)
    box = [int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1]
    record = {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0}
    return record | {"area": int(mask.sum()), "bbox": box, "segmentation": rle(mask)} | fields


def polygon(number: int, rings: list[list[float]], size: tuple[int, int], **fields: Any) -> dict[str, Any]:
    return annotation(number, decode({"segmentation": rings}, size)) | {"segmentation": rings} | fields


def document(size: tuple[int, int], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    image = {"id": 1, "file_name": "a.png", "height": size[0], "width": size[1]}
    return {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


@pytest.fixture
def mended(tmp_path: Path) -> Callable[..., FixResult]:
    """Return a function that writes a document and mends it."""

    def run(content: dict[str, Any] | bytes, *rules: str, unsafe: bool = False, **options: Any) -> FixResult:
        file = tmp_path / "labels.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        result = mend(file, selection=Selection(rules, (), unsafe), workers=1, **options)
        assert file.read_bytes() == result.original
        return result

    return run


def annotations(result: FixResult) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(result.corrected)["annotations"]
    return records


def decode(record: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    """Draw what was written as pycocotools does."""
    segmentation = record["segmentation"]
    if isinstance(segmentation, list):
        segmentation = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size))
    elif isinstance(segmentation["counts"], list):
        segmentation = coco_mask.frPyObjects(segmentation, *size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pycocotools under numpy 2
        return coco_mask.decode(segmentation).astype(bool)


def as_text(record: dict[str, Any], size: tuple[int, int]) -> str:
    return "\n".join("".join(".#"[pixel] for pixel in row) for row in decode(record, size).astype(int))
