"""Whole comparisons: symptoms, proposals, conventions, tables, pages."""

import json

import numpy as np
import pytest
from pictures import picture
from row_scenes import row

from audit.comparison.conventions import unknown_conventions
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.report.comparison_page import build_comparison_page
from audit.testing import compared

LABELS = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45), c=(35, 70, 55, 90))
FOUND = picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25), r=(35, 70, 55, 90))


def comparison(*pairs, scores=None, proposals=None, what_ifs=True):
    labels, predictions = compared(*pairs, scores=scores)
    return compare_datasets(
        labels, predictions, unknown_conventions, CompareOptions(what_ifs=what_ifs), proposals
    )


def test_tables_say_what_was_found():
    c = comparison((LABELS, FOUND), scores={"q": 0.8})
    overlaps = c.overlaps_table()
    assert overlaps[["prediction_a", "prediction_b", "cause", "group"]].values.tolist() == [
        [0, 1, "region_covers_several", "proposals"]
    ]
    assert c.matches_table()["annotation_id"].tolist() == [2, 1, 3]
    errors = comparison(
        (LABELS, picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26), r=(35, 70, 55, 90)))
    ).errors_table()
    assert errors[["error", "prediction", "annotation_id"]].values.tolist() == [
        ["dupe", 1, 1],
        ["miss", -1, 2],
    ]
    families = {"none", "nms", "soft_nms", "matrix_nms", "merge", "masks", "ceiling"}
    assert set(c.whatif_table()["family"]) == families


def test_what_ifs_can_be_left_out():
    c = comparison((LABELS, FOUND), what_ifs=False)
    assert c.what_ifs == () and c.recommendation is None and c.mask_images == (0, 0)
    assert build_comparison_page(c).recommendation == ""
    assert set(c.whatif_table()["family"]) == {"ceiling"}


def test_the_page_has_all_that_was_found():
    page = build_comparison_page(comparison((LABELS, FOUND), scores={"q": 0.8}))
    assert page.compared == "3 predictions against 3 labels"
    assert page.answer.startswith("Nothing unusual, but 3 predictions are too few to tell.")
    assert [name for name, _, _, is_headline in page.metrics if is_headline][:3] == ["AP", "AP50", "AP75"]
    assert page.changed_masks[0].method == "as_is"
    # p fits a and b equally; as in tidecv it takes the first, so that q is there twice.
    assert {name: count for name, _, count, _ in page.errors}["dupe"] == 1
    assert json.dumps(page.recall_bounds)


def test_steps_are_told_in_their_order():
    told = []
    compare_datasets(*compared((LABELS, FOUND)), unknown_conventions, step=told.append)
    assert told == ["compare", "match", "causes", "metrics", "what-ifs"]


@pytest.mark.parametrize(("stop", "matched"), [(10, True), (9, False)])
def test_outlines_are_measured_where_masks_match(stop, matched):
    table = comparison((row(20, a=(0, 20)), row(20, p=(0, stop)))).matches_table()
    assert np.isfinite(table["boundary_iou"]).tolist() == [matched]
    assert table["annotation_id"].tolist() == [1 if matched else -1]
    assert table["iou"].tolist() == pytest.approx([0.5 if matched else np.nan], nan_ok=True)


def test_a_crowd_region_excuses_a_prediction_without_an_iou():
    found = comparison((row(40, a=(0, 20), b=(20, 40), crowd="a"), row(40, p=(0, 20), q=(20, 40))))
    table = found.matches_table()
    assert table["annotation_id"].tolist() == [1, 2]
    assert table[["iou", "boundary_iou"]].isna().values.tolist() == [[True, True], [False, False]]
    assert np.nansum(found.calibration.right * found.calibration.predictions) == pytest.approx(1.0)


def test_the_conventions_are_asked_for_once():
    asked = []

    def know(tables):
        asked.append(tables)
        return unknown_conventions(tables)

    compare_datasets(*compared((LABELS, FOUND)), know, CompareOptions(what_ifs=False))
    assert len(asked) == 1


def test_upper_bounds_of_recall_are_given_for_common_thresholds():
    table = comparison((LABELS, FOUND), what_ifs=False).whatif_table()
    settings = table[["method", "per_class", "parameter"]].values.tolist()
    assert settings == [
        [method, per_class, threshold]
        for method, per_class in (("box", True), ("box", False), ("mask", True))
        for threshold in (0.3, 0.4, 0.5, 0.6, 0.7)
    ]
    assert table["recall_ceiling"].tolist() == [1.0] * 15
    assert table["predictions"].isna().all() and table["ap"].isna().all()


def test_boundary_ap_takes_the_smaller_iou():
    c = comparison((picture(a=(5, 5, 45, 45)), picture(p=(5, 5, 45, 43))))
    assert c.segm["AP"] == pytest.approx(1.0)  # IoU 0.95
    assert c.label_map_metrics["boundary_ap"] < 1.0


def test_a_match_of_the_first_label_is_right():
    calibration = comparison((row(20, a=(0, 10)), row(20, p=(0, 10)))).calibration
    assert np.nansum(calibration.right * calibration.predictions) == 1.0
