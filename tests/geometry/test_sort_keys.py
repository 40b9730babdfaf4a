import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from audit.geometry import sort_keys
from audit.geometry.sort_keys import flag_repeated, group_rows, sort_unique, stable_argsort, stable_lexsort

INT64 = np.iinfo(np.int64)
N_ROWS = st.shared(st.integers(0, 40), key="rows")


@pytest.fixture(autouse=True)
def core_sorts_few_rows_too(monkeypatch):
    monkeypatch.setattr(sort_keys, "_FEW_ROWS", -1)


def key_columns(dtype):
    """Columns of N_ROWS numbers: from few values, so that many are equal, or from all of them."""
    if dtype.startswith("f"):
        values = st.sampled_from([0.0, -0.0, 1.0, -2.5, np.nan, np.inf, -np.inf]) | st.floats(
            width=8 * np.dtype(dtype).itemsize
        )
    elif dtype == "?":
        values = st.booleans()
    else:
        limits = np.iinfo(dtype)
        values = st.sampled_from([0, 1, 2, limits.min, limits.max]) | st.integers(limits.min, limits.max)
        values |= st.integers(0, 100)
    return N_ROWS.flatmap(lambda n_rows: hnp.arrays(dtype, n_rows, elements=values))


COLUMNS = st.sampled_from(["i8", "u8", "i4", "u2", "i1", "?", "f8", "f4"]).flatmap(key_columns)


def check_groups(keys):
    unique, *expected = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    groups = group_rows(keys)
    for column, expected_column in zip(groups, expected, strict=True):
        assert column.dtype == np.int64
        assert column.tolist() == expected_column.tolist()
    np.testing.assert_array_equal(keys[groups[0]], unique)


@given(COLUMNS)
def test_numpy_sorts_and_groups_alike(keys):
    assert stable_argsort(keys).tolist() == np.argsort(keys, kind="stable").tolist()
    check_groups(keys)
    if keys.dtype.kind != "f":
        unique = sort_unique(keys)
        assert unique.dtype == keys.dtype
        assert unique.tolist() == np.unique(keys).tolist()


@given(st.lists(COLUMNS, min_size=1, max_size=5).map(tuple))
def test_lexsort_of_numpy_gives_the_same_order(keys):
    order = np.lexsort(keys)
    assert stable_lexsort(keys).tolist() == order.tolist()
    # A new group begins where any key differs from the row before; NaN equals NaN.
    ordered = np.array([np.unique(column, return_inverse=True)[1][order] for column in keys])
    starts = np.flatnonzero((np.diff(ordered, prepend=-1) != 0).any(axis=0))
    first_rows, group, counts = group_rows(*keys[::-1])
    assert first_rows.tolist() == order[starts].tolist()
    assert counts.tolist() == np.diff(starts, append=len(order)).tolist()
    assert group[order].tolist() == np.repeat(np.arange(len(starts)), counts).tolist()


@pytest.mark.parametrize("n_rows", [0, 1, 2, 5000, 40000])
@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3, 90), (-(10**6), 10**6), (0, 2**45), (INT64.min, INT64.max)]
)
def test_many_rows(n_rows, low, high):
    keys = np.random.default_rng(n_rows).integers(low, high, n_rows)
    assert (stable_argsort(keys) == np.argsort(keys, kind="stable")).all()
    assert (sort_unique(keys) == np.unique(keys)).all()
    check_groups(keys)
    sorted_keys = np.sort(keys)
    assert (stable_argsort(sorted_keys) == np.arange(n_rows)).all()
    assert (stable_argsort(sorted_keys[::-1]) == np.argsort(sorted_keys[::-1], kind="stable")).all()


def test_keys_that_differ_only_where_they_do_not_fit_beside_their_row():
    # 64 bits of key and 13 of the row: the lowest 13 bits are compared afterwards.
    keys = np.random.default_rng(1).integers(0, 2**13, 5000)
    keys[::50] = INT64.max
    keys[::49] = INT64.min
    assert (stable_argsort(keys) == np.argsort(keys, kind="stable")).all()
    check_groups(keys)


def test_columns_whose_bits_do_not_fit_into_one_key():
    generator = np.random.default_rng(2)
    hashes = generator.integers(INT64.min, INT64.max, 30)
    keys = tuple(generator.choice(hashes[:size], 3000) for size in (30, 3, 2))
    order = np.lexsort(keys)
    assert (stable_lexsort(keys) == order).all()
    rows = np.stack(keys[::-1], axis=1)
    _, first, inverse, counts = np.unique(
        rows, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    for column, expected in zip(group_rows(*keys[::-1]), (first, inverse.ravel(), counts), strict=True):
        assert (column == expected).all()


@pytest.mark.parametrize("last", [(2, 1), (1, 9), (2, 0), (0, 9)])
def test_rows_that_ascend_but_for_the_last(last):
    image, number = np.array([0, 0, 1, 2, last[0]]), np.array([3, 3, 0, 1, last[1]])
    assert stable_lexsort((number, image)).tolist() == np.lexsort((number, image)).tolist()


def test_few_rows_are_left_to_numpy(monkeypatch):
    monkeypatch.setattr(sort_keys, "_FEW_ROWS", 3)
    keys = np.array([2.0, np.nan, 1.0])
    assert stable_argsort(keys).tolist() == [2, 0, 1]
    assert stable_lexsort((keys, np.zeros(3))).tolist() == [2, 0, 1]
    assert sort_unique(np.array([2, 2, 1], dtype=np.int16)).tolist() == [1, 2]


@pytest.mark.parametrize("few_rows", [-1, 10])
def test_texts_are_refused(monkeypatch, few_rows):
    monkeypatch.setattr(sort_keys, "_FEW_ROWS", few_rows)
    names = np.array(["cell", "can"])
    for sort in (stable_argsort, lambda values: stable_lexsort((values,)), group_rows):
        with pytest.raises(TypeError, match="numbers are needed"):
            sort(names)
        with pytest.raises(TypeError, match="numbers are needed"):
            sort(names.astype(object))
    for values in (names, np.array([0.5])):
        with pytest.raises(TypeError, match="integers are needed"):
            sort_unique(values)


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        group_rows(np.arange(3), np.arange(2))


def test_slices_and_rows_of_other_strides():
    table = np.random.default_rng(3).integers(0, 9, (700, 2))
    assert (stable_argsort(table[:, 1]) == np.argsort(table[:, 1], kind="stable")).all()
    check_groups(table[::-1, 0])


@given(st.lists(st.integers(0, 3) | st.integers(2**64 - 3, 2**64 - 1), max_size=30))
def test_repeated_values_are_those_that_occur_more_than_once(values):
    flags = flag_repeated(np.array(values, dtype=np.uint64))
    assert flags.dtype == np.bool_
    assert flags.tolist() == [values.count(value) > 1 for value in values]
