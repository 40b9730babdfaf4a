"""Sums over the pixels of masks, against plain loops."""

import numpy as np
import pytest

from audit.geometry.intensity import standardised_difference, sum_intensities
from audit.geometry.runs import dense_to_runs


@pytest.mark.parametrize("channels", [1, 3])
def test_sums_agree_with_plain_loops(channels):
    rng = np.random.default_rng(0)
    masks, picture = rng.random((4, 17, 23)) < 0.4, rng.integers(0, 256, (17, 23, channels), dtype=np.uint8)
    grey = picture.mean(axis=2)
    points, normals = rng.uniform(3, 15, (4, 2)), rng.normal(size=(4, 2))
    sums = sum_intensities(dense_to_runs(masks), picture, points, normals)
    for k, mask in enumerate(masks):
        expected = np.zeros((2, 3))
        for y, x in zip(*np.nonzero(mask), strict=True):
            behind = (x + 0.5 - points[k, 0]) * normals[k, 0] + (y + 0.5 - points[k, 1]) * normals[k, 1] > 0
            expected[int(behind)] += 1, grey[y, x], grey[y, x] ** 2
        assert sums[k] == pytest.approx(expected)


def test_difference_is_that_of_the_means_in_standard_deviations():
    rng = np.random.default_rng(1)
    dim, bright = rng.normal(100, 10, 5000), rng.normal(140, 10, 3000)
    sums = [np.array([[len(v), v.sum(), (v * v).sum()]]) for v in (dim, bright)]
    assert standardised_difference(*sums)[0] == pytest.approx(4, rel=0.1)
    assert standardised_difference(*sums[::-1]) == pytest.approx(standardised_difference(*sums))
    few = np.array([[7.0, 700, 70_000]])
    assert np.isnan(standardised_difference(few, sums[1])).all()
    # Flat pictures: differences within the noise of a grey level are none.
    flat = [np.array([[100.0, 100 * level, 100 * level**2]]) for level in (50, 51)]
    assert standardised_difference(*flat)[0] < 0.5
