"""What predictions say about labels: each limit at its value and beside it."""

import numpy as np
import pytest
from row_scenes import row

from audit.comparison.label_evidence import collect_evidence, group_rows, max_score_by_label
from audit.comparison.measuring import measure_comparison
from audit.testing import compared


def evidence_of(labels, predictions, **scores):
    tables = measure_comparison(*compared((labels, predictions), scores=scores))
    return collect_evidence(
        tables, np.arange(len(tables.labels)), ("thing", "other"), 10 + np.arange(len(tables.predictions))
    )


@pytest.mark.parametrize(("stop", "matched"), [(10, 0), (9, -1)])
def test_a_prediction_matches_from_an_iou_of_one_half(stop, matched):
    assert evidence_of(row(20, a=(0, 20)), row(20, p=(0, stop))).matched_label.tolist() == [matched]


def test_crowd_regions_and_other_categories_are_not_matched():
    labels = row(20, a=(0, 8), b=(8, 16), crowd="a", categories={"b": "another"})
    evidence = evidence_of(labels, row(20, p=(0, 8), q=(8, 16)))
    assert evidence.matched_label.tolist() == [-1, -1]
    assert evidence.max_share_in_label.tolist() == [1.0, 1.0]
    assert (evidence.overlaps.a.tolist(), evidence.overlaps.b.tolist()) == ([1], [1])
    assert evidence.same_category.tolist() == [False]


@pytest.mark.parametrize(("span", "survives"), [((2, 8), True), ((1, 7), False)])
def test_nms_removes_what_overlaps_by_more_than_one_half(span, survives):
    # Of the two, 6 px each, 4 of 8 are shared, or 5 of 7.
    evidence = evidence_of(row(20), row(20, p=(0, 6), q=span), q=0.8)
    assert evidence.nms_survivor.tolist() == [True, survives]


def test_the_largest_share_in_one_label_counts():
    evidence = evidence_of(row(20, a=(0, 4), b=(4, 10)), row(20, p=(2, 12)))
    assert evidence.max_share_in_label.tolist() == [6 / 10]


@pytest.mark.parametrize(
    ("is_right", "expected"),
    [
        ([True], [2 / 3]),
        ([False], [1 / 3]),
        ([True, True, True, True], [5 / 6] * 4),
        ([False, True], [1 / 4, 3 / 4]),  # the second has the better score
        ([True, False], [1 / 2, 1 / 2]),  # a calibrated score never falls
    ],
)
def test_calibrated_scores_of_few_predictions_are_drawn_towards_one_half(is_right, expected):
    names = "pqrs"[: len(is_right)]
    spans = {name: (4 * k, 4 * k + 4) for k, name in enumerate(names)}
    labels = {name: span for (name, span), right in zip(spans.items(), is_right, strict=True) if right}
    scores = {name: 0.5 + 0.1 * k for k, name in enumerate(names)}
    evidence = evidence_of(row(20, **labels), row(20, **spans), **scores)
    assert evidence.calibrated_score.tolist() == pytest.approx(expected)


def test_the_highest_score_of_the_chosen_predictions_of_a_label():
    evidence = evidence_of(row(20, a=(0, 8), b=(10, 14)), row(20, p=(0, 8), q=(0, 4)), p=0.4, q=1.2)
    assert max_score_by_label(evidence, np.array([True, True])).tolist() == [1.0, 0.0]
    assert max_score_by_label(evidence, np.array([True, False])).tolist() == [0.4, 0.0]


def test_names_and_places_are_those_of_messages():
    evidence = evidence_of(row(20, a=(0, 8)), row(20, p=(0, 8), q=(0, 4)))
    assert [evidence.category_name(k) for k in (0, 1, -1)] == [
        "“thing”",
        "“other”",
        "object of no known category",
    ]
    assert evidence.result_positions([1, 0]) == [11, 10]


@pytest.mark.parametrize(("min_size", "groups"), [(1, [3, 5, 9]), (2, [5, 9]), (3, [9]), (4, [])])
def test_groups_have_a_least_size(min_size, groups):
    key = np.array([9, 5, 9, 3, 5, 9])
    assert [name for name, _ in group_rows(key, np.arange(6), min_size)] == groups
    assert dict(group_rows(key, np.arange(10, 16), 3)) == ({9: [10, 12, 15]})
