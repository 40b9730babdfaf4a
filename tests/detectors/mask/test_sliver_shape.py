import pytest

from audit.testing import hits, scene

RULE = "mask.sliver_shape"
STREAK = scene(f"{'a' * 40}\n{'.' * 40}")  # 40 px, perimeter 82
WIDTH, LENGTH = 80 / 82, 41.0


def test_finds_a_streak():
    (hit,) = hits(RULE, STREAK)
    assert hit.instances == (0,)
    assert hit.evidence == {"mean_width_px": WIDTH, "length_px": LENGTH, "category_length_per_width": None}
    assert hit.score == pytest.approx(1 - WIDTH / 4)
    assert hit.message == "The mask is a streak, 41 px long and 1.0 px wide."


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_width": 0.98}, 1),
        ({"max_width": 0.97}, 0),
        ({"min_length": 41.0}, 1),
        ({"min_length": 41.5}, 0),
        ({"min_ratio": 42.0}, 1),
        ({"min_ratio": 42.1}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, STREAK, **options)) == found


def test_a_category_of_thin_things_is_silent():
    assert hits(RULE, *[STREAK] * 10) == []
    assert len(hits(RULE, *[STREAK] * 10, min_instances=11)) == 10


def test_a_streak_among_squares_says_what_is_usual():
    squares = [scene("aaaaaaaa\n" * 8)] * 10  # length 16, width 4
    (hit,) = hits(RULE, STREAK, *squares)
    assert hit.evidence["category_length_per_width"] == 4.0
    assert "its category is usually 4.0 times as long as wide" in hit.message


@pytest.mark.parametrize("clean", [scene("aaaaaaaa\n" * 3), scene("a" * 10), scene(f"{'a' * 60}\n" * 3)])
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []
