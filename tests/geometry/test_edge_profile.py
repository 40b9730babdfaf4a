import numpy as np
import pytest

from audit.geometry.edge_profile import compare_edges_beside
from audit.geometry.runs import concatenate_runs, dense_to_runs

SIDE = 60
Y, X = np.mgrid[:SIDE, :SIDE]


def disc(radius):
    return radius**2 > (X - 30) ** 2 + (Y - 30) ** 2


def compare(*radii, channels=1):
    picture = np.repeat(disc(15)[:, :, None] * 200, channels, axis=2).astype(np.uint8)
    runs = concatenate_runs([dense_to_runs(disc(radius)[None]) for radius in radii])
    size = np.full(len(radii), SIDE)
    return compare_edges_beside(runs, picture, size, size)


def test_an_outline_on_the_edge_against_larger_and_smaller_ones():
    right, grown, shrunk = compare(15, 17, 13)
    assert right < 0.5
    assert min(grown, shrunk) > 1.5


def test_colours_say_the_same_as_grey():
    assert compare(17, channels=3) == pytest.approx(compare(17))


def test_a_mask_without_an_inside_is_not_judged():
    assert np.isnan(compare(2)).all()


def test_a_flat_picture_says_nothing():
    size = np.array([SIDE])
    runs = dense_to_runs(disc(15)[None])
    assert np.isnan(compare_edges_beside(runs, np.zeros((SIDE, SIDE, 1)), size, size)).all()
    assert np.isnan(compare_edges_beside(dense_to_runs(np.ones((1, 1, 9), bool)), np.ones((1, 9, 1)), np.array([1]), np.array([9]))).all()  # fmt: skip
