import pytest

from audit.testing import hits, scene

RULE = "overlap.duplicate"
TWICE = scene("aaaa..\n" * 5, "bbbb..\n" * 5)
SHIFTED = scene("aaaaaaaaaa.\n" * 4, ".bbbbbbbbbb\n" * 4)  # IoU 36 / 44


def test_finds_the_same_mask_twice():
    (hit,) = hits(RULE, TWICE)
    assert hit.instances == (0, 1)
    assert hit.evidence == {"iou": 1.0, "intersection_px": 20, "union_px": 20}
    assert hit.score == 1.0
    assert "identical" in hit.message


def test_numbers_are_exact_and_plain():
    (hit,) = hits(RULE, SHIFTED)
    assert hit.evidence == {"iou": 36 / 44, "intersection_px": 36, "union_px": 44}
    assert "36 of 44 pixels" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


@pytest.mark.parametrize(("min_iou", "found"), [(0.8, 1), (36 / 44, 1), (0.85, 0)])
def test_option_moves_the_threshold(min_iou, found):
    assert len(hits(RULE, SHIFTED, min_iou=min_iou)) == found


def test_says_every_pair_of_three_copies():
    assert [hit.instances for hit in hits(RULE, scene("aa", "bb", "cc"))] == [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize(
    "clean",
    [
        scene("aabb"),
        scene("aa..", "..bb"),
        scene("aaaa", "bb.."),
        scene("aa", "bb", categories={"b": "other"}),
        scene("aa", "bb", crowd="b"),
        scene("aa", "bb", crowd="ab"),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
    assert hits(RULE, scene("...")) == []
