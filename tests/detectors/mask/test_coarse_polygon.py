from dataclasses import replace

import numpy as np
import pytest

from audit.detectors.registry import all_rules
from audit.findings.finding import Severity
from audit.testing import drawn, hits, measured

RULE = "mask.coarse_polygon"


def ring(corners, radius=15.0, turn=0.0):
    angle = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([20 + radius * np.cos(angle), 20 + radius * np.sin(angle)], axis=1).tolist()


def image(*rings, **given):
    return drawn(40, 40, {"a": list(rings)}, **given)


FINE = [image(ring(24, turn=k / 50)) for k in range(20)]
DIAMOND = image(ring(4, turn=0.1))
UPRIGHT = image([(8, 8), (30, 8), (30, 30), (8, 30)])
OUTLINE, EDGE = 60 * np.sqrt(2), 15 * np.sqrt(2)


def test_finds_a_polygon_with_few_corners_among_fine_ones():
    (hit,) = hits(RULE, *FINE, DIAMOND)
    assert hit.instances == (20,)
    assert hit.evidence == {
        "corners": 4.0,
        "usual_corners": 24.0,
        "outline_px": pytest.approx(OUTLINE),
        "longest_edge_px": pytest.approx(EDGE),
        "category_longest_edge_share": pytest.approx(1 / 24),
    }
    assert hit.score == pytest.approx(1 - 4 / 24)
    assert hit.severity is None
    assert "4 corners on an outline of 85 px, where 24 are usual" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_share": 0.16}, 0),
        ({"max_share": 0.17}, 1),
        ({"max_corners": 3}, 0),
        ({"min_outline": 84.0}, 1),
        ({"min_outline": 86.0}, 0),
        ({"min_edge": 21.0}, 1),
        ({"min_edge": 22.0}, 0),
        ({"min_instances": 21}, 1),
        ({"min_instances": 22}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, *FINE, DIAMOND, **options)) == found


def screens(count, sides=0.3):
    """Screens with round corners, drawn finely: one edge is ``sides`` of the outline of 100 px."""
    arc = np.linspace(np.pi / 2, -np.pi / 2, 12)
    length = 100 * sides
    width = (100 - 2 * length) / (2 * np.pi)
    ends = [(30 + width * np.cos(t), 20 - width * np.sin(t)) for t in arc]
    left = [(30 - length - width * np.cos(t), 20 + width * np.sin(t)) for t in arc]
    return [drawn(60, 60, {"a": [[(x + k / 50, y) for x, y in ends + left]]}) for k in range(count)]


@pytest.mark.parametrize(("sides", "severity"), [(0.18, None), (0.22, Severity.INFO)])
def test_a_category_with_straight_sides_of_its_own_is_an_info(sides, severity):
    found = hits(RULE, *screens(20, sides), DIAMOND)
    assert [hit.severity for hit in found] == [severity]
    assert found[0].evidence["category_longest_edge_share"] == pytest.approx(sides, rel=0.03)
    assert hits(RULE, *screens(20, sides), DIAMOND, max_straight=0.1)[0].severity is Severity.INFO


@pytest.mark.parametrize(("straight", "severity"), [(2, None), (3, Severity.INFO)])
def test_one_in_ten_may_be_cut_straight(straight, severity):
    (hit,) = hits(RULE, *FINE, *screens(straight), DIAMOND)
    assert hit.severity is severity


def test_thresholds_of_other_categories_are_an_info():
    stranger = image(ring(4, turn=0.1), categories={"a": "other"})
    (hit,) = hits(RULE, *FINE, stranger)
    assert hit.severity is Severity.INFO
    assert hit.evidence["category_longest_edge_share"] is None


def test_what_the_border_may_have_cut_is_an_info():
    (hit,) = hits(RULE, *FINE, image([(x - 5, y) for x, y in ring(4, turn=0.1)]))
    assert hit.severity is Severity.INFO


@pytest.mark.parametrize(("gap", "severity"), [(2, Severity.INFO), (4, None)])
def test_what_another_mask_may_have_cut_is_an_info(gap, severity):
    diamond, beside = ring(4), [(x + 30 + gap, y) for x, y in ring(24)]
    found = hits(RULE, *FINE, drawn(40, 80, {"a": [diamond], "b": [beside]}))
    assert [hit.severity for hit in found] == [severity]


@pytest.mark.parametrize(("separation", "found"), [(0.5, 0), (0.25, 0), (0.24, 1), (np.nan, 1)])
def test_what_follows_the_picture_is_silent(separation, found):
    """Most objects with four corners are screens and books, which four corners describe."""
    m = measured(*FINE, image(ring(4, turn=0.1), categories={"a": "screen"}))
    fine = [0.25] * 6 + [0.6] * 14
    m = replace(m, instances=m.instances.assign(edge_here=[*fine, separation]))
    rule = all_rules()[RULE]
    assert len(list(rule.detect(m, rule.options()))) == found
    curved = measured(*FINE, DIAMOND)
    curved = replace(curved, instances=curved.instances.assign(edge_here=[*fine, separation]))
    assert len(list(rule.detect(curved, rule.options()))) == 1
    few = replace(m, instances=m.instances.assign(edge_here=[*[np.nan] * 5, *fine[5:], separation]))
    assert len(list(rule.detect(few, rule.options()))) == 1


def test_corners_are_counted_a_ring():
    two = image(ring(4, radius=9.0), [(x + 19, y + 19) for x, y in ring(12, radius=9.0)])
    assert hits(RULE, *FINE, two) == []


def test_one_upright_rectangle_is_an_info():
    assert hits(RULE, *FINE, UPRIGHT)[0].severity is Severity.INFO


def test_a_category_of_four_corners_is_silent():
    screens = [image(ring(4, turn=0.1 + k / 50), categories={"a": "screen"}) for k in range(20)]
    assert hits(RULE, *FINE, *screens) == []


def test_boxes_given_as_masks_are_said_once():
    (hit,) = hits(RULE, *FINE, *[UPRIGHT] * 21)
    assert hit.severity is Severity.WARNING
    assert hit.evidence == {
        "annotations": 21,
        "of": 41,
        "share": 21 / 41,
        "example_annotation_ids": [21, 22, 23, 24, 25],
    }
    assert "upright rectangles: boxes given as masks" in hit.message
    assert hits(RULE, *FINE, *[UPRIGHT] * 21, rectangles_above=0.6) == []  # then usual


def test_one_category_may_have_boxes_for_masks():
    boxes = [image([(8, 8), (30, 8), (30, 30), (8, 30)], categories={"a": "box"})] * 20
    (hit,) = hits(RULE, *FINE, *FINE, *boxes)
    assert hit.evidence["of"] == 20
    assert "of category “box”" in hit.message


def test_silent_where_nothing_is_usual_or_all_is_fine():
    assert hits(RULE, DIAMOND) == []
    assert hits(RULE, *FINE) == []
