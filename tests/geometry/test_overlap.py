import numpy as np
import pycocotools.mask as coco
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.overlap import count_intersections
from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_areas

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)))


def every_pair(n):
    return (v.ravel() for v in np.indices((n, n)))


def measured(masks):
    a, b = every_pair(len(masks))
    runs = dense_to_runs(masks)
    return count_intersections(runs, runs, a, b).reshape(len(masks), -1)


def test_iou_is_that_of_pycocotools_to_the_last_bit(coco_rle):
    @given(MASKS)
    def check(masks):
        pixels = measured(masks)
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


@given(MASKS, MASKS)
def test_pixels_of_two_sets(one, other):
    h, w = min(one.shape[1], other.shape[1]), min(one.shape[2], other.shape[2])
    one, other = one[:, :h, :w], other[:, :h, :w]
    a, b = (v.ravel() for v in np.indices((len(one), len(other))))
    got = count_intersections(dense_to_runs(one), dense_to_runs(other), a, b)
    assert got.tolist() == (one[a] & other[b]).sum(axis=(1, 2)).tolist()
