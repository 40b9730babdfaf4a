import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "bbox.outside"
ROW = "." * 17 + "a" * 26 + "." * 21 + "\n"
LAYER = "." * 64 + "\n"


def image(box):
    return scene(LAYER * 12 + ROW * 24 + LAYER * 12, boxes={"a": box})


def test_finds_a_box_that_leaves_the_image():
    (hit,) = hits(RULE, image((17, 12, 60, 24)))
    assert (hit.instances, hit.field, hit.severity) == ((0,), "bbox", None)
    assert hit.evidence == {"outside_px": 13.0, "width": 64, "height": 48}
    assert hit.message == "The box [17, 12, 60, 24] reaches 13 px out of the image of 64 x 48 px."


@pytest.mark.parametrize(("min_px", "found"), [(12.9, 1), (13.0, 0)])
def test_the_distance_is_an_option(min_px, found):
    assert len(hits(RULE, image((17, 12, 60, 24)), min_px=min_px)) == found


@pytest.mark.parametrize("box", [(64, 0, 9, 9), (0, 48, 9, 9), (-20, 0, 20, 9), (0, -30, 9, 20)])
def test_a_box_wholly_outside_is_an_error(box):
    (hit,) = hits(RULE, image(box))
    assert hit.severity is Severity.ERROR
    assert "lies wholly outside the image" in hit.message


@pytest.mark.parametrize("box", [(63, 0, 9, 9), (0, 47, 9, 9), (-19, 0, 20, 9), (0, -19, 9, 20)])
def test_a_box_with_a_pixel_inside_is_not_wholly_outside(box):
    (hit,) = hits(RULE, image(box), min_px=0.5)
    assert hit.severity is None
    assert "reaches" in hit.message


def test_a_box_at_the_origin_is_not_taken_for_corners():
    """Read as corners, a box at (0, 0) stays the same: that explains nothing."""
    wide = scene("aaaa\n" * 5 + "....\n" * 5, boxes={"a": (0, 0, 40, 5)})
    assert [h.evidence["outside_px"] for h in hits(RULE, wide)] == [36.0]
    assert hits("bbox.mask_mismatch", wide) == []


def test_a_box_around_its_own_polygon_is_the_polygons_fault():
    ring = [(30, 10), (50, 10), (50, 20), (30, 20)]
    assert hits(RULE, drawn(40, 40, {"a": [ring]}, boxes={"a": (30, 10, 20, 10)})) == []
    assert len(hits(RULE, drawn(40, 40, {"a": [ring]}, boxes={"a": (30, 10, 23, 10)}))) == 1


def test_a_habit_is_said_once():
    (hit,) = hits(RULE, *[image((17, 12, 60, 24))] * 20)
    assert (hit.severity, hit.evidence["annotations"]) == (Severity.WARNING, 20)
    assert "leaves the image by more than 2 px" in hit.message.replace("have a box that ", "")
    assert len(hits(RULE, *[image((17, 12, 60, 24))] * 20, once_above=1.0)) == 20


@pytest.mark.parametrize(
    "clean",
    [
        image((17, 12, 26, 24)),
        image((0, 0, 64, 48)),
        image((-2, -2, 68, 52)),
        image((17, 12, 43, 36)),  # two corners: bbox.mask_mismatch
        image((float("nan"),) * 4),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == hits(RULE, scene("....")) == []
