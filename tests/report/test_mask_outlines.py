from functools import reduce

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import MultiPolygon, Polygon

from audit.geometry.runs import dense_to_runs, runs_to_dense
from audit.report import mask_outlines, outline_paths
from audit.report.mask_outlines import OutlineLoops, sample_runs, trace_coarsely, trace_outlines
from audit.report.outline_paths import LayerOutlines, simplify_outlines, write_svg_paths

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)))


def region(loops: OutlineLoops, mask: int) -> shapely.Geometry:
    """What the loops of one mask enclose under the even-odd rule."""
    at = np.flatnonzero(loops.mask == mask)
    rings = [loops.xy[loops.start[k] : loops.start[k + 1]] for k in at]
    filled = [shapely.make_valid(Polygon(ring)) for ring in rings]
    return reduce(shapely.symmetric_difference, filled, MultiPolygon())


@given(MASKS)
def test_outlines_enclose_exactly_the_pixels(masks):
    loops = trace_outlines(dense_to_runs(masks))
    for mask, pixels in enumerate(masks):
        squares = [shapely.box(x, y, x + 1, y + 1) for y, x in np.argwhere(pixels)]
        inside = region(loops, mask)
        assert inside.area == pixels.sum()
        assert inside.symmetric_difference(shapely.union_all(squares)).area == 0


@given(MASKS)
def test_outlines_turn_at_every_corner_and_walk_each_loop_once(masks):
    loops = trace_outlines(dense_to_runs(masks))
    assert (np.diff(loops.mask) >= 0).all()
    corners = {
        (m, x, y)
        for m, (x, y) in zip(np.repeat(loops.mask, np.diff(loops.start)), loops.xy.tolist(), strict=True)
    }
    assert len(corners) == len(loops.xy)
    for k in range(len(loops)):
        ring = loops.xy[loops.start[k] : loops.start[k + 1]]
        step = np.diff(np.concatenate([ring, ring[:1]]), axis=0)
        assert (step[0::2, 0] == 0).all()
        assert (step[1::2, 1] == 0).all()


def test_a_hole_is_a_loop_of_its_own():
    mask = np.ones((1, 5, 5), dtype=bool)
    mask[0, 2, 2] = False
    loops = trace_outlines(dense_to_runs(mask))
    assert len(loops) == 2
    assert write_svg_paths(loops, 1) == ["M0 0v5h5v-5zM2 2v1h1v-1z"]


def test_a_disc_simplifies_within_the_tolerance():
    y, x = np.mgrid[:201, :201]
    loops = trace_outlines(dense_to_runs(((x - 100) ** 2 + (y - 100) ** 2 <= 90**2)[None]))
    fewer = simplify_outlines(loops, 1.0)
    assert len(fewer.xy) < len(loops.xy) / 4
    assert region(loops, 0).boundary.hausdorff_distance(region(fewer, 0).boundary) <= 1.0


def test_a_single_pixel_survives_any_tolerance():
    loops = trace_outlines(dense_to_runs(np.ones((1, 1, 1), dtype=bool)))
    assert simplify_outlines(loops, 50).xy.tolist() == loops.xy.tolist()


@pytest.mark.parametrize("mask", [0, 1, 2])
def test_paths_belong_to_their_masks(mask):
    masks = np.zeros((3, 2, 2), dtype=bool)
    masks[mask, 1, 1] = True
    expected = ["", "", ""]
    expected[mask] = "M1 1v1h1v-1z"
    assert write_svg_paths(trace_outlines(dense_to_runs(masks)), 3) == expected


def test_paths_are_simplified_by_doubling_until_they_fit():
    y, x = np.mgrid[:200, :200]
    runs = dense_to_runs(((x - 100) ** 2 + (y - 100) ** 2 <= 90**2)[None])
    (exact,), shift = LayerOutlines(runs).write_within_size(10**6)
    assert shift == 0
    assert LayerOutlines(runs).write_within_size(len(exact)) == ([exact], 0)
    (simple,), shift = LayerOutlines(runs).write_within_size(len(exact) - 1)
    assert (shift, len(simple) < len(exact)) == (0.5, True)
    assert LayerOutlines(runs).write_within_size(len(simple) - 1)[1] == 1.0
    assert LayerOutlines(runs).write_within_size(0)[1] == 128.0  # gives up, and says how far it went


