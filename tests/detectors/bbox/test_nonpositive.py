import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "bbox.nonpositive"


def image(box):
    return scene("aaaa....\n" * 4, boxes={"a": box})


@pytest.mark.parametrize(("w", "h"), [(0, 4), (4, 0), (-4, 4), (4, -0.5), (0, 0)])
def test_finds_a_box_without_width_or_height(w, h):
    (hit,) = hits(RULE, image((1, 1, w, h)))
    assert (hit.instances, hit.field) == ((0,), "bbox")
    assert hit.evidence == {"declared_w": float(w), "declared_h": float(h)}
    assert hit.message == f"The box is {w} px wide and {h} px high; both must be above 0."


def test_a_habit_is_said_once_and_stays_an_error():
    (hit,) = hits(RULE, *[image((1, 1, 0, 0))] * 20)
    assert (hit.severity, hit.evidence["annotations"]) == (Severity.ERROR, 20)
    assert len(hits(RULE, *[image((1, 1, 0, 0))] * 20, once_above=1.0)) == 20


@pytest.mark.parametrize("clean", [image((0, 0, 4, 4)), image((0, 0, 1e-9, 4)), image((float("nan"),) * 4)])
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == hits(RULE, scene("....")) == []
