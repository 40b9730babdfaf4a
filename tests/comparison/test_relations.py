"""Which label a prediction shows: each limit at its value and beside it."""

import numpy as np
import pytest
from row_scenes import row

from audit.comparison.measuring import measure_comparison
from audit.comparison.relations import lookup_label_ios, relate_to_labels
from audit.testing import compared, scene


def relate(labels, predictions, **scores):
    tables = measure_comparison(*compared((labels, predictions), scores=scores))
    return relate_to_labels(tables, np.ones(len(tables.predictions), dtype=bool))


def test_one_label_goes_to_the_better_of_two_predictions_and_the_other_still_shows_it():
    relations = relate(row(10, a=(0, 8)), row(10, p=(0, 8), q=(0, 7)), q=0.95)
    assert relations.matched_label.tolist() == [0, 0]
    assert relations.iou.tolist() == [1.0, 7 / 8]
    assert relations.share_inside.tolist() == [1.0, 1.0]
    assert relations.is_whole.tolist() == [True, True]


def test_a_prediction_that_is_not_considered_shows_nothing():
    tables = measure_comparison(*compared((row(10, a=(0, 8)), row(10, p=(0, 8), q=(0, 7)))))
    relations = relate_to_labels(tables, np.array([False, True]))
    assert relations.matched_label.tolist() == [-1, 0]
    assert relations.n_covered_labels.tolist() == [0, 1]


@pytest.mark.parametrize(("stop", "is_whole", "is_fragment"), [(10, True, False), (9, False, True)])
def test_a_prediction_is_whole_from_an_iou_of_one_half(stop, is_whole, is_fragment):
    relations = relate(row(20, a=(0, 20)), row(20, p=(0, stop)))
    assert relations.matched_label.tolist() == [0]
    assert relations.is_whole.tolist() == [is_whole]
    assert relations.is_fragment.tolist() == [is_fragment]


@pytest.mark.parametrize(
    ("span", "category", "label"),
    [
        ((40, 100), "thing", 0),  # IoU 20 / 100
        ((40, 101), "thing", -1),  # 20 / 101
        ((40, 100), "another", -1),
    ],
)
def test_a_poor_overlap_within_a_category_shows_a_label_from_an_iou_of_one_fifth(span, category, label):
    relations = relate(row(120, a=(0, 60)), row(120, p=span, categories={"p": category}))
    assert relations.matched_label.tolist() == [label]


@pytest.mark.parametrize(
    ("label", "prediction", "shown"),
    [
        ((0, 20), (18, 22), 0),  # half of the prediction lies in the label
        ((0, 20), (18, 23), -1),
        ((18, 22), (0, 20), 0),  # half of the label lies in the prediction
        ((18, 23), (0, 20), -1),
    ],
)
def test_half_of_either_inside_of_the_other_shows_a_label(label, prediction, shown):
    assert relate(row(30, a=label), row(30, p=prediction)).matched_label.tolist() == [shown]


@pytest.mark.parametrize(("stop", "shown"), [(3, -1), (4, 0)])
def test_a_small_object_of_another_category_shows_no_container(stop, shown):
    # It lies in the label as a whole: an IoU of 3 or 4 of 20 px.
    cup = row(30, p=(0, stop), categories={"p": "cup"})
    assert relate(row(30, a=(0, 20)), cup).matched_label.tolist() == [shown]
    assert relate(
        row(30, a=(0, stop)), row(30, p=(0, 20), categories={"p": "sink"})
    ).matched_label.tolist() == [shown]


def test_its_category_counts_more_than_a_little_more_overlap_but_less_than_a_match():
    labels = row(20, a=(0, 4), b=(4, 10), categories={"a": "thing", "b": "another"})
    assert relate(labels, row(20, p=(2, 7))).matched_label.tolist() == [0]
    assert relate(labels, row(20, p=(2, 10))).matched_label.tolist() == [1]  # IoU 6 / 8 with b


def test_of_equal_overlaps_the_earlier_label_is_shown():
    relations = relate(row(20, a=(0, 6), b=(6, 12)), row(20, p=(2, 10)))
    assert relations.matched_label.tolist() == [0]


@pytest.mark.parametrize(("stop", "n_covered"), [(12, 2), (11, 1)])
def test_a_label_is_covered_from_one_half_on(stop, n_covered):
    relations = relate(row(20, a=(0, 10), b=(10, 14)), row(20, p=(0, stop)))
    assert relations.n_covered_labels.tolist() == [n_covered]
    assert relations.covered_labels.tolist() == [[0, 0], [0, 1]][:n_covered]


@pytest.mark.parametrize(("span", "n_covered"), [((8, 12), 1), ((8, 13), 2)])
def test_labels_nested_by_half_count_once(span, n_covered):
    relations = relate(row(20, a=(0, 10), b=span), row(20, p=(0, 20)))
    assert relations.n_covered_labels.tolist() == [n_covered]


def test_a_label_nested_in_one_that_is_not_covered_counts():
    relations = relate(row(40, a=(0, 40), b=(0, 6)), row(40, p=(0, 8)))
    assert relations.n_covered_labels.tolist() == [1]


@pytest.mark.parametrize(("span", "in_crowd"), [((18, 22), True), ((18, 23), False)])
def test_half_of_a_prediction_in_a_crowd_region_is_in_the_crowd(span, in_crowd):
    relations = relate(row(30, a=(0, 20), crowd="a"), row(30, p=span))
    assert relations.in_crowd.tolist() == [in_crowd]
    assert relations.matched_label.tolist() == [-1]


def test_overlaps_of_labels_are_looked_up_in_either_order():
    tables = measure_comparison(*compared((scene("aaaa..", "..bbbb", ".....c"), scene("......"))))
    label_a, label_b = np.array([0, 1, 0, 2, -1, 1]), np.array([1, 0, 2, 1, 0, 1])
    assert lookup_label_ios(tables, label_a, label_b).tolist() == [0.5, 0.5, 0.0, 1.0, 0.0, 0.0]


def test_pairs_of_labels_are_looked_up_at_and_beyond_the_ends():
    """Two labels that overlap, and one beside them: every question, in both orders, and about no label."""
    tables = measure_comparison(*compared((scene("aaaa..c", ".bbb..."), scene("ppp...."))))
    questions = [(0, 1), (1, 0), (0, 2), (1, 2), (2, 2), (-1, 1), (1, -1), (-1, -1)]
    a, b = np.array(questions).T
    found = lookup_label_ios(tables, a, b)
    assert len(tables.labels) >= 2
    assert found[0] == found[1]
    pair = {
        (int(x), int(y)): float(s)
        for x, y, s in zip(tables.label_pairs.a, tables.label_pairs.b, tables.label_pairs.ios, strict=True)
    }
    expected = [pair.get((min(q), max(q)), 0.0) if min(q) >= 0 else 0.0 for q in questions]
    assert found.tolist() == expected
