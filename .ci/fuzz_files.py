"""The files of a round of `fuzz.py`: right ones of every kind that is read, and how they are broken."""

from __future__ import annotations

import base64
import copy
import functools
import gzip
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from audit.cli.main import main as maskaudit

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 0.5, -0.0, 1e308, -1e308, float("nan"), float("inf"), 2**31, 2**53 + 1, 2**63,
    2**64, -(2**63), 10**30, "", " ", "1", "a", "a" * 300, "\ud800", "\x00", "\x1b[31m", "\u202e", "\ufffe", "=1+1",
    "::error::x", "##[error]", "../../etc/passwd", "<script>", [], {}, [[]], [None], [[0]], [[1, 2, 3, 4]],
    [[0, 0, 9, 0, 9, 9]], {"size": [20, 20], "counts": ""}, {"size": [20, 20], "counts": [400]},
    {"size": [20, 20], "counts": [-1, 401]}, {"size": [2**20, 2**20], "counts": [1]},
    {"size": [20, 20], "counts": "\u00ff0"}, [-5, -5, 1e9, 1e9], [0, 0, 0, 0],
)  # fmt: skip
"""What replaces a value."""
SQUARE = [2, 2, 9, 2, 9, 9, 2, 9]
YOLO = (
    "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n1 0.2 0.2 0.7 0.2 0.7 0.7\n",
    "path: .\ntrain: images\nnames: [cell, nucleus]\n",
)


def example() -> dict[str, Any]:
    """Return documents that are right: labels, results, decisions, a policy and other formats."""
    annotations = [
        {
            "id": k, "image_id": 1 + k % 3, "category_id": 1 + k % 2, "iscrowd": 0, "area": 49, "bbox": [2 + k, 2, 7, 7],
            "segmentation": [[x + k * (not odd) for odd, x in zip([0, 1] * 4, SQUARE, strict=True)]],
        }
        for k in range(1, 8)
    ]  # fmt: skip
    annotations[0] |= {"iscrowd": 1, "segmentation": {"size": [20, 20], "counts": [10, 30, 360]}, "area": 30}
    images = [{"id": k, "file_name": f"{k}.png", "width": 20, "height": 20} for k in (1, 2, 3)]
    categories = [{"id": 1, "name": "cell"}, {"id": 2, "name": "nucleus", "supercategory": "cell"}]
    shape = {"label": "cell", "group_id": None, "shape_type": "polygon", "flags": {}}
    corners = np.reshape(SQUARE, (-1, 2)).tolist()
    mask = write_picture(np.eye(5, dtype=bool))
    return {
        "labels": {"images": images, "annotations": annotations, "categories": categories},
        "results": [
            {key: a[key] for key in ("image_id", "category_id", "segmentation", "bbox")}
            | {"score": 0.9 - 0.1 * k}
            for k, a in enumerate(annotations)
        ],
        "decisions": {"schema_version": 1, "decisions": {"0" * 16: {"verdict": "real", "rule": "mask.tiny"}}},
        "policy": {"gate": {"limits": [{"rule": "overlap.*", "max_rate": 0.1, "confidence": 0.9}]}},
        "labelme": {
            "version": "5.5.0",
            "shapes": [
                shape | {"points": corners},
                shape | {"points": [[1, 1], [8, 8]], "shape_type": "rectangle"},
                shape | {"points": [[9, 9], [12, 9]], "shape_type": "circle"},
                shape
                | {
                    "points": [[2, 2], [6, 6]],
                    "shape_type": "mask",
                    "mask": base64.b64encode(mask).decode(),
                },
            ],
            "imagePath": "1.png", "imageData": None, "imageHeight": 20, "imageWidth": 20,
        },
        "panoptic": {
            "images": images[:1],
            "annotations": [
                {
                    "image_id": 1, "file_name": "1.png",
                    "segments_info": [
                        {"id": k, "category_id": k, "area": 25, "bbox": [5 * k, 5, 5, 5], "iscrowd": 0}
                        for k in (1, 2)
                    ],
                }
            ],
            "categories": [category | {"isthing": 1} for category in categories],
        },
    }  # fmt: skip


def list_places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the places of a document at which something stands."""
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*place, key)
            yield from list_places(member, (*place, key))


def break_document(document: Any, rng: random.Random) -> Any:
    """Change, remove or double what stands at one to four places."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 4)):
        places = list(list_places(document))
        if not places:
            return document
        *path, key = rng.choice(places)
        holder = document
        for step in path:
            holder = holder[step]
        action = rng.choice(("replace", "replace", "replace", "remove", "double"))
        if action == "replace":
            holder[key] = copy.deepcopy(rng.choice(NASTY))
        elif action == "remove":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[f"{key}2"] = copy.deepcopy(holder[key])
    return document


