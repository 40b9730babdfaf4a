"""Whole comparisons: symptoms, proposals, conventions, tables, pages."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pictures import picture

from audit.comparison.conventions import collect_conventions, unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.comparison.symptoms import measure_calibration
from audit.findings.finding import Finding, Severity
from audit.measure.schema import CONVENTIONS, Measurements, table
from audit.report.comparison_page import build_comparison_page
from audit.testing import compared, measured

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
    assert set(c.whatif_table()["family"]) == {"none", "nms", "soft_nms", "matrix_nms", "masks", "ceiling"}


def test_what_ifs_can_be_left_out():
    c = comparison((LABELS, FOUND), what_ifs=False)
    assert c.what_ifs == () and c.recommendation is None
    assert build_comparison_page(c).recommendation == ""
    assert set(c.whatif_table()["family"]) == {"ceiling"}


def test_symptoms_compare_touching_with_isolated_objects():
    c = comparison((LABELS, picture(p=(5, 5, 25, 21), r=(35, 70, 55, 90))))
    (recall,) = [s for s in c.symptoms if s.name == "touching_recall"]
    assert np.isnan(recall.value)  # nothing is known of touching labels here: they do not overlap
    labels, predictions = compared((LABELS, picture(p=(5, 5, 25, 21), r=(35, 70, 55, 90))))
    known = lambda m: collect_conventions(m, np.arange(3), measured(LABELS), [])  # noqa: E731
    found = {s.name: s for s in compare_datasets(labels, predictions, known).symptoms}
    assert (found["touching_recall"].value, found["touching_recall"].compared_with) == (0.5, 1.0)
    assert (found["touching_iou"].value, found["touching_iou"].compared_with) == (0.8, 1.0)
    assert found["full_boxes"].value == 1.0


def test_calibration_bins():
    found = measure_calibration(np.array([0.05, 0.95, 0.95, 1.0]), np.array([False, True, False, True]))
    assert found.predictions.tolist() == [1, *[0] * 8, 3]
    assert found.ece == pytest.approx((0.05 + 3 * abs(2.9 / 3 - 2 / 3)) / 4)


def test_proposals_are_judged_and_traced():
    regions = picture(x=(5, 5, 25, 45), y=(5, 5, 25, 25), z=(35, 72, 55, 92))
    _, proposals = compared((LABELS, regions))
    found = comparison((LABELS, FOUND), scores={"q": 0.8}, proposals=proposals)
    p = found.proposals
    assert (p.n_proposals, p.n_unusable, p.n_labels) == (3, 0, 3)
    assert p.recall == {0.5: 1.0, 0.7: 2 / 3, 0.9: 1 / 3}
    assert p.n_holding_several == 1
    assert p.same_proposal.tolist() == [0]
    one = compared((LABELS, picture(x=(5, 5, 25, 30))))[1]
    assert comparison((LABELS, FOUND), scores={"q": 0.8}, proposals=one).proposals.same_proposal.tolist() == [
        1
    ]
    none = compared((LABELS, picture(x=(50, 0, 60, 5))))[1]
    assert comparison(
        (LABELS, FOUND), scores={"q": 0.8}, proposals=none
    ).proposals.same_proposal.tolist() == [-1]


def test_conventions_come_from_findings_and_scores():
    labels, predictions = compared((LABELS, FOUND))
    m, tables = measure_comparison(labels, predictions), measured(LABELS)
    place = np.arange(3)
    said = [
        Finding("touching.merged", Severity.WARNING, "", image_id=1, annotation_ids=(3,), instance_rows=(2,))
    ]
    known = collect_conventions(m, place, tables, said)
    assert (known.merged.tolist(), known.split.tolist()) == ([False, False, True], [False] * 3)
    assert known.touching.tolist() == [True, True, False]
    assert (
        collect_conventions(
            m, place, tables, [Finding("mask.tiny", Severity.INFO, "", image_id=1, instance_rows=(0,))]
        ).merged.sum()
        == 0
    )
    scored = Measurements(
        tables.images,
        tables.categories,
        tables.instances.assign(merge_score=[0.9, np.nan, 0.1]),
        tables.pairs,
    )
    assert collect_conventions(m, place, scored, []).merged.tolist() == [True, False, False]
    split = Measurements(
        tables.images, tables.categories, tables.instances, tables.pairs.assign(split_score=[0.9])
    )
    assert collect_conventions(m, place, split, []).split.tolist() == [True, True, False]


def test_form_decides_with_even_odds_about_what_predictions_take_apart():
    """A score above the share that is merged at all: the form speaks for several objects."""
    labels, predictions = compared((LABELS, FOUND))
    tables = measured(LABELS)
    line = {name: [0] for name in CONVENTIONS} | {"known": [True], "reason": [""], "merged_share": [0.02]}
    tables = replace(
        tables,
        instances=tables.instances.assign(merge_score=[0.03, 0.01, np.nan]),
        conventions=table(CONVENTIONS, line),
    )
    m = measure_comparison(labels, predictions)
    assert collect_conventions(m, np.arange(3), tables, []).merged.tolist() == [True, False, False]
    unknown = replace(tables, conventions=tables.conventions.assign(known=False))
    assert not collect_conventions(m, np.arange(3), unknown, []).merged.any()


def test_a_category_is_mixed_where_many_touching_labels_are_flagged():
    row = picture(**{name: (5, 5 + 10 * k, 25, 15 + 10 * k) for k, name in enumerate("abcdefghij")})
    labels, predictions = compared((row, picture()))
    m, tables = measure_comparison(labels, predictions), measured(row)
    said = [Finding("touching.split", Severity.WARNING, "", image_id=1, instance_rows=(0, 1, 2, 3, 4, 5))]
    assert collect_conventions(m, np.arange(10), tables, said).mixed.tolist() == [True]
    assert collect_conventions(m, np.arange(10), tables, said[:0]).mixed.tolist() == [False]


def test_the_page_has_all_that_was_found():
    page = build_comparison_page(comparison((LABELS, FOUND), scores={"q": 0.8}))
    assert page.compared == "3 predictions against 3 labels"
    assert page.answer.startswith("Of 1 overlapping pair of predictions: 0 % labels, 100 % proposals")
    assert [line.name for line in page.metrics if line.headline][:3] == ["AP", "AP50", "AP75"]
    assert len(page.curves) == 6 and page.curves[0].parameters[0] == 0.1
    assert page.masks[0].method == "as_is"
    assert {line.kind: line.count for line in page.errors}["dupe"] == 0
    assert json.dumps(page.ceiling_lines)
