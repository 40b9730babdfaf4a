import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.diff.cross_overlaps import Side, boundary_ious, cross_overlaps
from audit.testing import Scene, dataset, scene

MASKS = arrays(np.bool_, (4, 7, 8), elements=st.booleans()).filter(lambda m: m.any(axis=(1, 2)).all())


def side(*scenes):
    data = dataset(*scenes)
    return Side(data, np.arange(len(data.annotations)), data.annotations.image)


@given(MASKS)
def test_overlaps_are_those_of_the_pixels(masks):
    one = side(Scene(7, 8, {"a": masks[0], "b": masks[1]}))
    other = side(Scene(7, 8, {"c": masks[2], "d": masks[3]}))
    found = cross_overlaps(one, other)
    expected = [
        (i, j, int((masks[i] & masks[2 + j]).sum()))
        for i in range(2)
        for j in range(2)
        if (masks[i] & masks[2 + j]).any()
    ]
    assert list(zip(found.one.tolist(), found.other.tolist(), found.shared.tolist(), strict=True)) == expected
    for k, (i, j, shared) in enumerate(expected):
        assert found.iou[k] == pytest.approx(shared / (masks[i] | masks[2 + j]).sum())
        assert found.share_one[k] == pytest.approx(shared / masks[i].sum())
        assert found.share_other[k] == pytest.approx(shared / masks[2 + j].sum())


def test_masks_of_different_pictures_never_meet():
    one, other = side(scene("aa"), scene("..")), side(scene(".."), scene("bb"))
    assert len(cross_overlaps(one, other)) == 0


def test_many_pictures_are_compared_in_batches(monkeypatch):
    monkeypatch.setattr("audit.diff.cross_overlaps._BATCH", 3)
    scenes = [scene("aab", file_name=f"{k}") for k in range(5)]
    found = cross_overlaps(side(*scenes), side(*scenes))
    assert found.one.tolist() == found.other.tolist() == list(range(10))
    assert found.iou.tolist() == [1.0] * 10
    rims = boundary_ious(side(*scenes), side(*scenes), found.one, found.other)
    assert rims.tolist() == [1.0] * 10
