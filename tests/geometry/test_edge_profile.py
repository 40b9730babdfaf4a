import numpy as np
import pytest
from scipy import ndimage

from audit.geometry.edge_profile import LEAST_PX, compare_edges_beside
from audit.geometry.runs import concatenate_runs, dense_to_runs

SIDE = 60
Y, X = np.mgrid[:SIDE, :SIDE]


def disc(radius):
    return radius**2 > (X - 30) ** 2 + (Y - 30) ** 2


def compare(*radii, channels=1):
    picture = np.repeat(disc(15)[:, :, None] * 200, channels, axis=2).astype(np.uint8)
    runs = concatenate_runs([dense_to_runs(disc(radius)[None]) for radius in radii])
    return compare_edges_beside(runs, picture)


def test_an_outline_on_the_edge_against_larger_and_smaller_ones():
    right, grown, shrunk = compare(15, 17, 13)
    assert right < 0.5
    assert min(grown, shrunk) > 1.5


def test_colours_say_the_same_as_grey():
    assert compare(17, channels=3) == pytest.approx(compare(17))


def test_a_mask_without_an_inside_is_not_judged():
    assert np.isnan(compare(2)).all()


def test_a_flat_picture_says_nothing():
    runs = dense_to_runs(disc(15)[None])
    assert np.isnan(compare_edges_beside(runs, np.full((SIDE, SIDE, 1), 9, dtype=np.uint8))).all()


def by_definition(mask, picture):
    """The same with scipy, on whole pictures; only one row or column has no change across it."""
    smooth = ndimage.gaussian_filter(picture.astype(float), (1, 1, 0))
    axes = [axis for axis in (0, 1) if picture.shape[axis] > 1]
    gradient = np.sqrt(sum((np.gradient(smooth, axis=axis) ** 2).sum(axis=2) for axis in axes))
    grown = {
        reach: ndimage.binary_dilation(mask, np.ones((3, 3)), iterations=reach) if reach else mask
        for reach in (1, 3)
    }
    shrunk = {reach: ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=reach) for reach in (1, 3)}
    bands = (grown[1] & ~shrunk[1], shrunk[1] & ~shrunk[3], grown[3] & ~grown[1])
    under, inside, outside = (gradient[band].mean() if band.sum() >= LEAST_PX else np.nan for band in bands)
    return np.maximum(inside, outside) / under


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(3, 40), (40, 4), (23, 31), (9, 9), (60, 37)])
def test_against_scipy(shape, channels):
    rng = np.random.default_rng(shape[1])
    picture = rng.integers(0, 256, (*shape, channels), dtype=np.uint8)
    masks = np.ones((3, *shape), dtype=bool)
    masks[0, rng.integers(0, shape[0], 3), rng.integers(0, shape[1], 3)] = False
    masks[1, :, shape[1] // 2 :] = False
    wanted = [by_definition(mask, picture) for mask in masks]
    np.testing.assert_allclose(compare_edges_beside(dense_to_runs(masks), picture), wanted, rtol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_smallest_pictures(shape):
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(*shape, 1)
    assert np.isnan(compare_edges_beside(dense_to_runs(np.ones((1, *shape), dtype=bool)), picture)).all()
