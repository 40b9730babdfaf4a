"""Region proposals: recall, several objects in one, and where overlapping predictions came from."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import picture
from row_scenes import row

from audit.comparison.causes import find_overlap_causes
from audit.comparison.conventions import unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.proposals import evaluate_proposals
from audit.testing import compared


def evaluate(labels, predictions, regions, **scores):
    data = compared((labels, predictions), scores=scores)
    _, proposals = compared((labels, regions), scores={"s": float("nan")})
    tables = measure_comparison(*data)
    overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    return evaluate_proposals(proposals, tables, overlaps)


LABELS = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45), c=(35, 70, 55, 90))
FOUND = picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25), r=(35, 70, 55, 90))


def test_proposals_are_judged_and_traced():
    regions = picture(x=(5, 5, 25, 45), y=(5, 5, 25, 25), z=(35, 72, 55, 92))
    found = evaluate(LABELS, FOUND, regions, q=0.8)
    assert (found.n_proposals, found.n_unusable, found.n_labels) == (3, 0, 3)
    assert found.recall == {0.5: 1.0, 0.7: 2 / 3, 0.9: 1 / 3}
    assert found.n_holding_several == 1
    assert found.same_proposal.tolist() == [0]
    assert evaluate(LABELS, FOUND, picture(x=(5, 5, 25, 30))).same_proposal.tolist() == [1]
    assert evaluate(LABELS, FOUND, picture(x=(50, 0, 60, 5))).same_proposal.tolist() == [-1]


def test_proposals_without_a_score_are_unusable():
    found = evaluate(LABELS, FOUND, picture(x=(5, 5, 25, 45), s=(5, 5, 25, 25)))
    assert (found.n_proposals, found.n_unusable) == (2, 1)


def test_without_labels_recall_is_not_defined():
    found = evaluate(picture(), picture(), picture(x=(5, 5, 25, 45)))
    assert np.isnan(list(found.recall.values())).all() and found.n_labels == 0


@pytest.mark.parametrize(
    ("stop", "recall"), [(9, [0, 0, 0]), (10, [1, 0, 0]), (14, [1, 1, 0]), (17, [1, 1, 0]), (18, [1, 1, 1])]
)
def test_a_proposal_reaches_a_label_at_the_very_iou(stop, recall):
    found = evaluate(row(30, a=(0, 20)), row(30), row(30, x=(0, stop)))
    assert list(found.recall.values()) == recall


@pytest.mark.parametrize(("first", "n_several"), [(1, 1), (3, 1), (4, 0), (8, 0)])
def test_a_proposal_holds_a_label_by_nine_tenths(first, n_several):
    # Of the 30 px of the first label 29, 27, 26 or 22 lie in the proposal; of the second all.
    labels = row(60, a=(0, 30), b=(30, 50))
    assert evaluate(labels, row(60), row(60, x=(first, 50))).n_holding_several == n_several


def test_crowd_regions_are_not_held():
    labels = row(60, a=(0, 30), b=(30, 50), crowd="b")
    assert evaluate(labels, row(60), row(60, x=(0, 50))).n_holding_several == 0


@pytest.mark.parametrize(("stop", "same"), [(6, 1), (5, -1)])
def test_a_prediction_is_traced_from_a_box_iou_of_three_tenths(stop, same):
    # Both predictions have 20 px; the proposal has 6 (IoU 0.3) or 5 of them.
    predictions = row(30, p=(0, 20), q=(0, 20))
    assert evaluate(row(30), predictions, row(30, x=(0, stop))).same_proposal.tolist() == [same]


def test_of_equal_proposals_the_earlier_is_the_source():
    predictions = row(30, p=(0, 20), q=(0, 16))
    found = evaluate(row(30), predictions, row(30, x=(0, 16), y=(0, 20), z=(0, 20)))
    assert found.same_proposal.tolist() == [0]
    assert evaluate(row(30), predictions, row(30, x=(0, 18), y=(0, 18))).same_proposal.tolist() == [1]


def test_one_of_two_that_cannot_be_traced_leaves_the_pair_unknown():
    predictions = replace(row(30, p=(0, 20), q=(12, 30)))
    assert evaluate(row(30), predictions, row(30, x=(0, 12))).same_proposal.tolist() == [-1]
