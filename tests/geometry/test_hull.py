import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_region_properties

MASKS = arrays(np.bool_, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9)))


def hull_areas(masks):
    return measure_region_properties(dense_to_runs(masks))["hull_px"].tolist()


@given(MASKS)
def test_hulls_are_those_of_shapely(masks):
    for hull, mask in zip(hull_areas(masks), masks, strict=True):
        squares = [shapely.box(x, y, x + 1, y + 1) for y, x in np.argwhere(mask)]
        assert hull == pytest.approx(shapely.MultiPolygon(squares).convex_hull.area, abs=1e-9)


def test_hulls_of_large_discs():
    y, x = np.mgrid[:900, :900]
    discs = np.stack([(x - 450) ** 2 + (y - 450) ** 2 <= r * r for r in (3, 100, 449)])
    corners = [np.argwhere(np.pad(d, ((0, 1), (0, 1)))) for d in discs]
    for hull, points in zip(hull_areas(discs), corners, strict=True):
        around = np.concatenate([points + step for step in ((0, 0), (0, 1), (1, 0), (1, 1))])
        assert hull == shapely.MultiPoint(around).convex_hull.area


@given(MASKS, st.integers(0, 5), st.integers(0, 5))
def test_place_direction_and_order_do_not_count(masks, down, right):
    found = hull_areas(masks)
    assert hull_areas(np.pad(masks, ((0, 0), (down, 1), (right, 2)))) == found
    assert hull_areas(masks[:, ::-1]) == found
    assert hull_areas(masks.transpose(0, 2, 1)) == found
    assert hull_areas(masks[::-1]) == found[::-1]
