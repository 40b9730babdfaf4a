"""What the labels of a training show."""

import pytest
from pictures import picture

from audit.comparison.training_labels import TRAINING_LABELS, measure_training_labels
from audit.testing import measured

LABELS = {"a": (5, 5, 25, 25), "b": (5, 6, 25, 26), "c": (35, 5, 55, 25), "d": (35, 20, 55, 40)}


def counts(scene):
    evidence = measure_training_labels(measured(scene), [])
    assert tuple(one.name for one in evidence) == TRAINING_LABELS
    return [(one.count, one.of) for one in evidence]


def test_duplicates_and_overlaps_are_told_apart():
    assert counts(picture(**LABELS)) == [(1, 4), (1, 4), (0, 4)]


@pytest.mark.parametrize("other", ["b", "a"])
def test_another_category_is_no_duplicate(other):
    assert counts(picture(categories={other: "x", "d": "x"}, **LABELS))[:2] == [(0, 4), (0, 4)]


def test_crowd_regions_do_not_count():
    assert counts(picture(crowd="ad", **LABELS))[:2] == [(0, 2), (0, 2)]
