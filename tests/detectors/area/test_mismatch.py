import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "area.mismatch"
DISC = "...aaaa...\n.aaaaaaaa.\n" + "aaaaaaaaaa\n" * 6 + ".aaaaaaaa.\n...aaaa...\n"  # 84 px, perimeter 40


def image(area, layer=DISC, **given):
    return scene(layer, areas={"a": area}, **given)


def test_finds_an_area_that_is_not_that_of_the_mask():
    (hit,) = hits(RULE, image(168.0))
    assert (hit.instances, hit.field, hit.severity) == ((0,), "area", None)
    assert hit.evidence == {"declared_area": 168.0, "area_px": 84, "is_box_area": False}
    assert hit.score == 0.5
    assert hit.message == "The area is declared as 168; the mask has 84 px."


@pytest.mark.parametrize(
    ("area", "options", "found"),
    [
        (112.3, {}, 0),  # 10 % of 84 px and half of 40 px
        (112.5, {}, 1),
        (55.6, {}, 0),
        (55.5, {}, 1),
        (100.0, {"max_share": 0.0, "max_border": 0.39}, 1),
        (100.0, {"max_share": 0.0, "max_border": 0.4}, 0),
        (100.0, {"max_share": 0.19, "max_border": 0.0}, 1),
        (100.0, {"max_share": 0.2, "max_border": 0.0}, 0),
    ],
)
def test_options_move_the_thresholds(area, options, found):
    assert len(hits(RULE, image(area), **options)) == found


BOXED = scene("aaaaaaaaaa\n" + "a.........\n" * 9, areas={"a": 100})


def test_says_that_the_area_is_that_of_the_box():
    (hit,) = hits(RULE, BOXED)
    assert hit.evidence == {"declared_area": 100.0, "area_px": 19, "is_box_area": True}
    assert "as 100 (that of its box); the mask has 19 px" in hit.message


def test_habits_are_said_once_each():
    found = hits(RULE, *[BOXED] * 20, *[image(500.0)] * 20)
    assert [h.evidence["annotations"] for h in found] == [20, 20]
    assert "the area of their box" in found[0].message
    assert {h.severity for h in found} == {Severity.WARNING}
    assert len(hits(RULE, *[BOXED] * 20, *[image(84)] * 200, box_once_above=0.1)) == 20
    assert len(hits(RULE, *[image(500.0)] * 20, once_above=1.0)) == 20


@pytest.mark.parametrize(
    "clean",
    [
        image(84),
        image(float("nan")),
        image(-84.0),  # area.negative
        drawn(48, 64, {"a": [[(0.1, 0.1), (0.5, 0.1), (0.5, 0.8)]]}, areas={"a": 900}),  # polygon.normalised
        drawn(9, 9, {"a": [[(20, 20), (30, 20), (30, 30)]]}, areas={"a": 50}),  # nothing to compare with
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == hits(RULE, scene("....")) == []


@pytest.mark.parametrize(("count", "hit_count"), [(9, 9), (10, 1)])
def test_a_file_whose_every_area_is_wrong_is_said_once(count, hit_count):
    assert len(hits(RULE, *[image(168.0)] * count)) == hit_count
    assert len(hits(RULE, image(84.0), *[image(168.0)] * count)) == count
