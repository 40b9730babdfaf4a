import numpy as np
import pytest

from audit.testing import dataset, drawn, scene
from audit.trainers.mask_targets import place_in_square, stride_targets
from audit.trainers.presets import TargetKind, choose_trainer
from audit.trainers.trainer_view import view_as_trainer

SMALL_YOLO = choose_trainer("yolo-seg", image_size=32)  # 8 x 8 cells of 4 x 4 px


def square(x, y, side):
    return [[(x, y), (x + side, y), (x + side, y + side), (x, y + side)]]


def pixels(side, **boxes):
    """A square picture; each mask is given as x0, y0, x1, y1."""
    layers = []
    for name, (x0, y0, x1, y1) in boxes.items():
        rows = np.full((side, side), ".")
        rows[y0:y1, x0:x1] = name
        layers.append("\n".join("".join(row) for row in rows))
    return scene(*layers)


def teach(trainer, *scenes):
    return view_as_trainer(dataset(*scenes), trainer).labels


def test_cells_of_a_square_and_its_corners_when_drawn_back():
    """Bilinear interpolation rounds the corners: a corner pixel has .625 x .625 of the cell."""
    (row,) = teach(SMALL_YOLO, pixels(32, a=(0, 0, 8, 8))).to_dict("records")
    assert (row["target_px"], row["seen_px"], row["covered_by"]) == (4, 4, -1)
    assert row["iou"] == pytest.approx(60 / 64)


@pytest.mark.parametrize(
    ("box", "cells"),
    [
        ((0, 0, 1, 1), 0),  # in a corner of the block, which is not read
        ((1, 1, 3, 2), 1),  # two of the four pixels in the middle
        ((1, 1, 2, 2), 0),  # one of them
        ((0, 0, 32, 32), 64),
    ],
)
def test_a_cell_is_set_by_the_pixels_in_its_middle(box, cells):
    assert teach(SMALL_YOLO, pixels(32, a=box))["target_px"].tolist() == [cells]


def test_polygons_are_filled_with_their_rim():
    """Pixels 1 to 2 in both directions, where COCO's rule draws one pixel: the label is seen."""
    image = drawn(32, 32, {"a": square(1, 1, 1), "b": square(8, 8, 8)})
    labels = teach(SMALL_YOLO, image)
    assert labels["target_px"].tolist() == [1, 4]
    assert labels["iou"].tolist()[0] == 1  # the box cuts off what the cell is too large


def test_parts_are_joined_by_a_line_that_becomes_cells():
    """Each part fills pixels 1 to 5: one cell and half of two. The line fills half of the three between."""
    parts = drawn(32, 32, {"a": [*square(1, 1, 4), *square(21, 1, 4)]})
    alone = drawn(32, 32, {"a": square(1, 1, 4), "b": square(21, 1, 4)})
    assert teach(SMALL_YOLO, alone)["target_px"].tolist() == [3, 3]
    assert teach(SMALL_YOLO, parts)["target_px"].tolist() == [3 + 3 + 3]
    assert view_as_trainer(dataset(parts), SMALL_YOLO).joined == 1


def test_three_parts_are_joined_there_and_back():
    parts = drawn(32, 32, {"a": [*square(1, 1, 4), *square(13, 1, 4), *square(25, 1, 4)]})
    assert teach(SMALL_YOLO, parts)["target_px"].tolist() == [3 * 3 + 2]


def test_the_smaller_label_keeps_a_shared_cell():
    labels = teach(SMALL_YOLO, pixels(32, a=(0, 0, 16, 16), b=(0, 0, 8, 8)))
    assert labels["target_px"].tolist() == [16, 4]
    assert labels["seen_px"].tolist() == [12, 4]
    assert labels["covered_by"].tolist() == [2, -1]


def test_of_equal_labels_the_later_one_hides_the_earlier():
    labels = teach(SMALL_YOLO, pixels(32, a=(0, 0, 8, 8), b=(1, 1, 8, 8)))
    assert labels["outcome"].tolist() == ["hidden", "seen"]
    assert labels["covered_by"].tolist() == [2, -1]


