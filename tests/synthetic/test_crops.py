"""Masks cut out, moved and clipped: held against whole images."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from audit.synthetic.crops import EIGHT_NEIGHBOURS, MaskCrop, is_connected, window_around

SIZE = (12, 14)


@st.composite
def masks(draw):
    seed = draw(st.integers(0, 10_000))
    noise = np.random.default_rng(seed).standard_normal(SIZE)
    return ndimage.gaussian_filter(noise, 1.5) > draw(st.floats(0.0, 0.4))


def bar(height, width, y=0, x=0):
    return MaskCrop(np.ones((height, width), dtype=bool), y, x)


@given(masks())
def test_a_mask_is_cut_out_tightly_and_painted_back(mask):
    crop = MaskCrop.cut_out(mask)
    assert np.array_equal(crop.paint((0, 0, *SIZE)), mask)
    assert crop.area == mask.sum()
    if crop.area:
        assert crop.mask[0].any() and crop.mask[-1].any() and crop.mask[:, 0].any() and crop.mask[:, -1].any()
        y, x = np.nonzero(mask)
        assert crop.bbox == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    else:
        assert crop.bbox == [0, 0, 0, 0]


@given(masks(), st.integers(-6, 6), st.integers(-6, 6))
def test_what_is_moved_out_of_the_image_is_clipped(mask, down, right):
    moved = MaskCrop.cut_out(mask).move(down, right).clip(*SIZE)
    wide = np.pad(mask, 6)
    shifted = np.roll(wide, (down, right), axis=(0, 1))[6:-6, 6:-6]
    assert np.array_equal(moved.paint((0, 0, *SIZE)), shifted)


@given(masks(), masks())
def test_shared_pixels_are_counted(first, second):
    crops = MaskCrop.cut_out(first), MaskCrop.cut_out(second)
    assert crops[0].count_shared(crops[1]) == (first & second).sum() == crops[1].count_shared(crops[0])


def test_windows_hold_all_masks():
    assert window_around([bar(2, 2, 3, 4), bar(1, 1, 9, 0)], 2) == (1, -2, 12, 8)


def test_corners_connect():
    assert is_connected(np.eye(4, dtype=bool))
    assert not is_connected(np.array([[1, 0, 1]], dtype=bool))
    assert EIGHT_NEIGHBOURS.all()
