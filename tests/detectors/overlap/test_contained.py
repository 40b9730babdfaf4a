import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "overlap.contained"
BODY = "aaaaaaaaaa\n" * 10
INSIDE = scene(BODY, ".....bb...\n" * 2 + "..........\n" * 8)
NINE_OF_TEN = scene("aaaaaaaaa......\n" * 4, "bbbbbbbbbb.....\n" + "...............\n" * 3)
NAMES = {"a": "bottle", "b": "cap"}
CAP_ON = scene(BODY, ".....bb...\n" * 2 + "..........\n" * 8, categories=NAMES)
CAP_OFF = scene("aaa..bb\n" * 2, categories=NAMES)


def test_finds_a_mask_inside_a_larger_one():
    (hit,) = hits(RULE, INSIDE)
    assert hit.instances == (1, 0)  # the inner one first
    assert hit.evidence == {"ioa": 1.0, "iou": 0.04, "intersection_px": 4, "depth_px": 2}
    assert hit.severity is Severity.WARNING
    assert "100 % of its 4 pixels" in hit.message
    assert "0.040" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


@pytest.mark.parametrize(("min_ioa", "found"), [(0.9, 1), (0.91, 0)])
def test_option_moves_the_share(min_ioa, found):
    (hit,) = hits(RULE, NINE_OF_TEN)
    assert hit.evidence["ioa"] == 0.9
    assert len(hits(RULE, NINE_OF_TEN, min_ioa=min_ioa)) == found


def test_option_moves_the_border_to_duplicates():
    nearly = scene("aaaaaaaaaa", "bbbbbbbbb.")
    assert hits(RULE, nearly) == []
    assert len(hits(RULE, nearly, max_iou=0.95)) == 1


@pytest.mark.parametrize("n_off", [0, 30])
def test_two_categories_are_an_info_however_rarely_they_overlap(n_off):
    (hit,) = hits(RULE, CAP_ON, *[CAP_OFF] * n_off)
    assert hit.severity is Severity.INFO


def test_a_habit_of_two_categories_is_left_out_unless_told_otherwise():
    assert hits(RULE, *[CAP_ON] * 8) == []
    assert len(hits(RULE, *[CAP_ON] * 8, learn_habits=False)) == 8
    assert len(hits(RULE, *[CAP_ON] * 8, habit_images=9)) == 8
    assert len(hits(RULE, *[CAP_ON] * 8, habit_rate=0.9)) == 8


def test_one_category_never_silences_itself():
    found = hits(RULE, *[INSIDE] * 19)
    assert len(found) == 19
    assert {hit.severity for hit in found} == {Severity.WARNING}


def test_a_category_of_nested_masks_is_said_once():
    (hit,) = hits(RULE, *[INSIDE] * 20)
    assert hit.severity is Severity.WARNING
    assert hit.evidence["annotations"], hit.evidence["of"] == (20, 40)
    assert hit.message.startswith(
        "20 of the 40 annotations of category “thing” lie inside a larger mask of it"
    )
    assert len(hits(RULE, *[INSIDE] * 20, once_above=1.0)) == 20


def test_one_nested_category_does_not_speak_for_another():
    both = scene(BODY, ".....bb...\n" * 2 + "..........\n" * 8, categories={"a": "cell", "b": "cell"})
    rare = scene(BODY, ".....bb...\n" * 2 + "..........\n" * 8, categories={"a": "dish", "b": "dish"})
    found = hits(RULE, *[both] * 20, rare)
    assert [len(hit.instances) for hit in found] == [0, 2]


def test_allowed_pairs_are_left_out():
    assert hits(RULE, CAP_ON, allow=(("cap", "bottle"),)) == []
    assert hits(RULE, INSIDE, allow=(("thing", "thing"),)) == []


@pytest.mark.parametrize(
    "clean",
    [
        scene("aabb"),
        scene("aa", "bb"),
        scene("aaaa....\n" * 8, "..bbbbbb\n" * 8),
        scene(BODY, "..bb......\n" * 10, crowd="a"),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []


def nested(n_masks):
    """Bars, each in the one before it."""
    return scene(*[f"{'.' * k}{'abcdefghijklm'[k] * (30 - 2 * k)}{'.' * k}\n" * 2 for k in range(n_masks)])


def test_a_mask_inside_many_is_said_once_with_the_innermost():
    found = hits(RULE, nested(11), max_iou=0.99)
    innermost = [hit for hit in found if hit.instances[0] == 10]
    assert [hit.instances for hit in innermost] == [(10, 9)]
    assert "inside 10 larger masks, the smallest of them" in innermost[0].message
    assert innermost[0].evidence["masks"] == 10
    # Of the outer five, each two are listed; of the others each mask once.
    assert len(found) == 1 + 2 + 3 + 4 + 5 + 5
    assert all("masks" not in hit.evidence for hit in found if hit.instances[0] <= 5)


def test_twelve_nested_masks_are_said_once_an_image():
    found = hits(RULE, nested(12), INSIDE, nested(13), max_iou=0.99, once_above=1.0)
    assert [hit.instances for hit in found] == [
        (11, 0, *range(1, 11)),
        (26, 14, *range(15, 26)),
        (13, 12),
    ]
    assert found[0].message == (
        "12 masks of “thing” in this image lie one in another, from 16 to 60 pixels; said once."
    )
    assert found[0].evidence == {"masks": 12, "smallest_px": 16, "largest_px": 60}
    assert found[0].severity is Severity.WARNING


def test_many_masks_in_one_are_no_stack():
    small = [f"{'.' * 2 * k}{'bcdefghijklmnop'[k]}{'.' * (29 - 2 * k)}" for k in range(15)]
    found = hits(RULE, scene("a" * 30, *small), once_above=1.0)
    assert len(found) == 15


def test_where_things_hide_each_other_it_is_an_info():
    """One banana lies on the others."""
    pieces = scene("ccccc...ccccc\n" * 5)
    assert hits(RULE, INSIDE, *[pieces] * 2)[0].severity is Severity.WARNING
    assert hits(RULE, INSIDE, *[pieces] * 3)[0].severity is Severity.INFO
