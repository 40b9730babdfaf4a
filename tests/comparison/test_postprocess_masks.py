import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

import audit

MASKS = st.integers(0, 4).flatmap(lambda n: arrays(bool, (n, 9, 11), elements=st.booleans()))
SQUARE = np.ones((3, 3), dtype=bool)


def padded(work, mask):
    return work(np.pad(mask, 5), SQUARE)[5:-5, 5:-5]


@given(MASKS)
def test_every_step_is_scipys(masks):
    masks = masks | np.roll(masks, 1, axis=1) | np.roll(masks, 1, axis=2)
    for arguments, work in (
        ({"opening": 1}, lambda m: padded(ndimage.binary_opening, m)),
        ({"closing": 1}, lambda m: padded(ndimage.binary_closing, m)),
        ({"holes": True}, ndimage.binary_fill_holes),
    ):
        expected = np.array([work(m) for m in masks], dtype=bool).reshape(masks.shape)
        mended = audit.postprocess_masks(masks, **arguments)
        assert np.array_equal(mended.masks, expected)
        changes = mended.changes
        step = changes.columns[1]
        assert (changes["area_before"] + changes[step] == changes["area_after"]).all()
        assert changes["area_after"].tolist() == expected.sum(axis=(1, 2)).tolist()


@given(MASKS, st.integers(0, 2**32 - 1))
def test_a_pixel_goes_to_the_best_score(masks, seed):
    scores = np.random.default_rng(seed).integers(0, 3, len(masks)) / 3
    mended = audit.postprocess_masks(masks, scores, one_owner=True)
    owner = np.full(masks.shape[1:], -1)
    for k in np.argsort(-scores, kind="stable")[::-1]:
        owner[masks[k]] = k
    assert np.array_equal(mended.masks, owner == np.arange(len(masks))[:, None, None])


@given(MASKS)
def test_the_largest_part_stays(masks):
    mended = audit.postprocess_masks(masks, largest_part=True)
    for mask, kept in zip(masks, mended.masks, strict=True):
        label, n = ndimage.label(mask, SQUARE)
        assert kept.sum() == (np.bincount(label.ravel())[1:].max() if n else 0)


def test_steps_follow_each_other_and_are_reported():
    mask = np.zeros((1, 20, 20), dtype=bool)
    mask[0, 2:12, 2:12] = True
    mask[0, 5, 5] = False
    mask[0, 15:18, 15:18] = True
    mask[0, 6, 12:18] = True
    mended = audit.postprocess_masks(mask, opening=1, largest_part=True, closing=0, holes=True)
    assert mended.changes.columns.tolist() == [
        "area_before", "opened", "removed_parts", "filled_holes", "area_after",
    ]  # fmt: skip
    assert mended.changes.iloc[0].sum() == 2 * mended.changes["area_after"][0]


def test_nothing_is_done_unasked():
    masks = np.random.default_rng(0).random((3, 8, 8)) < 0.5
    mended = audit.postprocess_masks(masks)
    assert np.array_equal(mended.masks, masks)
    assert mended.changes.columns.tolist() == ["area_before", "area_after"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"one_owner": True}, "pass scores"),
        ({"one_owner": True, "scores": [0.5]}, "2 masks need as many scores"),
        ({"one_owner": True, "scores": [0.5, np.nan]}, "NaN"),
        ({"opening": -1}, "opening is a radius"),
        ({"closing": 1 << 40}, "closing is a radius"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        audit.postprocess_masks(np.ones((2, 4, 4), dtype=bool), **arguments)
