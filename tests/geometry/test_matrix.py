import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco
from scipy.ndimage import binary_erosion

import audit

MASKS = st.integers(0, 6).flatmap(lambda n: arrays(bool, (n, 7, 5), elements=st.booleans()))


def expected(masks, kind, second=None):
    second = masks if second is None else second
    if kind == "boundary_iou":
        width = max(round(0.02 * float(np.hypot(*masks.shape[1:]))), 1)
        brush = np.ones((2 * width + 1,) * 2, dtype=bool)
        masks, second = (
            np.array([m & ~binary_erosion(m, brush) for m in part], dtype=bool).reshape(part.shape)
            for part in (masks, second)
        )
    pixels = masks.shape[1] * masks.shape[2]
    flat, flat_2 = (part.reshape(len(part), pixels).astype(float) for part in (masks, second))
    shared, area, area_2 = flat @ flat_2.T, flat.sum(axis=1), flat_2.sum(axis=1)
    whole = {
        "ioa": np.broadcast_to(area[:, None], shared.shape),
        "ios": np.minimum(area[:, None], area_2[None]),
    }.get(kind, area[:, None] + area_2[None] - shared)
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


KINDS = ["iou", "ioa", "ios", "boundary_iou"]


@pytest.mark.parametrize("kind", KINDS)
@given(masks=MASKS)
def test_is_that_of_pixels(kind, masks):
    assert (audit.overlap_matrix(masks, kind) == expected(masks, kind)).all()
    assert (audit.overlap_matrix(list(masks), kind) == expected(masks, kind)).all()


@pytest.mark.parametrize("kind", KINDS)
@given(masks=MASKS, second=MASKS)
def test_two_sets_are_compared_in_every_form(kind, masks, second):
    wanted = expected(masks, kind, second)
    by_columns = np.asfortranarray(second.transpose(1, 2, 0)).transpose(2, 0, 1)
    rles = [coco.encode(np.asfortranarray(mask, dtype=np.uint8)) for mask in second]
    for form in (second, by_columns, list(second), rles, second.astype(np.int32), second * 255.0 / 255.0):
        assert np.array_equal(audit.overlap_matrix(masks, kind, form), wanted)
        assert np.array_equal(audit.overlap_matrix(form, kind), expected(second, kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (63, 64), (65, 129), (1, 200), (200, 1)])
def test_bits_and_runs_agree_on_words_of_all_sides(kind, shape):
    """Blobs are measured as runs, noise as bits; both must be right at the edges of 64-bit words."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: shape[0], : shape[1]]
    centre = rng.uniform(0, 1, (12, 2)) * shape
    blobs = np.array([(y - cy) ** 2 + (x - cx) ** 2 < rng.uniform(2, 90) ** 2 for cy, cx in centre])
    noise = rng.random((5, *shape)) < 0.4
    for masks in (blobs, noise, np.concatenate([blobs, noise]), np.ones((2, *shape), dtype=bool)):
        rles = [coco.encode(np.asfortranarray(mask, dtype=np.uint8)) for mask in masks]
        for form in (masks, masks.transpose(0, 2, 1).copy().transpose(0, 2, 1), rles):
            assert np.array_equal(audit.overlap_matrix(form, kind, layout="NHW"), expected(masks, kind))


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
        np.zeros((4, 4)),
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


def test_a_second_set_in_the_place_of_the_kind_is_refused_in_words():
    masks = np.zeros((1, 2, 2))
    with pytest.raises(ValueError, match=r"not a value of type ndarray; pass further masks as second_masks="):
        audit.overlap_matrix(masks, masks)
