import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.pairs import find_mask_pairs
from audit.geometry.runs import dense_to_runs


def by_table(mask):
    """The usual table: the largest square that ends at each pixel."""
    side = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=int)
    for y, x in np.argwhere(mask):
        side[y + 1, x + 1] = 1 + min(side[y, x], side[y, x + 1], side[y + 1, x])
    return int(side.max())


def depth(masks):
    """The depth of the overlap of each mask with itself."""
    twice = np.repeat(np.asarray(masks, dtype=bool), 2, axis=0)
    sides = [0] * len(masks)
    pairs = find_mask_pairs(dense_to_runs(twice), np.repeat(np.arange(len(masks)), 2))
    for a, side in zip(pairs.a.tolist(), pairs.depth.tolist(), strict=True):
        sides[a // 2] = side
    return sides


@given(arrays(np.bool_, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9))))
def test_agrees_with_the_table(masks):
    assert depth(masks) == [by_table(mask) for mask in masks]


BOXES = st.lists(st.tuples(*[st.integers(0, 35)] * 2, *[st.integers(1, 30)] * 2), min_size=1, max_size=8)


@given(st.lists(BOXES, min_size=1, max_size=3), st.booleans())
def test_agrees_with_the_table_on_large_shapes(drawings, cut):
    masks = np.zeros((len(drawings), 65, 65), dtype=bool)
    for mask, boxes in zip(masks, drawings, strict=True):
        for y, x, h, w in boxes:
            mask[y : y + h, x : x + w] = ~mask[y : y + h, x : x + w] if cut else True
    expected = [by_table(mask) for mask in masks]
    assert depth(masks) == expected
    assert depth(masks.transpose(0, 2, 1)) == expected
    assert depth(masks[:, ::-1, ::-1]) == expected


@pytest.mark.parametrize("side", [1, 2, 3, 7, 8, 9, 31, 64, 100])
def test_a_square_in_a_corner(side):
    mask = np.zeros((1, 128, 128), dtype=bool)
    mask[0, 128 - side :, :side] = True
    assert depth(mask) == [side]
    mask[0, ::2, 110] = True  # forks elsewhere change nothing
    assert depth(mask) == [max(side, 1)]
