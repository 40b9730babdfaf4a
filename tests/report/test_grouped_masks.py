"""Groups of masks, and what they share, exactly and where noise would cost too much."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.runs import dense_to_runs, runs_to_dense
from audit.report.grouped_masks import find_columns, find_group_overlaps, find_shared_pixels, group_masks

MASKS = arrays(np.bool_, st.tuples(st.just(3), st.integers(1, 8), st.integers(1, 8)))
GROUPS = [(0, 1), (0, 1, 2), (2,), ()]


@given(MASKS)
def test_shared_pixels_are_those_in_two_masks_of_the_group(masks):
    runs = dense_to_runs(masks)
    for shared in (find_shared_pixels(group_masks(runs, GROUPS)), find_group_overlaps(runs, GROUPS)):
        drawn = runs_to_dense(shared, *masks.shape[1:])
        for group, pixels in zip(GROUPS, drawn, strict=True):
            assert (pixels == (masks[list(group)].sum(axis=0) >= 2)).all()


@given(MASKS, st.integers(-2, 9), st.integers(-2, 9))
def test_columns_of_a_mask_are_neighbours(masks, begin, end):
    runs = dense_to_runs(masks)
    numbers = np.array([2, 0, 1])
    first, last = find_columns(runs, numbers, np.full(3, begin), np.full(3, end))
    for mask, run, after in zip(numbers, first, last, strict=True):
        expected = np.flatnonzero((runs.mask == mask) & (runs.x >= begin) & (runs.x < end))
        assert np.arange(run, after).tolist() == expected.tolist()


def test_the_largest_groups_are_left_out_where_all_would_cost_too_much():
    masks = np.zeros((3, 1, 9), dtype=bool)
    masks[0, 0, :2], masks[1, 0, :3], masks[2] = True, True, True
    runs = dense_to_runs(masks)
    assert np.bincount(group_masks(runs, [(2,), (0,), (1,)], 5).mask, minlength=3).tolist() == [0, 2, 3]
    assert np.bincount(group_masks(runs, [(2,), (0,), (1,)], 14).mask, minlength=3).tolist() == [9, 2, 3]


def test_a_pair_costs_only_the_columns_in_which_both_are():
    masks = np.zeros((2, 1, 1000), dtype=bool)
    masks[0], masks[1, 0, 500:502] = True, True
    assert find_group_overlaps(dense_to_runs(masks), [(0, 1)], max_runs=4).x.tolist() == [500, 501]
    assert len(find_group_overlaps(dense_to_runs(masks), [(0, 1)], max_runs=3)) == 0
