import numpy as np
import pytest

import audit


def boxes_as_masks(*boxes, size=(20, 40)):
    masks = np.zeros((len(boxes), *size), dtype=bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return masks


LEFT, RIGHT, WHOLE = (0, 0, 10, 10), (10, 0, 20, 10), (0, 0, 20, 10)


def symptoms(explained):
    return {(row.a, row.b): row.symptom for row in explained.table.itertuples()}


def test_a_mask_over_two_labels():
    masks = boxes_as_masks(WHOLE, LEFT)
    explained = audit.explain_overlaps(
        masks, [0.9, 0.8], ["cell", "cell"], gt_masks=boxes_as_masks(LEFT, RIGHT)
    )
    assert symptoms(explained) == {(0, 1): "unites_several"}
    row = explained.table.iloc[0]
    assert (row.iou, row.ios, row.label_a, row.gt_b) == (0.5, 1.0, "cell", 0)


@pytest.mark.parametrize(
    ("boxes", "labels", "gt", "symptom"),
    [
        ([LEFT, (0, 0, 10, 9)], [1, 1], [LEFT], "same_object_twice"),
        ([LEFT, (0, 0, 10, 9)], [1, 2], [LEFT], "two_categories"),
        ([LEFT, (0, 0, 10, 4)], [1, 1], [LEFT], "part_of_larger"),
        ([LEFT, (7, 0, 20, 10)], [1, 1], [LEFT, RIGHT], "spill"),
        ([LEFT, (0, 0, 10, 9)], [1, 1], [(30, 10, 39, 19)], "nothing_there"),
    ],
)
def test_symptoms_are_those_of_compare(boxes, labels, gt, symptom):
    explained = audit.explain_overlaps(
        boxes_as_masks(*boxes), [0.9, 0.8], labels, gt_masks=boxes_as_masks(*gt), min_ios=0.2
    )
    assert symptoms(explained) == {(0, 1): symptom}


@pytest.mark.parametrize(
    ("boxes", "labels", "symptom"),
    [
        ([LEFT, (0, 0, 10, 9)], [1, 1], "same_object_twice"),
        ([LEFT, (0, 0, 10, 9)], [1, 2], "two_categories"),
        ([WHOLE, (0, 0, 5, 5)], [1, 1], "part_of_larger"),
        ([(0, 0, 18, 18), (4, 4, 14, 14)], [1, 1], "concentric_twin"),
        ([LEFT, (5, 5, 15, 15)], [1, 1], "unclear"),
    ],
)
def test_without_labels_two_masks_speak_for_themselves(boxes, labels, symptom):
    explained = audit.explain_overlaps(boxes_as_masks(*boxes), [0.8, 0.9], labels, min_ios=0.2)
    assert symptoms(explained) == {(1, 0): symptom}
    assert "gt_a" not in explained.table


def test_boxes_of_the_model_are_taken_as_they_are():
    masks = boxes_as_masks(LEFT, (0, 0, 10, 9))
    explained = audit.explain_overlaps(masks, [0.9, 0.8], [1, 1], boxes=[[0, 0, 10, 10], [0, 0, 10, 5]])
    assert explained.table["box_iou"].tolist() == [0.5]
    same = audit.explain_overlaps(
        masks, [0.9, 0.8], [1, 1], boxes=[[0, 0, 10, 10], [0, 0, 10, 5]], box_format="xywh"
    )
    assert same.table.equals(explained.table)


def test_labels_may_have_categories():
    masks = boxes_as_masks(LEFT, (0, 0, 10, 9))
    explained = audit.explain_overlaps(
        masks, [0.9, 0.8], ["cat", "dog"], gt_masks=boxes_as_masks(LEFT), gt_labels=["dog"]
    )
    assert symptoms(explained) == {(0, 1): "two_categories"}


def test_a_figure_for_every_pair():
    explained = audit.explain_overlaps(boxes_as_masks(LEFT, WHOLE, RIGHT), [0.9, 0.8, 0.7], [1, 1, 1])
    figure = explained.figure()
    assert figure.size == (2 * 164 - 4, 160)
    colours = {colour for _, colour in figure.getcolors(1 << 16)}
    assert {(230, 110, 30), (40, 110, 200), (120, 40, 140)} & colours >= {(40, 110, 200), (120, 40, 140)}


def test_nothing_overlaps():
    explained = audit.explain_overlaps(boxes_as_masks(LEFT, RIGHT), [0.9, 0.8], [1, 1])
    assert explained.table.empty and explained.figure().size == (160, 160)
    assert audit.explain_overlaps([], [], []).table.empty


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.9], [1, 1]), "2 masks need as many labels"),
        (([0.9, np.nan], [1, 1]), "finite scores"),
        (([0.9, 0.8], [1]), "2 masks need as many labels"),
        (([0.9, 0.8], [1, 1], [[0, 0, 1, 1]]), "1 boxes for 2 masks"),
        (([0.9, 0.8], [1, 1], None, boxes_as_masks(LEFT), [1, 2]), "2 gt_labels for 1 gt_masks"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        audit.explain_overlaps(boxes_as_masks(LEFT, WHOLE), *arguments)
