"""Seeded ground-truth files of any size that look like COCO's, and two images full of masks.

What "like COCO's" means was counted on 180 real COCO images: 7.3 instances an image (all of COCO) with
a long tail, a median of 17 and a mean of 23 vertices, log-normal sizes (41 to 49 % small, 21 % large),
8 % of the annotations in two parts, 1.1 % crowd regions as uncompressed RLE, 0.7 overlapping pairs of
masks and 1.2 of boxes for every annotation, a median of 5 % of the smaller mask shared. The files made
here have 0.87 and 1.15 pairs and share 25 %: a little more work than COCO. Annotations are in no order.
The same arguments give the same bytes.

    python benchmarks/coco_like.py coco 37000 out.json
    python benchmarks/coco_like.py dense 20000 out.json
    python benchmarks/coco_like.py nested 5000 out.json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

IMAGES_A_BLOCK = 4000
SIZES = np.array([(480, 640), (427, 640), (640, 480), (640, 427)])
SIZE_SHARES = (0.5, 0.25, 0.15, 0.1)
NESTED = 100
"""Masks inside each other."""
CATEGORIES = [
    {"id": i + 1, "name": f"category {i + 1:02d}", "supercategory": f"group {i // 8 + 1}"} for i in range(80)
]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def write(kind: str, n: int, path: Path, seed: int = 0) -> None:
    """Write ``n`` annotations as a COCO file, block by block; the file appears when it is complete.

    ``kind`` is ``coco``; ``dense`` (polygons) or ``dense-rle`` (compressed RLE) for one image of
    neighbours; ``nested`` for one image of masks that lie inside each other, 100 deep.
    """
    rng = np.random.default_rng(seed)
    if kind == "coco":
        images, blocks = _coco(rng, n)
    elif kind == "nested":
        images, blocks = _nested(rng, n)
    else:
        images, blocks = _dense(rng, n, rle=kind == "dense-rle")
    encoder = msgspec.json.Encoder()
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(b'{"info":{"description":"made for benchmarks"},"licenses":[],"images":')
        file.write(encoder.encode(images))
        file.write(b',"categories":' + encoder.encode(CATEGORIES) + b',"annotations":[')
        for i, records in enumerate(blocks):
            file.write(b"," if i else b"")
            file.write(encoder.encode(records)[1:-1])
        file.write(b"]}")
    unfinished.replace(path)


def _coco(rng: np.random.Generator, n: int) -> tuple[list[dict], Iterator[list[dict]]]:
    per_image = _instances_per_image(rng, n)
    size = SIZES[rng.choice(len(SIZES), len(per_image), p=SIZE_SHARES)]
    return _image_records(size), _coco_blocks(rng, per_image, size)


def _instances_per_image(rng: np.random.Generator, n: int) -> Ints:
    """Draw counts with mean 7.3 and a long tail up to 60 until they sum to ``n``."""
    counts = 1 + np.minimum(rng.negative_binomial(1.05, 1 / 7, int(n / 7.3 * 1.3) + 100), 59)
    last = int(np.searchsorted(np.cumsum(counts), n))
    counts = counts[: last + 1]
    counts[last] -= counts.sum() - n
    return counts


def _coco_blocks(rng: np.random.Generator, per_image: Ints, size: Ints) -> Iterator[list[dict]]:
    first_id = 1
    for start in range(0, len(per_image), IMAGES_A_BLOCK):
        counts = per_image[start : start + IMAGES_A_BLOCK]
        image = np.repeat(np.arange(start, start + len(counts)), counts)
        records = _coco_records(rng, image, size[image], first_id)
        first_id += len(records)
        yield [records[i] for i in rng.permutation(len(records))]


def _coco_records(rng: np.random.Generator, image: Ints, size: Ints, first_id: int) -> list[dict]:
    n = len(image)
    side = np.clip(rng.lognormal(np.log(38), 1.05, n), 4, 420)
    stretch = np.exp(rng.normal(-0.06, 0.38, n))
    radii = np.stack([side * stretch, side / stretch], axis=1) * 0.62
    radii = np.minimum(radii, size[:, ::-1] * 0.55)
    centre = _spread(rng, image, size, radii)
    # A second part lies beside the first: something in front cuts the object in two.
    two = np.flatnonzero(rng.random(n) < 0.08)
    owner = np.concatenate([np.arange(n), two])
    sideways = rng.choice([-1.0, 1.0], len(two)) * radii[two, 0] * 1.25
    centres = np.concatenate([centre, centre[two] + np.stack([sideways, sideways * 0.2], axis=1)])
    all_radii = np.concatenate([radii, radii[two] * 0.3])
    vertices = np.clip(rng.lognormal(np.log(18), 0.72, len(owner)), 4, 300).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    owner, centres, all_radii, vertices = owner[order], centres[order], all_radii[order], vertices[order]
    centres = np.clip(centres, 2, size[owner][:, ::-1] - 2)
    xy, start = _blobs(rng, centres, all_radii, vertices)
    np.clip(xy, 0, np.repeat(size[owner][:, ::-1], vertices, axis=0), out=xy)
    records = _polygon_records(xy, start, owner, image, _categories(rng, n), first_id)
    for row in np.flatnonzero(rng.random(n) < 0.012):
        records[row] |= _crowd(rng, *size[row].tolist())
    return records


def _spread(rng: np.random.Generator, image: Ints, size: Ints, radii: Floats) -> Floats:
    """Place objects as in photographs: many at the edge of another one, few masks on top of each other.

    Each object has some places to choose from and takes, one image's objects after the other, the one
    whose box lies least on the boxes placed before it. For a part of the objects all of these places
    are beside the object before.
    """
    n, tries = len(image), 12
    corner = np.minimum(radii * 0.98, size[:, ::-1] / 2)[:, None]
    far = size[:, None, ::-1] - corner
    places = corner + rng.random((n, tries, 2)) * (far - corner)
    angle = rng.random((n, tries)) * 2 * np.pi
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=2) * rng.uniform(0.90, 1.08, (n, 1, 1))
    beside = rng.random(n) < 0.85
    centre = places[:, 0].copy()
    first = np.flatnonzero(np.r_[True, image[1:] != image[:-1]])
    length = np.diff(np.r_[first, n])
    for turn in range(1, int(length.max())):
        now = first[length > turn] + turn
        next_to = centre[now - 1, None] + direction[now] * (radii[now] + radii[now - 1])[:, None]
        choice = np.where(beside[now, None, None], np.clip(next_to, corner[now], far[now]), places[now])
        cost = np.zeros((len(now), tries))
        for back in range(1, turn + 1):
            gap = np.abs(choice - centre[now - back, None])
            smaller = np.minimum(radii[now], radii[now - back])[:, None]
            reach = (radii[now] + radii[now - back])[:, None]
            cost += np.clip((reach - gap) / smaller, 0, 1).prod(axis=2)
        centre[now] = choice[np.arange(len(now)), cost.argmin(axis=1)]
    return centre


def _blobs(rng: np.random.Generator, centre: Floats, radii: Floats, vertices: Ints) -> tuple[Floats, Ints]:
    """Draw star-shaped outlines: xy of all vertices, and where each outline starts."""
    start = np.concatenate([[0], np.cumsum(vertices)])
    blob = np.repeat(np.arange(len(vertices)), vertices)
    step = np.arange(start[-1]) - start[blob]
    angle = (step + rng.random(len(step)) * 0.7) * (2 * np.pi / vertices[blob])
    reach = np.ones(len(step))
    for wave in (2, 3, 5):
        phase, height = rng.random(len(vertices)) * 2 * np.pi, rng.random(len(vertices)) * 0.36 / wave
        reach += height[blob] * np.cos(wave * angle + phase[blob])
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centre[blob] + radii[blob] * reach[:, None] * direction, start


def _polygon_records(
    xy: Floats, start: Ints, owner: Ints, image: Ints, category: Ints, first_id: int
) -> list[dict]:
    xy = xy.round(2)
    ring_area = _shoelace(xy, start)
    area = np.bincount(owner, ring_area, minlength=len(image))
    first_ring = np.searchsorted(owner, np.arange(len(image)))
    low = np.minimum.reduceat(xy, start[first_ring])
    high = np.maximum.reduceat(xy, start[first_ring])
    bbox = np.concatenate([low, high - low], axis=1).round(2)
    flat, bounds = xy.ravel().tolist(), (2 * start).tolist()
    rings = [flat[a:b] for a, b in pairwise(bounds)]
    ring_bounds = [*first_ring.tolist(), len(rings)]
    columns = zip(
        ring_bounds, ring_bounds[1:], area.tolist(), (image + 1).tolist(), bbox.tolist(), category.tolist(),
        strict=False,
    )  # fmt: skip
    return [
        {
            "segmentation": rings[a:b], "area": area, "iscrowd": 0, "image_id": image_id, "bbox": box,
            "category_id": category_id, "id": first_id + i,
        }
        for i, (a, b, area, image_id, box, category_id) in enumerate(columns)
    ]  # fmt: skip


def _shoelace(xy: Floats, start: Ints) -> Floats:
    following = np.arange(1, len(xy) + 1)
    following[start[1:] - 1] = start[:-1]
    x, y = xy[:, 0], xy[:, 1]
    return np.abs(np.add.reduceat(x * y[following] - x[following] * y, start[:-1])) / 2


def _crowd(rng: np.random.Generator, height: int, width: int) -> dict:
    """Draw a crowd region: two wavy bands over part of the image."""
    columns = int(rng.integers(60, width - 20))
    left = int(rng.integers(0, width - columns))
    x = np.arange(columns)
    edges = np.sort(rng.integers(20, height - 20, 4))
    waves = 8 * np.sin(x[:, None] * rng.uniform(0.02, 0.3, 4) + rng.random(4) * 6)
    y = np.clip(np.sort((edges + waves).astype(np.int64), axis=1) + np.arange(4), 1, height - 1)
    at = ((left + x)[:, None] * height + y).ravel()
    counts = np.diff(np.concatenate([[0], at, [height * width]]))
    area = int((y[:, 1] - y[:, 0] + y[:, 3] - y[:, 2]).sum())
    box = [left, int(y[:, 0].min()), columns, int(y[:, 3].max() - y[:, 0].min())]
    segmentation = {"counts": counts.tolist(), "size": [height, width]}
    return {"segmentation": segmentation, "area": area, "iscrowd": 1, "bbox": box}


def _dense(rng: np.random.Generator, n: int, *, rle: bool) -> tuple[list[dict], Iterator[list[dict]]]:
    """One image of 28 x 28 px for every instance: rows of blobs that touch or overlap their neighbours."""
    columns = int(np.ceil(np.sqrt(n)))
    side = max(64, round(4000 * np.sqrt(n / 20_000)))
    size = np.array([[side, side]])
    cell = np.stack(np.divmod(np.arange(n), columns)[::-1], axis=1) + 0.5
    centre = cell * side / columns + rng.normal(0, 2.5, (n, 2))
    radii = np.clip(rng.normal(12, 2.5, (n, 2)), 4, 18)
    vertices = np.clip(rng.normal(25, 5, n), 8, 50).astype(np.int64)
    xy, start = _blobs(rng, centre, radii, vertices)
    np.clip(xy, 0, side, out=xy)
    image = np.zeros(n, dtype=np.int64)
    records = _polygon_records(xy, start, np.arange(n), image, np.ones(n, dtype=np.int64), 1)
    if rle:
        _as_rle(records, side)
    return _image_records(size), iter([records])


def _nested(rng: np.random.Generator, n: int) -> tuple[list[dict], Iterator[list[dict]]]:
    """One image with towers of 100 blobs around one centre, each as much larger as the last."""
    towers = int(np.ceil(n / NESTED))
    columns = int(np.ceil(np.sqrt(towers)))
    cell = 560
    tower, step = np.divmod(np.arange(n), NESTED)
    centre = (np.stack(np.divmod(tower, columns)[::-1], axis=1) + 0.5) * cell
    radii = np.repeat((4 + step * 1.9)[:, None], 2, axis=1)
    # One shape a tower, so that no outline crosses the next.
    square, _ = _blobs(rng, np.zeros((towers, 2)), np.ones((towers, 2)), np.full(towers, 40))
    xy = centre[:, None] + radii[:, None] * square.reshape(towers, 40, 2)[tower]
    records = _polygon_records(
        xy.reshape(-1, 2), np.arange(n + 1) * 40, np.arange(n), np.zeros(n, np.int64), np.ones(n, np.int64), 1
    )
    return _image_records(np.array([[columns * cell, columns * cell]])), iter([records])


def _as_rle(records: list[dict], side: int) -> None:
    from pycocotools import mask as coco

    for record in records:
        code = coco.merge(coco.frPyObjects(record["segmentation"], side, side))
        record["area"] = int(coco.area(code))
        record["bbox"] = coco.toBbox(code).tolist()
        record["segmentation"] = {"size": [side, side], "counts": code["counts"].decode()}


def _categories(rng: np.random.Generator, n: int) -> Ints:
    """Draw category ids: the first as frequent as people in COCO, then a long tail."""
    share = 1 / (np.arange(len(CATEGORIES)) + 1.6)
    return rng.choice(len(CATEGORIES), n, p=share / share.sum()) + 1


def _image_records(size: Ints) -> list[dict]:
    return [
        {"id": i + 1, "file_name": f"{i + 1:012d}.jpg", "height": height, "width": width}
        for i, (height, width) in enumerate(size.tolist())
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a seeded COCO-like file.")
    parser.add_argument("kind", choices=["coco", "dense", "dense-rle", "nested"])
    parser.add_argument("annotations", type=int)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    write(options.kind, options.annotations, options.out)
