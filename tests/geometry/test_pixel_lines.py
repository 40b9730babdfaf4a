"""Two objects in one mask: a bright one beside a dim one, or two with a dark line between."""

import numpy as np
import pytest
from scipy import ndimage

from audit.geometry.pixel_lines import LINE_FEATURES, measure_pixel_lines
from audit.geometry.runs import dense_to_runs

SHARE, STEP, VALLEY = (LINE_FEATURES.index(name) for name in ("line_share", "line_step", "line_valley"))
CUT_VALLEY, CUT_STEP = LINE_FEATURES.index("cut_valley"), LINE_FEATURES.index("cut_step")
NO_CUT = np.zeros((1, 4), dtype=np.float32)


def bar(left: float = 100, middle: float = 100, right: float = 100, ground: float = 0):
    """Draw a bar of 30 x 14 pixels with a line of three pixels across its middle; return it and its mask."""
    grey = np.full((24, 40), ground, dtype=np.uint8)
    grey[5:19, 5:35], grey[5:19, 19:22], grey[5:19, 22:35] = left, middle, right
    mask = np.zeros(grey.shape, dtype=bool)
    mask[5:19, 5:35] = True
    return grey, mask


def measure(grey, mask, cuts=NO_CUT):
    return measure_pixel_lines(
        dense_to_runs(mask[None]), np.array([0]), np.array([-1]), cuts, grey[..., None]
    )[0]


def test_one_flat_object_shows_nothing():
    lines = measure(*bar())
    assert lines[[SHARE, STEP, CUT_STEP, CUT_VALLEY]].tolist() == [0, 0, 0, 0]
    assert lines[VALLEY] == pytest.approx(0, abs=1e-6)


def test_a_dark_line_is_a_valley():
    lines = measure(*bar(middle=40))
    assert 0.3 < lines[VALLEY] <= 0.6


def test_a_bright_part_beside_a_dim_one_is_explained_by_a_line():
    lines = measure(*bar(middle=160, right=160))
    assert lines[SHARE] > 0.8
    assert lines[STEP] > 0.3


def test_dark_objects_on_a_bright_ground_are_measured_alike():
    bright, dark = measure(*bar(middle=40)), measure(*bar(100, 160, 100, ground=200))
    assert np.delete(dark, LINE_FEATURES.index("pixel_contrast")) == pytest.approx(
        np.delete(bright, LINE_FEATURES.index("pixel_contrast")), abs=1e-5
    )
    assert dark[LINE_FEATURES.index("pixel_contrast")] == -bright[LINE_FEATURES.index("pixel_contrast")]


def test_along_the_cut():
    across = np.array([[20.0, 5, 20, 19]], dtype=np.float32)
    assert measure(*bar(middle=40), across)[CUT_VALLEY] == pytest.approx(0.6)
    assert measure(*bar(middle=160, right=160), across)[CUT_STEP] == pytest.approx(60 / 160)


def test_a_union_is_what_both_would_be_in_one_mask():
    grey, mask = bar(middle=160, right=160)
    left, right = mask.copy(), mask.copy()
    left[:, 19:], right[:, :20] = False, False  # a slit of one pixel stays between
    both = measure_pixel_lines(
        dense_to_runs(np.stack([right, left])), np.array([1]), np.array([0]), NO_CUT, grey[..., None]
    )
    assert both[0] == pytest.approx(measure(grey, mask))


def test_neighbours_are_no_surroundings():
    grey, mask = bar()
    grey[:, :5] = 100  # a neighbour as bright as the bar
    neighbour = np.zeros_like(mask)
    neighbour[:, :5] = True
    lines = measure_pixel_lines(
        dense_to_runs(np.stack([mask, neighbour])), np.array([0]), np.array([-1]), NO_CUT, grey[..., None]
    )
    assert lines[0, LINE_FEATURES.index("pixel_contrast")] == pytest.approx(100 / 64)


