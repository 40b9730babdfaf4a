import numpy as np
import pytest

from audit.geometry.mask_pairs import NOT_MEASURED, MaskPairs, concatenate_pairs, no_pairs

mask = pytest.importorskip("pycocotools.mask")


def pairs_of(*rows, **measured):
    """Pairs from rows of a, b, intersection, area of a, area of b."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return MaskPairs.of(*columns, **{name: np.array(column) for name, column in measured.items()})


@pytest.mark.parametrize("iscrowd", [False, True])
def test_iou_is_that_of_pycocotools(iscrowd):
    first, second = (np.zeros((6, 7), dtype=np.uint8, order="F") for _ in range(2))
    first[:4, :3], second[2:, 1:6] = 1, 1
    codes = [mask.encode(dense) for dense in (first, second)]
    intersection = int((first & second).sum())
    pairs = pairs_of((0, 0, intersection, first.sum(), second.sum()), iscrowd=[iscrowd])
    assert pairs.iou[0] == mask.iou([codes[1]], [codes[0]], [iscrowd])[0, 0]


def test_shares_are_of_the_mask_they_are_named_after():
    pairs = pairs_of((0, 1, 2, 4, 8))
    assert (pairs.ioa_a[0], pairs.ioa_b[0], pairs.ios[0], pairs.union[0]) == (0.5, 0.25, 0.5, 10)


def test_empty_masks_have_no_share():
    pairs = pairs_of((0, 1, 0, 0, 0))
    assert (pairs.iou[0], pairs.ioa_a[0], pairs.ioa_b[0], pairs.ios[0]) == (0, 0, 0, 0)


def test_columns_that_were_not_measured_say_so():
    pairs = pairs_of((0, 1, 2, 4, 8), gap=[0])
    assert (pairs.gap[0], pairs.depth[0], pairs.contact[0]) == (0, NOT_MEASURED, NOT_MEASURED)
    assert np.isnan(pairs.box_iou[0])


def test_takes_by_mask_and_by_position():
    pairs = pairs_of((0, 1, 2, 4, 8), (0, 2, 3, 4, 9), gap=[1, 2])
    assert pairs.take(np.array([False, True])).gap.tolist() == [2]
    assert pairs.take(np.array([1, 0])).area_b.tolist() == [9, 8]


def test_concatenates_in_order_of_both_masks():
    joined = concatenate_pairs(
        [pairs_of((1, 2, 5, 9, 9), (0, 3, 1, 9, 9)), pairs_of((0, 1, 7, 9, 9)), no_pairs()]
    )
    assert joined.intersection.tolist() == [7, 1, 5]
