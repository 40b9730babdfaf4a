import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.geometry import candidate_box_pairs
from audit.geometry.candidate_box_pairs import find_box_pairs

BOX = st.tuples(st.integers(0, 2), *[st.integers(0, 40)] * 2, *[st.integers(0, 15)] * 2)
ROWS = st.lists(BOX, max_size=14)


def found(rows, reach):
    """Pairs of (image, x, y, w, h) rows, in the order in which they come."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    chunks = find_box_pairs(table[:, 0], table[:, 1:], reach)
    return [pair for a, b in chunks for pair in zip(a.tolist(), b.tolist(), strict=True)]


def by_brute_force(rows, reach):
    def near(one, other):
        (i, x, y, w, h), (j, u, v, p, q) = one, other
        if i != j or not w or not p:
            return False
        return max(x, u) - min(x + w, u + p) < reach and max(y, v) - min(y + h, v + q) < reach

    return [(a, b) for b in range(len(rows)) for a in range(b) if near(rows[a], rows[b])]


@given(ROWS, st.integers(0, 4))
def test_agrees_with_brute_force(rows, reach):
    rows = [row if row[3] and row[4] else (*row[:3], 0, 0) for row in rows]  # no pixels: neither w nor h
    assert sorted(found(rows, reach)) == sorted(by_brute_force(rows, reach))


@given(ROWS)
def test_chunks_change_nothing(rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidate_box_pairs, "_CHUNK", 2)
        small = sorted(found(rows, 2))
    assert small == sorted(found(rows, 2))


def test_one_tall_box_among_small_ones():
    rows = [(0, 5, 0, 3, 4000), *[(0, 7, 40 * k, 5, 5) for k in range(100)]]
    assert sorted(found(rows, 1)) == [(0, k + 1) for k in range(100)]


def test_the_same_box_many_times_makes_every_pair():
    assert len(found([(0, 3, 3, 9, 9)] * 50, 1)) == 50 * 49 / 2


@pytest.mark.parametrize("rows", [[], [(0, 1, 1, 2, 2)], [(0, 1, 1, 0, 0)] * 3])
def test_nothing(rows):
    assert found(rows, 3) == []
