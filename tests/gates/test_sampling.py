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
