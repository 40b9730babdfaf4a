"""The tables of a comparison: what has no partner is -1 or not a number."""

from dataclasses import replace

import numpy as np
from row_scenes import row

from audit.comparison.conventions import unknown_conventions
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.testing import compared


def comparison(labels, predictions, *, category=None, **scores):
    """Compare; the results file holds the predictions from place 5 on, the labels' ids are 11, 12 ..."""
    labels, predictions = compared((labels, predictions), scores=scores)
    labels = replace(labels, annotations=replace(labels.annotations, id=labels.annotations.id + 10))
    annotations = replace(predictions.annotations, index=predictions.annotations.index + 5)
    if category is not None:
        annotations = replace(annotations, category=np.array(category, dtype=np.int64))
    predictions = replace(predictions, annotations=annotations)
    return compare_datasets(labels, predictions, unknown_conventions, CompareOptions(what_ifs=False))


def test_matches_of_known_and_unknown_categories():
    table = comparison(row(20, a=(0, 10)), row(20, p=(0, 10), q=(0, 9)), category=[0, -1]).matches_table()
    assert table["prediction"].tolist() == [5, 6]
    assert table["category_id"].tolist() == [1, -1]
    assert table["annotation_id"].tolist() == [11, -1]
    assert table["iou"].tolist()[:1] == [1.0] and np.isnan(table["iou"][1])


def test_errors_of_predictions_and_of_labels():
    table = comparison(row(60, a=(0, 10), b=(20, 30)), row(60, p=(20, 24), q=(40, 50)), p=0.6).errors_table()
    assert table[["image_id", "error", "prediction", "annotation_id"]].values.tolist() == [
        [1, "bkg", 6, -1],
        [1, "loc", 5, 12],
        [1, "miss", -1, 11],
    ]
    assert table["iou"].tolist() == [0.0, 0.4, 0.0]
    assert table["score"].tolist()[:2] == [0.9, 0.6] and np.isnan(table["score"][2])


def test_the_first_prediction_names_its_own_image():
    """Where it is an error without a label, nothing else can tell the image."""
    two = compared((row(40, a=(0, 10)), row(40, p=(20, 30))), (row(40, b=(0, 10)), row(40, q=(0, 10))))
    table = compare_datasets(*two, unknown_conventions, CompareOptions(what_ifs=False)).errors_table()
    assert table[["image_id", "error", "prediction"]].values.tolist() == [[1, "bkg", 0], [1, "miss", -1]]


def test_overlaps_of_predictions_that_show_no_label():
    table = comparison(row(60, a=(0, 10)), row(60, p=(0, 10), q=(7, 17))).overlaps_table()
    (overlap,) = table.to_dict("records")
    assert [overlap[name] for name in ("prediction_a", "prediction_b", "annotation_a", "annotation_b")] == [
        5, 6, 11, -1,
    ]  # fmt: skip
    assert (overlap["iou"], overlap["ios"], overlap["score_a"]) == (3 / 17, 0.3, 0.9)
    assert (overlap["label_iou_a"], overlap["label_iou_b"], overlap["label_ios"]) == (1.0, 0.0, 0.0)
    assert list(table.columns) == [
        "image_id", "prediction_a", "prediction_b", "iou", "ios", "box_iou", "cause", "group", "confidence",
        "symptom", "score_a", "score_b", "annotation_a", "annotation_b", "label_iou_a", "label_iou_b", "label_ios",
        "covered_a", "covered_b", "same_category", "convention",
    ]  # fmt: skip
