from dataclasses import replace

import numpy as np
import pytest

from audit.testing import dataset, scene
from audit.trainers.presets import choose_trainer
from audit.trainers.trainer_view import Outcome, view_as_trainer

FRAME = "." * 40


def picture(*rows, height=40, **options):
    """A picture of 40 x 40 px whose first rows are drawn."""
    return scene(
        "\n".join([*(row.ljust(40, ".") for row in rows), *[FRAME] * (height - len(rows))]), **options
    )


def test_every_label_has_one_outcome_and_categories_add_up():
    image = picture("aaaaaaaa", *["aaaaaaaa"] * 7, "b", categories={"a": "cell", "b": "dot"})
    view = view_as_trainer(dataset(image), choose_trainer("yolo-seg", image_size=40))
    assert view.counts() == {"seen": 1, "changed": 0, "hidden": 0, "lost": 1, "left_out": 0}
    assert view.categories[["name", "labels", "seen", "lost"]].to_numpy().tolist() == [
        ["dot", 1, 0, 1],
        ["cell", 1, 1, 0],
    ]
    assert view.images[["file_name", "labels", "lost"]].to_numpy().tolist() == [["scene_1.png", 2, 1]]


def test_the_ceiling_is_what_targets_reach():
    """60 of 64 pixels reach nine of ten thresholds; the dot none."""
    image = picture("aaaaaaaa", *["aaaaaaaa"] * 7, "b", categories={"a": "cell", "b": "dot"})
    view = view_as_trainer(dataset(image), choose_trainer("yolo-seg", image_size=40))
    assert view.recall_ceiling == pytest.approx(0.9 / 2)
    assert view.ap_ceiling == pytest.approx(0.9 / 2)
    assert view.categories["ap_ceiling"].tolist() == [0, pytest.approx(0.9)]


@pytest.mark.parametrize("name", ["yolo-seg", "detectron2", "torchvision", "mmdet"])
def test_crowds_are_no_labels(name):
    view = view_as_trainer(dataset(picture("aab", crowd="ab")), choose_trainer(name))
    assert view.crowds == 2
    assert len(view.objects) == 0
    assert np.isnan(view.recall_ceiling)
    assert view.reasons() == {}
    assert set(view.labels["outcome"]) == {Outcome.LEFT_OUT}


def test_pictures_below_32_px_are_left_out_by_one_trainer_alone():
    small = scene("\n".join(["aaaa" + "." * 27] * 31))
    assert view_as_trainer(dataset(small), choose_trainer("mmdet")).reasons() == {"picture too small": 1}
    assert view_as_trainer(dataset(small), choose_trainer("detectron2")).counts()["seen"] == 1


def test_a_category_and_box_counts_once_for_yolo():
    twice = scene(*["\n".join([name * 8 + "." * 24] * 8 + ["." * 32] * 24) for name in "ab"])
    view = view_as_trainer(dataset(twice), choose_trainer("yolo-seg"))
    assert view.labels["outcome"].tolist() == ["seen", "left_out"]
    assert view.reasons() == {"box and category of another label": 1}
    others = {"a": "cell", "b": "dot"}
    assert (
        view_as_trainer(dataset(replace(twice, categories=others)), choose_trainer("yolo-seg")).reasons()
        == {}
    )


def test_boxes_without_area_are_left_out():
    flat = picture("aaaa", "aaaa", boxes={"a": (0, 0, 4, 0)})
    thin = picture("aaaa", "aaaa", boxes={"a": (0, 0, 4, 0.5)})
    for name in ("yolo-seg", "detectron2", "torchvision", "mmdet"):
        assert view_as_trainer(dataset(flat), choose_trainer(name)).reasons() == {"box without area": 1}
    reasons = {
        name: list(view_as_trainer(dataset(thin), choose_trainer(name)).reasons())
        for name in ("detectron2", "torchvision", "mmdet")
    }
    assert reasons == {
        "detectron2": [],
        "torchvision": ["picture of boxes without area"],
        "mmdet": ["box too small"],
    }


def test_the_box_of_the_mask_stands_in_for_one_that_is_not_declared():
    nothing = (float("nan"),) * 4
    image = picture(*["aaaaaaaa"] * 8, boxes={"a": nothing})
    view = view_as_trainer(dataset(image), choose_trainer("detectron2"))
    assert view.labels["iou"].tolist() == [1]


def test_labels_without_picture_or_mask_are_named():
    data = dataset(picture("aab"))
    annotations = data.annotations
    lost = replace(
        data, annotations=replace(annotations, image=np.array([0, -1]), category=np.array([-1, 0]))
    )
    view = view_as_trainer(lost, choose_trainer("mmdet"))
    assert view.reasons() == {"no image": 1, "no category": 1}
    masks = annotations.segmentation
    empty = replace(masks, kind=np.zeros(2, np.uint8), count_start=np.zeros(3, np.int64))
    view = view_as_trainer(
        replace(data, annotations=replace(annotations, segmentation=empty)), choose_trainer("yolo-seg")
    )
    assert view.reasons() == {"no mask": 2}


def test_pixel_labels_are_counted_where_polygons_are_wanted():
    image = picture(*["aaaaaaaa"] * 8)
    assert view_as_trainer(dataset(image), choose_trainer("yolo-seg")).pixel_labels == 1
    assert view_as_trainer(dataset(image), choose_trainer("mmdet")).pixel_labels == 0