def break_bytes(data: bytes, rng: random.Random) -> bytes:
    """Change, remove or insert bytes, or cut the end off."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        position = rng.randrange(len(changed) + 1)
        changed[position : position + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
    return bytes(changed[: rng.randrange(len(changed) + 1)] if rng.random() < 0.2 else changed)


def write_toml(value: Any) -> str:
    """Write a policy; what TOML cannot say becomes text."""
    lines = []
    gate = value.get("gate")
    limits = gate.get("limits") if isinstance(gate, dict) else None
    for limit in limits if isinstance(limits, list) else []:
        lines.append("[[gate.limits]]")
        for key, member in limit.items() if isinstance(limit, dict) else []:
            lines.append(f"{json.dumps(str(key))} = {json.dumps(member, default=str)}")
    return "\n".join(lines or ["[gate]", ""])


def write_picture(pixels: np.ndarray[Any, Any], kind: str = "PNG") -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def write_documents(folder: Path, rng: random.Random) -> None:
    """Write the JSON files and the policy of a round, most of them broken."""
    for name, document in example().items():
        broken = break_document(document, rng) if rng.random() < 0.7 else document
        text = write_toml(broken) if name == "policy" and isinstance(broken, dict) else json.dumps(broken)
        data = text.encode(errors="surrogatepass")
        path = folder / (f"{name}.toml" if name == "policy" else f"{name}.json")
        path.write_bytes(break_bytes(data, rng) if rng.random() < 0.1 else data)
    (folder / "whole.json").write_text(json.dumps(example()["labels"]))


def write_label_images(folder: Path, rng: random.Random) -> None:
    """Write a folder of label images."""
    for name, dtype in (("1.png", np.uint8), ("2.png", np.uint16), ("3.tif", np.int32)):
        numbers = np.array([[rng.choice((0, 0, 1, 2, 255)) for _ in range(9)] for _ in range(9)])
        data = write_picture(numbers.astype(dtype), "PNG" if name.endswith("png") else "TIFF")
        write_broken(folder / "label-images" / name, data, rng, 0.7)


def write_broken(path: Path, data: bytes, rng: random.Random, share: float) -> None:
    """Write bytes, a share of the time broken ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(break_bytes(data, rng) if rng.random() < share else data)


def write_stored(folder: Path, rng: random.Random) -> None:
    """Write the files of a report whose tables are judged again."""
    for name, data in measure_example().items():
        write_broken(folder / "stored" / name, data, rng, 0.3)


def write_formats(folder: Path, rng: random.Random) -> None:
    """Write a dataset in each of the formats but COCO; `write_documents` has written what is JSON."""
    picture = write_picture(np.zeros((20, 20), dtype=np.uint8))
    for name in ("1", "2"):
        write_broken(folder / "yolo" / "images" / f"{name}.png", picture, rng, 0.1)
        write_broken(folder / "yolo" / "labels" / f"{name}.txt", YOLO[0].encode(), rng, 0.5)
        write_broken(folder / "single" / name / "images" / f"{name}.png", picture, rng, 0.1)
        for number in (1, 2):
            mask = np.zeros((20, 20), dtype=np.uint8)
            mask[2 * number : 9, 3:8] = rng.choice((1, 255))
            write_broken(folder / "single" / name / "masks" / f"{number}.png", write_picture(mask), rng, 0.3)
    write_broken(folder / "yolo" / "data.yaml", YOLO[1].encode(), rng, 0.3)
    (folder / "shapes").mkdir()
    (folder / "labelme.json").rename(folder / "shapes" / "1.json")
    segments = np.zeros((20, 20, 3), dtype=np.uint8)
    segments[5:10, 5:10, 0], segments[5:10, 10:15, 0] = 1, 2
    write_broken(folder / "panoptic" / "1.png", write_picture(segments), rng, 0.3)
    labels = (folder / "labels.json").read_bytes()
    write_broken(folder / "packed.json.gz", gzip.compress(labels, 1, mtime=0), rng, 0.5)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/_annotations.coco.json", labels)
        archive.writestr("readme.txt", "nothing")
    write_broken(folder / "packed.zip", buffer.getvalue(), rng, 0.7)


@functools.cache
def measure_example() -> dict[str, bytes]:
    """Scan what is right; return the files that a later scan judges again."""
    with tempfile.TemporaryDirectory(prefix="maskaudit-fuzz-") as folder:
        labels, report = Path(folder) / "labels.json", Path(folder) / "report"
        labels.write_text(json.dumps(example()["labels"]))
        maskaudit(["scan", str(labels), "--out", str(report), "--quiet", "--no-html"])
        return {str(p.relative_to(report)): p.read_bytes() for p in report.rglob("*") if p.is_file()}
