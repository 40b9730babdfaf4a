import numpy as np
import pytest

from audit.report.image_page_builder import ImagePageBuilder
from audit.report.ring_marks import find_crossings, list_rings
from audit.testing import dataset, drawn

BOW_TIE = [(10, 10), (50, 50), (50, 10), (10, 50)]
SPIKED = [(10, 10), (30, 10), (30, 30), (60, 30), (30, 30), (10, 30)]
SQUARE = [(10, 10), (30, 10), (30, 30), (10, 30)]


@pytest.fixture
def marks(result, said):
    """Return what an image's page marks of one finding about one polygon."""

    def draw(rule, *rings):
        plate = drawn(80, 80, {"a": [*rings]}, file_name="plate.png")
        finding = said(rule, 1, image=1, file_name="plate.png")
        return ImagePageBuilder(result(plate, findings=(finding,))).build_page(0).findings[0].marks

    return draw


def test_crossings_and_spikes_are_ringed_on_the_outline_as_drawn(marks):
    crossing = marks("polygon.self_intersection", BOW_TIE)
    assert crossing.startswith("M10 10L50 50L50 10L10 50z")
    assert crossing.count("M") == 2
    assert "a" in crossing
    assert marks("polygon.spike", SPIKED).count("a") == 2


def test_other_rules_draw_no_outline(marks):
    assert marks("mask.tiny", SQUARE) == ""
    assert "a" not in marks("polygon.part_overlap", SQUARE, BOW_TIE)


def test_corners_of_neighbours_and_slits_are_no_crossing():
    assert not len(find_crossings(np.array(SQUARE, dtype=float)))
    assert not len(find_crossings(np.array([SQUARE[0], SQUARE[0], *SQUARE[1:]], dtype=float)))


def test_every_edge_is_compared_with_every_other():
    star = np.array([(50, 0), (79, 90), (2, 35), (98, 35), (21, 90)], dtype=float)
    assert len(find_crossings(star)) == 5


def test_rings_of_long_outlines_are_not_drawn(monkeypatch):
    monkeypatch.setattr("audit.report.ring_marks.MAX_RING_VERTICES", 3)
    assert list_rings(dataset(drawn(80, 80, {"a": [SQUARE]})), 0) == []
