from itertools import pairwise

import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.raster import counts_to_runs
from audit.geometry.runs import (
    concatenate_runs,
    dense_to_runs,
    no_runs,
    runs_to_counts,
    runs_to_dense,
    take_masks,
    unite_runs,
)

SIZES = st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9))
MASKS = arrays(np.bool_, SIZES)
EDGES = [
    np.zeros((0, 3, 3), dtype=bool),
    np.zeros((2, 1, 1), dtype=bool),
    np.ones((2, 3, 2), dtype=bool),
    np.indices((1, 5, 5)).sum(axis=0) % 2 == 0,
    np.arange(12).reshape(1, 12, 1) % 3 > 0,
]


def each_alike(runs, height, width):
    """Height and width of every mask, for masks of one size."""
    return np.full(runs.count, height), np.full(runs.count, width)


def rows(runs):
    return list(zip(*(v.tolist() for v in (runs.mask, runs.x, runs.y0, runs.y1)), strict=True))


def assert_canonical(runs):
    assert [v.dtype for v in (runs.mask, runs.x, runs.y0, runs.y1)] == [np.int32] * 4
    assert (runs.y0 < runs.y1).all()
    order = rows(runs)
    assert order == sorted(order)
    for (mask, x, _, stop), (other, column, start, _) in pairwise(order):
        assert (mask, x) != (other, column) or start > stop


@given(MASKS)
def test_dense_and_back(masks):
    runs = dense_to_runs(masks)
    assert_canonical(runs)
    assert (runs_to_dense(runs, *masks.shape[1:]) == masks).all()


@pytest.mark.parametrize("masks", EDGES)
def test_dense_and_back_at_the_edges(masks):
    test_dense_and_back.hypothesis.inner_test(masks)
    test_counts_and_back.hypothesis.inner_test(masks)


@given(MASKS)
def test_counts_and_back(masks):
    runs = dense_to_runs(masks)
    counts, start = runs_to_counts(runs, *each_alike(runs, *masks.shape[1:]))
    again = counts_to_runs(counts, start, np.full(len(masks), masks.shape[1]))
    assert rows(again) == rows(runs)
    assert_canonical(again)
    assert again.count == runs.count
    sums = [int(counts[a:b].sum()) for a, b in pairwise(start)]
    assert sums == [mask.size for mask in masks]


def test_counts_are_those_of_pycocotools(coco_rle):
    @given(MASKS)
    def check(masks):
        runs = dense_to_runs(masks)
        counts, start = runs_to_counts(runs, *each_alike(runs, *masks.shape[1:]))
        height, width = masks.shape[1:]
        records = [
            {"size": [height, width], "counts": counts[a:b].tolist()} for a, b in pairwise(start.tolist())
        ]
        packed = [coco.frPyObjects(record, height, width) for record in records]
        assert [rle["counts"] for rle in packed] == [rle["counts"] for rle in coco_rle(masks)]

    check()


def test_counts_of_masks_of_several_sizes():
    parts = [dense_to_runs(np.ones((1, h, w), dtype=bool)) for h, w in ((2, 3), (4, 1), (1, 1))]
    runs = concatenate_runs([*parts, no_runs(1)])
    counts, start = runs_to_counts(runs, np.array([2, 4, 1, 5]), np.array([3, 2, 1, 5]))
    assert counts.tolist() == [0, 6, 0, 4, 4, 0, 1, 25]
    assert start.tolist() == [0, 2, 5, 7, 8]
    assert rows(counts_to_runs(counts, start, np.array([2, 4, 1, 5]))) == rows(runs)


@given(MASKS, st.data())
def test_take_selects_masks(masks, data):
    if not len(masks):
        return
    chosen = np.array(data.draw(st.lists(st.integers(0, len(masks) - 1), max_size=6)), dtype=np.int64)
    taken = take_masks(dense_to_runs(masks), chosen)
    assert taken.count == len(chosen)
    assert (runs_to_dense(taken, *masks.shape[1:]) == masks[chosen]).all()


@given(MASKS, st.integers(0, 4))
def test_cut_and_put_together(masks, cut):
    parts = [dense_to_runs(masks[:cut]), no_runs(0), dense_to_runs(masks[cut:])]
    assert rows(concatenate_runs(parts)) == rows(dense_to_runs(masks))
    assert concatenate_runs(parts).count == len(masks)


def test_a_run_may_be_kept_alone():
    runs = dense_to_runs(np.ones((2, 2, 2), dtype=bool))
    kept = runs.keep(np.array([False, True, True, False]))
    assert rows(kept) == [(0, 1, 0, 2), (1, 0, 0, 2)]
    assert rows(runs.keep(np.array([1, 2]))) == rows(kept)
    assert kept.start.tolist() == [0, 1, 2]


STRIPS = st.lists(st.tuples(st.integers(0, 2), *[st.integers(0, 6)] * 3), max_size=15)


@given(STRIPS)
def test_unite_paints_all_strips(strips):
    expected = np.zeros((3, 7, 7), dtype=bool)
    for mask, x, y0, y1 in strips:
        expected[mask, y0:y1, x] = True
    columns = np.array(strips, dtype=np.int32).reshape(-1, 4).T
    united = unite_runs(*columns, count=3)
    assert_canonical(united)
    assert rows(united) == rows(dense_to_runs(expected))
