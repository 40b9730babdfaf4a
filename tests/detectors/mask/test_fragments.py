import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "mask.fragments"


def framed(text, margin=3):
    """Draw a scene so far from the image's border that it is not cut."""
    width = max(map(len, text.split()))
    side, empty = "." * margin, ("." * (width + 2 * margin) + "\n") * margin
    return scene(empty + "".join(f"{side}{line.ljust(width, '.')}{side}\n" for line in text.split()) + empty)


BODY_AND_SPECK = "aaaaaaaaaa....aa\n" * 2 + "aaaaaaaaaa......\n" * 8
SPECK = framed(BODY_AND_SPECK)  # 100 px and 4 px
THIN = [
    (2, 2),
    (12, 2),
    (12, 7),
    (16, 7),
    (16, 6),
    (18, 6),
    (18, 8),
    (16, 8),
    (16, 7.1),
    (12, 7.1),
    (12, 12),
    (2, 12),
]


def test_finds_a_speck_beside_the_body():
    (hit,) = hits(RULE, SPECK)
    assert hit.instances == (0,)
    assert hit.evidence == {
        "parts": 2,
        "smallest_part_px": 4,
        "largest_part_px": 100,
        "smallest_share": 4 / 104,
    }
    assert hit.score == 1 - 4 / 104
    assert hit.severity is None
    assert "has 2 parts, and the smallest has 4 px, 3.8 % of the mask" in hit.message


def test_several_further_parts_are_an_info():
    """Most of them, in photographs, are what something in front of the object leaves to see."""
    (hit,) = hits(RULE, scene("aaaaaaaaaa....aa\n" * 2 + "aaaaaaaaaa......\n" * 5 + "aaaaaaaaaa..aaaa\n" * 3))
    assert hit.severity is Severity.INFO
    assert "has 3 parts" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [({"max_px": 4}, 1), ({"max_px": 3}, 0), ({"max_share": 0.039}, 1), ({"max_share": 0.038}, 0)],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, SPECK, **options)) == found


def test_a_polygon_that_is_too_thin_to_draw_is_an_info():
    (hit,) = hits(RULE, drawn(20, 20, {"a": [THIN]}))
    assert hit.severity is Severity.INFO
    assert hit.evidence["parts"] == 2
    assert hit.message.startswith("The outline is so thin that the mask falls into 2 parts")


def test_a_speck_that_was_drawn_is_a_warning():
    rings = [[(4, 4), (14, 4), (14, 14), (4, 14)], [(17, 7), (19, 7), (19, 9), (17, 9)]]
    assert hits(RULE, drawn(24, 24, {"a": rings}))[0].severity is None


@pytest.mark.parametrize(("margin", "severity"), [(2, Severity.INFO), (3, None)])
def test_a_mask_that_the_border_may_have_cut_is_an_info(margin, severity):
    assert hits(RULE, framed(BODY_AND_SPECK, margin))[0].severity is severity


@pytest.mark.parametrize(("gap", "severity"), [(2, Severity.INFO), (3, None)])
def test_a_speck_close_to_the_body_is_an_info(gap, severity):
    beside = framed(f"{'a' * 10}{'.' * gap}a\n" + "aaaaaaaaaa\n" * 9)
    assert hits(RULE, beside)[0].severity is severity


@pytest.mark.parametrize(
    "clean",
    [
        scene("aaaaaaaaaa\n" * 10),
        scene("aaaaaaaaaa.aaaaaaaaaa\n" * 4),
        scene("aa.a\n" * 3),  # small, but no small part of it
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def far_part(side, gap, neighbour=""):
    """A body of 20 x 20 px and a square to its right, 8 % or less of the mask."""
    rows = ["a" * 20 + "." * gap + ("a" * side if k < side else "." * side) for k in range(20)]
    layers = ["\n".join(rows)]
    if neighbour:
        layers.append("\n".join("." * 20 + "b" * gap + "." * side for _ in range(20)))
    return scene(*layers)


def test_a_small_part_far_away_is_a_slip_whatever_its_size():
    (hit,) = hits(RULE, far_part(5, 30))
    assert hit.severity is None
    assert hit.evidence == {
        "parts": 2,
        "smallest_part_px": 25,
        "largest_part_px": 400,
        "small_part_gap_px": 30,
        "gap_per_size": 1.5,
    }
    assert hit.score == pytest.approx(0.6)
    assert "lies 30 px from the rest, 1.5 times the size of the largest part: probably a slip" in hit.message


@pytest.mark.parametrize("side", [5, 6])  # 25 and 36 px: more than a speck, less than a tenth
@pytest.mark.parametrize(("gap", "found"), [(20, 1), (19, 0)])
def test_far_is_as_far_as_the_body_is_large(side, gap, found):
    assert len(hits(RULE, far_part(side, gap))) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [({"far_gap": 31}, 0), ({"far_ratio": 1.6}, 0), ({"far_ratio": 1.5, "far_gap": 30}, 1)],
)
def test_what_is_far_is_an_option(options, found):
    assert len(hits(RULE, far_part(5, 30), **options)) == found


def test_what_a_neighbour_may_hide_is_an_info():
    (hit,) = hits(RULE, far_part(5, 30, neighbour="b"))
    assert hit.severity is Severity.INFO
    assert "may hide what lies between" in hit.message


def test_a_large_part_far_away_is_left_to_scattered():
    assert hits(RULE, far_part(8, 30)) == []
    assert len(hits("mask.scattered", far_part(8, 30))) == 1


@pytest.mark.parametrize("side", [5, 10, 30])
def test_a_square_far_from_a_large_body_is_always_said(side):
    """100 x 100 px and a square 480 px away: once by one of the two rules."""
    body = [(0, 0), (100, 0), (100, 100), (0, 100)]
    square = [(580, 0), (580 + side, 0), (580 + side, side), (580, side)]
    image = drawn(100, 620, {"a": [body, square]})
    assert len(hits(RULE, image)) + len(hits("mask.scattered", image)) == 1


def test_where_objects_are_drawn_in_pieces_a_speck_may_be_one():
    pieces = scene("aaaaa...aaaaa\n" * 5)
    assert hits(RULE, SPECK)[0].severity is None
    assert hits(RULE, SPECK, *[pieces] * 2)[0].severity is None
    assert hits(RULE, SPECK, *[pieces] * 3)[0].severity is Severity.INFO


def test_where_objects_are_drawn_in_pieces_a_far_one_may_be_hidden():
    far = scene("aaa" + "." * 29 + "\n" + ("." * 22 + "a" * 10 + "\n") * 10)
    pieces = scene("aaaaa...aaaaa\n" * 5)
    (hit,) = hits(RULE, far, max_px=1)
    assert (hit.severity, hit.message.endswith("probably a slip.")) == (None, True)
    (hit,) = hits(RULE, far, *[pieces] * 3, max_px=1)
    assert hit.severity is Severity.INFO
    assert hit.message.endswith("a slip, or a piece of a hidden object.")