def test_specks_and_masks_that_fill_the_picture_are_measured_without_harm():
    grey = np.arange(25, dtype=np.uint8).reshape(5, 5, 1)
    full = np.ones((5, 5), dtype=bool)
    speck = np.zeros((5, 5), dtype=bool)
    speck[2, 2] = True
    masks = dense_to_runs(np.stack([full, speck, ~full]))
    lines = measure_pixel_lines(masks, np.arange(3), np.full(3, -1), np.zeros((3, 4), dtype=np.float32), grey)
    assert np.isfinite(lines).all()
    assert not lines[2].any()


def test_large_masks_are_sampled():
    grey, mask = np.zeros((120, 200), dtype=np.uint8), np.zeros((120, 200), dtype=bool)
    mask[10:110, 10:190] = True
    grey[10:110, 10:190], grey[10:110, 100:190] = 100, 200
    assert measure(grey, mask)[SHARE] > 0.8


def expected_lines(mask, values):
    """Return the best share, its step and the deepest valley, line by line and point by point."""
    core = ndimage.binary_erosion(mask, np.ones((3, 3)))
    chosen = core if core.sum() >= 16 else mask
    x, y = np.nonzero(chosen.T)
    v = values[y, x]
    variance, half_band = v.var() + 1e-4, max(1, 0.04 * np.sqrt(len(v)))
    best_share = best_step = 0.0
    deepest = -1.0
    for angle in range(12):
        turn = np.pi * angle / 12
        away = (x - x.mean()) * np.cos(turn) + (y - y.mean()) * np.sin(turn)
        for place in np.linspace(-0.55, 0.55, 9) * np.abs(away).max():
            behind, band = away > place, np.abs(away - place) < half_band
            if min(behind.sum(), (~behind).sum()) < 0.18 * len(v):
                continue
            jump = abs(v[behind].mean() - v[~behind].mean())
            share = behind.mean() * (1 - behind.mean()) * jump**2 / variance
            if share > best_share:
                best_share, best_step = share, jump
            far, near = behind & ~band, ~behind & ~band
            if band.sum() >= 3 and min(far.sum(), near.sum()) >= 5:
                deepest = max(deepest, min(v[far].mean(), v[near].mean()) - v[band].mean())
    return best_share, best_step, deepest


@pytest.mark.parametrize("seed", range(6))
def test_lines_against_brute_force(seed):
    # Places at odd distances, so that no point lies on a line but for rounding.
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.random((24, 30)), 3) > 0.5
    mask[:2] = mask[-2:] = mask[:, :2] = mask[:, -2:] = False
    y, x = np.nonzero(mask)
    mask[:] = False
    mask[y[: 100 + 20 * seed], x[: 100 + 20 * seed]] = True
    picture = rng.integers(60, 256, (*mask.shape, 1), dtype=np.uint8) * mask[..., None]
    luma = picture[..., 0] * sum(np.float32(weight) for weight in (0.299, 0.587, 0.114))
    unit = np.sort(luma[mask])[mask.sum() // 2]
    found = measure(picture[..., 0], mask)
    share, step, valley = expected_lines(mask, luma / unit)
    assert found[[SHARE, STEP]] == pytest.approx([share, step], rel=1e-4)
    assert found[VALLEY] == pytest.approx(valley, rel=1e-4)


def test_colours_are_seen_as_bright_as_they_look():
    grey, mask = bar(middle=40)
    colour = np.stack([grey, grey // 2, grey // 4], axis=2)
    items = np.array([0]), np.array([-1]), NO_CUT
    contrast = LINE_FEATURES.index("pixel_contrast")
    seen = measure_pixel_lines(dense_to_runs(mask[None]), *items, colour)[0]
    assert seen[contrast] * 64 == pytest.approx(100 * 0.299 + 50 * 0.587 + 25 * 0.114)
    same = measure_pixel_lines(dense_to_runs(mask[None]), *items, np.repeat(grey[..., None], 3, axis=2))[0]
    assert same.tolist() == measure(grey, mask).tolist()


def test_pictures_of_two_channels_are_refused():
    grey, mask = bar()
    two_channels = np.repeat(grey[..., None], 2, axis=2)
    with pytest.raises(MemoryError, match="one channel or three"):
        measure_pixel_lines(dense_to_runs(mask[None]), np.array([0]), np.array([-1]), NO_CUT, two_channels)
