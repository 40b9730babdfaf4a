import numpy as np
import pycocotools.mask as coco
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry import overlap
from audit.geometry.max_inscribed_square import largest_inscribed_square
from audit.geometry.overlap import count_intersections, measure_overlaps
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_areas

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)))


def every_pair(n):
    return (v.ravel() for v in np.indices((n, n)))


def measured(masks):
    a, b = every_pair(len(masks))
    pixels, depth = measure_overlaps(IndexedRuns.of(dense_to_runs(masks)), a, b)
    return pixels.reshape(len(masks), -1), depth.reshape(len(masks), -1)


def test_iou_is_that_of_pycocotools_to_the_last_bit(coco_rle):
    @given(MASKS)
    def check(masks):
        pixels, _ = measured(masks)
        area = measure_areas(dense_to_runs(masks))
        union = area[:, None] + area[None] - pixels
        rle = coco_rle(masks)
        expected = coco.iou(rle, rle, [0] * len(rle))
        both = union > 0  # two empty masks have no IoU
        assert (pixels[both] / union[both] == expected[both]).all()
        crowd = coco.iou(rle, rle, [1] * len(rle))
        some = area > 0
        assert (pixels[some] / area[some, None] == crowd[some]).all()

    check()


@given(MASKS)
def test_pixels_and_depth_are_those_of_the_dense_overlap(masks):
    pixels, depth = measured(masks)
    both = masks[:, None] & masks[None]
    assert (pixels == both.sum(axis=(2, 3))).all()
    flat = dense_to_runs(both.reshape(-1, *masks.shape[1:]))
    assert depth.ravel().tolist() == largest_inscribed_square(flat).tolist()


@given(MASKS)
def test_order_within_a_pair_does_not_count(masks):
    for matrix in measured(masks):
        assert (matrix == matrix.T).all()


@given(MASKS, MASKS)
def test_pixels_of_two_sets(one, other):
    h, w = min(one.shape[1], other.shape[1]), min(one.shape[2], other.shape[2])
    one, other = one[:, :h, :w], other[:, :h, :w]
    a, b = (v.ravel() for v in np.indices((len(one), len(other))))
    got = count_intersections(IndexedRuns.of(dense_to_runs(one)), IndexedRuns.of(dense_to_runs(other)), a, b)
    assert got.tolist() == (one[a] & other[b]).sum(axis=(1, 2)).tolist()


def test_batches_change_nothing(monkeypatch):
    masks = np.random.default_rng(1).random((6, 12, 12)) < 0.6
    whole = [v.tolist() for v in measured(masks)]
    monkeypatch.setattr(overlap, "_BATCH", 1)
    assert [v.tolist() for v in measured(masks)] == whole
