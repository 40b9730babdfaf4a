import pytest

from audit.testing import hits, scene

RULE = "overlap.sliver"
STRIP = scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbbb\n" * 6)  # 1 x 6 of 60 px
TOUCHING = scene("aaaabbbb\n" * 4)


def test_finds_a_strip_along_the_border():
    (hit,) = hits(RULE, STRIP)
    assert hit.instances == (0, 1)
    assert hit.evidence == {"intersection_px": 6, "share_of_smaller": 0.1, "depth_px": 1}
    assert "share 6 pixels along their border, 10 % of the smaller one, at most 1 px deep" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


def test_one_pixel_is_singular():
    (hit,) = hits(RULE, scene("aaaaaaaa........", ".......bbbbbbbbb"))
    assert "share 1 pixel along" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [({"max_depth_px": 1}, 1), ({"max_depth_px": 0}, 0), ({"max_share": 0.1}, 1), ({"max_share": 0.09}, 0)],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, STRIP, **options)) == found


def test_a_habit_is_said_once():
    (hit,) = hits(RULE, *[STRIP] * 6, *[TOUCHING] * 2, max_listed=5)
    assert hit.instances == ()
    assert hit.evidence == {
        "pairs": 6,
        "images": 6,
        "touching_pairs": 8,
        "rate": 0.75,
        "median_depth_px": 1.0,
        "intersection_px": 36,
    }
    assert "6 pairs of neighbours in 6 images" in hit.message
    assert "75 %" in hit.message


@pytest.mark.parametrize(
    "options", [{"max_listed": 6}, {"max_listed": 5, "list_all": True}, {"max_listed": 5, "habit_rate": 0.8}]
)
def test_slivers_are_listed_where_they_are_no_habit(options):
    assert len(hits(RULE, *[STRIP] * 6, *[TOUCHING] * 2, **options)) == 6


def test_allowed_pairs_are_left_out():
    assert hits(RULE, STRIP, allow=(("thing", "thing"),)) == []


@pytest.mark.parametrize(
    "clean",
    [
        TOUCHING,
        scene("aa", "bb"),
        scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8),
        scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbbb\n" * 6, crowd="b"),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
    assert hits(RULE, max_listed=0, habit_rate=0.0) == []
