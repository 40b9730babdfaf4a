import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from audit.geometry import shape
from audit.geometry.runs import dense_to_runs, take_masks

MASKS = arrays(np.bool_, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9)))
EIGHT = np.ones((3, 3))


def sizes(mask, structure):
    """Pixels of each connected part of a mask, ascending."""
    label, count = ndimage.label(mask, structure=structure)
    return sorted(np.bincount(label.ravel(), minlength=count + 1)[1:].tolist())


def hole_map(mask):
    return ndimage.binary_fill_holes(mask) & ~mask


def summary(runs, *names):
    """Some columns of all masks, a row a mask."""
    found = shape.measure_region_properties(runs)
    return list(zip(*(found[name].tolist() for name in names), strict=True))


def expected_summary(all_sizes):
    return [(len(s), max(s, default=0), min(s, default=0)) for s in all_sizes]


def test_areas_and_boxes_are_those_of_pycocotools(coco_rle):
    @given(MASKS)
    def check(masks):
        runs, rle = dense_to_runs(masks), coco_rle(masks)
        assert shape.measure_areas(runs).tolist() == [int(coco.area(r)) for r in rle]
        assert shape.measure_boxes(runs).tolist() == [coco.toBbox(r).tolist() for r in rle]

    check()


@given(MASKS)
def test_parts_are_those_of_scipy(masks):
    found = summary(dense_to_runs(masks), "parts", "largest_part_px", "smallest_part_px")
    assert found == expected_summary([sizes(mask, EIGHT) for mask in masks])


@given(MASKS)
def test_components_number_the_parts_mask_by_mask(masks):
    runs = dense_to_runs(masks)
    for corners, structure in ((True, EIGHT), (False, None)):
        part, size, owner = shape.label_components(runs, corners=corners)
        assert (np.diff(owner) >= 0).all()
        assert (owner[part] == runs.mask).all()
        assert np.bincount(part, weights=runs.y1 - runs.y0, minlength=len(size)).tolist() == size.tolist()
        for k, mask in enumerate(masks):
            assert sorted(size[owner == k].tolist()) == sizes(mask, structure)


@given(MASKS)
def test_holes_are_those_of_scipy(masks):
    runs = dense_to_runs(masks)
    inside = np.array([hole_map(mask) for mask in masks]).reshape(masks.shape)
    all_sizes = [sizes(mask, None) for mask in inside]
    expected = [(len(s), sum(s), min(s, default=0)) for s in all_sizes]
    assert summary(runs, "holes", "hole_px", "smallest_hole_px") == expected


@given(MASKS)
def test_perimeters_count_the_edges_of_pixels(masks):
    runs = dense_to_runs(masks)
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1))).astype(int)
    edges = [int(np.abs(np.diff(m, axis=0)).sum() + np.abs(np.diff(m, axis=1)).sum()) for m in padded]
    assert summary(runs, "perimeter_px") == [(edge,) for edge in edges]


@given(MASKS)
def test_equal_masks_have_equal_hashes_and_others_do_not(masks):
    found = shape.hash_masks(dense_to_runs(masks)).tolist()
    for one, a in zip(found, masks, strict=True):
        assert (one == 0) == (not a.any())
        for other, b in zip(found, masks, strict=True):
            assert (one == other) == (a == b).all()


@given(MASKS, st.integers(0, 5), st.integers(0, 5))
def test_a_move_changes_only_the_place(masks, down, right):
    moved = np.pad(masks, ((0, 0), (down, 1), (right, 2)))
    found, again = (shape.measure_region_properties(dense_to_runs(m)) for m in (masks, moved))
    assert (again["x"] - found["x"])[found["w"] > 0].tolist() == [right] * int((found["w"] > 0).sum())
    for name in sorted(set(found) - {"x", "y", "mask_hash"}):
        np.testing.assert_array_equal(again[name], found[name])


@given(MASKS, st.integers(2, 4))
def test_threads_change_nothing(masks, threads):
    runs = dense_to_runs(masks)
    alone, together = (shape.measure_region_properties(runs, threads=n) for n in (1, threads))
    for name, values in alone.items():
        np.testing.assert_array_equal(together[name], values)
    np.testing.assert_array_equal(alone["area_px"], shape.measure_areas(runs))
    np.testing.assert_array_equal(
        np.stack([alone[side] for side in "xywh"], axis=1), shape.measure_boxes(runs)
    )
    np.testing.assert_array_equal(alone["mask_hash"], shape.hash_masks(runs))


@given(MASKS, st.randoms())
def test_the_order_of_masks_does_not_count(masks, random):
    order = np.array(random.sample(range(len(masks)), len(masks)), dtype=np.int64)
    runs = dense_to_runs(masks)
    mixed = take_masks(runs, order)
    again = shape.measure_region_properties(mixed)
    for name, values in shape.measure_region_properties(runs).items():
        np.testing.assert_array_equal(again[name], values[order])


@pytest.mark.parametrize(
    ("rows", "parts", "holes"),
    [
        (["#.", ".#"], 1, 0),
        ([".#.", "#.#", ".#."], 1, 1),
        (["#####", "#.#.#", "#####"], 1, 2),
        (["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"], 2, 2),
        (["#.#.#"], 3, 0),
    ],
)
def test_known_shapes(rows, parts, holes):
    runs = dense_to_runs(np.array([[[c == "#" for c in row] for row in rows]]))
    assert summary(runs, "parts", "holes") == [(parts, holes)]
