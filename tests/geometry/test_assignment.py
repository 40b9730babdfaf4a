"""One to one pairs, against scipy's assignment of all items at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from audit.geometry.assignment import pair_one_to_one


@st.composite
def gain_tables(draw):
    """Gains of few values, so that many are equal; 0 = no pair."""
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    cells = draw(st.lists(st.sampled_from([0, 0, 1, 2, 3]), min_size=shape[0] * shape[1], max_size=36))
    return np.array(cells[: shape[0] * shape[1]], dtype=float).reshape(shape)


@given(gain_tables())
@settings(max_examples=60)
def test_the_sum_is_that_of_scipy_and_no_item_comes_twice(gains):
    a, b = np.nonzero(gains)
    chosen = pair_one_to_one(a, b, gains[a, b], *gains.shape)
    assert len(set(a[chosen])) == len(set(b[chosen])) == len(chosen)
    assert gains[a, b][chosen].sum() == gains[linear_sum_assignment(gains, maximize=True)].sum()


@pytest.mark.parametrize("shape", [(9, 9), (7, 12), (12, 7)])
def test_of_equal_sums_the_pairs_are_those_of_scipy(shape):
    # Nothing is zero, so that all items are one group: the tables of both are the same.
    gains = np.random.default_rng(len(shape) + shape[0]).integers(1, 4, shape).astype(float)
    a, b = np.nonzero(gains)
    chosen = pair_one_to_one(a, b, gains[a, b], *shape)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    assert list(zip(a[chosen], b[chosen], strict=True)) == list(zip(rows, columns, strict=True))


def test_where_one_item_has_all_pairs_it_takes_the_best_and_of_equal_ones_the_first():
    a, b, gain = np.zeros(4, dtype=int), np.arange(4), np.array([0.1, 0.5, 0.5, 0.2])
    assert pair_one_to_one(a, b, gain, 1, 4).tolist() == [1]
    assert pair_one_to_one(b, a, gain, 4, 1).tolist() == [1]


def test_groups_do_not_depend_on_each_other():
    a, b = np.array([0, 0, 5, 2]), np.array([7, 0, 3, 3])
    assert pair_one_to_one(a, b, np.array([0.2, 0.3, 0.4, 0.5]), 6, 8).tolist() == [1, 3]


def test_gains_that_are_no_numbers_end_with_a_message():
    cells = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    with pytest.raises(MemoryError, match="not a finite number"):
        pair_one_to_one(*cells, np.full(4, np.nan), 2, 2)
