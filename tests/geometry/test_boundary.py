import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_erosion

from audit.geometry.boundary import boundary_iou
from audit.geometry.morphology import erode_masks
from audit.geometry.runs import dense_to_runs, runs_to_dense

MASKS = arrays(
    np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)), elements=st.booleans()
)


@given(MASKS, st.integers(0, 4))
def test_is_scipys_erosion_by_a_square(masks, distance):
    runs = dense_to_runs(masks)
    found = runs_to_dense(erode_masks(runs, np.full(len(masks), distance)), *masks.shape[1:])
    brush = np.ones((2 * distance + 1,) * 2, dtype=bool)
    for k, mask in enumerate(masks):
        assert np.array_equal(found[k], binary_erosion(mask, brush, border_value=0))


def test_every_mask_has_its_own_distance():
    runs = dense_to_runs(np.ones((3, 9, 9), dtype=bool))
    found = runs_to_dense(erode_masks(runs, np.array([0, 1, 3])), 9, 9)
    assert found.sum(axis=(1, 2)).tolist() == [81, 49, 9]


def by_definition(a, b, distance):
    brush = np.ones((2 * distance + 1,) * 2, dtype=bool)
    rims = [mask & ~binary_erosion(mask, brush, border_value=0) for mask in (a, b)]
    union = (rims[0] | rims[1]).sum()
    return (rims[0] & rims[1]).sum() / union if union else 0.0


@given(MASKS.filter(lambda m: len(m) > 1), st.floats(10, 200))
def test_boundary_iou_is_its_definition(masks, diagonal):
    runs = dense_to_runs(masks)
    distance = max(round(0.02 * diagonal), 1)
    found = boundary_iou(runs, runs, np.array([0]), np.array([1]), np.array([diagonal]))[0]
    assert found == pytest.approx(by_definition(masks[0], masks[1], distance))


def test_many_pairs_of_two_sets_are_each_their_definition():
    # More pairs than the core takes at a time, in no order, masks in many pairs, and images of two sizes.
    generator = np.random.default_rng(0)
    first = generator.random((12, 15, 17)) < 0.9
    second = generator.random((9, 15, 17)) < 0.9
    first[3] = second[4] = False
    first[5] = False
    first[5, 7, 7] = True
    a, b = (side.ravel() for side in np.meshgrid(np.arange(12), np.arange(9)))
    same_image = (a % 2) == (b % 2)
    order = generator.permutation(np.flatnonzero(same_image))
    a, b = np.tile(a[order], 2), np.tile(b[order], 2)
    assert len(a) > 64
    diagonal = np.where(a % 2 == 0, 60.0, 140.0)
    found = boundary_iou(dense_to_runs(first), dense_to_runs(second), a, b, diagonal)
    expected = [by_definition(first[i], second[j], 1 if i % 2 == 0 else 3) for i, j in zip(a, b, strict=True)]
    assert np.array_equal(found, expected)


def test_masks_without_pixels_agree_in_nothing():
    masks = dense_to_runs(np.array([np.zeros((4, 4)), np.ones((4, 4))], dtype=bool))
    a, b = np.array([0, 0, 1]), np.array([0, 1, 1])
    assert boundary_iou(masks, masks, a, b, np.full(3, 50.0)).tolist() == [0.0, 0.0, 1.0]
