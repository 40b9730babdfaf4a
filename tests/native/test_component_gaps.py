import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_region_properties


def gaps(masks):
    return measure_region_properties(dense_to_runs(np.asarray(masks, dtype=bool)))["part_gap_px"].tolist()


def small_gaps(masks):
    found = measure_region_properties(dense_to_runs(np.asarray(masks, dtype=bool)))
    return found["small_part_gap_px"].tolist()


def small_by_brute_force(mask):
    """From the box of the farthest small part to the pixels of the large ones."""
    label, count = ndimage.label(mask, structure=np.ones((3, 3)))
    pixels = [np.argwhere(label == k + 1) for k in range(count)]
    is_large = [len(p) >= 0.1 * mask.sum() for p in pixels]
    if not any(is_large) or all(is_large):
        return 0
    large = np.concatenate([p for p, known in zip(pixels, is_large, strict=True) if known])
    small = [p for p, known in zip(pixels, is_large, strict=True) if not known]
    boxes = [np.argwhere(np.ones(np.ptp(p, axis=0) + 1)) + p.min(axis=0) for p in small]
    return max(0, *(int(cdist(box, large, "chebyshev").min()) - 1 for box in boxes), 0)


def by_brute_force(mask):
    label, count = ndimage.label(mask, structure=np.ones((3, 3)))
    pixels = [np.argwhere(label == k + 1) for k in range(count)]
    large = [p for p in pixels if len(p) >= 0.1 * mask.sum()]
    apart = [[cdist(a, b, "chebyshev").min() if a is not b else 0 for b in large] for a in large]
    return int(minimum_spanning_tree(np.array(apart)).max()) - 1 if len(large) > 1 else 0


@given(arrays(np.bool_, st.tuples(st.integers(0, 3), st.integers(1, 7), st.integers(1, 12))))
def test_agrees_with_brute_force(masks):
    assert gaps(masks) == [by_brute_force(mask) for mask in masks]


@given(st.lists(st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 40)] * 2), min_size=1, max_size=12))
def test_agrees_with_brute_force_on_large_parts(boxes):
    mask = np.zeros((130, 130), dtype=bool)
    for y, x, h, w in boxes:
        mask[y : y + h, x : x + w] ^= True
    assert gaps(mask[None]) == [by_brute_force(mask)]
    assert gaps(mask.T[None]) == gaps(mask[None])


@given(st.lists(st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 25)] * 2), min_size=1, max_size=14))
def test_small_parts_agree_with_brute_force(boxes):
    mask = np.zeros((130, 130), dtype=bool)
    mask[40:75, 30:80] = True
    for y, x, h, w in boxes:
        mask[y : y + h, x : x + w // 4 + 1] ^= True
    assert small_gaps(mask[None]) == [small_by_brute_force(mask)]
    assert small_gaps(mask.T[None]) == small_gaps(mask[None])


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        ("a" * 20 + "...a", 3),
        ("a" * 20 + "...a.....a", 9),  # to the large part, not to the next small one
        ("a.." + "a" * 20 + "...a", 3),
        ("a" * 9 + "...a", 0),  # a tenth of the pixels is large
        ("a.a.a.a.a.a.a.a.a.a.a.a", 0),  # all are small
    ],
)
def test_the_farthest_small_part_counts(row, gap):
    assert small_gaps([[[c == "a" for c in row]]]) == [gap]


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        ("..........", 0),
        ("aaaaaaaaaa", 0),
        ("a.a.......", 1),
        ("aa...aa..a", 3),
        ("aaa....aaa", 4),
    ],
)
def test_the_widest_gap_of_a_chain_counts(row, gap):
    assert gaps([[[c == "a" for c in row]]]) == [gap]


@pytest.mark.parametrize(("body", "gap"), [(9, 3), (10, 0)])
def test_parts_below_a_tenth_do_not_count(body, gap):
    assert gaps([[[1] * body + [0] * 3 + [1]]]) == [gap]


def test_interleaved_combs():
    combs = np.zeros((64, 300), dtype=bool)
    combs[:50, ::6] = combs[0] = True
    combs[14:, 3::6] = combs[-1] = True
    assert gaps(combs[None]) == [2] == gaps(combs.T[None])


def test_other_masks_change_nothing():
    mask = np.zeros((3, 9, 9), dtype=bool)
    mask[0, 4, 4] = mask[1, 0, ::4] = mask[2, ::8, 8] = True
    assert gaps(mask) == [0, 3, 7]
    assert gaps(mask[::-1]) == [7, 3, 0]


def test_large_parts_are_not_compared_run_by_run():
    """Two clouds of 200,000 runs each, one above the other: all pairs of runs would take minutes."""
    rng = np.random.default_rng(8)
    mask = rng.random((1, 1000, 1600)) < 0.7
    mask[0, 470:530] = False
    mask[0, 500, 800] = True  # too small a part to bridge the gap
    columns = np.arange(mask.shape[2])
    above = 470 - np.argmax(mask[0, :470][::-1], axis=0) - 1
    below = 530 + np.argmax(mask[0, 530:], axis=0)
    nearest = min(int(np.maximum(np.abs(columns - x), below - above[x]).min()) for x in columns[above > 466])
    assert gaps(mask) == [nearest - 1]
