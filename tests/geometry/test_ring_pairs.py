import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from audit.geometry import unsure_rings
from audit.geometry.outline import measure_polygons

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
TRIANGLE = [(0, 0), (20, 0), (0, 20)]
NOTCHED = [(0, 0), (10, 0), (10, 4), (4, 4), (4, 10), (0, 10)]
POINT = st.tuples(st.floats(0, 20), st.floats(0, 20))
CORNERS = st.lists(st.tuples(st.floats(0, 6.28), st.floats(1, 20)), min_size=3, max_size=12)


def rectangle(x, y, width, height):
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def star(n_vertices, radius):
    angles = np.arange(n_vertices) * 2 * np.pi / n_vertices
    reach = radius * (1 + np.arange(n_vertices) % 2)
    return np.column_stack([reach * np.cos(angles), reach * np.sin(angles)]).tolist()


def count_relations(*rings):
    """How many rings of a mask repeat, lie in, or partly overlap another."""
    xy = np.array([point for ring in rings for point in ring], dtype=float)
    vertex_start, side = np.cumsum([0, *map(len, rings)]), np.array([20])
    measures = measure_polygons(xy, vertex_start, np.array([0, len(rings)]), side, side)
    names = ("duplicate_rings", "hole_rings", "overlapping_rings")
    return tuple(int(measures[name][0]) for name in names)


def count_by_shapely(first, second):
    polygons = shapely.Polygon(first), shapely.Polygon(second)
    covers, covered = shapely.covers(*polygons), shapely.covers(*reversed(polygons))
    shared = shapely.area(shapely.intersection(*polygons))
    partly = not covers and not covered and shared >= 1
    return int(covers and covered), int(covers != covered), int(partly)


@pytest.fixture
def asked_pairs(monkeypatch):
    """Numbers of pairs that shapely is asked about, call by call."""
    calls = []
    classify_rings = unsure_rings.classify_rings

    def classify_and_count(*arguments):
        calls.append(len(arguments[-1][0]))
        return classify_rings(*arguments)

    monkeypatch.setattr(unsure_rings, "classify_rings", classify_and_count)
    return calls


@pytest.mark.parametrize("turn_first", [1, -1])
@pytest.mark.parametrize("turn_second", [1, -1])
@pytest.mark.parametrize(
    ("first", "second", "relations"),
    [
        (NOTCHED, rectangle(6, 6, 3, 3), (0, 0, 0)),  # apart, though their boxes meet
        (SQUARE, rectangle(30, 0, 3, 3), (0, 0, 0)),
        (SQUARE, rectangle(2, 3, 5, 4), (0, 1, 0)),
        (SQUARE, [(2, 2), (8, 3), (3, 8)], (0, 1, 0)),
        (SQUARE, rectangle(5, 5, 10, 10), (0, 0, 1)),
        (SQUARE, rectangle(-5, 3, 20, 2), (0, 0, 1)),  # a bar across the whole square
        (SQUARE, rectangle(9.5, 9.5, 4, 4), (0, 0, 0)),  # a quarter of a pixel
        (NOTCHED, [(3.5, 3.5), (6, 6), (9, 2)], (0, 0, 1)),
        (SQUARE, [(5, -1), (6, 0.25), (7, -1)], (0, 0, 0)),
    ],
)
def test_plain_pairs_are_told_without_shapely(first, second, relations, turn_first, turn_second, asked_pairs):
    first, second = first[::turn_first], second[::turn_second]
    assert count_relations(first, second) == count_relations(second, first) == relations
    assert asked_pairs == []
    assert count_by_shapely(first, second) == relations


@pytest.mark.parametrize(
    ("first", "second", "relations"),
    [
        (SQUARE, SQUARE[::-1], (1, 0, 0)),
        (SQUARE, rectangle(10, 10, 4, 4), (0, 0, 0)),  # they share a corner
        (SQUARE, rectangle(10, 0, 4, 10), (0, 0, 0)),  # they share an edge
        (SQUARE, rectangle(0, 2, 4, 4), (0, 1, 0)),  # inside, along an edge
        (SQUARE, [(0, 5), (4, 4), (4, 6)], (0, 1, 0)),  # inside, with a corner on an edge
        (SQUARE, [(-4, 4), (0, 5), (-4, 6)], (0, 0, 0)),
        (TRIANGLE, [(10 - 1e-9, 10), (4, 4), (6, 3)], (0, 1, 0)),
        (TRIANGLE, [(10 + 1e-9, 10), (4, 4), (6, 3)], (0, 0, 1)),
        (SQUARE, rectangle(9, 9, 4, 4), (0, 0, 1)),  # just a square pixel
        (SQUARE, rectangle(9.001, 9, 4, 4), (0, 0, 0)),
    ],
)
def test_pairs_that_touch_or_are_near_the_limit_are_left_to_shapely(first, second, relations, asked_pairs):
    assert count_relations(first, second) == relations
    assert asked_pairs == [1]
    assert count_by_shapely(first, second) == relations


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (20_000, 0), (20_000, 10), (0, 10)],  # rounding tells on such areas
        [(0, 0), (10, 0), (10, 10), (1e-310, 10)],  # an edge without a slope
        star(10_002, 4),
    ],
)
def test_pairs_that_the_core_cannot_measure_are_left_to_shapely(ring, asked_pairs):
    assert count_relations(ring, rectangle(-5, 3, 20, 2)) == (0, 0, 1)
    assert asked_pairs == [1]


def test_plain_and_touching_pairs_of_a_mask_are_counted_together(asked_pairs):
    rings = [SQUARE, rectangle(2, 2, 2, 2), rectangle(8, 8, 5, 5), rectangle(0, 5, 2, 2), SQUARE]
    assert count_relations(*rings) == (1, 2, 2)
    assert asked_pairs[0] < 7


@given(CORNERS, CORNERS, POINT, st.booleans())
def test_rings_lie_to_each_other_as_shapely_says(first_corners, second_corners, move, whole):
    rings = []
    for corners, (x, y) in ((first_corners, (10, 10)), (second_corners, move)):
        ring = [(x + reach * np.cos(angle), y + reach * np.sin(angle)) for angle, reach in sorted(corners)]
        rings.append([(round(x), round(y)) for x, y in ring] if whole else ring)
    if all(shapely.is_valid(shapely.Polygon(ring)) for ring in rings):
        assert count_relations(*rings) == count_by_shapely(*rings)
