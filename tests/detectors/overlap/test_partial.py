import math

import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "overlap.partial"
DEEP = scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8)  # 4 x 8 of 80 px
ROUND = scene(  # no boxes: a corner is missing
    ".aaaaaaaaa......\n" + "aaaaaaaaaa......\n" * 7, "......bbbbbbbbb.\n" + "......bbbbbbbbbb\n" * 7
)
BOX_NAMES = {"a": "box", "b": "box"}
NAMES = {"a": "cup", "b": "straw"}
STRAW_IN = scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8, categories=NAMES)
STRAW_OUT = scene("aaa..bb\n" * 2, categories=NAMES)


def test_finds_two_masks_that_share_a_part():
    (hit,) = hits(RULE, DEEP)
    assert hit.instances == (0, 1)
    assert hit.evidence == {
        "intersection_px": 32,
        "share_of_smaller": 0.4,
        "iou": 0.25,
        "depth_px": 4,
    }
    assert hit.severity is Severity.WARNING
    assert "share 32 pixels, 40 % of the smaller one, up to 4 px deep" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


def test_score_is_the_mean_of_share_and_depth():
    (hit,) = hits(RULE, DEEP)
    assert hit.score == pytest.approx(math.sqrt(0.4 * 4 / math.sqrt(80)))


def test_a_deeper_overlap_scores_higher():
    deeper = scene("aaaaaaaaaa......\n" * 8, "...bbbbbbbbbb...\n" * 8)
    assert hits(RULE, deeper)[0].score > hits(RULE, DEEP)[0].score


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"min_depth_px": 4}, 1),
        ({"min_depth_px": 5}, 1),  # 40 % makes up for depth
        ({"min_depth_px": 5, "sliver_share": 0.4}, 0),
        ({"max_ioa": 0.4}, 0),
        ({"max_iou": 0.25}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, DEEP, **options)) == found


def test_a_small_share_is_an_info():
    (hit,) = hits(RULE, DEEP, warn_share=0.41)
    assert hit.severity is Severity.INFO


def test_two_categories_are_graded_by_how_rare_it_is():
    assert hits(RULE, STRAW_IN)[0].severity is Severity.INFO
    (rare,) = hits(RULE, STRAW_IN, *[STRAW_OUT] * 30)
    assert rare.severity is Severity.WARNING


def test_a_habit_of_two_categories_is_left_out_unless_told_otherwise():
    assert hits(RULE, *[STRAW_IN] * 8) == []
    assert len(hits(RULE, *[STRAW_IN] * 8, learn_habits=False)) == 8
    assert len(hits(RULE, *[STRAW_IN] * 8, habit_images=9)) == 8
    assert len(hits(RULE, *[STRAW_IN] * 8, habit_rate=0.9)) == 8


def test_one_category_never_silences_itself():
    assert len(hits(RULE, *[ROUND] * 20)) == 20


def test_boxes_given_for_masks_are_said_once_and_as_no_warning():
    (hit,) = hits(RULE, *[DEEP] * 19, scene("aa..bb"))
    assert hit.severity is Severity.INFO
    assert hit.instances == ()
    assert hit.evidence == {"pairs": 19, "images": 19, "share": pytest.approx(19 / 20)}
    assert "19 pairs in 19 images overlap in part because boxes were given for masks" in hit.message
    assert len(hits(RULE, *[DEEP] * 19, boxes_above=1.0)) == 19


def test_few_boxes_are_no_habit():
    assert len(hits(RULE, *[DEEP] * 9)) == 9


@pytest.mark.parametrize("drawing", ["polygons", "rle"])
def test_only_what_overlaps_a_box_is_left_out(drawing):
    """Boxes of one category among outlines of another; a box over an outline counts, outline on outline does not."""
    box = [(1, 1), (11, 1), (11, 9), (1, 9)]
    if drawing == "polygons":
        boxes = drawn(20, 30, {"a": [box], "b": [[(x + 7, y) for x, y in box]]}, categories=BOX_NAMES)
    else:
        boxes = scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8, categories=BOX_NAMES)
    mixed = scene(
        "." + "aaaaaaaaa......\n" + "aaaaaaaaaa......\n" * 7,
        "......bbbbbbbbbb\n" * 8,
        categories={"b": "box"},
    )
    found = hits(RULE, *[boxes] * 12, *[ROUND] * 3, *[mixed] * 2, habit_images=99)
    assert sorted(hit.evidence.get("pairs", 1) for hit in found) == [1, 1, 1, 14]


def test_allowed_pairs_are_left_out():
    assert hits(RULE, STRAW_IN, allow=(("straw", "cup"),)) == []


@pytest.mark.parametrize(
    "clean",
    [
        scene("aabb"),
        scene("aa", "bb"),
        scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8, crowd="b"),
        scene("aaaaaaaaaa...\n" * 8, ".......bbbbbb\n" + ".............\n" * 7, crowd="a"),
        scene("aaaaaaaaaaaaa.............\n" * 8, "............bbbbbbbbbbbbbb\n" * 8),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []


PIECES = scene("ccccc...ccccc\n" * 5)


def overlapping(shared, height=12, width=40, **names):
    """Two bars that share some columns; a corner is missing, so that they are no boxes."""
    gap = "." * (width - shared)
    rows_a, rows_b = ["a" * width + gap] * height, [gap + "b" * width] * height
    rows_a[0], rows_b[0] = "." + rows_a[0][1:], rows_b[0][:-1] + "."
    return scene("\n".join(rows_a), "\n".join(rows_b), **names)


@pytest.mark.parametrize(
    ("shared", "severity"),
    [(9, Severity.INFO), (11, Severity.WARNING), (15, Severity.WARNING), (17, Severity.INFO)],
)
def test_where_things_hide_each_other_only_a_middling_share_is_clear(shared, severity):
    image = overlapping(shared)
    assert hits(RULE, image)[0].severity is Severity.WARNING
    assert hits(RULE, image, *[PIECES] * 3)[0].severity is severity


def test_where_things_hide_each_other_a_few_pixels_are_an_info():
    image = overlapping(9, height=11)  # 99 px
    assert hits(RULE, image)[0].severity is Severity.WARNING
    assert hits(RULE, image, *[PIECES] * 3)[0].severity is Severity.INFO


def test_where_things_hide_each_other_two_categories_are_an_info():
    apart = overlapping(0, categories=NAMES)
    images = [overlapping(10, categories=NAMES), *[apart] * 20]
    assert hits(RULE, *images)[0].severity is Severity.WARNING
    assert hits(RULE, *images, *[PIECES] * 3)[0].severity is Severity.INFO
