import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from audit.gates.sampling import (
    Plan,
    draw_images,
    exact_upper_bound,
    probability_of_at_most,
    stratify_images,
    two_point_plan,
    zero_failure_plan,
)
from audit.testing import measured, scene


def test_the_textbook_curve():
    plan = Plan(125, 3)
    assert [round(plan.acceptance(rate), 3) for rate in (0.01, 0.02, 0.05)] == [0.963, 0.759, 0.124]


def test_the_textbook_sizes():
    assert [zero_failure_plan(rate).size for rate in (0.01, 0.02, 0.05)] == [299, 149, 59]


@given(st.integers(1, 400), st.data())
def test_small_lots_are_scipys(lot, data):
    wrong, size = data.draw(st.integers(0, lot)), data.draw(st.integers(0, lot))
    accept = data.draw(st.integers(0, 20))
    assert probability_of_at_most(accept, size, wrong, lot) == pytest.approx(
        hypergeom.cdf(accept, lot, wrong, size), abs=1e-9
    )


@pytest.mark.parametrize("lot", [10, 59, 100, 1000, None])
def test_the_smallest_sample_that_shows_it(lot):
    plan = zero_failure_plan(0.05, 0.95, lot)
    assert plan.acceptance(0.05) <= 0.05
    assert Plan(plan.size - 1, 0, lot).acceptance(0.05) > 0.05


def test_a_small_lot_needs_fewer():
    assert zero_failure_plan(0.05, lot=100).size == 45
    assert zero_failure_plan(0.05, lot=10_000).size == 59
    assert zero_failure_plan(0.01, lot=50).size == 48


@pytest.mark.parametrize(("good", "limit"), [(0.01, 0.05), (0.01, 0.03), (0.02, 0.1)])
def test_a_plan_keeps_both_risks_and_no_smaller_one_does(good, limit):
    plan = two_point_plan(good, limit)
    assert plan.acceptance(good) >= 0.95
    assert plan.acceptance(limit) <= 0.10
    for accept in range(plan.accept + 1):
        smaller = [Plan(size, accept) for size in range(1, plan.size)]
        assert not any(p.acceptance(good) >= 0.95 and p.acceptance(limit) <= 0.10 for p in smaller)


def test_rates_that_no_sample_tells_apart():
    with pytest.raises(ValueError, match="between 0 and the rate"):
        two_point_plan(0.05, 0.05)
    with pytest.raises(ValueError, match="between 0 and 1"):
        zero_failure_plan(0.0)


@given(st.integers(1, 200), st.data())
def test_the_bound_of_a_sample_is_exact(lot, data):
    size = data.draw(st.integers(0, lot))
    wrong = data.draw(st.integers(0, size))
    bound = round(exact_upper_bound(wrong, size, 0.95, lot) * lot)
    assert hypergeom.cdf(wrong, lot, bound, size) > 0.05 - 1e-9
    if bound < lot - (size - wrong):
        assert hypergeom.cdf(wrong, lot, bound + 1, size) <= 0.05 + 1e-9


def test_strata_by_category_and_density():
    m = measured(scene("a.b"), scene("a..", categories={"a": "dirt"}), scene("..."))
    assert stratify_images(m) == ("thing, 2 annotations", "dirt, 1 annotations", "nothing, 0 annotations")


@given(st.lists(st.sampled_from("abc"), max_size=200), st.integers(0, 250), st.integers(0, 5))
def test_every_stratum_gets_its_share(groups, size, seed):
    drawn = draw_images(tuple(groups), size, seed)
    assert len(set(drawn.tolist())) == len(drawn) == min(size, len(groups))
    for name in set(groups):
        share = min(size, len(groups)) * groups.count(name) / len(groups)
        assert abs(sum(groups[k] == name for k in drawn.tolist()) - share) < 2


def test_the_seed_decides():
    groups = ("a",) * 500
    assert draw_images(groups, 20, 1).tolist() == draw_images(groups, 20, 1).tolist()
    assert draw_images(groups, 20, 1).tolist() != draw_images(groups, 20, 2).tolist()


def test_every_image_is_drawn_equally_often():
    groups = ("a",) * 30 + ("b",) * 10
    count = np.zeros(40)
    for seed in range(2000):
        count[draw_images(groups, 10, seed)] += 1
    assert np.abs(count / 2000 - 0.25).max() < 0.05


def test_small_strata_do_not_shut_each_other_out():
    """Of ten images of a stratum each, one is drawn of two: in a fixed order never of both neighbours."""
    groups = tuple(name for name in "abcd" for _ in range(10))
    together = set()
    for seed in range(200):
        drawn = {groups[row] for row in draw_images(groups, 2, seed).tolist()}
        together.add("".join(sorted(drawn)))
    assert together == {"ab", "ac", "ad", "bc", "bd", "cd"}


