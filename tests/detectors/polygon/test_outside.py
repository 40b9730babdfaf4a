import pytest

from audit.findings.finding import Severity

RULE = "polygon.outside"
BEYOND = [(30, 10), (43, 10), (45.5, 20), (30, 20)]


def test_finds_vertices_outside_the_image(said):
    (hit,) = said(RULE, [BEYOND])
    assert hit.instances == (0,)
    assert hit.evidence == {"outside_vertices": 2, "vertices": 4, "outside_px": 5.5, "area_px": 100}
    assert hit.score == 0.5
    assert hit.severity is None
    assert "2 of the polygon's 4 vertices lie outside the image, by up to 5.5 px" in hit.message
    assert hit.message.endswith("what lies outside is cut off (100 px remain).")


@pytest.mark.parametrize(("min_px", "found"), [(5.4, 1), (5.5, 0)])
def test_the_distance_is_an_option(said, min_px, found):
    assert len(said(RULE, [BEYOND], min_px=min_px)) == found


def test_a_polygon_wholly_outside_is_an_error(said):
    (hit,) = said(RULE, [[(50, 50), (60, 50), (60, 60)]])
    assert hit.severity is Severity.ERROR
    assert hit.message.endswith("by up to 20 px; no pixel of it is inside.")


@pytest.mark.parametrize("side", [(-3, 10), (43, 10), (10, -3), (10, 43)])
def test_all_four_sides_count(said, side):
    (hit,) = said(RULE, [[(10, 10), (20, 20), side]])
    assert (hit.evidence["outside_vertices"], hit.evidence["outside_px"]) == (1, 3.0)


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (40, 0), (40, 40), (0, 40)],
        [(-0.5, -0.5), (40.5, 0), (40.5, 40.5)],
        [(-1, 0), (40, 0), (9, 41)],
    ],
)
def test_silent_on_clean(said, ring):
    assert said(RULE, [ring]) == []
