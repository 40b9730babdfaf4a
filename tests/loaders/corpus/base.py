"""The sound dataset that every broken file is made from, and what a broken file is.

Three images of 64 x 48 pixels, three categories, seven annotations: polygons, one of two parts, two
that lie 2 px apart, compressed and uncompressed RLE, a crowd. One annotation, alone on its image and
alone in its category, is the victim: it gets the fault, so the six others must come through unchanged.
"""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco

ERROR, FINDING, ACCEPT = "ERROR", "FINDING", "ACCEPT"
WIDTH, HEIGHT = 64, 48
VICTIM, VICTIM_IMAGE, VICTIM_CATEGORY = 2, 1, 1
"""Positions in the lists of the document."""
VICTIM_ID, VICTIM_IMAGE_ID, VICTIM_CATEGORY_ID = 900903, 7001, 11
RECORD = f"/annotations/{VICTIM}"
IMAGE = f"/images/{VICTIM_IMAGE}"
CATEGORY = f"/categories/{VICTIM_CATEGORY}"
ABSENT = object()
"""In a change: the field is removed."""

Document = dict[str, Any]
Place = str | tuple[str, ...]
"""A JSON pointer that a finding must be at; of several, one is enough."""


@dataclass(frozen=True)
class Raw:
    """JSON text that Python's own writer would not write."""

    text: str


@dataclass(frozen=True, slots=True)
class Built:
    """The files of one case."""

    path: Path
    images: Path | None = None
    predictions: Path | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One broken, hostile or merely odd input, and what it must get."""

    id: str
    title: str
    expected: str
    """``ERROR``, ``FINDING`` or ``ACCEPT``."""
    rule: str
    """Empty where nothing is to be said."""
    build: Callable[[Path], Built]
    variant: str = ""
    places: tuple[Place, ...] = ()
    """Where findings of the rule must be, all of them."""
    survivors: bool = True
    """Whether the six other annotations are still there."""
    payload: str = ""
    """Text that must never stand as it is in a page."""
    entity: str = ""
    """The list whose victim differs from the sound one by ``changes`` alone; empty for other cases."""
    changes: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.id}-{self.variant}" if self.variant else self.id


def ellipse(x: float, y: float, rx: float, ry: float, points: int = 24) -> list[float]:
    """Draw a round polygon: a flat list of x, y."""
    angle = np.arange(points) * 2 * np.pi / points
    xy = np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)
    return [float(v) for v in xy.round(1).ravel()]


def disc(x: float, y: float, r: float) -> list[int]:
    """Draw a round mask: COCO's uncompressed counts."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return counts_of((columns - x) ** 2 + (rows - y) ** 2 <= r * r)


def counts_of(mask: np.ndarray) -> list[int]:
    """Count the runs of a mask, background first, column by column."""
    flat = np.concatenate([[0], mask.ravel(order="F").astype(int)])
    ends = np.concatenate([np.flatnonzero(np.diff(flat)), [mask.size]])
    return np.diff(np.concatenate([[0], ends])).tolist()


def compressed(counts: Sequence[int]) -> str:
    """Write runs as COCO's text, sound or not: five bits a character, each run less the last but one."""
    text = ""
    for i, count in enumerate(counts):
        rest, more = count - (counts[i - 2] if i > 2 else 0), True
        while more:
            bits = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if bits & 0x10 else 0)
            text += chr(48 + bits + (0x20 if more else 0))
    return text


