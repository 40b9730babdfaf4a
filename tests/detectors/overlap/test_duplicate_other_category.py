import pytest

from audit.testing import hits, scene

RULE = "overlap.duplicate_other_category"
NAMES = {"a": "truck", "b": "car"}
BOTH = scene("aaaaaaaaaa\n" * 4, "bbbbbbbbb.\n" * 4, categories=NAMES)  # IoU 36 / 40


def test_finds_one_mask_under_two_names():
    (hit,) = hits(RULE, BOTH)
    assert hit.instances == (0, 1)
    assert hit.evidence == {"iou": 0.9, "intersection_px": 36, "union_px": 40}
    assert hit.score == 0.9
    assert "“truck”" in hit.message
    assert "“car”" in hit.message
    assert "36 of 40 pixels" in hit.message


@pytest.mark.parametrize(("min_iou", "found"), [(0.9, 1), (0.91, 0)])
def test_option_moves_the_threshold(min_iou, found):
    assert len(hits(RULE, BOTH, min_iou=min_iou)) == found


@pytest.mark.parametrize(
    ("allow", "found"),
    [((("truck", "car"),), 0), ((("car", "truck"),), 0), ((("car", "bus"),), 1), ((("Car", "truck"),), 1)],
)
def test_allowed_pairs_are_left_out(allow, found):
    assert len(hits(RULE, BOTH, allow=allow)) == found


def test_a_habit_does_not_silence_it():
    assert len(hits(RULE, *[BOTH] * 20)) == 20


@pytest.mark.parametrize(
    "clean",
    [
        scene("aa", "bb"),
        scene("aabb", categories=NAMES),
        scene("aa", "bb", categories=NAMES, crowd="b"),
        scene("aaaa", "bb..", categories=NAMES),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
