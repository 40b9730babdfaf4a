import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "mask.scattered"
APART = scene("aaaa..........aaaa\n" * 4)  # two squares of 16 px, 10 px apart


def test_finds_parts_that_lie_farther_apart_than_they_are_large():
    (hit,) = hits(RULE, APART)
    assert hit.instances == (0,)
    assert hit.evidence == {
        "part_gap_px": 10,
        "gap_per_size": 2.5,
        "parts": 2,
        "largest_part_px": 16,
        "area_px": 32,
    }
    assert hit.score == pytest.approx(10 / 14)
    assert hit.severity is None
    assert "lie 10 px apart, 2.5 times the size of the largest: probably several" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [({"min_gap": 10}, 1), ({"min_gap": 11}, 0), ({"min_ratio": 2.5}, 1), ({"min_ratio": 2.51}, 0)],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, APART, **options)) == found


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        ("aaaabbbbbbbbbbaaaa\n", Severity.INFO),
        ("aaaa..bb......aaaa\n", Severity.INFO),
        ("aaaa...bbb.....aaaa\n", None),
    ],
)
def test_a_mask_beside_it_may_hide_what_lies_between(beside, severity):
    assert hits(RULE, scene(beside * 4))[0].severity is severity


@pytest.mark.parametrize(
    "clean",
    [
        scene("aaaaaaaaaa..aaaaaa\n" * 4),
        scene("aaaa.......aaaa\n" * 4),  # closer than 8 px
        scene("aaaaaaaaaaaa..........aaaa\n" * 12),  # closer than the largest part is large
        scene("aaaaaaaaaaaaaaaaaaaa..............................aa\n"),  # a speck: mask.fragments
        scene("aaaa..........bbbb\n" * 4),
        scene("aaaa..........aaaa\n" * 4, crowd="a"),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_where_objects_are_drawn_in_pieces_a_scattered_one_may_be_hidden():
    pieces = scene("aaaaa...aaaaa\n" * 5)  # 25 px each, 2 px apart
    (hit,) = hits(RULE, APART, *[pieces] * 3)
    assert hit.severity is Severity.INFO
    assert hit.message.endswith("several objects, or one whose middle is hidden.")
    # Two such masks, or three among very many, are no way of drawing.
    assert hits(RULE, APART, *[pieces] * 2)[0].severity is None
    assert hits(RULE, APART, *[pieces] * 3, *[scene("aa.bb.cc.dd")] * 75)[0].severity is None
