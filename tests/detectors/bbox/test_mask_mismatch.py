import pytest

from audit.findings.finding import Severity
from audit.testing import hits, scene

RULE = "bbox.mask_mismatch"
LAYER = "." * 64 + "\n"
MASK = LAYER * 12 + ("." * 17 + "a" * 26 + "." * 21 + "\n") * 24 + LAYER * 12  # xywh 17, 12, 26, 24
TRUE = (17, 12, 26, 24)


def image(box, **given):
    return scene(MASK, boxes={"a": box}, **given)


def test_finds_a_box_that_does_not_fit():
    (hit,) = hits(RULE, image((17, 12, 26, 30)))
    assert (hit.instances, hit.field, hit.severity) == ((0,), "bbox", None)
    assert hit.evidence == {"box_iou": pytest.approx(0.8), "off_px": 6.0, "written": None}
    assert hit.score == pytest.approx(0.2)
    assert hit.message == (
        "The box [17, 12, 26, 30] does not fit the mask, which lies at [17, 12, 26, 24]: "
        "an edge lies 6 px off inside the image."
    )


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_px": 4.7}, 1),
        ({"max_px": 4.9}, 0),
        ({"max_px": 4.7, "max_share": 0.06}, 0),
        ({"max_px": 6.0, "max_share": 0.0}, 0),
        ({"max_px": 5.9, "max_share": 0.0}, 1),
        ({"max_px": 0.0, "max_share": 0.25}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, image((17, 12, 26, 30)), **options)) == found


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((17, 12, 43, 36), "as two corners"),
        ((30, 24, 26, 24), "around its centre"),
        ((12, 17, 24, 26), "with x and y, and width and height, swapped"),
        ((17 / 64, 12 / 48, 26 / 64, 24 / 48), "in shares of the image"),
        ((30 / 64, 24 / 48, 26 / 64, 24 / 48), "as YOLO does"),
    ],
)
def test_says_how_a_box_was_probably_written(box, words):
    (hit,) = hits(RULE, image(box))
    assert hit.severity is Severity.ERROR
    assert words in hit.evidence["written"]
    assert f"it fits when it is read {hit.evidence['written']}" in hit.message
    # Which of the two is swapped cannot be told from one of them.
    assert ("or the masks are the ones" in hit.message) is ("swapped" in words)


def wide_image(row, column, *, swaps_mask):
    """Draw an object in a wide image, with x and y swapped in its mask or in its box."""
    x, y, w, h = (row, column, 2, 3) if swaps_mask else (column, row, 3, 2)
    lines = ["." * 24] * y + ["." * x + "a" * w + "." * (24 - x - w)] * h
    return scene("\n".join(lines + ["." * 24] * (16 - y - h)), boxes={"a": (y, x, h, w)})


@pytest.mark.parametrize("swaps_mask", [True, False])
def test_says_which_of_box_and_mask_is_swapped_where_the_images_tell(swaps_mask):
    # Objects all over the left two thirds of a wide image: swapped, they lie in its left half at any height.
    wide = [
        wide_image(row, column, swaps_mask=swaps_mask)
        for row in (1, 4, 7, 9)
        for column in (1, 3, 6, 9, 11, 13)
        if abs(row - column) > 1
    ]
    (hit,) = hits(RULE, *wide, max_px=0.5)
    assert hit.severity is Severity.ERROR
    assert ("have a mask with x and y swapped, whose box is right" in hit.message) is swaps_mask
    assert ("have a box written with x and y" in hit.message) is not swaps_mask
    assert "evenly when swapped" in hit.message
    assert "look at one picture" not in hit.message
    # Few annotations do not tell.
    assert all("look at one picture" in hit.message for hit in hits(RULE, *wide[:3], max_px=0.5))


def test_what_reaches_out_of_the_image_is_what_is_swapped():
    # The box [2, 18, 2, 4] of an image 8 px high reaches out of it; its mask does not.
    mask = "." * 24 + "\n"
    low = scene(mask * 2 + ("." * 18 + "a" * 4 + ".." + "\n") * 2 + mask * 4, boxes={"a": (2, 18, 2, 4)})
    (hit,) = hits(RULE, low, max_px=0.5)
    assert "the boxes are wrong, for they reach out of the image" in hit.message


def test_says_that_y_was_counted_from_the_bottom():
    low = scene(("a" * 10 + "." * 10 + "\n") * 10 + ("." * 20 + "\n") * 20, boxes={"a": (0, 20, 10, 10)})
    assert "from the bottom" in hits(RULE, low)[0].message


def test_a_habit_is_said_once_for_each_way_of_writing():
    corners, wrong = image((17, 12, 43, 36)), image((17, 12, 26, 34))
    found = hits(RULE, *[corners] * 20, *[wrong] * 20)
    assert [h.severity for h in found] == [Severity.ERROR, Severity.WARNING]
    assert [h.evidence["annotations"] for h in found] == [20, 20]
    assert "have a box written as two corners [x1, y1, x2, y2], where COCO has" in found[0].message
    assert len(hits(RULE, *[corners] * 20, *[wrong] * 20, once_above=0.5)) == 40


@pytest.mark.parametrize(
    "clean",
    [
        image(TRUE),
        image((15, 10, 30, 28)),  # 2 px off on every side
        image((17, 12, 200, 24)),  # bbox.outside
        image((17, 12, 0, 24)),  # bbox.nonpositive
        image((float("nan"),) * 4),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == hits(RULE, scene("....")) == []


def test_two_corners_at_the_edge_of_the_image_are_told_from_a_box_that_reaches_out():
    # Read as xywh the box fits what the image shows of it, but reaches far out of the image.
    corner = scene("." * 64 + "\n" + ("." * 30 + "a" * 34 + "\n") * 23, boxes={"a": (30, 1, 64, 24)})
    (hit,) = hits(RULE, corner)
    assert "as two corners" in hit.evidence["written"]
    assert hits("bbox.outside", corner) == []


@pytest.mark.parametrize(("count", "hit_count"), [(9, 9), (10, 1)])
def test_a_file_where_no_box_fits_is_said_once(count, hit_count):
    wrong = scene("..aa....\n..aa....", boxes={"a": (5, 0, 1, 1)})
    assert len(hits(RULE, *[wrong] * count)) == hit_count
    assert len(hits(RULE, scene("aa"), *[wrong] * count)) == count
