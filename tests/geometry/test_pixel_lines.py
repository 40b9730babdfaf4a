"""Two objects in one mask: a bright one beside a dim one, or two with a dark line between."""

import numpy as np
import pytest

from audit.geometry.pixel_lines import LINE_FEATURES, measure_pixel_lines
from audit.geometry.runs import dense_to_runs

SHARE, STEP, VALLEY = (LINE_FEATURES.index(name) for name in ("line_share", "line_step", "line_valley"))
CUT_VALLEY, CUT_STEP = LINE_FEATURES.index("cut_valley"), LINE_FEATURES.index("cut_step")
NO_CUT = np.zeros((1, 4), dtype=np.float32)


def bar(left: float = 100, middle: float = 100, right: float = 100, ground: float = 0):
    """Draw a bar of 30 x 14 pixels with a line of three pixels across its middle; return it and its mask."""
    grey = np.full((24, 40), ground, dtype=np.float32)
    grey[5:19, 5:35], grey[5:19, 19:22], grey[5:19, 22:35] = left, middle, right
    mask = np.zeros(grey.shape, dtype=bool)
    mask[5:19, 5:35] = True
    return grey, mask


def measure(grey, mask, cuts=NO_CUT):
    return measure_pixel_lines(dense_to_runs(mask[None]), np.array([0]), np.array([-1]), cuts, grey)[0]


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
        dense_to_runs(np.stack([right, left])), np.array([1]), np.array([0]), NO_CUT, grey
    )
    assert both[0] == pytest.approx(measure(grey, mask))


def test_neighbours_are_no_surroundings():
    grey, mask = bar()
    grey[:, :5] = 100  # a neighbour as bright as the bar
    neighbour = np.zeros_like(mask)
    neighbour[:, :5] = True
    lines = measure_pixel_lines(
        dense_to_runs(np.stack([mask, neighbour])), np.array([0]), np.array([-1]), NO_CUT, grey
    )
    assert lines[0, LINE_FEATURES.index("pixel_contrast")] == pytest.approx(100 / 64)


def test_specks_and_masks_that_fill_the_picture_are_measured_without_harm():
    grey = np.arange(25, dtype=np.float32).reshape(5, 5)
    full = np.ones((5, 5), dtype=bool)
    speck = np.zeros((5, 5), dtype=bool)
    speck[2, 2] = True
    masks = dense_to_runs(np.stack([full, speck, ~full]))
    lines = measure_pixel_lines(masks, np.arange(3), np.full(3, -1), np.zeros((3, 4), dtype=np.float32), grey)
    assert np.isfinite(lines).all()
    assert not lines[2].any()


def test_large_masks_are_sampled():
    grey, mask = np.zeros((120, 200), dtype=np.float32), np.zeros((120, 200), dtype=bool)
    mask[10:110, 10:190] = True
    grey[10:110, 10:190], grey[10:110, 100:190] = 100, 200
    assert measure(grey, mask)[SHARE] > 0.8
