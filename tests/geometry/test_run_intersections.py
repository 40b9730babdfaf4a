import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry import run_intersections
from audit.geometry.run_intersections import MAX_REACH, IndexedRuns, intersect_runs
from audit.geometry.runs import dense_to_runs, no_runs

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(1, 8)))


def found(one, other, a, b, shift, reach):
    """All meetings as (pair, run of one, run of other)."""
    result = []
    for met in intersect_runs(one, other, *(np.array(v, dtype=np.int64) for v in (a, b, shift)), reach):
        assert (np.diff(met.which) >= 0).all()
        result += zip(met.pairs[met.which].tolist(), met.i.tolist(), met.j.tolist(), strict=True)
    return result


def by_brute_force(one, other, a, b, shift, reach):
    return [
        (pair, i, j)
        for pair, (m, n, right) in enumerate(zip(a, b, shift, strict=True))
        for i in np.flatnonzero(one.mask == m).tolist()
        for j in np.flatnonzero(other.mask == n).tolist()
        if one.x[i] + right == other.x[j]
        and min(one.y1[i], other.y1[j]) - max(one.y0[i], other.y0[j]) > -reach
    ]


@st.composite
def questions(draw):
    """Two sets of masks, pairs of them, and how far they may lie apart."""
    one, other = draw(MASKS), draw(MASKS)
    pair = st.tuples(st.integers(0, len(one) - 1), st.integers(0, len(other) - 1), st.integers(-3, 3))
    pairs = draw(st.lists(pair, max_size=8))
    a, b, shift = (list(v) for v in zip(*pairs, strict=True)) if pairs else ([], [], [])
    return dense_to_runs(one), dense_to_runs(other), a, b, shift


@given(questions(), st.sampled_from([0, 1, 3, MAX_REACH]))
def test_finds_all_runs_that_meet_and_no_others(question, reach):
    one, other, a, b, shift = question
    got = found(IndexedRuns.of(one), IndexedRuns.of(other), a, b, shift, reach)
    assert sorted(got) == by_brute_force(one, other, a, b, shift, reach)


@given(questions())
def test_batches_and_the_way_of_looking_change_nothing(question):
    one, other, a, b, shift = question
    indexed = IndexedRuns.of(one), IndexedRuns.of(other)
    expected = sorted(found(*indexed, a, b, shift, 1))
    for name, value in (("_BATCH", 1), ("_SEARCH", 0), ("_SEARCH", 10**6)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run_intersections, name, value)
            assert sorted(found(*indexed, a, b, shift, 1)) == expected


@given(questions(), st.integers(0, 3))
def test_both_sides_meet_alike(question, reach):
    one, other, a, b, shift = question
    there = found(IndexedRuns.of(one), IndexedRuns.of(other), a, b, shift, reach)
    back = found(IndexedRuns.of(other), IndexedRuns.of(one), b, a, [-s for s in shift], reach)
    assert sorted(there) == sorted((pair, i, j) for pair, j, i in back)


def test_meetings_of_a_pair_come_in_order():
    comb = np.zeros((2, 9, 6), dtype=bool)
    comb[0, ::2] = comb[1, :, ::2] = True
    indexed = IndexedRuns.of(dense_to_runs(comb))
    got = found(indexed, indexed, [0, 1], [1, 0], [0, 0], 0)
    assert len(got) == 30
    for pair in (0, 1):
        one, other = zip(*[(i, j) for p, i, j in got if p == pair], strict=True)
        assert list(one) == sorted(one)
        assert list(other) == sorted(other)


def test_plain_masks_have_one_run_in_every_column():
    rows = np.array([list("aa.a"), list("bbbb")])
    masks = np.stack([rows == "a", rows == "b", rows != "x", rows == "z"])
    masks[2, 0, 1] = False
    assert IndexedRuns.of(dense_to_runs(masks)).plain.tolist() == [False, True, True, True]
    fork = np.array([[[1, 1], [0, 1], [1, 1]]], dtype=bool)
    assert IndexedRuns.of(dense_to_runs(fork)).plain.tolist() == [False]


def test_no_pixels_meet_nothing():
    none, some = IndexedRuns.of(no_runs(2)), IndexedRuns.of(dense_to_runs(np.ones((1, 2, 2), dtype=bool)))
    assert found(none, some, [0, 1], [0, 0], [0, 0], 3) == []
    assert found(some, none, [0], [1], [0], 3) == []
