import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors.aggregate import (
    MIN_ANNOTATIONS,
    aggregate_above_option,
    report_each_or_aggregate,
    split_shared_traits,
)
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.testing import measured, scene

NAMES = {"a": "cup", "b": "lid"}


def split(flagged, category=None, among=None, share=0.3):
    flagged = np.array(flagged, dtype=bool)
    category = (
        np.zeros(len(flagged), dtype=np.int64) if category is None else np.array(category, dtype=np.int64)
    )
    among = np.ones(len(flagged), dtype=bool) if among is None else np.array(among, dtype=bool)
    return split_shared_traits(flagged, among, category, share)


@pytest.mark.parametrize(
    ("flagged", "of", "habit"),
    [
        (MIN_ANNOTATIONS, MIN_ANNOTATIONS, True),
        (MIN_ANNOTATIONS - 1, MIN_ANNOTATIONS - 1, False),
        (30, 100, False),
        (31, 100, True),
    ],
)
def test_a_habit_needs_a_share_and_a_number(flagged, of, habit):
    habits, single = split([True] * flagged + [False] * (of - flagged))
    assert [(len(h.rows), h.of, h.category) for h in habits] == ([(flagged, of, -1)] if habit else [])
    assert len(single) == (0 if habit else flagged)


@pytest.mark.parametrize(
    ("flagged", "of", "is_shared"), [(10, 10, True), (9, 9, False), (10, 11, False), (20, 21, True)]
)
def test_what_all_annotations_have_may_be_shared_by_fewer(flagged, of, is_shared):
    is_flagged, everything = np.arange(of) < flagged, np.ones(of, dtype=bool)
    traits, single = split_shared_traits(is_flagged, everything, np.zeros(of, dtype=np.int64), 0.3, 10)
    assert (len(traits), len(single)) == ((1, 0) if is_shared else (0, flagged))


def test_one_category_may_have_a_habit():
    habits, single = split([True] * 20 + [False] * 200 + [True] * 3, [0] * 20 + [1] * 203)
    assert [(h.category, h.of, h.rows.tolist()) for h in habits] == [(0, 20, list(range(20)))]
    assert single.tolist() == [220, 221, 222]


def test_unknown_categories_have_no_habits_of_their_own():
    habits, single = split([True] * 20 + [False] * 200, [-1] * 20 + [0] * 200)
    assert habits == []
    assert len(single) == 20


def test_only_those_that_could_have_the_trait_count():
    assert split([True] * 20 + [False] * 200, among=[True] * 30 + [False] * 190)[0][0].of == 30


def test_a_share_of_one_lists_all():
    habits, single = split([True] * 50, share=1.0)
    assert (habits, len(single)) == ([], 50)


@given(st.lists(st.tuples(st.booleans(), st.integers(-1, 2)), max_size=90), st.floats(0, 1))
def test_every_flagged_row_is_said_exactly_once(rows, share):
    flagged = [f for f, _ in rows]
    habits, single = split(flagged, [c for _, c in rows], share=share)
    said = np.concatenate([single, *(h.rows for h in habits)])
    assert sorted(said.tolist()) == np.flatnonzero(flagged).tolist()


def test_hits_of_habits_and_of_single_cases():
    images = [scene("a.b", categories=NAMES)] * 20 + [scene("b..", categories=NAMES)] * 60
    m = measured(*images)
    cups = m.instances["category"].to_numpy() == 0
    cups[-1] = True  # one lid has the trait as well
    among = np.ones(len(cups), dtype=bool)
    habit, single = report_each_or_aggregate(
        m, cups, among, 0.3, "leak", lambda row: Hit("It leaks.", instances=(row,))
    )
    assert habit.message == "20 of the 20 annotations of category “cup” leak; said once, as a habit."
    assert (habit.score, habit.categories, habit.instances) == (1.0, (0,), ())
    assert habit.severity is Severity.INFO
    assert habit.evidence == {
        "annotations": 20,
        "of": 20,
        "share": 1.0,
        "example_annotation_ids": [1, 3, 5, 7, 9],
    }
    assert single.instances == (99,)


def test_a_habit_may_weigh_more():
    m = measured(*[scene("a")] * 20)
    all_of_them = np.ones(20, dtype=bool)
    (hit,) = report_each_or_aggregate(
        m, all_of_them, all_of_them, 0.3, "leak", lambda row: Hit(""), Severity.ERROR
    )
    assert hit.severity is Severity.ERROR
    assert "of this dataset leak" in hit.message


def test_the_option_is_declared_alike_everywhere():
    assert aggregate_above_option(0.5).default == 0.5
    assert aggregate_above_option().metadata["unit"] == "share"
