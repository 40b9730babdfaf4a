"""What holds for the rules of the family together: habits are said once, RLE and nothing not at all."""

import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

SQUARE = [(2, 2), (22, 2), (22, 22), (2, 22)]
INNER = [(8, 8), (12, 8), (12, 12), (8, 12)]
# Polygons that the rule speaks about, and what a habit of them weighs.
ONE = {
    "polygon.duplicate_part": ([SQUARE, SQUARE], Severity.WARNING),
    "polygon.hole_ring": ([SQUARE, INNER], Severity.WARNING),
    "polygon.normalised": ([[(0.1, 0.1), (0.9, 0.1), (0.9, 0.8)]], Severity.ERROR),
    "polygon.outside": ([[(2, 2), (45, 2), (45, 20)]], Severity.WARNING),
    "polygon.part_overlap": ([SQUARE, [(x + 9, y + 9) for x, y in SQUARE]], Severity.WARNING),
    "polygon.repeated_point": ([[SQUARE[0], *SQUARE]], Severity.INFO),
    "polygon.self_intersection": ([[SQUARE[k] for k in (0, 2, 1, 3)]], Severity.WARNING),
    "polygon.spike": ([[*SQUARE[:2], (28, 2), *SQUARE[1:]]], Severity.INFO),
    "polygon.zero_area": ([[(2, 2), (9, 9), (20, 20)]], Severity.ERROR),
}
NAMES = pytest.mark.parametrize("rule", ONE)


def image(rule):
    return drawn(40, 40, {"a": ONE[rule][0]})


@NAMES
def test_each_fault_has_one_rule(rule):
    assert [other for other in ONE if hits(other, image(rule))] == [rule]


@NAMES
def test_a_habit_is_said_once(rule):
    assert len(hits(rule, *[image(rule)] * 19)) == 19
    (hit,) = hits(rule, *[image(rule)] * 20)
    assert hit.severity is ONE[rule][1]
    assert (hit.evidence["annotations"], hit.evidence["of"], hit.instances) == (20, 20, ())
    assert len(hits(rule, *[image(rule)] * 20, once_above=1.0)) == 20


@NAMES
def test_silent_on_rle_and_nothing(rule):
    assert hits(rule) == hits(rule, scene("......")) == hits(rule, scene("a.aa.aaaa")) == []
    assert hits(rule, drawn(40, 40, {"a": [SQUARE]})) == []
