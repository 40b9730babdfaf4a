"""The close look at shapes, against sums over cells, scipy and shapely."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.spatial import ConvexHull
from shapely import MultiPoint, Point
from skimage.draw import polygon2mask

from audit.geometry.runs import dense_to_runs, no_runs
from audit.geometry.shape import measure_boxes, mix_bits
from audit.geometry.split_features import measure_cut_features, measure_split_features, measure_union_features

masks = hnp.arrays(bool, st.tuples(st.integers(1, 3), st.integers(1, 60), st.integers(1, 60)))
KING = np.ones((3, 3), dtype=bool)


def features(dense, threads=1):
    runs = dense_to_runs(dense)
    return measure_split_features(runs, measure_boxes(runs), threads=threads)


def union_features(first, second, *others):
    runs = dense_to_runs(np.stack([first, second, *others]))
    a = np.zeros(1 + len(others), dtype=np.int64)
    b = np.arange(1, 2 + len(others))
    return measure_union_features(runs, measure_boxes(runs), a, b, np.array([0]))


def cut_features(mask, seeds):
    runs = dense_to_runs(np.stack([mask] * len(seeds)))
    return measure_cut_features(runs, measure_boxes(runs), np.arange(len(seeds)), np.array(seeds, dtype="u8"))


def moments(cells):
    """Places, centre, covariance (a cell being a square) and area of an array of cells."""
    y, x = np.nonzero(cells)
    places = np.stack([x, y]).astype(float)
    return places, places.mean(axis=1), np.cov(places, bias=True).reshape(2, 2) + np.eye(2) / 12, len(x)


def misfit_bounds(cells):
    """1 - IoU with the ellipse of equal moments, cells on its line counted in and out."""
    places, centre, spread, area = moments(cells)
    off = places - centre[:, None]
    value = np.einsum("in,ij,jn->n", off, np.linalg.inv(spread), off)
    size = area / (np.pi * np.sqrt(np.linalg.det(spread)))
    shared = [(value <= size * (1 + sign * 1e-4)).sum() for sign in (1, -1)]
    return [1 - s / (2 * area - s) for s in shared]


def disc(shape, x, y, radius):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def eight(angle, shape=(60, 60), distance=13.0, radius=10.0):
    """Two discs that overlap a little, in any direction."""
    dx, dy = distance * np.cos(angle) / 2 * 1.3, distance * np.sin(angle) / 2 * 1.3
    centre = shape[1] / 2, shape[0] / 2
    return disc(shape, centre[0] - dx, centre[1] - dy, radius) | disc(
        shape, centre[0] + dx, centre[1] + dy, radius
    )


@given(masks)
def test_axes_and_misfit_are_those_of_the_cells(dense):
    found = features(dense)
    for k, cells in enumerate(dense):
        if not cells.any():
            assert all(column[k] == 0 for column in found.values())
            continue
        smaller, larger = np.sqrt(np.linalg.eigvalsh(moments(cells)[2])) * 4
        assert found["major_px"][k] == pytest.approx(larger, rel=1e-3)
        assert found["minor_px"][k] == pytest.approx(smaller, rel=1e-3)
        low, high = misfit_bounds(cells)
        assert low - 1e-3 <= found["misfit"][k] <= high + 1e-3
        assert found["shape_measured"][k] == (found["misfit"][k] >= np.float32(0.08))


@given(masks)
def test_dents_are_at_least_as_deep_as_the_hull_says(dense):
    found = features(dense)
    for k, cells in enumerate(dense):
        if not found["shape_measured"][k]:
            continue
        y, x = np.nonzero(cells)
        hull = MultiPoint(np.stack([x, y], axis=1)).convex_hull.boundary
        rows = [np.flatnonzero(row)[[0, -1]] for row in cells if row.any()]
        ends = zip(np.repeat(np.flatnonzero(cells.any(axis=1)), 2), np.ravel(rows), strict=True)
        deepest = max(hull.distance(Point(column, row)) for row, column in ends)
        # Depths are counted in steps of 1/16 of a cell, behind lines of 32 directions around the hull.
        assert found["dent_1_px"][k] >= deepest - 0.13
        assert found["dent_1_px"][k] >= found["dent_2_px"][k] - 0.1


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 13))
def test_an_eight_is_cut_at_its_waist(angle):
    shape = eight(angle)
    found = {name: float(column[0]) for name, column in features(shape[None]).items()}
    assert found["dent_1_px"] > 2.5
    assert found["dent_2_px"] > 2.5
    assert found["cut_gain"] > 0.1
    assert found["cut_share"] == pytest.approx(0.5, abs=0.03)
    middle = (found["cut_x0"] + found["cut_x1"]) / 2, (found["cut_y0"] + found["cut_y1"]) / 2
    assert middle == pytest.approx((30.5, 30.5), abs=1)
    along = found["cut_x1"] - found["cut_x0"], found["cut_y1"] - found["cut_y0"]
    assert abs(along[0] * np.cos(angle) + along[1] * np.sin(angle)) < 0.2 * np.hypot(*along)
    assert np.hypot(*along) == pytest.approx(found["cut_px"], rel=1e-3)
    assert found["cut_notch_high"] >= found["cut_notch_low"] > 0.5
    assert found["cut_width_px"] == pytest.approx(20, abs=3)
    assert found["cut_gain"] == pytest.approx(found["misfit"] - found["cut_misfit"], abs=1e-6)


def test_a_bar_across_another_one_has_its_dents_on_different_sides():
    plus = np.zeros((41, 41), dtype=bool)
    plus[16:25] = plus[:, 16:25] = True
    found = features(plus[None])
    # The cells of the arms next to the inner corners lie 15 / sqrt(2) behind the lines from arm to arm.
    corner = MultiPoint(np.argwhere(plus)).convex_hull.boundary.distance(Point(15, 16))
    assert found["dent_1_px"].tolist() == pytest.approx([corner], abs=0.1)
    assert found["dent_2_px"].tolist() == pytest.approx([corner], abs=0.1)


def test_large_masks_are_sampled():
    small, large = (eight(0.3, (s, s), 13 * s / 60, 10 * s / 60)[None] for s in (60, 600))
    found, sampled = features(small), features(large)
    assert sampled["major_px"] == pytest.approx(10 * found["major_px"], rel=0.02)
    assert sampled["dent_1_px"] == pytest.approx(10 * found["dent_1_px"], rel=0.15)
    assert sampled["cut_share"] == pytest.approx(found["cut_share"], abs=0.03)
    assert sampled["cut_px"] == pytest.approx(10 * found["cut_px"], rel=0.1)


def test_a_mask_between_the_sampled_columns_is_measured_as_nothing():
    thin = np.zeros((200, 9), dtype=bool)
    thin[:, 0] = True  # a cell is 4 pixels wide, and its third column stands for it
    found = features(thin[None])
    assert {name: column.tolist() for name, column in found.items() if column.any()} == {}


@given(hnp.arrays(bool, (2, 60, 60)))
def test_noise_has_many_spans_a_column(dense):
    dense[1, ::2] = False
    found = features(dense)
    assert all(np.isfinite(column).all() for column in found.values())
    assert found["cut_share"].max() <= 0.5


@given(masks, st.integers(0, 400), st.integers(0, 400))
def test_where_a_mask_lies_moves_its_cut_and_nothing_else(dense, x, y):
    moved = np.zeros((len(dense), dense.shape[1] + y, dense.shape[2] + x), dtype=bool)
    moved[:, y:, x:] = dense
    found, shifted = features(dense), features(moved)
    for name, column in found.items():
        by = (x if "_x" in name else y if "_y" in name else 0) * found["shape_measured"]
        assert shifted[name] == pytest.approx(column + by, abs=1e-4)


def test_threads_change_nothing():
    dense = np.random.default_rng(0).random((50, 30, 40)) < 0.6
    one, several = features(dense), features(dense, threads=3)
    assert all((one[name] == several[name]).all() for name in one)


@given(st.integers(0, 2**32 - 1))
def test_a_union_is_both_and_the_slit_between_them(seed):
    rng = np.random.default_rng(seed)
    first, second, third = np.zeros((3, 50, 50), dtype=bool)
    left, gap = rng.integers(5, 20), rng.integers(0, 3)
    first[rng.integers(2, 15) : rng.integers(25, 45), 3:left] = True
    second[rng.integers(2, 15) : rng.integers(25, 45), left + gap : 45] = True
    third[10:20, left : left + gap] = True
    near = [ndimage.binary_dilation(mask, KING) for mask in (first, second)]
    slit = near[0] & near[1]
    if not slit.any():
        slit = ndimage.binary_dilation(near[0], KING) & ndimage.binary_dilation(near[1], KING)
    union = first | second | slit
    for others, expected in (((), union), ((third,), first | second | (slit & ~third))):
        found = union_features(first, second, *others)
        assert found["area_px"][0] == expected.sum()
        rows, columns = np.nonzero(first | second)
        corners = np.concatenate([np.stack([columns + i, rows + j], 1) for i in (0, 1) for j in (0, 1)])
        assert found["hull_px"][0] == pytest.approx(ConvexHull(corners).volume)
        # The slit may reach out of the box of both: then the tile lies elsewhere, and the last digit changes.
        for name, column in features(expected[None]).items():
            assert found[name][0] == pytest.approx(column[0], abs=1e-4)
        swapped = union_features(second, first, *others)
        assert all(found[name][0] == column[0] for name, column in swapped.items())
        areas = first.sum(), second.sum()
        assert found["seam_share"][0] == pytest.approx(min(areas) / sum(areas))


def splitmix(seed, draw):
    step = np.uint64((draw + 1) * 0x9E3779B97F4A7C15 % 2**64)
    with np.errstate(over="ignore"):
        return int(mix_bits(np.array([seed], dtype=np.uint64) + step)[0] >> np.uint64(11)) / 2**53


@pytest.mark.parametrize("seed", range(40))
def test_random_cuts_are_lines_and_waves_as_chance_has_it(seed):
    ellipse = np.zeros((60, 60), dtype=bool)
    rows, columns = np.ogrid[:60, :60]
    right, down = columns - 29.3, rows - 30.2
    along, across = right * np.cos(0.4) + down * np.sin(0.4), down * np.cos(0.4) - right * np.sin(0.4)
    ellipse = (along / 26) ** 2 + (across / 11) ** 2 <= 1
    draw = [splitmix(seed, k) for k in range(8)]
    places, centre, spread, area = moments(ellipse)
    values, vectors = np.linalg.eigh(spread)
    major, length = vectors[:, 1] * np.sign(vectors[0, 1]), 4 * np.sqrt(values[1])
    normal = np.sqrt(-2 * np.log(max(draw[0], 1e-6))) * np.cos(2 * np.pi * draw[1])
    angle = np.arctan2(major[1], major[0]) + np.radians(20) * normal
    direction = np.array([np.cos(angle), np.sin(angle)])
    off = places - (centre + (draw[2] - 0.5) * 0.4 * length * direction)[:, None]
    swing = (0.02 + 0.05 * draw[4]) * length * (draw[3] < 0.5)
    sideways = off[1] * direction[0] - off[0] * direction[1]
    wave = swing * np.sin(2 * np.pi * (sideways / ((0.8 + 1.2 * draw[5]) * length) + draw[6]))
    part = np.zeros_like(ellipse)
    before = direction @ off < wave
    part[places[1, before].astype(int), places[0, before].astype(int)] = True
    rest = ellipse & ~part
    if draw[7] < 0.25:
        rest &= ~ndimage.binary_dilation(part, KING)
    found = cut_features(ellipse, [seed])
    assert found["slit"].tolist() == [draw[7] < 0.25]
    areas = part.sum(), rest.sum()
    # A cell on the line to a rounding error may fall on either side of it.
    assert found["seam_share"][0] == pytest.approx(min(areas) / sum(areas), abs=1.5 / area)


def test_equal_seeds_give_equal_cuts():
    bar = np.ones((8, 40), dtype=bool)
    found = cut_features(bar, [7, 7, 8, 2**64 - 1])
    for column in found.values():
        assert column[0] == column[1]
    assert found["seam_share"][0] != found["seam_share"][2]
    assert found["seam_share"].min() > 0.2


def test_no_masks_and_masks_without_pixels():
    empty = np.zeros((0, 4), dtype=int)
    assert len(measure_split_features(no_runs(0), empty)["misfit"]) == 0
    found = measure_split_features(no_runs(2), np.zeros((2, 4), dtype=int), threads=2)
    assert {name: column.tolist() for name, column in found.items() if column.any()} == {}


def test_two_objects_cut_off_by_the_border_are_parted_between_their_notches():
    """Not from one notch to the border, past the other: their parts are no ellipses."""
    left = [(4, 61), (4, 54), (10, 37), (20, 24), (32, 14), (47, 9), (56, 8), (60, 12), (61, 17), (60, 25)]
    right = [(66, 18), (72, 8), (80, 4), (88, 6), (94, 13), (94, 27), (90, 40), (85, 52), (81, 61)]
    foot = [(48, 61), (49, 45), (47, 43), (44, 50), (40, 61)]
    outline = [(y, x) for x, y in left + right + foot]
    found = features(polygon2mask((61, 100), outline)[None])
    ends = sorted((float(found[f"cut_y{k}"][0]), float(found[f"cut_x{k}"][0])) for k in (0, 1))
    assert np.hypot(ends[0][0] - 25, ends[0][1] - 60) < 10
    assert np.hypot(ends[1][0] - 44, ends[1][1] - 47) < 6
    assert found["cut_notch_low"][0] > 0.6
    # A line that runs on would cut pieces off beyond the notches.
    assert 0.4 < found["cut_share"][0] <= 0.5


FINGERPRINT = """
import hashlib, numpy as np
from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_boxes
from audit.geometry.split_features import *