def test_many_labels_share_one_map():
    """More than 8 bits count: the 300th is told from the 44th."""
    boxes = {
        chr(0x4E00 + k): (4 * (k % 20), 4 * (k // 20), 4 * (k % 20) + 4, 4 * (k // 20) + 4)
        for k in range(300)
    }
    labels = teach(choose_trainer("yolo-seg", image_size=80), pixels(80, **boxes))
    assert set(labels["seen_px"]) == {1}


def test_wide_pictures_lie_in_the_middle_of_the_square():
    assert place_in_square(np.array([11]), np.array([32]), 32).tolist() == [[1, 1, 0, 10]]
    band = scene("\n".join(["a" * 32] * 8))  # 12 px of padding above and below
    (row,) = teach(SMALL_YOLO, band).to_dict("records")
    assert (row["target_px"], row["iou"]) == (16, pytest.approx(1 - 4 / 256))


def test_a_mask_that_is_not_kept_has_no_target():
    data = dataset(pixels(32, a=(0, 0, 8, 8), b=(8, 8, 16, 16)))
    sizes, start = np.array([32, 32]), np.array([0, 2])
    segmentation = data.annotations.segmentation
    columns = stride_targets(segmentation, sizes, sizes, np.array([True, False]), start, 32, 4)
    assert columns["target_px"].tolist() == [4, 0]
    assert columns["iou"][1] == 0


@pytest.mark.parametrize("name", ["detectron2", "torchvision", "mmdet"])
def test_a_box_of_cells_holds_a_square_exactly(name):
    for image in (pixels(64, a=(8, 8, 40, 40)), drawn(64, 64, {"a": square(8, 8, 32)})):
        (row,) = teach(choose_trainer(name), image).to_dict("records")
        assert (row["target_px"], row["iou"]) == (28 * 28, 1)


def test_what_is_thinner_than_half_a_cell_is_lost_in_a_box():
    """A frame of 1 px around 112 px: cells of 4 px, of which it covers a quarter and less."""
    rows = np.full((128, 128), ".")
    rows[8:120, 8:120] = "a"
    rows[9:119, 9:119] = "."
    frame = scene("\n".join("".join(row) for row in rows))
    by_name = {name: teach(choose_trainer(name), frame).iloc[0] for name in ("mmdet", "torchvision")}
    assert by_name["mmdet"]["outcome"] == "lost"
    assert by_name["torchvision"]["target_px"] == 4 * 27  # shares stay, but none draws a pixel
    assert by_name["torchvision"]["outcome"] == "changed"


def test_a_hole_below_half_a_cell_is_filled():
    rows = np.full((64, 64), ".")
    rows[0:56, 0:56] = "a"
    rows[20, 20] = "."
    (row,) = teach(choose_trainer("mmdet"), scene("\n".join("".join(r) for r in rows))).to_dict("records")
    assert row["iou"] == pytest.approx((56 * 56 - 1) / 56**2)


def test_what_lies_outside_the_declared_box_is_not_taught():
    image = pixels(64, a=(0, 0, 40, 40))
    shrunk = scene("\n".join("".join("a" if x < 40 and y < 40 else "." for x in range(64)) for y in range(64)),
                   boxes={"a": (0, 0, 40, 20)})  # fmt: skip
    for name in ("detectron2", "mmdet", "torchvision"):
        assert teach(choose_trainer(name), image)["iou"].tolist() == [1]
        assert teach(choose_trainer(name), shrunk)["iou"].tolist() == [pytest.approx(0.5, abs=0.02)]


def test_threads_change_nothing():
    data = dataset(*(pixels(32, a=(k, 0, k + 9, 9), b=(0, k, 7, k + 7)) for k in range(6)))
    for name in ("yolo-seg", "detectron2"):
        trainer = choose_trainer(name)
        one, four = (view_as_trainer(data, trainer, threads=threads) for threads in (1, 4))
        assert one.labels.equals(four.labels)
    assert SMALL_YOLO.target is TargetKind.STRIDE_GRID
