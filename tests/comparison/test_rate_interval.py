"""Intervals of rates, shares and quantiles."""

import numpy as np
import pytest
from scipy import stats

from audit.comparison.rate_interval import bound_quantile, bound_rate, bound_share


@pytest.mark.parametrize("n_events", [0, 1, 5, 40, 500])
def test_events_that_are_not_clustered_have_poissons_interval(n_events):
    units = np.arange(1000)
    value, low, high = bound_rate(np.linspace(0, 999, n_events).astype(int), units)
    assert value == n_events / 1000
    exact = (
        stats.chi2.ppf(0.025, 2 * n_events) / 2 if n_events else 0.0,
        stats.chi2.ppf(0.975, 2 * n_events + 2) / 2,
    )
    assert (1000 * low, 1000 * high) == pytest.approx(exact, rel=0.03, abs=0.2)


def test_events_in_clusters_are_worth_less():
    units = np.repeat(np.arange(100), 10)
    value, low, high = bound_rate(np.arange(50), units)
    clustered = bound_rate(np.repeat(np.arange(5), 10), units)
    assert clustered[0] == value and clustered[1] < low and clustered[2] > high


def test_one_image_has_no_dispersion():
    assert bound_rate(np.zeros(5, dtype=int), np.zeros(50, dtype=int)) == bound_rate(
        np.arange(5), np.arange(50)
    )


def test_shares_and_quantiles():
    assert bound_share(0, 10)[:2] == pytest.approx((0.0, 0.0)) and bound_share(10, 10)[2] == 1.0
    value, low, high = bound_quantile(np.arange(1000.0), 0.1)
    assert value == pytest.approx(99.9) and low < 90 < 110 < high
    assert bound_quantile(np.array([3.0]), 0.5) == (3.0, 3.0, 3.0)