def test_many_corners_are_simplified_at_once():
    corners = dense_to_runs(np.eye(4, dtype=bool)[None])
    n_corners = len(trace_outlines(corners).xy)
    assert LayerOutlines(corners).write_within_size(10**6, free_corners=n_corners)[1] == 0
    assert LayerOutlines(corners).write_within_size(10**6, free_corners=n_corners - 1)[1] == 0.5


def test_noise_is_traced_coarsely_and_stays_within_its_bytes(monkeypatch):
    noise = dense_to_runs(np.random.default_rng(0).random((1, 200, 200)) < 0.5)
    paths, shift = LayerOutlines(noise).write_within_size(10**6)
    assert shift == 0.5  # more corners than are free
    monkeypatch.setattr(mask_outlines, "MAX_RUNS", len(noise) // 16)
    paths, shift = LayerOutlines(noise).write_within_size(3_000)
    assert len(paths[0]) <= 3_000
    assert shift >= 4


def test_a_coarse_outline_is_that_of_every_nth_pixel(monkeypatch):
    masks = np.zeros((2, 40, 60), dtype=bool)
    masks[0, 8:24, 12:40] = True
    masks[1, 1:3, 1:3] = True  # between the pixels that are looked at
    runs = dense_to_runs(masks)
    monkeypatch.setattr(mask_outlines, "MAX_RUNS", len(runs) // 15)  # every 4th
    assert LayerOutlines(runs).write_within_size(10**6) == (["M12 8v16h28v-16z", ""], 4)


@pytest.mark.parametrize(("limit", "shift"), [(28, 0.0), (27, 2)])
def test_at_and_beside_the_most_runs(monkeypatch, limit, shift):
    masks = np.zeros((1, 40, 60), dtype=bool)
    masks[0, 8:24, 12:40] = True
    monkeypatch.setattr(mask_outlines, "MAX_RUNS", limit)
    assert LayerOutlines(dense_to_runs(masks)).write_within_size(10**6)[1] == shift


@given(MASKS, MASKS, st.integers(1, 4))
def test_what_masks_share_is_sampled_as_they_are(first, second, step):
    height, width = (min(sides) for sides in zip(first.shape[1:], second.shape[1:], strict=True))
    masks = np.stack([first[0, :height, :width], second[0, :height, :width]])
    sampled = runs_to_dense(sample_runs(dense_to_runs(masks), step), -(-height // step), -(-width // step))
    assert (sampled == masks[:, ::step, ::step]).all()


def test_a_thinned_out_mask_is_drawn_at_its_place():
    masks = np.zeros((1, 40, 60), dtype=bool)
    masks[0, 8:24, 12:40] = True
    paths, shift = LayerOutlines(sample_runs(dense_to_runs(masks), 4), scale=4).write_within_size(10**6)
    assert (paths, shift) == (["M12 8v16h28v-16z"], 4)


def test_loops_too_many_for_any_tolerance_are_not_simplified_in_vain(monkeypatch):
    calls = []
    monkeypatch.setattr(
        outline_paths, "simplify_outlines", lambda loops, tolerance: calls.append(len(loops)) or loops
    )
    dots = np.zeros((1, 64, 64), dtype=bool)
    dots[:, ::2, ::2] = True
    LayerOutlines(dense_to_runs(dots)).write_within_size(400)
    assert max(calls) <= 400 // 9


def test_a_layer_is_traced_once_however_often_it_is_written(monkeypatch):
    traced = []
    monkeypatch.setattr(
        outline_paths, "trace_coarsely", lambda runs, step: traced.append(step) or trace_coarsely(runs, step)
    )
    outlines = LayerOutlines(dense_to_runs(np.eye(4, dtype=bool)[None]))
    coarse = outlines.write_within_size(10**6, free_corners=1)
    fine = outlines.write_within_size(10**6)
    assert (coarse[1], fine[1], traced) == (0.5, 0.0, [1])
