"""Seeded noise through the whole measuring core: what sanitizers run, and what brute force can check."""

import numpy as np
import pycocotools.mask as coco
import pytest

from audit.dataset.model import MaskKind, Segmentations
from audit.geometry.outline import measure_polygons
from audit.geometry.runs import dense_to_runs, runs_to_counts, runs_to_dense
from audit.measure.masks import measure_segmentations

ROUNDS = 20


def noisy_masks(rng):
    """Up to 70 masks of one size: noise of any density in boxes, rectangles on it, copies."""
    height, width = rng.integers(1, 26, 2)
    masks = np.zeros((int(rng.integers(1, 70)), height, width), dtype=bool)
    for k, mask in enumerate(masks):
        y, x = rng.integers(0, height), rng.integers(0, width)
        part = mask[y : y + rng.integers(1, 26), x : x + rng.integers(1, 26)]
        part[:] = rng.random(part.shape) < rng.choice([0.02, 0.2, 0.5, 0.8, 1.0])
        for _ in range(int(rng.integers(0, 3))):
            y, x = rng.integers(0, height), rng.integers(0, width)
            mask[y : y + rng.integers(1, 9), x : x + rng.integers(1, 9)] = rng.random() < 0.7
        if k and rng.random() < 0.1:
            mask[:] = masks[rng.integers(0, k)]
    return masks


def noisy_rings(rng):
    """Rings of some masks, on and beside the grid that rounding depends on, some of them far outside."""
    rings_a_mask = rng.integers(0, 5, int(rng.integers(1, 40)))
    rings = []
    for _ in range(int(rings_a_mask.sum())):
        size, step = rng.choice([2.0, 20.0, 90.0, 400.0]), rng.choice([1.0, 0.5, 0.1, 1e-9])
        ring = rng.uniform(-1, 1, (int(rng.integers(3, 14)), 2)) * size + rng.uniform(0, 60, 2)
        ring = np.round(ring / step) * step
        if rng.random() < 0.3:
            ring[-1] = ring[0]
        rings.append(ring if rng.random() < 0.9 or not rings else rings[rng.integers(0, len(rings))])
    return rings, np.cumsum([0, *rings_a_mask])


def encoded(masks):
    n_masks, height, width = masks.shape
    counts, count_start = runs_to_counts(
        dense_to_runs(masks), *(np.full(n_masks, s) for s in (height, width))
    )
    none = np.zeros(n_masks + 1, dtype=np.int64)
    kind = np.full(n_masks, MaskKind.RLE, dtype=np.uint8)
    return Segmentations(kind, none, none[:1], np.zeros((0, 2)), count_start, counts.astype(np.uint32))


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_pixels(seed):
    rng = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        masks = noisy_masks(rng)
        n_masks, height, width = masks.shape
        image = np.sort(rng.integers(0, n_masks // 30 + 1, n_masks))
        sizes = np.full(n_masks, height), np.full(n_masks, width)
        runs, columns = measure_segmentations(encoded(masks), image, *sizes)
        assert (runs_to_dense(runs, height, width) == masks).all()
        assert columns["area_px"].tolist() == masks.sum(axis=(1, 2)).tolist()
        shared = np.einsum("ahw,bhw->ab", masks.astype(int), masks.astype(int))
        shared[image[:, None] != image] = 0
        found = np.zeros_like(shared)
        found[columns["a"], columns["b"]] = columns["intersection_px"]
        assert (found == np.triu(shared, 1)).all()
        _, threaded = measure_segmentations(encoded(masks), image, *sizes, threads=3)
        for name, values in columns.items():
            np.testing.assert_array_equal(threaded[name], values)


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_polygons(seed):
    rng = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        rings, ring_start = noisy_rings(rng)
        n_masks = len(ring_start) - 1
        height, width = (np.full(n_masks, side) for side in rng.integers(1, 90, 2))
        xy = np.concatenate([np.zeros((0, 2)), *rings])
        vertex_start = np.cumsum([0, *map(len, rings)])
        kind = np.full(n_masks, MaskKind.POLYGON, dtype=np.uint8)
        none = np.zeros(n_masks + 1, dtype=np.int64)
        drawn = Segmentations(kind, ring_start, vertex_start, xy, none, np.zeros(0, dtype=np.uint32))
        _, columns = measure_segmentations(drawn, np.zeros(n_masks, dtype=np.int64), height, width)
        for mask in np.flatnonzero(np.diff(ring_start)).tolist():
            flat = [ring.ravel().tolist() for ring in rings[ring_start[mask] : ring_start[mask + 1]]]
            expected = coco.merge(coco.frPyObjects(flat, int(height[0]), int(width[0])))
            assert columns["area_px"][mask] == int(coco.area(expected))
        alone, threaded = (
            measure_polygons(xy, vertex_start, ring_start, height, width, threads=n) for n in (1, 3)
        )
        for name, values in alone.items():
            np.testing.assert_array_equal(threaded[name], values)
