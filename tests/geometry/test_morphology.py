import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from audit.geometry.morphology import (
    close_masks,
    erode_masks,
    fill_holes,
    keep_largest_component,
    open_masks,
)
from audit.geometry.run_set_ops import cut_out_masks, intersect_masks
from audit.geometry.runs import dense_to_runs, runs_to_dense

MASKS = st.integers(1, 9).flatmap(
    lambda h: st.integers(1, 11).flatmap(lambda w: arrays(bool, (3, h, w), elements=st.booleans()))
)
DENSE = MASKS.map(lambda m: m | np.roll(m, 1, axis=1) | np.roll(m, 1, axis=2))
RADII = st.lists(st.integers(0, 4), min_size=3, max_size=3).map(np.array)


def square(radius):
    return np.ones((2 * radius + 1, 2 * radius + 1), dtype=bool)


def each(masks, radii, work):
    return np.stack(
        [work(np.pad(m, 10), square(int(r)))[10:-10, 10:-10] for m, r in zip(masks, radii, strict=True)]
    )


@given(DENSE, RADII)
def test_erosion_is_scipys(masks, radii):
    _, h, w = masks.shape
    expected = np.stack(
        [ndimage.binary_erosion(m, square(int(r))) for m, r in zip(masks, radii, strict=True)]
    )
    assert (runs_to_dense(erode_masks(dense_to_runs(masks), radii), h, w) == expected).all()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(open_masks, ndimage.binary_opening), (close_masks, ndimage.binary_closing)]
)
@given(data=st.data())
def test_opening_and_closing_are_scipys(ours, theirs, data):
    masks, radii = data.draw(DENSE), data.draw(RADII)
    _, h, w = masks.shape
    assert (runs_to_dense(ours(dense_to_runs(masks), radii), h, w) == each(masks, radii, theirs)).all()


@given(DENSE)
def test_filling_is_scipys(masks):
    _, h, w = masks.shape
    expected = np.stack([ndimage.binary_fill_holes(m) for m in masks])
    assert (runs_to_dense(fill_holes(dense_to_runs(masks)), h, w) == expected).all()


@given(MASKS)
def test_the_largest_part_is_the_largest(masks):
    _, h, w = masks.shape
    result = runs_to_dense(keep_largest_component(dense_to_runs(masks)), h, w)
    for mask, kept in zip(masks, result, strict=True):
        label, n = ndimage.label(mask, np.ones((3, 3)))
        assert (kept <= mask).all()
        assert kept.sum() == (np.bincount(label.ravel())[1:].max() if n else 0)
        assert ndimage.label(kept, np.ones((3, 3)))[1] == min(n, 1)


@given(MASKS, MASKS)
def test_common_pixels_are_those_of_pixels(one, other):
    h, w = min(one.shape[1], other.shape[1]), min(one.shape[2], other.shape[2])
    one, other = one[:, :h, :w], other[:, :h, :w]
    number = np.arange(3)
    both = intersect_masks(dense_to_runs(one), dense_to_runs(other), number, number)
    assert (runs_to_dense(both, h, w) == (one & other)).all()


@given(MASKS, st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=7))
def test_masks_cut_out_are_those_of_pixels(masks, cuts):
    _, h, w = masks.shape
    losers, winners = np.array(cuts, dtype=np.int64).reshape(-1, 2).T
    left = cut_out_masks(dense_to_runs(masks), losers, winners)
    expected = masks.copy()
    for loser, winner in cuts:
        expected[loser] &= ~masks[winner]
    assert (runs_to_dense(left, h, w) == expected).all()
    canonical = dense_to_runs(expected)
    assert left.y0.tolist() == canonical.y0.tolist() and left.mask.tolist() == canonical.mask.tolist()
