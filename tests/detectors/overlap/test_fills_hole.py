import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "overlap.fills_hole"
RING = "aaaaaa\n" + "a....a\n" * 4 + "aaaaaa\n"
FILLED = scene("aaaaaa\n" + "abbbba\n" * 4 + "aaaaaa\n")
HALF = scene("aaaaaa\n" + "abb..a\n" * 4 + "aaaaaa\n")


def test_finds_a_mask_in_the_hole_of_another():
    (hit,) = hits(RULE, FILLED)
    assert hit.instances == (1, 0)  # the filler first
    assert hit.evidence == {"hole_share": 1.0, "hole_px": 16, "intersection_px": 0}
    assert hit.severity is Severity.INFO  # the ring has 20 px, its hole 16
    assert "100 % of its 16 hole pixels" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


def test_the_order_of_the_two_does_not_count():
    (hit,) = hits(RULE, scene("bbbbbb\n" + "baaaab\n" * 4 + "bbbbbb\n"))
    assert hit.instances == (0, 1)


WIDE_HOLE = "aaaaaaa\n" + "abbbbba\n" * 5 + "aaaaaaa\n"  # a ring of 24 px around 25


def test_a_ring_around_a_larger_hole_is_one_object_drawn_in_two():
    (hit,) = hits(RULE, scene(WIDE_HOLE))
    assert hit.severity is Severity.WARNING
    assert hits(RULE, scene(WIDE_HOLE), ring_hole=1.1)[0].severity is Severity.INFO
    assert hits(RULE, FILLED, ring_hole=0.8)[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("side", "others", "severity"), [(9, 18, "warning"), (9, 17, "info"), (8, 18, "info")]
)
def test_a_filler_far_smaller_than_is_usual_is_a_patch(side, others, severity):
    """4 px in the hole of a large mask: less than 5 % of 81 px, not of 64."""
    patched = scene("a" * 12 + "\n" + ("a" * 12 + "\n") * 4 + "aaaabbaaaaaa\n" * 2 + ("a" * 12 + "\n") * 5)
    usual = [scene(f"{'a' * side}\n" * side)] * others
    (hit,) = hits(RULE, patched, *usual)
    assert hit.severity == severity


def test_two_categories_are_an_info():
    filled = scene(WIDE_HOLE, categories={"a": "frame", "b": "face"})
    (hit,) = hits(RULE, filled)
    assert hit.severity is Severity.INFO
    assert "“face” lies in a hole of this “frame”" in hit.message
    assert hits(RULE, filled, allow=(("face", "frame"),)) == []


def test_a_filler_that_laps_over_the_rim_still_counts_and_only_here():
    lapping = scene(RING, "......\n.bbbb.\n.bbbb.\n.bbbb.\n.bbbb.\n.bbbb.\n")
    (hit,) = hits(RULE, lapping)
    assert hit.evidence == {"hole_share": 1.0, "hole_px": 16, "intersection_px": 4}
    assert hits("overlap.sliver", lapping) == []
    assert hits("overlap.partial", lapping) == []


@pytest.mark.parametrize(("min_hole_share", "found"), [(0.5, 1), (0.51, 0)])
def test_option_moves_the_threshold(min_hole_share, found):
    assert len(hits(RULE, HALF, min_hole_share=min_hole_share)) == found


@pytest.mark.parametrize(
    "clean",
    [
        scene(RING),
        scene("aaaaaabb\n" + "a....abb\n" * 4 + "aaaaaabb\n"),
        scene("aaaaaa\n" + "a.b..a\n" + "a....a\n" * 3 + "aaaaaa\n"),
        scene("aaaaaa\n" + "abbbba\n" * 4 + "aaaaaa\n", crowd="a"),
        # A pinhole under a large neighbour is no ring.
        scene("aaa......\na.a......\naaa......\n", ".bbbbbbbb\n" * 3),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []


@pytest.mark.parametrize(("neighbour", "found"), [(".xx..", 1), (".xxx.", 0)])
@pytest.mark.parametrize(("rim", "filler"), ["ab", "ba"])
def test_at_least_half_of_a_filler_lies_in_the_hole(rim, filler, neighbour, found):
    # One of its two or three pixels lies in the hole of one pixel.
    layers = "xxx..\nx.x..\nxxx..\n".replace("x", rim), f".....\n{neighbour}\n.....\n".replace("x", filler)
    assert len(hits(RULE, scene(*layers))) == found
