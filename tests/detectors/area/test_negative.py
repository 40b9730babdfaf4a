import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "area.negative"


def image(area):
    return scene("aaaa\n" * 3, areas={"a": area})


def test_finds_a_negative_area():
    (hit,) = hits(RULE, image(-12.5))
    assert (hit.instances, hit.field) == ((0,), "area")
    assert hit.evidence == {"declared_area": -12.5, "area_px": 12}
    assert hit.message == "The area is -12.5; the mask has 12 px."


def test_a_habit_is_said_once_and_stays_an_error():
    (hit,) = hits(RULE, *[image(-1)] * 20)
    assert (hit.severity, hit.evidence["annotations"]) == (Severity.ERROR, 20)
    assert len(hits(RULE, *[image(-1)] * 20, once_above=1.0)) == 20


@pytest.mark.parametrize("area", [0.0, -0.0, 12.0, float("nan")])
def test_silent_on_clean(area):
    assert hits(RULE, image(area)) == []


def test_silent_on_nothing():
    assert hits(RULE) == hits(RULE, scene("....")) == []
