"""Sums over cells by spans, against sums over the cells themselves."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from audit.geometry.bitmask_tiles import FLAT, first_row_behind, half_plane_tiles
from audit.geometry.moments import MomentSums, count_inside_ellipse, ellipse_misfit, sum_moments
from audit.geometry.spans import find_spans

boards = hnp.arrays(
    np.uint64, st.tuples(st.integers(0, 3), st.integers(1, 20)), elements=st.integers(0, 2**62 - 1)
)
normals = st.floats(0, 2 * np.pi)


def cells(words: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Columns and rows of the cells of each board."""
    bits = (words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    return [np.nonzero(board) for board in bits]


def totals(x: np.ndarray, y: np.ndarray) -> list[int]:
    return [len(x), *(int(v.sum()) for v in (x, x * x, y, x * y, y * y))]


@given(boards)
def test_totals_are_exact_however_often_a_column_is_broken(words):
    assert find_spans(words).totals().tolist() == [totals(x, y) for x, y in cells(words)]


@example(np.full((1, 4), 6, dtype=np.uint64), 2 * np.pi, 1.0, 2.0)  # level, but for rounding: sin(2 pi) < 0
@example(np.full((1, 4), 6, dtype=np.uint64), np.pi, 1.0, 2.0)
@example(np.full((1, 4), 6, dtype=np.uint64), 0.0, 1.0, 2.0)
@given(boards, normals, st.floats(0, 20), st.floats(0, 64))
def test_cells_above_a_line_are_those_of_its_half_plane(words, angle, x, y):
    line = [np.full(len(words), v, dtype=np.float32) for v in (x, y, np.cos(angle), np.sin(angle))]
    columns = words.shape[1]
    above = find_spans(words).totals_above(first_row_behind(*(v[None] for v in line), columns))[0]
    part = words & half_plane_tiles(*line, columns)
    if line[3].size and line[3][0] < -FLAT:  # the half plane lies below the line
        part = words & ~half_plane_tiles(*line, columns)
    assert above.tolist() == find_spans(part).totals().tolist()


@given(boards)
def test_cells_between_two_rows_are_counted(words):
    first, after = np.full(words.shape, 5, dtype=np.float32), np.full(words.shape, 9, dtype=np.float32)
    expected = [int(((y >= 5) & (y < 9)).sum()) for _, y in cells(words)]
    assert find_spans(words).between(first, after).tolist() == expected


def test_an_ellipse_of_equal_moments_is_never_smaller_than_the_shape():
    disc = np.add.outer((np.arange(41) - 20) ** 2, (np.arange(41) - 20) ** 2) <= 400
    bar = np.zeros((41, 41), dtype=bool)
    bar[::4] = True
    words = np.stack([board @ (np.uint64(1) << np.arange(41, dtype=np.uint64)) for board in (disc, bar)])
    found = sum_moments(find_spans(words))
    assert found.ellipse()[0] / found.n[0] == pytest.approx(1, abs=0.002)
    assert found.ellipse()[1] > 3 * found.n[1]
    m = found.moments()
    assert ellipse_misfit(find_spans(words), m)[0] < 0.02
    assert count_inside_ellipse(find_spans(words), m).tolist() <= found.n.tolist()


def test_a_part_and_the_rest_add_up():
    words = np.array([[7, 7, 5]], dtype=np.uint64)
    part = words & np.uint64(1)
    rest = sum_moments(find_spans(words)) - sum_moments(find_spans(part))
    assert isinstance(rest, MomentSums)
    assert rest.s.tolist() == sum_moments(find_spans(words & ~part)).s.tolist()
