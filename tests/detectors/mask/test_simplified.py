import pytest

from audit.testing import drawn, hits, scene

SIDE = range(24)


def draw(inside):
    return scene("\n".join("".join("a" if inside(x, y) else "." for x in SIDE) for y in SIDE))


DISC = draw(lambda x, y: (x - 12) ** 2 + (y - 12) ** 2 < 110)
TRIANGLE = draw(lambda x, y: 1 <= x <= y <= 22)


def test_a_triangle_among_discs():
    (hit,) = hits("mask.simplified", *[DISC] * 20, TRIANGLE)
    assert hit.instances == (20,)
    assert hit.evidence["corners"] == 3
    assert hit.evidence["usual_corners"] > 6
    assert "3 straight stretches" in hit.message


def test_the_border_of_the_image_is_no_straight_stretch_of_the_outline():
    """Objects cut by the border were all that the rule named among nuclei."""
    assert not hits("mask.simplified", *[DISC] * 20, draw(lambda x, y: x <= y <= 22))


def test_a_category_of_triangles_is_its_own_shape():
    assert not hits("mask.simplified", *[TRIANGLE] * 21)


def test_a_habit_needs_enough_masks():
    assert not hits("mask.simplified", *[DISC] * 10, TRIANGLE)
    assert hits("mask.simplified", *[DISC] * 10, TRIANGLE, min_instances=5)


@pytest.mark.parametrize("options", [{"max_share": 0.1}, {"min_perimeter": 200}, {"min_deviations": 1000.0}])
def test_thresholds(options):
    """Nearly equal discs have no spread, so only a deviation is never too small for identical ones."""
    found = hits("mask.simplified", *[DISC] * 20, TRIANGLE, **options)
    assert len(found) == ("min_deviations" in options)


def test_polygons_are_left_to_another_rule():
    polygon = drawn(24, 24, {"a": [[(0, 0), (23, 23), (0, 23)]]})
    assert not hits("mask.simplified", *[DISC] * 20, polygon)
    assert not hits("mask.simplified")