@pytest.mark.slow
@pytest.mark.parametrize(("lot", "limit"), [(335, 0.05), (1000, 0.02)])
def test_lots_at_the_limit_are_accepted_no_more_often_than_stated(lot, limit):
    """Plant 2000 lots with wrong images spread unevenly over the strata."""
    rng = np.random.default_rng(3)
    groups = tuple(np.repeat(["a", "b", "c"], [lot // 2, lot // 3, lot - lot // 2 - lot // 3]).tolist())
    plan = zero_failure_plan(limit, lot=lot)
    weight = np.where(np.array(groups) == "c", 5.0, 1.0)
    accepted = 0
    for seed in range(2000):
        wrong = rng.choice(lot, int(np.ceil(limit * lot)), replace=False, p=weight / weight.sum())
        accepted += not np.isin(draw_images(groups, plan.size, seed), wrong).any()
    assert accepted / 2000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_probabilities_are_exact():
    """The worst of all small lots against fractions: no more than the last digits of a float."""
    for lot in (1, 7, 20, 61):
        for wrong in range(lot + 1):
            for size in range(0, lot + 1, 3):
                for accept in (0, 1, 2, lot):
                    ways = sum(
                        math.comb(wrong, k) * math.comb(lot - wrong, size - k)
                        for k in range(min(accept, size) + 1)
                    )
                    exact = float(Fraction(ways, math.comb(lot, size)))
                    found = probability_of_at_most(accept, size, wrong, lot)
                    assert found == pytest.approx(exact, abs=1e-13)


@pytest.mark.parametrize(
    ("limit", "confidence", "lot", "size"),
    [
        (0.1, 0.9, 10, 9),
        (0.05, 0.95, 20, 19),
        (0.05, 0.95, 25, 19),
        (0.01, 0.9, 70, 63),
        (0.01, 0.95, 100, 95),
    ],
)
def test_a_risk_that_is_met_exactly_is_met(limit, confidence, lot, size):
    """One wrong image of 10 is missed by 9 with a probability of 1/10: that is what 90 % ask for."""
    assert zero_failure_plan(limit, confidence, lot).size == size
    assert Plan(size - 1, 0, lot).acceptance(limit) > 1 - confidence + 1e-6


def test_a_bound_that_is_met_exactly_is_met():
    # Two wrong ones of 25 are missed by 19 with a probability of exactly 1/20.
    assert exact_upper_bound(0, 19, 0.95, 25) == 1 / 25
    assert exact_upper_bound(0, 18, 0.95, 25) == 2 / 25


def test_a_batch_that_must_be_reviewed_whole_is_never_accepted_by_one_more():
    """In 10 images 15 % and 20 % are both two wrong ones: no sample tells them apart, and all are looked at."""
    plan = two_point_plan(0.15, 0.2, lot=10)
    assert (plan.size, plan.accept) == (10, 1)
    assert plan.acceptance(0.2) == 0.0


def test_a_good_batch_that_is_just_good_enough_takes_no_larger_plan():
    """The producer's risk of the textbook plan is 0.0424: at it the plan stays, beside it one grows."""
    risk = 1 - Plan(132, 3).acceptance(0.01)
    assert two_point_plan(0.01, 0.05, producer_risk=risk).accept == 3
    assert two_point_plan(0.01, 0.05, producer_risk=risk - 1e-6).accept == 4


@pytest.mark.parametrize("largest", [132, 131])
def test_plans_keep_to_the_largest_size_or_there_is_none(monkeypatch, largest):
    monkeypatch.setattr("audit.gates.sampling.MAX_SIZE", largest)
    if largest == 132:
        assert two_point_plan(0.01, 0.05).size == 132
    else:
        with pytest.raises(ValueError, match="further apart"):
            two_point_plan(0.01, 0.05)


def test_a_rate_that_no_sample_rules_out(monkeypatch):
    monkeypatch.setattr("audit.gates.sampling.MAX_SIZE", 59)
    assert zero_failure_plan(0.05).size == 59
    monkeypatch.setattr("audit.gates.sampling.MAX_SIZE", 58)
    with pytest.raises(ValueError, match="at most 58 images"):
        zero_failure_plan(0.05)
    assert zero_failure_plan(0.05, lot=1000).size > 50, "a batch has its own size"


def test_strata_are_thirds_of_the_images_that_have_annotations():
    rows = "abcdef"
    m = measured(*(scene(rows[:n].ljust(7, ".")) for n in (0, 0, 0, 1, 2, 3, 4, 5, 6)))
    assert [name.removeprefix("thing, ") for name in stratify_images(m)[3:]] == [
        *["1-2 annotations"] * 2,
        *["3-4 annotations"] * 2,
        *["5-6 annotations"] * 2,
    ]


def test_of_two_categories_as_frequent_the_first_names_the_stratum():
    m = measured(
        scene("abc", categories={"a": "z", "b": "a", "c": "a"}), scene("ab", categories={"a": "z", "b": "a"})
    )
    assert stratify_images(m) == ("a, 3 annotations", "a, 2 annotations")


def test_a_sample_as_large_as_the_batch_is_the_batch():
    assert draw_images(("a",) * 5, 5, 1).tolist() == [0, 1, 2, 3, 4]
    assert len(draw_images(("a",) * 5, 4, 1)) == 4


def test_the_good_share_of_a_small_batch_is_rounded_down():
    """Of 100 images 0.5 % are none and 1 % is one: all are reviewed, and none may be wrong."""
    plan = two_point_plan(0.005, 0.01, lot=100)
    assert plan.accept == 0
    assert plan.acceptance(0.01) <= 0.1 and plan.acceptance_of_good() == 1.0


@pytest.mark.parametrize("lot", [1, 7, 40, 100, 333])
@pytest.mark.parametrize(("good", "limit"), [(0.005, 0.01), (0.01, 0.05), (0.1, 0.3), (0.02, 0.9)])
def test_every_plan_of_a_batch_keeps_both_promises(lot, good, limit):
    plan = two_point_plan(good, limit, lot=lot)
    assert probability_of_at_most(plan.accept, plan.size, math.ceil(limit * lot), lot) <= 0.1 + 1e-9
    assert probability_of_at_most(plan.accept, plan.size, math.floor(good * lot), lot) >= 0.95 - 1e-9
