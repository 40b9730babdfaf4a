"""Documents for `fuzz.py`: right ones of the kinds that are read, and how they are broken."""

from __future__ import annotations

import base64
import copy
import functools
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

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
        "proposals": [
            {"image_id": 1 + k, "bbox": [2 + k, 2, 7, 7], "category_id": 1, "score": 0.5} for k in range(3)
        ],
        "config": {
            "select": ["mask", "overlap"], "fail_on": "error", "workers": 1, "partition_size": 2,
            "rules": {"mask.tiny": {"severity": "info", "min_px": 9}, "overlap.partial": {"enabled": False}},
            "report": {"title": "t", "max_pages": 3}, "gate": {"limits": [{"severity": "error", "max_count": 0}]},
        },
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


def choose_place(document: Any, rng: random.Random) -> tuple[Any, ...]:
    """Choose a field, and then one of its places: of coordinates there are many, and each is like the others."""
    fields: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for place in list_places(document):
        fields.setdefault(tuple("" if isinstance(key, int) else key for key in place), []).append(place)
    return rng.choice(list(rng.choice(list(fields.values())))) if fields else ()


def break_document(document: Any, rng: random.Random) -> Any:
    """Change, remove or double what stands at one to four places."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 4)):
        place = choose_place(document, rng)
        if not place:
            return document
        *path, key = place
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
    """Write a document as TOML; what TOML cannot say becomes a fault of the file, or text."""

    def inline(member: Any) -> str:
        if isinstance(member, dict):
            return "{" + ", ".join(f"{json.dumps(str(key))} = {inline(m)}" for key, m in member.items()) + "}"
        if isinstance(member, list):
            return f"[{', '.join(map(inline, member))}]"
        return "nan" if member != member else json.dumps(member, default=str)

    if not isinstance(value, dict):
        return inline(value)
    return "".join(f"{json.dumps(str(key))} = {inline(member)}\n" for key, member in value.items())


def write_picture(pixels: np.ndarray[Any, Any], kind: str = "PNG") -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def write_broken(path: Path, data: bytes, rng: random.Random, share: float) -> None:
    """Write bytes, a share of the time broken ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(break_bytes(data, rng) if rng.random() < share else data)


@functools.cache
def example_texts() -> dict[str, str]:
    """Return the JSON text of each document that is right."""
    return {name: json.dumps(document) for name, document in example().items()}
