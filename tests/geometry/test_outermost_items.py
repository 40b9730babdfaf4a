"""Covered items that lie in no other covered one, against sets of Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.geometry.outermost_items import count_outermost

N_SETS, N_ITEMS = 4, 6


def pairs_below(first, second):
    return st.lists(
        st.tuples(st.integers(0, first - 1), st.integers(0, second - 1)), unique=True, max_size=12
    )


@given(pairs_below(N_SETS, N_ITEMS), pairs_below(N_ITEMS, N_ITEMS))
@settings(max_examples=60)
def test_counts_are_those_of_sets(covering, inside):
    expected = []
    for k in range(N_SETS):
        items = {item for holder, item in covering if holder == k}
        expected.append(len([i for i in items if not any((outer, i) in inside for outer in items)]))
    (sets, items), (outer, inner) = (
        np.array(pairs, dtype=np.int64).reshape(-1, 2).T for pairs in (covering, inside)
    )
    assert count_outermost(sets, items, N_SETS, outer, inner, N_ITEMS).tolist() == expected
