import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.geometry.raster import decode_masks, polygons_to_runs
from audit.geometry.runs import dense_to_runs, runs_to_counts, runs_to_dense

# Coordinates on and beside the fifths that the rule rounds to, outside the image, and plain ones.
COORDINATE = st.one_of(
    st.integers(-15, 35).map(float),
    st.integers(-60, 150).map(lambda k: k / 5),
    st.integers(-120, 300).map(lambda k: k / 10),
    st.floats(-40, 60),
)
RING = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9)
SQUARE = [(1.0, 1.0), (9.0, 1.0), (9.0, 9.0), (1.0, 9.0)]


def drawn(masks, sizes):
    """Draw masks, each a list of rings, on images of their own sizes: a list of (H, W) arrays."""
    rings = [ring for mask in masks for ring in mask]
    xy = np.concatenate([np.zeros((0, 2)), *(np.asarray(ring, dtype=float) for ring in rings)])
    vertex_start = np.cumsum([0, *map(len, rings)])
    ring_start = np.cumsum([0, *map(len, masks)])
    height, width = np.array(sizes, dtype=np.int64).reshape(-1, 2).T
    runs = polygons_to_runs(xy, vertex_start, ring_start, height, width)
    whole = runs_to_dense(runs, int(height.max(initial=1)), int(width.max(initial=1)))
    assert not any(whole[k, h:].any() or whole[k, :, w:].any() for k, (h, w) in enumerate(sizes))
    assert (runs.y0 < runs.y1).all()
    return [whole[k, :h, :w] for k, (h, w) in enumerate(sizes)]


def test_draws_what_pycocotools_draws(coco_pixels):
    size = st.tuples(st.integers(1, 30), st.integers(1, 30))

    @settings(max_examples=300)
    @given(st.lists(st.tuples(st.lists(RING, min_size=1, max_size=3), size), min_size=1, max_size=4))
    def check(masks):
        rings, sizes = zip(*masks, strict=True)
        for got, polygons, (h, w) in zip(drawn(rings, sizes), rings, sizes, strict=True):
            assert (got == coco_pixels(polygons, h, w)).all()

    check()


@pytest.mark.parametrize(
    "rings",
    [
        [SQUARE],
        [SQUARE[::-1]],
        [[*SQUARE, SQUARE[0]]],
        [[(2, 2)] * 3],
        [[(2, 2), (9, 9), (15, 15)]],
        [[(2, 2), (15, 2), (2, 2)]],
        [[(2, 2), (2, 15), (2, 2)]],
        [[(2, 2), (15, 15), (15, 2), (2, 15)]],
        [SQUARE, [(3, 3), (5, 3), (5, 5)]],
        [SQUARE, SQUARE],
        [SQUARE, [(9, 1), (15, 1), (15, 9), (9, 9)]],
        [[(-50, -50), (-40, -50), (-40, -40)]],
        [[(-1e4, -1e4), (1e4, -1e4), (1e4, 1e4), (-1e4, 1e4)]],
        [[(-1e4, 3.3), (1e4, 9.7), (1e4, 9.9)]],
        [[(0, 0), (20, 0), (20, 20), (0, 20)]],
        [[(19.5, 19.5), (20.5, 19.5), (20.5, 20.5)]],
        [[(0.3, 0.3), (0.7, 0.3), (0.7, 0.7)]],
        [[(4.4999999, 1), (4.5000001, 1), (4.5, 19)]],
    ],
)
def test_degenerate_and_extreme_rings(coco_pixels, rings):
    assert (drawn([rings], [(20, 20)])[0] == coco_pixels(rings, 20, 20)).all()


def test_steep_edges_are_rounded_as_in_c(coco_pixels):
    rng = np.random.default_rng(7)
    for _ in range(200):
        ring = np.round(rng.normal(20, 30, (4, 2)), 2).tolist()
        assert (drawn([[ring]], [(41, 37)])[0] == coco_pixels([ring], 41, 37)).all()


@given(st.lists(RING, min_size=1, max_size=4))
def test_masks_do_not_influence_each_other(rings):
    together = drawn([[ring] for ring in rings], [(20, 20)] * len(rings))
    for mask, ring in zip(together, rings, strict=True):
        assert (mask == drawn([[ring]], [(20, 20)])[0]).all()


@given(st.lists(RING, min_size=1, max_size=4))
def test_the_rings_of_a_mask_are_united_in_any_order(rings):
    whole = drawn([rings], [(20, 20)])[0]
    assert (whole == np.any(drawn([[r] for r in rings], [(20, 20)] * len(rings)), axis=0)).all()
    assert (whole == drawn([rings[::-1]], [(20, 20)])[0]).all()


def test_masks_without_rings_and_nothing():
    assert [m.sum() for m in drawn([[], [SQUARE], []], [(20, 20)] * 3)] == [0, 64, 0]
    assert drawn([], []) == []


def test_polygons_and_run_lengths_in_one_call_and_by_several_threads(coco_pixels):
    rng = np.random.default_rng(11)
    n, side = 2000, 24
    rings = [np.round(rng.uniform(-4, side + 4, (int(rng.integers(3, 8)), 2)), 1) for _ in range(n // 2)]
    dense = rng.random((n // 2, side, side)) < 0.3
    counts, count_start = runs_to_counts(dense_to_runs(dense), *[np.full(n // 2, side)] * 2)
    drawing = (
        np.concatenate(rings),
        np.cumsum([0, *map(len, rings)]),
        np.repeat(np.arange(n // 2 + 1), 2)[1:],  # every second mask has a ring
        counts.astype(np.uint32),
        np.repeat(count_start, 2)[:-1],
        *[np.full(n, side)] * 2,
    )
    runs = decode_masks(*drawing)
    whole = runs_to_dense(runs, side, side)
    assert (whole[1::2] == dense).all()
    for k in range(0, n, 50):
        assert (whole[k] == coco_pixels([rings[k // 2]], side, side)).all()
    for threads in (2, 5):
        again = decode_masks(*drawing, threads=threads)
        for column in ("mask", "x", "y0", "y1"):
            np.testing.assert_array_equal(getattr(again, column), getattr(runs, column))
