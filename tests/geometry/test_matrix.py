import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

import audit

MASKS = st.integers(0, 6).flatmap(lambda n: arrays(bool, (n, 7, 5), elements=st.booleans()))


def expected(masks, kind):
    flat = masks.reshape(len(masks), 7 * 5).astype(float)
    shared, area = flat @ flat.T, flat.sum(axis=1)
    whole = (
        area[:, None] + area[None] - shared if kind == "iou" else np.broadcast_to(area[:, None], shared.shape)
    )
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


@pytest.mark.parametrize("kind", ["iou", "ioa"])
@given(masks=MASKS)
def test_is_that_of_pixels(kind, masks):
    assert (audit.overlap_matrix(masks, kind) == expected(masks, kind)).all()
    assert (audit.overlap_matrix(list(masks), kind) == expected(masks, kind)).all()


@given(masks=MASKS)
def test_reads_both_kinds_of_rle(masks):
    packed = [coco.encode(np.asfortranarray(mask, dtype=np.uint8)) for mask in masks]
    as_text = [{"size": rle["size"], "counts": rle["counts"].decode()} for rle in packed]
    lists = []
    for mask in masks:
        pixels = mask.ravel(order="F").astype(int)
        edges = [*np.flatnonzero(np.diff(np.r_[0, pixels])).tolist(), len(pixels)]
        lists.append({"size": [7, 5], "counts": np.diff([0, *edges]).tolist()})
    for rles in (packed, as_text, lists):
        assert (audit.overlap_matrix(rles) == expected(masks, "iou")).all()


def test_agrees_with_pycocotools_on_many_large_masks():
    rng = np.random.default_rng(0)
    masks = np.zeros((60, 300, 400), dtype=bool)
    for mask in masks:
        y, x = rng.integers(0, 250), rng.integers(0, 350)
        mask[y : y + rng.integers(5, 90), x : x + rng.integers(5, 90)] = True
    packed = [coco.encode(np.asfortranarray(mask, dtype=np.uint8)) for mask in masks]
    assert (audit.overlap_matrix(masks) == coco.iou(packed, packed, [0] * 60)).all()
    assert (audit.overlap_matrix(packed, "ioa") == coco.iou(packed, packed, [1] * 60)).all()


@pytest.mark.parametrize(
    "masks",
    [
        np.zeros((4, 4), dtype=bool),
        [np.zeros((2, 2)), np.zeros((2, 3))],
        [{"size": [2, 2], "counts": [4]}, {"size": [2, 3], "counts": [6]}],
        [{"size": [2, 2], "counts": [5]}],
        [{"size": [2, 2], "counts": [9, -5]}],
        [{"size": [2, 2], "counts": [1.5, 2.5]}],
        [{"size": [2, 2], "counts": "\u20ac"}],
        [{"size": [0, 2], "counts": [0]}],
        [{"size": [10**9, 10**9], "counts": [1]}],
    ],
)
def test_refuses_what_is_no_set_of_masks(masks):
    with pytest.raises(ValueError):
        audit.overlap_matrix(masks)


def test_refuses_other_kinds():
    with pytest.raises(ValueError, match="iou"):
        audit.overlap_matrix(np.zeros((1, 2, 2)), "dice")
