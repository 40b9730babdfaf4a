import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audit.geometry.ranges import expand_ranges, group_starts, repeat_indices, split_batches


@given(st.lists(st.tuples(st.integers(-5, 50), st.integers(0, 5)), max_size=9))
def test_expand_lists_ranges(ranges):
    first, length = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    assert expand_ranges(first, length).tolist() == [k for f, n in ranges for k in range(f, f + n)]


@given(st.lists(st.integers(0, 6), max_size=20))
def test_owners_repeat_numbers(lengths):
    length = np.array(lengths, dtype=np.int64)
    assert repeat_indices(length).tolist() == np.repeat(np.arange(len(length)), length).tolist()


@given(st.lists(st.integers(0, 3), max_size=12))
def test_heads_are_where_numbers_change(numbers):
    expected = [k for k, n in enumerate(numbers) if k == 0 or numbers[k - 1] != n]
    assert group_starts(np.array(numbers, dtype=np.int32)).tolist() == expected


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 12))
def test_batches_hold_all_and_not_too_much(sizes, limit):
    size = np.array(sizes, dtype=np.int64)
    parts = list(split_batches(size, limit))
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(len(sizes)))
    assert all(size[part].sum() <= limit or part.stop - part.start == 1 for part in parts)
