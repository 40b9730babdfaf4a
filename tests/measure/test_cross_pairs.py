import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.measure.cross_pairs import MaskSet, measure_boundary_ious, measure_cross_pairs
from audit.testing import Scene, dataset, scene

MASKS = arrays(np.bool_, (4, 7, 8), elements=st.booleans()).filter(lambda m: m.any(axis=(1, 2)).all())


def side(*scenes):
    data = dataset(*scenes)
    return MaskSet.of(data, np.arange(len(data.annotations)), data.annotations.image)


@given(MASKS)
def test_overlaps_are_those_of_the_pixels(masks):
    one = side(Scene(7, 8, {"a": masks[0], "b": masks[1]}))
    other = side(Scene(7, 8, {"c": masks[2], "d": masks[3]}))
    pairs = measure_cross_pairs(one, other)
    found = pairs.take(pairs.intersection > 0)
    expected = [
        (i, j, int((masks[i] & masks[2 + j]).sum()))
        for i in range(2)
        for j in range(2)
        if (masks[i] & masks[2 + j]).any()
    ]
    assert list(zip(found.a.tolist(), found.b.tolist(), found.intersection.tolist(), strict=True)) == expected
    for k, (i, j, shared) in enumerate(expected):
        assert found.iou[k] == pytest.approx(shared / (masks[i] | masks[2 + j]).sum())
        assert found.ioa_a[k] == pytest.approx(shared / masks[i].sum())
        assert found.ioa_b[k] == pytest.approx(shared / masks[2 + j].sum())


def test_masks_of_different_pictures_never_meet():
    one, other = side(scene("aa"), scene("..")), side(scene(".."), scene("bb"))
    assert len(measure_cross_pairs(one, other)) == 0


def test_many_pictures_are_compared_in_batches(monkeypatch):
    monkeypatch.setattr("audit.measure.cross_pairs.BLOCK", 3)
    scenes = [scene("aab", file_name=f"{k}") for k in range(5)]
    found = measure_cross_pairs(side(*scenes), side(*scenes))
    assert found.a.tolist() == found.b.tolist() == list(range(10))
    assert found.iou.tolist() == [1.0] * 10
    rims = measure_boundary_ious(side(*scenes), side(*scenes), found.a, found.b)
    assert rims.tolist() == [1.0] * 10
