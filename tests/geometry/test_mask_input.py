import warnings

import numpy as np
import pytest
from pycocotools import mask as coco

import audit
from audit.geometry.mask_input import read_masks, to_numpy
from audit.geometry.runs import runs_to_dense

SQUARE = [[1.0, 1.0, 4.0, 1.0, 4.0, 4.0, 1.0, 4.0]]


def dense(masks):
    return runs_to_dense(masks.as_runs(), masks.height, masks.width)


class Exported:
    """An array of a library that speaks DLPack alone."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


class OnDevice:
    """What torch and cupy have in common: the way off the device is a method."""

    dtype = "torch.bool"

    def __init__(self, values, step):
        self.values = values
        setattr(self, step, lambda: values)

    def __array__(self, *_, **__):
        raise TypeError("can't convert a tensor on a device")


@pytest.mark.parametrize(
    "wrap",
    [Exported, lambda v: OnDevice(v, "cpu"), lambda v: OnDevice(v, "get"), lambda v: OnDevice(v, "detach")],
)
def test_arrays_of_other_libraries(wrap):
    masks = np.random.default_rng(0).integers(0, 2, (3, 5, 6)).astype(np.uint8)
    assert np.array_equal(audit.overlap_matrix(wrap(masks)), audit.overlap_matrix(masks))
    assert np.array_equal(audit.overlap_matrix([wrap(m) for m in masks]), audit.overlap_matrix(masks))


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    masks = torch.rand((3, 1, 5, 6), requires_grad=True)
    wanted = audit.overlap_matrix(masks.detach().numpy()[:, 0] > 0.5)
    assert np.array_equal(audit.overlap_matrix(masks, threshold=0.5), wanted)
    assert np.array_equal(audit.overlap_matrix(masks > 0.5), wanted)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_every_type_and_order(dtype, order):
    wanted = np.random.default_rng(1).random((4, 7, 9)) < 0.5
    masks = wanted.astype(dtype)
    if order == "F":
        masks = np.ascontiguousarray(masks.transpose(0, 2, 1)).transpose(0, 2, 1)
    elif order == "strided":
        masks = np.repeat(np.repeat(masks, 2, axis=1), 2, axis=2)[:, ::2, ::2]
    assert np.array_equal(dense(read_masks(masks)), wanted)
    assert np.array_equal(dense(read_masks(list(masks))), wanted)


def test_probabilities_need_a_threshold():
    soft = np.random.default_rng(0).random((2, 6, 6)).astype(np.float32)
    with pytest.raises(ValueError, match=r"pass threshold=0.5, or 0 for logits"):
        read_masks(soft)
    with pytest.raises(ValueError, match=r"pass threshold=0.5, or 0 for logits"):
        read_masks(list(soft))
    assert np.array_equal(dense(read_masks(soft, threshold=0.5)), soft > 0.5)
    logits = soft - 0.5
    assert np.array_equal(dense(read_masks(logits[:, None], threshold=0)), logits > 0)


def test_the_axis_of_the_masks_has_to_be_said_where_it_is_not_clear():
    masks = np.random.default_rng(0).random((3, 20, 30)) < 0.5
    last = masks.transpose(1, 2, 0)
    with pytest.raises(ValueError, match=r"look like \(H, W, N\): pass layout='HWN' if they are"):
        read_masks(last)
    assert np.array_equal(dense(read_masks(last, layout="HWN")), masks)
    assert len(read_masks(last, layout="NHW")) == 20
    with pytest.raises(ValueError, match="layout is"):
        read_masks(last, layout="WHN")


def test_one_mask_alone():
    mask = np.eye(4, dtype=bool)
    rle = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    annotation = {"id": 3, "segmentation": rle, "bbox": [0, 0, 4, 4]}
    for alone in (mask, rle, annotation, [annotation]):
        assert np.array_equal(dense(read_masks(alone)), mask[None])


def test_polygons_are_drawn_as_coco_draws_them():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pycocotools under numpy 2
        wanted = coco.decode(coco.merge(coco.frPyObjects(SQUARE, 6, 8))).astype(bool)
    assert np.array_equal(dense(read_masks([SQUARE], size=(6, 8))), wanted[None])
    annotation = {"segmentation": SQUARE}
    assert np.array_equal(dense(read_masks([annotation], size=(6, 8))), wanted[None])


def test_mixed_lists_keep_their_order():
    mask = np.zeros((6, 8), dtype=bool)
    mask[2] = True
    rle = coco.encode(np.asfortranarray(~mask, dtype=np.uint8))
    square = dense(read_masks([SQUARE], size=(6, 8)))[0]
    got = dense(read_masks([SQUARE, mask, rle, mask, SQUARE]))
    assert np.array_equal(got, np.array([square, mask, ~mask, mask, square]))


@pytest.mark.parametrize(
    ("masks", "remedy"),
    [
        ("52203", r'pass \{"size": \[H, W\]'),
        (np.zeros((3, 3), dtype=int), r"pass masks\[None\], or \[labels == k"),
        (np.zeros((1, 2, 3, 3)), "N, H, W"),
        ([SQUARE], r"pass size=\(height, width\)"),
        (SQUARE, "pass size"),
        ([SQUARE[0], np.zeros((6, 6), dtype=bool)], r"list of rings, \[\[x, y"),
        ([[[1.0, 2.0]], np.zeros((6, 6), dtype=bool)], "three points"),
        ([[[1.0, 2.0, "a", 4.0, 5.0, 6.0]], np.zeros((6, 6), dtype=bool)], "no lists of numbers"),
        ([[[1.0, np.nan, 3.0, 4.0, 5.0, 6.0]], np.zeros((6, 6), dtype=bool)], "finite"),
        ([{"counts": "52203"}], "no RLE"),
        ([3, np.zeros((6, 6), dtype=bool)], "neither an array nor an RLE"),
        ([np.zeros((2, 2), dtype=complex)], "bool or numbers"),
        ([np.zeros(4)], r"holds \(H, W\) arrays"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], "different sizes"),
    ],
)
def test_refuses_in_one_line_with_the_remedy(masks, remedy):
    with pytest.raises(ValueError, match=remedy) as caught:
        read_masks(masks)
    assert "\n" not in str(caught.value)


def test_sizes_must_agree_between_two_sets():
    with pytest.raises(ValueError, match="different sizes"):
        audit.overlap_matrix(np.zeros((1, 4, 4), dtype=bool), "iou", np.zeros((1, 5, 4), dtype=bool))


def test_nothing_is_copied_where_it_is_not_needed():
    masks = np.zeros((2, 8, 8), dtype=bool)
    assert np.shares_memory(read_masks(masks).pixels[1], masks)
    assert to_numpy(masks) is masks


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (None, "not NoneType"),
        (3, "not int"),
        ([{"size": ["a", 4], "counts": [16]}], r"mask 0: the size of its RLE is \[height, width\]"),
        ([{"size": 4, "counts": [16]}], r"mask 0: the size of its RLE is \[height, width\]"),
        ([{"size": [True, 4], "counts": [16]}], r"mask 0: the size of its RLE is \[height, width\]"),
    ],
)
def test_what_is_no_mask_is_refused_in_one_line(masks, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_masks(masks)
    assert "\n" not in str(caught.value)
