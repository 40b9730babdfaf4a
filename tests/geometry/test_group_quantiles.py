import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.geometry.group_quantiles import group_quantiles, group_spreads

VALUES = st.sampled_from([0.0, 1.0, 2.0, -3.5, np.nan]) | st.floats(-1e6, 1e6)
MEMBERS = st.lists(st.tuples(st.integers(-1, 5), VALUES), max_size=60)


@given(MEMBERS, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]))
def test_numpy_gives_the_same_quantiles(members, quantile):
    group = np.array([number for number, _ in members], dtype=np.int64)
    values = np.array([value for _, value in members])
    medians, deviations, counts = group_spreads(group, values, 4)
    quantiles = group_quantiles(group, values, 4, quantile)
    for number in range(4):
        chosen = values[group == number]
        assert counts[number] == len(chosen)
        known = chosen[~np.isnan(chosen)]
        if not len(known):
            assert np.isnan([quantiles[number], medians[number], deviations[number]]).all()
            continue
        np.testing.assert_allclose(quantiles[number], np.quantile(known, quantile), rtol=1e-12, atol=1e-9)
        assert medians[number] == np.median(known)
        assert deviations[number] == np.median(np.abs(known - medians[number]))


def test_many_values_of_few_groups_and_of_groups_of_one():
    generator = np.random.default_rng(0)
    values = generator.normal(size=20000)
    group = generator.integers(0, 3, len(values))
    medians, deviations, _ = group_spreads(group, values, 3)
    assert medians.tolist() == [np.median(values[group == number]) for number in range(3)]
    assert deviations.tolist() == [
        np.median(np.abs(values[group == number] - medians[number])) for number in range(3)
    ]
    alone = generator.permutation(len(values))
    assert (group_quantiles(alone, values, len(values), 0.3)[alone] == values).all()


def test_infinite_values():
    values = np.array([-np.inf, 1.0, np.inf, np.inf])
    with warnings.catch_warnings(action="error"):
        medians, deviations, _ = group_spreads(np.array([0, 0, 0, 1]), values, 2)
    assert medians.tolist() == [1.0, np.inf]
    assert deviations[0] == np.inf
    assert np.isnan(deviations[1])  # as far from itself as infinity less infinity


def test_members_without_group_are_refused():
    with pytest.raises(ValueError, match="a group for each value"):
        group_quantiles(np.zeros(2, np.int64), np.zeros(3), 1)
