from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from random_scenes import datasets

from audit.comparison.measuring import draw_instances, measure_comparison, replace_predictions
from audit.testing import compared, dataset, scene


def test_annotations_without_an_image_are_not_compared():
    drawing = dataset(scene("aab"), scene("c"))
    annotations = replace(drawing.annotations, image=np.array([-1, 0, 1]))
    assert draw_instances(replace(drawing, annotations=annotations), scored=False).row.tolist() == [1, 2]


def test_counts_shared_pixels_of_every_kind_of_pair():
    labels, predictions = compared((scene("aab", "..c"), scene("pp.", ".qq")))
    m = measure_comparison(labels, predictions)
    assert list(zip(m.cross_pairs.a, m.cross_pairs.b, m.cross_pairs.intersection, strict=True)) == [
        (0, 0, 2),
        (0, 1, 1),
        (1, 1, 1),
        (2, 1, 1),
    ]
    assert list(zip(m.label_pairs.a, m.label_pairs.b, m.label_pairs.intersection, strict=True)) == [(1, 2, 1)]
    assert m.prediction_pairs.intersection.tolist() == [1]
    assert m.labels.area.tolist() == [2, 1, 1]


def test_images_are_apart():
    one = scene("aa"), scene("pp")
    m = measure_comparison(*compared(one, one))
    assert m.cross_pairs.a.tolist() == m.cross_pairs.b.tolist() == [0, 1]
    assert len(m.label_pairs) == len(m.prediction_pairs) == 0


def test_nothing_to_compare():
    m = measure_comparison(*compared((scene("..."), scene("..."))))
    assert len(m.labels) == len(m.predictions) == len(m.cross_pairs) == 0


def test_a_prediction_without_a_finite_score_is_left_out():
    m = measure_comparison(*compared((scene("aa"), scene("pq")), scores={"q": float("nan")}))
    assert m.predictions.row.tolist() == [0]


def test_boxes_of_the_file_count_where_there_are_some():
    labels, predictions = compared((scene("aa.."), scene("p...", boxes={"p": (0.0, 0.0, 4.0, 1.0)})))
    m = measure_comparison(labels, predictions)
    assert m.cross_pairs.box_iou.tolist() == [0.5]


@given(datasets())
def test_agrees_with_pycocotools(written, data):
    labels, predictions = data
    m = measure_comparison(labels, predictions)
    truth, results = written(labels, predictions)
    masks = m.cross_pairs.iou
    for image in truth["images"]:
        mine = [a for a in truth["annotations"] if a["image_id"] == image["id"]]
        theirs = [(k, r) for k, r in enumerate(results) if r["image_id"] == image["id"]]
        if not mine or not theirs:
            continue
        crowd = [a["iscrowd"] for a in mine]
        expected = coco.iou([r["segmentation"] for _, r in theirs], [a["segmentation"] for a in mine], crowd)
        boxes = coco.iou(np.array([r["bbox"] for _, r in theirs]), np.array([a["bbox"] for a in mine]), crowd)
        for (k, _), row, box_row in zip(theirs, expected, boxes, strict=True):
            for a, iou, box_iou in zip(mine, row, box_row, strict=True):
                here = (m.cross_pairs.a == a["id"] - 1) & (m.cross_pairs.b == k)
                assert masks[here].sum() == iou
                assert m.cross_pairs.box_iou[here].sum() == box_iou


@given(datasets())
def test_measuring_the_same_masks_again_changes_nothing(data):
    m = measure_comparison(*data)
    again = replace_predictions(m, lambda runs, _: runs)
    for name in ("mask_hash", "has_mask", "area", "declared_area", "box"):
        assert getattr(m.predictions, name).tolist() == getattr(again.predictions, name).tolist()
    for name in ("cross_pairs", "label_pairs", "prediction_pairs"):
        for column in ("a", "b", "intersection", "box_iou"):
            before, after = (getattr(getattr(tables, name), column).tolist() for tables in (m, again))
            assert before == after


def test_changed_masks_count_as_masks_even_without_pixels():
    labels, predictions = compared((scene("aab"), scene("pqr")), scores={"q": float("nan")})
    m = measure_comparison(labels, predictions)
    assert m.predictions.row.tolist() == [0, 2]
    emptied = replace_predictions(m, lambda runs, _: runs.keep(np.zeros(len(runs), dtype=bool)))
    assert emptied.predictions.area.tolist() == [0, 0]
    assert emptied.predictions.has_mask.all()
    assert not emptied.cross_pairs.intersection.any()
    assert emptied.labels is m.labels


@given(datasets(), st.lists(st.integers(0, 3)))
def test_what_lies_in_some_images_is_what_measuring_those_gives(data, chosen):
    labels, predictions = data
    images = np.unique(np.array(chosen, dtype=np.int64))
    parts = [
        replace(
            side, annotations=side.annotations.take(np.flatnonzero(np.isin(side.annotations.image, images)))
        )
        for side in data
    ]
    expected, m = measure_comparison(*parts), measure_comparison(labels, predictions).take_images(images)
    for name in ("labels", "predictions"):
        assert getattr(m, name).mask_hash.tolist() == getattr(expected, name).mask_hash.tolist()
    for name in ("cross_pairs", "label_pairs", "prediction_pairs"):
        for column in ("a", "b", "intersection", "area_b", "box_iou"):
            assert (
                getattr(getattr(m, name), column).tolist()
                == getattr(getattr(expected, name), column).tolist()
            )
