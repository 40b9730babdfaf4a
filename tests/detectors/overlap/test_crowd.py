import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "overlap.crowd"
REGION = "aaaaaaaaaa....\n" * 3
INSIDE = scene(REGION, "..bb..........\n" * 2 + "..............\n", crowd="a")
SIX_OF_TEN = scene(REGION, "....bbbbbbbbbb\n" + "..............\n" * 2, crowd="a")
TWO_REGIONS = scene(REGION, "....bbbbbbbbbb\n" + "..............\n" * 2, crowd="ab")


def test_finds_an_instance_inside_a_crowd_region():
    (hit,) = hits(RULE, INSIDE)
    assert hit.instances == (1, 0)
    assert hit.evidence == {"share": 1.0, "intersection_px": 4, "depth_px": 2, "both_crowd": False}
    assert hit.severity is Severity.WARNING
    assert "100 % of its 4 pixels" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float, bool}


def test_an_instance_larger_than_the_region_is_asked_for_its_own_share():
    larger = scene("..aa....", "bbbbbbbb", crowd="a")
    assert hits(RULE, larger) == []
    (hit,) = hits(RULE, larger, min_share=0.25)
    assert hit.instances == (1, 0)
    assert hit.evidence["share"] == 0.25


def test_two_regions_overlap():
    (hit,) = hits(RULE, TWO_REGIONS)
    assert hit.instances == (1, 0)
    assert hit.evidence == {"share": 0.6, "intersection_px": 6, "depth_px": 1, "both_crowd": True}
    assert hit.message.startswith("This crowd region of “thing”")


def test_a_smaller_share_is_an_info():
    (hit,) = hits(RULE, SIX_OF_TEN)
    assert hit.severity is Severity.INFO
    assert hits(RULE, SIX_OF_TEN, warn_share=0.6)[0].severity is Severity.WARNING


@pytest.mark.parametrize(("min_share", "found"), [(0.6, 1), (0.61, 0)])
def test_option_moves_the_threshold(min_share, found):
    assert len(hits(RULE, SIX_OF_TEN, min_share=min_share)) == found


def test_many_are_said_once():
    (hit,) = hits(RULE, *[TWO_REGIONS] * 20)
    assert (hit.evidence["annotations"], hit.evidence["of"]) == (20, 40)
    assert len(hits(RULE, *[TWO_REGIONS] * 20, once_above=1.0)) == 20


def test_a_mask_in_many_regions_is_named_once_with_the_smallest():
    nested = scene(
        *[k * n + "." * (12 - n) for n, k in zip(range(12, 5, -1), "abcdefg", strict=True)], crowd="abcdef"
    )
    inner = [hit for hit in hits(RULE, nested) if hit.instances[0] == 6]
    assert [(hit.instances, hit.evidence["masks"]) for hit in inner] == [((6, 5), 6)]
    assert "inside 6 crowd regions, the smallest of them, of" in inner[0].message


def test_other_categories_only_when_asked():
    bag = scene(REGION, "..bb..........\n" * 3, crowd="a", categories={"a": "person", "b": "bag"})
    assert hits(RULE, bag) == []
    (hit,) = hits(RULE, bag, other_categories=True)
    assert "of another category" in hit.message
    assert hit.severity is Severity.INFO


@pytest.mark.parametrize(
    "clean",
    [
        scene(REGION, "..bb..........\n" * 3),
        scene("aaaa.bb", crowd="a"),
        scene("aaaabb", crowd="a"),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean, min_share=0.0) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
