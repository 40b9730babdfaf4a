from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from audit.geometry import outline
from audit.geometry.outline import measure_polygons

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
TRIANGLE = [(20, 20), (30, 20), (30, 30)]
BOW_TIE = [(0, 0), (10, 10), (10, 0), (0, 10)]
PENTAGRAM = [(5, 0), (8, 9), (0, 3), (10, 3), (2, 9)]
POINT = st.tuples(st.integers(0, 12), st.integers(0, 12))
RING = st.lists(POINT, min_size=3, max_size=7)
MASK = st.lists(RING, max_size=4)


def moved(ring, x, y):
    return [(px + x, py + y) for px, py in ring]


def described(*masks, size=(40, 50)):
    """One dict a mask, of masks given as lists of rings."""
    rings = [ring for mask in masks for ring in mask]
    xy = np.array([p for ring in rings for p in ring], dtype=float).reshape(-1, 2)
    vertex_start, ring_start = np.cumsum([0, *map(len, rings)]), np.cumsum([0, *map(len, masks)])
    height, width = (np.full(len(masks), side) for side in size)
    found = measure_polygons(xy, vertex_start, ring_start, height, width)
    return [{name: column[k].item() for name, column in found.items()} for k in range(len(masks))]


def counts(mask):
    """What is wrong with one mask, without zeros."""
    (found,) = described(mask)
    faults = (
        "self_intersections",
        "spikes",
        "repeated_points",
        "zero_area_rings",
        "duplicate_rings",
        "hole_rings",
        "overlapping_rings",
    )
    return {name: found[name] for name in faults if found[name]}


@pytest.mark.parametrize(
    ("mask", "faults"),
    [
        ([], {}),
        ([SQUARE], {}),
        ([[*SQUARE, SQUARE[0]]], {}),
        ([SQUARE, TRIANGLE], {}),
        ([BOW_TIE], {"self_intersections": 1}),
        ([BOW_TIE, moved(BOW_TIE, 20, 20), SQUARE[:3]], {"self_intersections": 2}),
        ([PENTAGRAM], {"self_intersections": 1}),
        ([[*SQUARE, (0, 0), (-9, 5), (-9, -5)]], {}),  # touches itself in a point
        ([[*SQUARE, (0, 0), (-9, -5), (-9, 5)]], {"self_intersections": 1}),  # crosses itself there
        ([[*SQUARE, (0, 0), (2, 2), (2, 4), (4, 2), (2, 2)]], {}),  # a slit to a hole
        ([[*SQUARE, (0, 0), (2, 2), (4, 2), (2, 4), (2, 2)]], {"self_intersections": 1}),
        ([[(0, 0), (5, 5), (9, 9)]], {"zero_area_rings": 1}),
        ([[(3, 3)] * 3], {"zero_area_rings": 1, "repeated_points": 2}),
        ([[SQUARE[0], *SQUARE]], {"repeated_points": 1}),
        ([[*SQUARE[:3], (0, 10), (0, 10)]], {"repeated_points": 1}),
        ([[*SQUARE, SQUARE[0], SQUARE[0]]], {"repeated_points": 1}),
        ([[SQUARE[0], *SQUARE, SQUARE[0]]], {"repeated_points": 1}),
        ([[*SQUARE[:2], (20, 0), *SQUARE[1:]]], {"spikes": 1}),
        ([[*SQUARE, (0, 20)]], {"spikes": 1}),
        ([[*BOW_TIE, (0, 20), (0, 10)]], {"self_intersections": 1, "spikes": 1}),
        ([SQUARE, SQUARE[::-1], SQUARE], {"duplicate_rings": 2}),
        ([SQUARE, [(2, 2), (4, 2), (4, 4)]], {"hole_rings": 1}),
        ([[(2, 2), (4, 2), (4, 4)], SQUARE], {"hole_rings": 1}),
        ([SQUARE, moved(SQUARE, 5, 5)], {"overlapping_rings": 1}),
        ([SQUARE, moved(SQUARE, 10, 0)], {}),
        ([SQUARE, moved(SQUARE, 9, 9)], {"overlapping_rings": 1}),
        ([SQUARE, moved(SQUARE, 9.5, 9.5)], {}),
        ([SQUARE, moved(BOW_TIE, 2, 2)], {"self_intersections": 1}),  # what crosses itself is not compared
    ],
)
def test_faults_are_counted(mask, faults):
    assert counts(mask) == faults


def test_lengths_and_places():
    (found,) = described([SQUARE, [(45, 35), (55, 35), (45, 44.5)]])
    assert (found["rings"], found["vertices"]) == (2, 7)
    assert found["outline_px"] == pytest.approx(40 + 10 + 9.5 + np.hypot(10, 9.5))
    assert found["longest_edge_px"] == pytest.approx(np.hypot(10, 9.5))
    assert (found["outside_vertices"], found["outside_px"]) == (2, 5.0)
    assert found["max_abs_coordinate"] == 55


