"""A group that is too small to tell is named as such, and no other."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from audit.gates.bounds import ImageCounts, design_effect
from audit.gates.group_power import chance_to_notice


def spread(images, defective):
    """Make images of 10 annotations, the first so many of every ten images with one defect."""
    return ImageCounts(np.full(images, 10), (np.arange(images) % 10 < defective).astype(int))


@pytest.mark.parametrize("images", [2, 10, 25, 60])
def test_the_chance_is_that_of_a_simulation(images):
    rest, limit = spread(400, 3), 0.01
    effect = design_effect(rest)
    n_group, n_rest, n_defective = (round(n / effect) for n in (images * 10, rest.n_units, rest.n_defective))
    found = np.random.default_rng(0).binomial(n_group, 3 * rest.rate, size=400)
    tables = [[[k, n_group - k], [n_defective, n_rest - n_defective]] for k in found.tolist()]
    named = np.mean([fisher_exact(t).pvalue <= limit and t[0][0] / n_group > rest.rate for t in tables])
    assert chance_to_notice(spread(images, 0), rest, limit) == pytest.approx(named, abs=0.07)


def test_more_images_tell_more():
    chances = [chance_to_notice(spread(images, 1), spread(500, 1), 0.05) for images in (4, 16, 64, 256)]
    assert chances == sorted(chances)
    assert chances[0] < 0.2
    assert chances[-1] > 0.95


def test_the_ends():
    assert chance_to_notice(spread(0, 0), spread(9, 1), 0.05) == 0
    assert chance_to_notice(spread(9, 1), spread(9, 0), 0.05) == 1
    assert chance_to_notice(spread(9, 1), spread(0, 0), 0.05) == 1
    assert chance_to_notice(spread(1, 0), spread(100, 10), 1e-300) == 0  # never named
