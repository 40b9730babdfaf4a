import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from audit.geometry import shape
from audit.geometry.runs import dense_to_runs, runs_to_dense, take_masks

MASKS = arrays(np.bool_, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9)))
EIGHT = np.ones((3, 3))


def sizes(mask, structure):
    """Pixels of each connected part of a mask, ascending."""
    label, count = ndimage.label(mask, structure=structure)
    return sorted(np.bincount(label.ravel(), minlength=count + 1)[1:].tolist())


def hole_map(mask):
    return ndimage.binary_fill_holes(mask) & ~mask


def summary(parts):
    return list(zip(*(v.tolist() for v in (parts.number, parts.largest, parts.smallest)), strict=True))


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
    runs = dense_to_runs(masks)
    found = shape.measure_components(runs, shape.link_runs(runs))
    assert summary(found) == expected_summary([sizes(mask, EIGHT) for mask in masks])


@given(MASKS)
def test_components_number_the_parts_mask_by_mask(masks):
    runs = dense_to_runs(masks)
    for corners, structure in ((True, EIGHT), (False, None)):
        part, size, owner = shape.label_components(runs, shape.link_runs(runs, corners=corners))
        assert (np.diff(owner) >= 0).all()
        assert (owner[part] == runs.mask).all()
        assert np.bincount(part, weights=runs.y1 - runs.y0, minlength=len(size)).tolist() == size.tolist()
        for k, mask in enumerate(masks):
            assert sorted(size[owner == k].tolist()) == sizes(mask, structure)


@given(MASKS)
def test_links_are_neighbours_in_the_next_column(masks):
    runs = dense_to_runs(masks)
    place = list(zip(*(v.tolist() for v in (runs.mask, runs.x, runs.y0, runs.y1)), strict=True))
    for corners in (True, False):
        found = shape.link_runs(runs, corners=corners)
        expected = {
            (i, j): min(b, d) - max(a, c)
            for i, (m, x, a, b) in enumerate(place)
            for j, (n, u, c, d) in enumerate(place)
            if m == n and u == x + 1 and min(b, d) - max(a, c) >= (0 if corners else 1)
        }
        keys = zip(found.i.tolist(), found.j.tolist(), strict=True)
        assert dict(zip(keys, found.rows.tolist(), strict=True)) == expected
        assert len(found.i) == len(expected)


@given(MASKS)
def test_holes_are_those_of_scipy(masks):
    runs = dense_to_runs(masks)
    near = shape.link_runs(runs)
    pixels, found = shape.find_holes(runs, near, shape.measure_components(runs, near))
    assert (
        runs_to_dense(pixels, *masks.shape[1:]) == np.array([hole_map(m) for m in masks]).reshape(masks.shape)
    ).all()
    assert summary(found) == expected_summary([sizes(hole_map(mask), None) for mask in masks])


@given(MASKS)
def test_perimeters_count_the_edges_of_pixels(masks):
    runs = dense_to_runs(masks)
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1))).astype(int)
    edges = [int(np.abs(np.diff(m, axis=0)).sum() + np.abs(np.diff(m, axis=1)).sum()) for m in padded]
    assert shape.measure_perimeters(runs, shape.link_runs(runs)).tolist() == edges


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
    runs, other = dense_to_runs(masks), dense_to_runs(moved)
    near, far = shape.link_runs(runs), shape.link_runs(other)
    parts, again = shape.measure_components(runs, near), shape.measure_components(other, far)
    assert summary(parts) == summary(again)
    assert summary(shape.find_holes(runs, near, parts)[1]) == summary(shape.find_holes(other, far, again)[1])
    assert shape.measure_perimeters(runs, near).tolist() == shape.measure_perimeters(other, far).tolist()


@given(MASKS, st.randoms())
def test_the_order_of_masks_does_not_count(masks, random):
    order = np.array(random.sample(range(len(masks)), len(masks)), dtype=np.int64)
    runs = dense_to_runs(masks)
    mixed = take_masks(runs, order)
    near, far = shape.link_runs(runs), shape.link_runs(mixed)
    assert [summary(shape.measure_components(runs, near))[k] for k in order] == summary(
        shape.measure_components(mixed, far)
    )
    assert shape.hash_masks(runs)[order].tolist() == shape.hash_masks(mixed).tolist()


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
    near = shape.link_runs(runs)
    found = shape.measure_components(runs, near)
    assert found.number.tolist() == [parts]
    assert shape.find_holes(runs, near, found)[1].number.tolist() == [holes]