def test_half_a_pixel_outside_is_not_counted():
    (found,) = described([[(-0.5, 0), (50.5, 0), (50, 40.5)]])
    assert (found["outside_vertices"], found["outside_px"]) == (0, 0.5)
    (found,) = described([[(-0.75, 0), (50.5, 0), (50, 41)]])
    assert (found["outside_vertices"], found["outside_px"]) == (2, 1.0)


def test_a_mask_without_rings_has_no_coordinates():
    (found,) = described([])
    assert np.isnan(found["max_abs_coordinate"])
    assert (found["rings"], found["vertices"], found["outline_px"]) == (0, 0, 0.0)
    assert described() == []


@given(MASK)
def test_lengths_are_those_of_shapely(mask):
    (found,) = described(mask)
    closed = [shapely.LinearRing([*ring, ring[0]]) for ring in mask]
    assert found["outline_px"] == pytest.approx(sum(ring.length for ring in closed))
    assert found["rings"] == len(mask)


@given(RING)
def test_a_ring_is_flat_where_shapely_says_so(ring):
    assert described([ring])[0]["zero_area_rings"] == (shapely.MultiPoint(ring).convex_hull.area == 0)


def windings(ring):
    """How often a ring goes around each of the faces that its edges cut the plane into."""
    edges = shapely.unary_union(shapely.LineString([*ring, ring[0]]))
    x, y = (np.array([*ring, ring[0]], dtype=float)).T
    for face in shapely.get_parts(shapely.polygonize([edges])):
        at = face.representative_point()
        angle = np.arctan2(y - at.y, x - at.x)
        turn = (np.diff(angle) + np.pi) % (2 * np.pi) - np.pi
        yield round(turn.sum() / (2 * np.pi))


@given(RING)
@example([*SQUARE[:3], (5, 5), (5, 0), (0, 5)])
@example([(1, 0), (0, 0), (0, 1), (1, 0), (0, 1), (0, 0)])  # there and back: nothing is left
@example([(1, 0), (1, 2), (0, 0), (1, 1), (1, 0), (0, 0)])  # a spike that cuts off a face
def test_a_ring_crosses_itself_where_it_goes_around_something_else_than_once(ring):
    (found,) = described([ring])
    around = set(windings(ring))
    once = around <= {0, 1} or around <= {0, -1}
    assert found["self_intersections"] == (not once)
    if found["self_intersections"]:
        assert not shapely.Polygon(ring).is_valid


@given(st.lists(MASK, max_size=4))
def test_masks_do_not_influence_each_other(masks):
    alone = [described(mask)[0] for mask in masks]
    np.testing.assert_equal(described(*masks), alone)


@given(MASK, st.integers(0, 9), st.integers(0, 9))
def test_a_move_inside_the_image_changes_no_count(mask, x, y):
    assert counts([moved(ring, x, y) for ring in mask]) == counts(mask)


@given(MASK)
def test_direction_does_not_count(mask):
    assert counts([ring[::-1] for ring in mask]) == counts(mask)


def test_lengths_of_edges_are_exact_to_the_last_digit():
    rng = np.random.default_rng(9)
    rings = [rng.normal(size=(5, 2)) * scale for scale in (1e-3, 1.0, 300.0, 1e7) for _ in range(50)]
    for ring in [*rings, np.array([(0, 0), (1e8, 1e-9), (3, 4)])]:
        edges = np.roll(ring, -1, axis=0) - ring
        longest = float(max((Decimal(float(x)) ** 2 + Decimal(float(y)) ** 2).sqrt() for x, y in edges))
        assert abs(described([ring])[0]["longest_edge_px"] - longest) <= np.spacing(longest)


STAR = st.lists(st.tuples(st.floats(0, 6.28), st.floats(1, 99)), min_size=3, max_size=40)


@given(STAR, st.booleans(), st.integers(0, 2))
def test_rings_that_the_core_is_sure_of_are_valid(corners, whole, repeats):
    ring = [(100 + r * np.cos(a), 100 + r * np.sin(a)) for a, r in sorted(corners)]
    ring = [(round(x), round(y)) for x, y in ring] if whole else ring
    ring += [ring[-1]] * repeats
    xy, one = np.array(ring, dtype=float), np.array([200])
    columns = outline._measure_polygons(xy, np.array([0, len(ring)]), np.array([0, 1]), one, one, 1, 1)
    if columns["ring_state"][0] == outline._SURELY_SIMPLE:
        assert shapely.Polygon(ring).is_valid
