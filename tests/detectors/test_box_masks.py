import pytest

from audit.detectors.box_masks import flag_box_masks, flag_rectangles
from audit.testing import drawn, measured, scene

BOX = [(2, 2), (12, 2), (12, 10), (2, 10)]
TURNED = [(8, 1), (15, 8), (8, 15), (1, 8)]
OUTLINE = [(2, 2), (7, 1.6), (12, 2), (12, 10), (2, 10)]


@pytest.mark.parametrize(("ring", "is_box"), [(BOX, True), (TURNED, False), (OUTLINE, False)])
def test_a_polygon_of_four_corners_along_the_axes_is_a_rectangle(ring, is_box):
    assert flag_rectangles(measured(drawn(20, 20, {"a": [ring]}))).tolist() == [is_box]


@pytest.mark.parametrize(
    ("pixels", "is_box"), [("aaaa\n" * 4, True), ("aaaaa\n" * 3, False), ("aaaaaa\n" * 3 + "aaaaa.", False)]
)
def test_runs_are_a_rectangle_where_they_fill_their_box(pixels, is_box):
    assert flag_rectangles(measured(scene(pixels))).tolist() == [is_box]


def test_boxes_are_a_habit_of_a_category_or_of_the_dataset():
    boxes = [scene("aaaa\n" * 4, categories={"a": "box"})] * 20
    outlines = [scene("aaaa\n" * 3 + "aaa.", categories={"a": "cell"})] * 19
    assert flag_box_masks(measured(*boxes, *outlines)).sum() == 20
    assert flag_box_masks(measured(*boxes[1:], *outlines)).sum() == 0
    # Of the dataset: one box of another category too.
    single = scene("aaaa\n" * 4, categories={"a": "cell"})
    assert flag_box_masks(measured(*boxes, single)).sum() == 21
    assert flag_box_masks(measured(*boxes, single, *outlines), share=0.6).sum() == 20


def test_crowd_regions_are_no_boxes():
    assert not flag_box_masks(measured(*[scene("aaaa\n" * 4, crowd="a")] * 20)).any()