rng = np.random.default_rng(0)
rows, columns = np.ogrid[:50, :50]
blobs = [
    sum((rows - y) ** 2 + ((columns - x) * s) ** 2 <= r * r for x, y, s, r in rng.uniform([15, 15, .5, 5], [35, 35, 2, 13], (2, 4))) > 0
    for _ in range(300)
]
runs = dense_to_runs(np.array(blobs))
boxes, every = measure_boxes(runs), np.arange(300)
digest = hashlib.sha256()
for found in (
    measure_split_features(runs, boxes),
    measure_union_features(runs, boxes, every[:-1], every[1:], every[:-1]),
    measure_cut_features(runs, boxes, every, rng.integers(0, 2**63, 300).astype(np.uint64)),
):
    for name in sorted(found):
        digest.update(found[name].tobytes())
print(digest.hexdigest())
"""


def test_the_bytes_do_not_depend_on_what_the_cpu_can_do():
    limits = ["", "X86_V3 X86_V4 AVX512_ICL", "AVX2 AVX512F"]  # names of numpy 2.4, and of those before it
    outputs = set()
    for features_off in limits:
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", FINGERPRINT],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": features_off},
        )
        outputs.add(run.stdout)
    # Written down, so that another compiler or C library would be noticed, too.
    assert outputs == {"f044a226dc36f99222997cca35d6727783dc5dd36e2d7e061611ca96792603ef\n"}
