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


@pytest.mark.parametrize(("n_copies", "found"), [(11, 1 + 2 + 3 + 4 + 5 + 5), (12, 1)])
def test_twelve_copies_in_one_image_are_said_once(n_copies, found):
    copies = hits(RULE, scene(*(name * 4 for name in "abcdefghijkl"[:n_copies])), TWICE)
    assert len(copies) == found + 1
    if found == 1:
        assert "12 masks of “thing” in this image repeat or hold one another" in copies[0].message
        assert copies[0].evidence["masks"] == 12
        assert copies[0].severity == "error"
        assert sorted(copies[0].instances) == list(range(12))


ROW = "aaaaaaaaaaaaa...\n"  # 13 px


def shifted(height, gap=2):
    """Two bars, the second moved by 2 px: an IoU of 11 / 15."""
    return scene(ROW * height, ("." * gap + "b" * 13 + "." * (3 - gap) + "\n") * height)


def test_small_masks_that_agree_less_are_a_warning():
    (hit,) = hits(RULE, shifted(4))
    assert hit.evidence["iou"] == pytest.approx(11 / 15)
    assert hit.severity == "warning"
    assert hits(RULE, shifted(4, gap=1))[0].severity is None  # 12 / 14 is enough for any size


@pytest.mark.parametrize(("height", "found"), [(15, 1), (16, 0)])
def test_masks_of_200_pixels_are_not_small(height, found):
    assert len(hits(RULE, shifted(height))) == found  # 195 px, 208 px
    assert len(hits("overlap.partial", shifted(height))) == 1 - found  # and each pair is said once
    assert len(hits(RULE, shifted(height), small_px=209)) == 1


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"small_min_iou": 0.73}, 1),
        ({"small_min_iou": 0.74}, 0),
        ({"min_iou": 0.79}, 0),  # a threshold that somebody chose is exact
        ({"min_iou": 0.9}, 0),
        ({"min_iou": 0.73}, 1),
    ],
)
def test_a_chosen_threshold_is_exact(options, found):
    assert len(hits(RULE, shifted(4), **options)) == found


def test_small_masks_of_two_categories_have_no_threshold_of_their_own():
    pair = scene(ROW * 4, "..bbbbbbbbbbbbb.\n" * 4, categories={"b": "other"})
    assert hits("overlap.duplicate_other_category", pair) == []
    assert len(hits("overlap.partial", pair)) == 1


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


def test_many_equal_masks_are_named_once_each():
    found = hits("overlap.duplicate", scene(*[f"{name * 4}\n{name * 4}" for name in "abcdefghijk"]))
    assert len(found) == 1 + 2 + 3 + 4 + 5 + 5
    assert [hit.instances for hit in found if 10 in hit.instances] == [(0, 10)]
    assert {row for hit in found for row in hit.instances} == set(range(11))
