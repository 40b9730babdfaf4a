import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from audit.geometry.pairs import MAX_GAP, find_mask_pairs
from audit.geometry.runs import dense_to_runs

MASKS = arrays(
    np.bool_, st.tuples(st.integers(0, 5), st.integers(1, 9), st.integers(1, 9)), fill=st.just(False)
)
COLUMNS = ("a", "b", "intersection", "depth", "gap", "contact")


def measured(masks, image=None):
    """One row a pair: a, b, intersection, depth, gap, contact."""
    runs = dense_to_runs(masks)
    image = np.zeros(len(masks), dtype=np.int64) if image is None else np.asarray(image)
    found = find_mask_pairs(runs, image)
    return list(zip(*(getattr(found, name).tolist() for name in COLUMNS), strict=True))


def deepest_square(mask):
    """The side of the largest square of pixels: the usual table of those that end at each pixel."""
    side = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=int)
    for y, x in np.argwhere(mask):
        side[y + 1, x + 1] = 1 + min(side[y, x], side[y, x + 1], side[y + 1, x])
    return int(side.max())


def by_brute_force(masks):
    rows = []
    for a in range(len(masks)):
        for b in range(a + 1, len(masks)):
            one, other = masks[a], masks[b]
            if not one.any() or not other.any():
                continue
            both = one & other
            gap = 0 if both.any() else int(cdist(np.argwhere(one), np.argwhere(other), "chebyshev").min()) - 1
            edges = 0
            if not both.any():
                for x, y in ((one, other), (other, one)):
                    edges += int((x[:-1] & y[1:]).sum() + (x[:, :-1] & y[:, 1:]).sum())
            depth = deepest_square(both)
            if gap <= MAX_GAP:
                rows.append((a, b, int(both.sum()), depth, gap, edges))
    return rows


@given(MASKS)
def test_agrees_with_brute_force(masks):
    assert measured(masks) == by_brute_force(masks)


def test_many_masks_agree_with_brute_force():
    """Above some fifty masks, boxes are sorted into strips before they are compared."""
    rng = np.random.default_rng(2)
    masks = np.zeros((70, 30, 30), dtype=bool)
    for mask in masks:
        y, x = rng.integers(0, 27, 2)
        mask[y : y + rng.integers(1, 9), x : x + rng.integers(1, 9)] = True
    masks[3] = True  # as high as the image, among small ones
    assert measured(masks) == by_brute_force(masks)


def test_nested_masks():
    masks = np.zeros((12, 40, 40), dtype=bool)
    for k, mask in enumerate(masks):
        mask[k : 40 - k, k : 40 - k] = True
    masks[5, 20, 20] = False  # lies in all above it, holds not all below it
    expected = by_brute_force(masks)
    assert measured(masks) == expected
    assert measured(masks[::-1]) == sorted((11 - b, 11 - a, *rest) for a, b, *rest in expected)


@pytest.mark.parametrize(
    ("rows", "gap", "contact"),
    [
        (["aabb"], 0, 1),
        (["aab", "aab", "bbb"], 0, 4),
        (["a.", ".b"], 0, 0),
        (["a.b"], 1, 0),
        (["a..b"], 2, 0),
        (["a..", "...", "..b"], 1, 0),
        (["a", ".", ".", "b"], 2, 0),
        (["aaa", "a.a", "aba"], 0, 2),
    ],
)
def test_known_neighbours(rows, gap, contact):
    cells = np.array([list(row) for row in rows])
    for turned in (cells, cells.T, cells[::-1, ::-1]):
        masks = np.stack([turned == "a", turned == "b"])
        assert measured(masks) == measured(masks[::-1]) == [(0, 1, 0, 0, gap, contact)]


@pytest.mark.parametrize("rows", [["a...b"], ["a", ".", ".", ".", "b"], ["aa..."], ["....."]])
def test_what_is_no_pair(rows):
    cells = np.array([list(row) for row in rows])
    assert measured(np.stack([cells == "a", cells == "b"])) == []


@given(MASKS, st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_masks_of_two_images_make_no_pair(masks, image):
    image = np.sort(np.array(image[: len(masks)], dtype=np.int64))
    assert measured(masks, image) == [row for row in measured(masks) if image[row[0]] == image[row[1]]]


@given(MASKS, st.randoms())
def test_the_order_of_masks_does_not_count(masks, random):
    order = random.sample(range(len(masks)), len(masks))
    back = {k: order[k] for k in range(len(order))}
    mixed = [(*sorted((back[a], back[b])), *rest) for a, b, *rest in measured(masks[order])]
    assert sorted(mixed) == measured(masks)


@given(MASKS, st.integers(0, 9), st.integers(0, 9))
def test_a_move_changes_nothing(masks, down, right):
    assert measured(np.pad(masks, ((0, 0), (down, 2), (right, 1)))) == measured(masks)


def test_all_pairs_of_pycocotools_that_overlap_are_there(coco_rle):
    masks = np.random.default_rng(5).random((40, 25, 25)) < 0.02
    rle = coco_rle(masks)
    iou = coco.iou(rle, rle, [0] * len(rle))
    area = masks.sum(axis=(1, 2))
    found = {(a, b): pixels / (area[a] + area[b] - pixels) for a, b, pixels, *_ in measured(masks) if pixels}
    expected = {(a, b): iou[a, b] for a, b in zip(*np.nonzero(np.triu(iou, 1)), strict=True)}
    assert found == expected