def masked(segmentation: Any, height: int = HEIGHT, width: int = WIDTH) -> dict[str, Any]:
    """Return a sound segmentation with the box and area that pycocotools measures."""
    if isinstance(segmentation, list):
        rle = coco.merge(coco.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        rle = coco.frPyObjects(segmentation, height, width)
    else:
        rle = segmentation
    return {
        "segmentation": segmentation,
        "area": float(coco.area(rle)),
        "bbox": [float(v) for v in coco.toBbox(rle)],
    }


BODY = ellipse(30, 24, 13, 12)
"""The victim's outline; it fits an image of 48 x 64 too."""
PARTS = [ellipse(22, 24, 6, 9), ellipse(38, 24, 6, 9)]
"""The same in two parts."""
BODY_COUNTS = disc(30, 24, 12)
BODY_TEXT = compressed(BODY_COUNTS)


def rle(counts: Any, size: Any = (HEIGHT, WIDTH)) -> dict[str, Any]:
    """Make an RLE segmentation."""
    return {"size": list(size) if isinstance(size, tuple) else size, "counts": counts}


def _annotation(k: int, image: int, category: int, segmentation: Any, crowd: int = 0) -> dict[str, Any]:
    record = {"id": 900901 + k, "image_id": image, "category_id": category, "iscrowd": crowd}
    return record | masked(segmentation)


def _sound() -> Document:
    return {
        "info": {"description": "three pictures", "version": "1.0"},
        "licenses": [],
        "images": [
            {"id": 7000, "file_name": "a.jpg", "height": HEIGHT, "width": WIDTH},
            {"id": VICTIM_IMAGE_ID, "file_name": "b.jpg", "height": HEIGHT, "width": WIDTH},
            {"id": 7002, "file_name": "c.png", "height": HEIGHT, "width": WIDTH},
        ],
        "categories": [
            {"id": 12, "name": "straw", "supercategory": "table"},
            {"id": VICTIM_CATEGORY_ID, "name": "cup", "supercategory": "table"},
            {"id": 13, "name": "lid", "supercategory": "table"},
        ],
        "annotations": [
            _annotation(0, 7000, 12, [ellipse(16, 12, 9, 9)]),
            _annotation(1, 7000, 13, [ellipse(46, 10, 7, 7), ellipse(46, 34, 8, 8)]),
            _annotation(2, VICTIM_IMAGE_ID, VICTIM_CATEGORY_ID, [BODY]),
            _annotation(3, 7002, 12, rle(compressed(disc(12, 14, 8)))),
            _annotation(4, 7002, 13, rle(disc(36, 14, 9))),
            _annotation(5, 7002, 12, rle(disc(48, 36, 8)), crowd=1),
            _annotation(6, 7000, 12, [ellipse(16, 33, 9, 10)]),
        ],
    }


_SOUND = _sound()
SOUND_COUNTS: Mapping[str, int] = {
    name: len(_SOUND[name]) for name in ("images", "categories", "annotations")
}


def sound() -> Document:
    """Return a fresh copy of the sound dataset."""
    return copy.deepcopy(_SOUND)


def dumps(document: Any) -> bytes:
    """Write a document, `Raw` parts as they are."""
    raw: list[str] = []

    def note(part: object) -> str:
        assert isinstance(part, Raw)
        raw.append(part.text)
        return f"@raw{len(raw) - 1}@"

    text = json.dumps(document, default=note)
    for k, part in enumerate(raw):
        text = text.replace(f'"@raw{k}@"', part)
    return text.encode()


def changed(record: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Set fields of a record, or remove them."""
    for field, value in changes.items():
        if value is ABSENT:
            record.pop(field, None)
        else:
            record[field] = value


def written(folder: Path, data: bytes, name: str = "labels.json") -> Built:
    path = folder / name
    path.write_bytes(data)
    return Built(path)


def from_document(edit: Callable[[Document], Any]) -> Callable[[Path], Built]:
    """Make a builder of a function that changes the sound document, or returns another one."""

    def build(folder: Path) -> Built:
        document = sound()
        other = edit(document)
        return written(folder, dumps(document if other is None else other))

    return build


def annotation(id: str, title: str, rule: str, changes: Mapping[str, Any], **more: Any) -> Case:
    """Make a case of changes to the victim annotation."""
    return _record(id, title, rule, "annotations", VICTIM, changes, **more)


def image(id: str, title: str, rule: str, changes: Mapping[str, Any], **more: Any) -> Case:
    """Make a case of changes to the victim's image."""
    return _record(id, title, rule, "images", VICTIM_IMAGE, changes, **more)


def category(id: str, title: str, rule: str, changes: Mapping[str, Any], **more: Any) -> Case:
    """Make a case of changes to the victim's category."""
    return _record(id, title, rule, "categories", VICTIM_CATEGORY, changes, **more)


def _record(
    id: str,
    title: str,
    rule: str,
    entity: str,
    index: int,
    changes: Mapping[str, Any],
    expected: str = FINDING,
    **more: Any,
) -> Case:
    field, value = next(iter(changes.items()))
    place = f"/{entity}/{index}" + ("" if value is ABSENT else f"/{field}")
    more.setdefault("places", (place,) if expected == FINDING else ())
    build = from_document(lambda d: changed(d[entity][index], changes))
    return Case(id, title, expected, rule, build, entity=entity, changes=changes, **more)


def document(
    id: str, title: str, expected: str, rule: str, edit: Callable[[Document], Any], **more: Any
) -> Case:
    """Make a case of a function that changes the sound document, or returns another one."""
    return Case(id, title, expected, rule, from_document(edit), **more)


def text(id: str, title: str, expected: str, rule: str, make: Callable[[bytes], bytes], **more: Any) -> Case:
    """Make a case of a function from the bytes of the sound file to those of the broken one."""
    return Case(id, title, expected, rule, lambda folder: written(folder, make(dumps(sound()))), **more)
