"""How close masks come, masks joined and cut in two: held against whole images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from audit.synthetic.crops import MaskCrop, is_connected
from audit.synthetic.touching_crops import (
    could_be_one_object,
    cut_in_two,
    find_close_crops,
    join_crops,
    measure_contact,
)

SIZE = (12, 14)


@st.composite
def masks(draw):
    seed = draw(st.integers(0, 10_000))
    noise = np.random.default_rng(seed).standard_normal(SIZE)
    return ndimage.gaussian_filter(noise, 1.5) > draw(st.floats(0.0, 0.4))


def bar(height, width, y=0, x=0):
    return MaskCrop(np.ones((height, width), dtype=bool), y, x)


@given(masks(), masks(), st.integers(1, 3))
def test_contact_is_measured_as_a_king_moves(first, second, reach):
    gap, contact = measure_contact(MaskCrop.cut_out(first), MaskCrop.cut_out(second), reach)
    a, b = np.argwhere(first), np.argwhere(second)
    if not len(a) or not len(b):
        assert (gap, contact) == (reach, 0)
        return
    moves = np.abs(a[:, None] - b[None]).max(axis=2).min(axis=0)
    assert gap == min(moves.min() - 1, reach)
    assert contact == (moves <= reach).sum()


@pytest.mark.parametrize(
    ("first", "second", "gap", "contact", "could_be"),
    [
        (bar(5, 6), bar(5, 6, x=6), 0, 3, True),
        (bar(1, 29), bar(5, 6, x=6), 0, 3, False),  # too small
        (bar(5, 6), bar(1, 300), 0, 3, True),
        (bar(5, 6), bar(1, 301), 0, 3, False),  # too unlike
        (bar(5, 6), bar(5, 6), -1, 3, False),  # they overlap
        (bar(5, 6), bar(5, 6), 0, 2, False),  # they hardly meet
    ],
)
def test_what_could_be_one_object(first, second, gap, contact, could_be):
    assert could_be_one_object(first, second, gap, contact) is could_be


def test_joining_closes_the_slit_but_takes_nothing_from_neighbours():
    left, right = bar(5, 2), bar(5, 2, x=3)
    neighbour = bar(1, 1, y=2, x=2)
    joined = join_crops([left, right], [neighbour], 5, 5)
    whole = np.ones((5, 5), dtype=bool)
    whole[2, 2] = False
    assert np.array_equal(joined.paint((0, 0, 5, 5)), whole)


def test_joining_bridges_two_pixels_too():
    joined = join_crops([bar(5, 2), bar(5, 2, x=4)], [], 5, 6)
    assert is_connected(joined.mask)
    assert joined.area >= 20


@pytest.mark.parametrize("seed", range(12))
def test_both_parts_of_a_cut_are_whole_and_could_be_one_object(seed):
    rows, columns = np.ogrid[:40, :60]
    ellipse = ((rows - 20) / 14) ** 2 + ((columns - 30) / 26) ** 2 < 1
    crop = MaskCrop.cut_out(ellipse)
    first, second = cut_in_two(crop, np.random.default_rng(seed))
    assert first.count_shared(second) == 0
    assert is_connected(first.mask) and is_connected(second.mask)
    assert min(first.area, second.area) >= 0.15 * crop.area
    lost = crop.area - first.area - second.area
    assert lost == 0 or 10 < lost < 80, "nothing, or a slit of a pixel"
    assert could_be_one_object(first, second, *measure_contact(first, second, 2))


def test_some_cuts_leave_a_slit_and_cuts_run_across_the_longer_axis():
    crop, slits, across = bar(20, 80), 0, 0
    for seed in range(40):
        first, second = cut_in_two(crop, np.random.default_rng(seed))
        slits += first.area + second.area < crop.area
        across += first.mask.shape[1] < 70 and second.mask.shape[1] < 70
    assert 4 <= slits <= 18
    assert across >= 36


def test_too_small_to_cut():
    assert cut_in_two(bar(1, 59), np.random.default_rng(0)) is None
    assert cut_in_two(bar(4, 20), np.random.default_rng(0)) is not None


def test_close_masks_of_one_image_are_found_with_the_smaller_position_first():
    placed = [(0, bar(3, 3)), (1, bar(3, 3)), (0, bar(3, 3, x=4)), (0, bar(3, 3, x=9))]
    assert find_close_crops(placed, 2) == [(0, 2, 1, 3)]
    assert [pair[:3] for pair in find_close_crops(placed, 3)] == [(0, 2, 1), (2, 3, 2)]
    assert find_close_crops(placed[:2], 5) == []


def test_no_part_has_less_than_15_percent_even_of_a_disc_with_a_long_handle():
    rows, columns = np.ogrid[:40, :110]
    disc = (rows - 20) ** 2 + (columns - 18) ** 2 < 17**2
    handle = (rows == 20) & (columns > 18)
    crop = MaskCrop.cut_out(disc | handle)
    shares = []
    for seed in range(40):
        parts = cut_in_two(crop, np.random.default_rng(seed))
        if parts is not None:
            shares.append(min(part.area for part in parts) / crop.area)
    assert shares
    assert min(shares) >= 0.15
