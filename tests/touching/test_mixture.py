import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.touching.mixture import (
    best_bin_share,
    estimate_share,
    log_density_ratio,
    posterior,
    pure_share_at,
)


def mixture(share: float, n: int = 4000, distance: float = 4.0):
    """Scores of a mixture of two normal distributions, which are of the second kind, and pure ones of it."""
    rng = np.random.default_rng(7)
    pure_among = np.arange(n) < round(share * n)
    mixed = rng.normal(0, 1, n) + distance * pure_among
    return mixed, pure_among, rng.normal(distance, 1, n // 2)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.2, 0.5, 0.8])
def test_share_of_a_mixture_is_found_from_pure_examples(share):
    mixed, _, pure = mixture(share)
    estimate = best_bin_share(mixed, np.ones(len(mixed)), pure, np.ones(len(pure)))
    assert estimate == pytest.approx(share, rel=0.25)


def test_examples_without_weight_are_not_there():
    mixed, _, pure = mixture(0.2, 400)
    ones = np.ones(len(mixed)), np.ones(len(pure))
    plain = best_bin_share(mixed, ones[0], pure, ones[1])
    assert best_bin_share(mixed, 2 * ones[0], pure, 2 * ones[1]) == pytest.approx(plain)
    more = np.concatenate([mixed, pure]), np.concatenate([ones[0], np.zeros(len(pure))])
    assert best_bin_share(*more, pure, ones[1]) == pytest.approx(plain)


@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_share_does_not_depend_on_the_scale_of_the_score(shift, factor):
    mixed, _, pure = mixture(0.2, 600)
    weights = np.ones(len(mixed)), np.ones(len(pure))
    plain = best_bin_share(mixed, weights[0], pure, weights[1])
    assert best_bin_share(
        mixed * factor + shift, weights[0], pure * factor + shift, weights[1]
    ) == pytest.approx(plain)


def test_nothing_of_a_kind_that_lies_apart():
    mixed, pure = np.linspace(0, 1, 500), np.linspace(5, 6, 500)
    assert best_bin_share(mixed, np.ones(500), pure, np.ones(500)) < 0.005
    assert best_bin_share(mixed, np.zeros(500), pure, np.ones(500)) == 0


def test_each_example_of_a_mixture_gets_its_probability():
    mixed, pure_among, pure = mixture(0.2)
    likely = pure_share_at(0.2, mixed, np.ones(len(mixed)), pure, np.ones(len(pure)))
    assert ((likely >= 0) & (likely <= 1)).all()
    assert likely.sum() == pytest.approx(pure_among.sum(), rel=0.1)
    assert likely[pure_among].mean() > 0.85 > 0.1 > likely[~pure_among].mean()
    order = np.argsort(mixed)
    assert (np.diff(likely[order]) >= 0).all(), "rises with the score"


def test_equal_scores_get_equal_probabilities_in_any_order():
    mixed, pure = np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 2.0])
    likely = pure_share_at(0.5, mixed, np.ones(4), pure, np.ones(2))
    assert likely[1] == likely[2]
    back = pure_share_at(0.5, mixed[::-1], np.ones(4), pure[::-1], np.ones(2))
    assert back[::-1].tolist() == likely.tolist()
    unweighted = pure_share_at(0.5, np.array([0.5, 1.5]), np.array([0.0, 0.0]), pure, np.ones(2))
    assert unweighted.tolist() == [0, 0]


def test_expectation_maximisation_needs_ratios_of_the_pure_kinds():
    rng = np.random.default_rng(1)
    several = np.arange(4000) < 800
    score = rng.normal(0, 1, 4000) + 4 * several
    pure_ratio = 4 * score - 8
    assert estimate_share(pure_ratio, 0.02) == pytest.approx(0.2, rel=0.05)
    # Of unions against instances as drawn, the ratio is at most 1 / share: what misled it before.
    as_drawn = -np.log(0.2 + 0.8 * np.exp(-pure_ratio))
    assert estimate_share(as_drawn, 0.02) < 0.1
    assert posterior(0.2, pure_ratio)[several].mean() > 0.9


def test_density_ratio_is_monotone_and_bounded():
    rng = np.random.default_rng(3)
    low, high = rng.normal(0, 1, 2000), rng.normal(2, 1, 1000)
    places = np.linspace(-4, 6, 50)
    ratio = log_density_ratio(places, low, np.ones(2000), high, np.ones(1000))
    assert (np.diff(ratio) >= 0).all()
    assert -5.001 < ratio[0] < -3 < 3 < ratio[-1] < 5.001
    # Of normal distributions it is known: 2 x - 2.
    near = (places > -0.5) & (places < 2.5)
    assert np.abs(ratio - (2 * places - 2))[near].max() < 1


@pytest.mark.parametrize("n", [0, 1, 7, 8, 1001])
def test_share_is_that_of_plain_expectation_maximisation(n):
    log_odds = np.random.default_rng(n).normal(-1, 5, n)
    if n:
        log_odds[0] = -1e9
    share = 0.02
    for _ in range(30):
        likely = posterior(share, log_odds)
        share = (likely.sum() + 50 * 0.02) / (n + 50)
    assert estimate_share(log_odds, 0.02) == pytest.approx(share, rel=1e-12)
    assert estimate_share(np.repeat(log_odds, 2)[::2], 0.02) == estimate_share(log_odds, 0.02)
