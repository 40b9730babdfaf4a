import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco
from scipy import ndimage

from audit.geometry.encode import draw_polygons, encode_mask, trace_mask_polygons, trace_polygons
from audit.synthetic.annotation_records import mask_bbox, uncompressed_rle


@st.composite
def blobs(draw_):
    """Smooth random masks, with several parts and holes, that may reach the border."""
    seed = draw_(st.integers(0, 10_000))
    height, width = draw_(st.integers(4, 40)), draw_(st.integers(4, 40))
    noise = np.random.default_rng(seed).standard_normal((height, width))
    return ndimage.gaussian_filter(noise, draw_(st.sampled_from([0.6, 1.0, 2.0]))) > 0.1


@given(blobs())
@settings(max_examples=60, deadline=None)
def test_polygons_draw_the_filled_mask(pixels, mask):
    parts, count = ndimage.label(mask)
    wanted = np.zeros_like(mask)
    for part in range(1, count + 1):
        wanted |= ndimage.binary_fill_holes(parts == part, structure=np.ones((3, 3)))
    assert np.array_equal(pixels(trace_polygons(mask), *mask.shape), wanted)
    assert np.array_equal(draw_polygons(trace_polygons(mask), *mask.shape), wanted)


@given(blobs())
@settings(max_examples=60, deadline=None)
def test_polygons_are_simple_and_inside(mask):
    height, width = mask.shape
    for ring in trace_polygons(mask):
        points = np.array(ring).reshape(-1, 2)
        assert shapely.Polygon(points).is_valid
        assert len(np.unique(points, axis=0)) == len(points)
        assert (points >= 0).all() and (points <= (width, height)).all()


@given(blobs())
@settings(max_examples=60, deadline=None)
def test_both_rles_decode_to_the_mask(pixels, mask):
    assert np.array_equal(pixels(encode_mask(mask), *mask.shape), mask)
    assert np.array_equal(pixels(uncompressed_rle(mask), *mask.shape), mask)


@given(blobs())
@settings(max_examples=60, deadline=None)
def test_box_is_that_of_pycocotools(mask):
    wanted = coco.toBbox(encode_mask(mask)).tolist() if mask.any() else [0, 0, 0, 0]
    assert mask_bbox(mask) == wanted


def test_full_mask_touches_all_four_borders():
    mask = np.ones((5, 7), dtype=bool)
    assert np.array_equal(draw_polygons(trace_polygons(mask), 5, 7), mask)
    assert uncompressed_rle(mask)["counts"] == [0, 35]


def test_many_masks_are_traced_as_each_alone():
    rng = np.random.default_rng(2)
    masks = [rng.random(rng.integers(1, 9, 2)) < share for share in np.linspace(0, 1, 12)]
    traced = trace_mask_polygons(masks)
    assert traced == [trace_polygons(mask) for mask in masks]
    assert traced[0] == []
    assert len(traced[-1]) == 1
