import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from audit.detectors.robust_spread import median_and_sigma, quantile_by_group, robust_spread_by_category


def spread(category, value, among=None, least=1):
    category, value = np.array(category, dtype=np.int64), np.array(value, dtype=float)
    among = np.ones(len(value), dtype=bool) if among is None else np.array(among, dtype=bool)
    return [found.tolist() for found in robust_spread_by_category(category, value, among, least)]


def test_median_and_deviation_of_each_category():
    median, deviation = spread([0, 1, 0, 1, 0], [1, 10, 2, 30, 9])
    assert median == [2, 20, 2, 20, 2]
    assert deviation == pytest.approx([1.4826, 14.826, 1.4826, 14.826, 1.4826])


def test_those_left_out_are_judged_but_not_learned_from():
    median, _ = spread([0, 0, 0], [1, 3, 1000], among=[True, True, False])
    assert median == [2, 2, 2]


@pytest.mark.parametrize(("least", "known"), [(3, True), (4, False)])
def test_a_category_needs_enough_of_them(least, known):
    median, deviation = spread([0, 0, 0], [1, 2, 3], least=least)
    assert np.isfinite(median).all() == np.isfinite(deviation).all() == known


def test_unknown_categories_know_nothing():
    median, deviation = spread([-1, -1, 0], [1, 2, 3])
    assert np.isnan(median).tolist() == np.isnan(deviation).tolist() == [True, True, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_agrees_with_scipy(rows):
    category, value = np.array([c for c, _ in rows]), np.array([v for _, v in rows])
    median, deviation = spread(category, value)
    for c in set(category.tolist()):
        own = value[category == c]
        assert np.array(median)[category == c] == pytest.approx(np.median(own))
        assert np.array(deviation)[category == c] == pytest.approx(1.4826 * median_abs_deviation(own))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_median_and_sigma_agree_with_scipy(values):
    median, sigma = median_and_sigma(np.array(values))
    assert median == pytest.approx(np.median(values))
    assert sigma == pytest.approx(median_abs_deviation(values, scale="normal"), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("quantile", [0.0, 0.5, 0.9, 1.0])
@given(rows=st.lists(st.tuples(st.integers(-1, 3), st.floats(-1e6, 1e6) | st.just(np.nan)), max_size=40))
def test_quantiles_of_groups_are_those_of_pandas(quantile, rows):
    group, values = (
        np.array([g for g, _ in rows], dtype=np.int64),
        np.array([v for _, v in rows], dtype=float),
    )
    groups = pd.Series(values).groupby(group)
    expected = groups.median() if quantile == 0.5 else groups.quantile(quantile)
    np.testing.assert_array_equal(quantile_by_group(group, values, quantile), expected.to_numpy())
