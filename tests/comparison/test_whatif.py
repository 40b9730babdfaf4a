from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import picture
from random_scenes import datasets
from row_scenes import row

from audit.comparison.average_precision import evaluate_detections, mask_candidates, rank_by_score
from audit.comparison.label_maps import prepare_label_maps
from audit.comparison.measuring import measure_comparison
from audit.comparison.options import CompareOptions
from audit.comparison.recommended_nms import recommend_nms
from audit.comparison.whatif import evaluate_baseline, evaluate_nms_grid
from audit.testing import compared


def standing(*pairs, scores=None, **options):
    labels, predictions = compared(*pairs, scores=scores)
    m = measure_comparison(labels, predictions)
    return evaluate_baseline(m, prepare_label_maps(m), CompareOptions(**options))


TWICE = picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28))
"""Masks and boxes of the two predictions have an IoU of 17 / 23."""


def of(outcomes, family, method, per_class, parameter):
    (found,) = [
        o for o in outcomes
        if (o.family, o.method, o.per_class) == (family, method, per_class) and o.parameter == parameter
    ]  # fmt: skip
    return found


def test_the_grid_counts_exactly():
    s = standing(TWICE, scores={"q": 0.8})
    assert (s.outcome.predictions, s.outcome.overlapping_pairs, s.outcome.ap) == (2, 1, pytest.approx(1.0))
    grid = evaluate_nms_grid(s)
    strict, loose = of(grid, "nms", "mask", True, 0.7), of(grid, "nms", "mask", True, 0.8)
    assert (strict.predictions, strict.overlapping_pairs) == (1, 0)
    assert (strict.duplicates_removed, strict.objects_lost) == (1, 0)
    assert (loose.predictions, loose.overlapping_pairs, loose.duplicates_removed) == (2, 1, 0)
    assert (strict.pq, s.outcome.pq) == (1.0, pytest.approx(1 / 1.5))


def test_what_nms_takes_from_labels_is_counted_as_lost():
    close = picture(a=(5, 5, 25, 25), b=(5, 8, 25, 28)), TWICE[1]
    s = standing(close, scores={"q": 0.8})
    grid = evaluate_nms_grid(s)
    assert of(grid, "nms", "box", True, 0.7).objects_lost == 1
    assert recommend_nms(s, grid) is None


def test_categories_are_apart_unless_asked():
    other = TWICE[0], picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28), categories={"q": "another"})
    s = standing(other, scores={"q": 0.8})
    grid = evaluate_nms_grid(s)
    assert of(grid, "nms", "box", True, 0.5).predictions == 2
    assert of(grid, "nms", "box", False, 0.5).predictions == 1


def test_soft_nms_lowers_scores_under_the_floor():
    s = standing(TWICE, scores={"q": 0.8})
    soft = of(evaluate_nms_grid(s), "soft_nms", "mask_linear", True, 0.3)
    assert soft.predictions == 1  # 0.8 x (1 - 17/23) is less than 0.3


def test_the_recommendation_is_the_range_that_helps():
    s = standing(TWICE, scores={"q": 0.8})
    r = recommend_nms(s, evaluate_nms_grid(s))
    assert (r.method, r.per_class, r.low, r.high) == ("box", True, 0.1, 0.7)
    assert (r.removed_pairs, r.overlapping_pairs, r.objects_lost) == (1, 0, 0)
    assert r.low <= r.threshold <= r.high


@given(datasets())
def test_a_setting_is_what_evaluating_the_kept_predictions_gives(data):
    labels, predictions = data
    m = measure_comparison(labels, predictions)
    s = evaluate_baseline(m, prepare_label_maps(m))
    iou = m.prediction_pairs.iou
    kept: list[int] = []
    for k in np.argsort(rank_by_score(m)).tolist():
        near = (m.prediction_pairs.a == k) | (m.prediction_pairs.b == k)
        others = np.where(m.prediction_pairs.a == k, m.prediction_pairs.b, m.prediction_pairs.a)
        same = m.predictions.category[others] == m.predictions.category[k]
        if not np.isin(others[near & same & (iou > 0.5)], kept).any():
            kept.append(k)
    chosen = np.isin(np.arange(len(m.predictions)), kept)
    expected = evaluate_detections(m, mask_candidates(m), kept=chosen, by_area=False).summarize()["AP"]
    assert of(evaluate_nms_grid(s), "nms", "mask", True, 0.5).ap == pytest.approx(expected, nan_ok=True)


@given(datasets(), st.data())
def test_maps_from_previous_ones_are_those_from_scratch(data, more):
    labels, predictions = data
    m = measure_comparison(labels, predictions)
    s = evaluate_baseline(m, prepare_label_maps(m))
    n = len(m.predictions)
    kept = np.array(more.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
    rank = np.array(more.draw(st.permutations(range(n))), dtype=np.int64)
    from_scratch, from_previous = s.map_builder.draw(kept, rank), s.map_builder.draw(kept, rank, s.maps)
    for name in ("prediction_area", "all_intersections", "loser"):
        np.testing.assert_array_equal(getattr(from_scratch, name), getattr(from_previous, name))
    for name in ("a", "b", "intersection", "area_a", "area_b"):
        np.testing.assert_array_equal(getattr(from_scratch.pairs, name), getattr(from_previous.pairs, name))


def made_up(baseline, *outcomes):
    """Outcomes of NMS by box, as (threshold, pairs left, labels lost, AP), against 100 pairs and AP 0.5."""
    start = replace(baseline.outcome, overlapping_pairs=100, ap=0.5)
    baseline = replace(baseline, outcome=start, is_matched=np.ones(1000, dtype=bool))
    settings = [
        replace(
            start, family="nms", method="box", per_class=True,
            parameter=threshold, overlapping_pairs=pairs, objects_lost=lost, ap=ap,
        )
        for threshold, pairs, lost, ap in outcomes
    ]  # fmt: skip
    return recommend_nms(baseline, tuple(settings))


@pytest.mark.parametrize(
    ("lost", "ap", "found"),
    [(0, 0.498, True), (0, 0.4979, False), (5, 0.5, True), (6, 0.5, False), (5, 0.498, True)],
)
def test_a_recommended_setting_costs_nothing_noticeable(lost, ap, found):
    baseline = standing(TWICE)
    assert (made_up(baseline, (0.5, 40, lost, ap)) is not None) == found


def test_the_range_holds_what_removes_four_fifths_of_the_best():
    baseline = standing(TWICE)
    curve = (0.1, 0, 50, 0.4), (0.2, 20, 0, 0.5), (0.3, 0, 0, 0.5), (0.4, 20, 0, 0.5), (0.5, 21, 0, 0.5)
    found = made_up(baseline, *curve)
    assert (found.low, found.high, found.threshold) == (0.2, 0.4, 0.3)
    assert (found.removed_pairs, found.overlapping_pairs) == (100, 0)


def test_the_range_has_no_gaps():
    baseline = standing(TWICE)
    curve = (0.1, 0, 0, 0.5), (0.2, 0, 0, 0.5), (0.3, 50, 0, 0.5), (0.4, 0, 0, 0.5)
    found = made_up(baseline, *curve)
    assert (found.low, found.high, found.threshold) == (0.1, 0.2, 0.1)


def test_a_setting_that_removes_nothing_is_not_recommended():
    baseline = standing(TWICE)
    assert made_up(baseline, (0.5, 100, 0, 0.5)) is None
    assert made_up(baseline, (0.5, 99, 0, 0.5)).removed_pairs == 1


@pytest.mark.parametrize(("score", "pq"), [(0.5, 1.0), (0.499, 0.0)])
def test_label_maps_hold_predictions_from_a_score_of_one_half(score, pq):
    baseline = standing((TWICE[0], picture(p=(5, 5, 25, 25))), scores={"p": score})
    assert baseline.outcome.pq == pq


@pytest.mark.parametrize(("score", "n"), [(0.3, 2), (0.299, 1)])
def test_predictions_count_from_the_score_floor(score, n):
    baseline = standing(TWICE, scores={"q": score})
    assert baseline.outcome.predictions == n
    assert baseline.is_duplicate.tolist() == [False, n == 2]
    assert baseline.outcome.overlapping_pairs == n - 1


@pytest.mark.parametrize(("stop", "is_duplicate"), [(10, True), (9, False)])
def test_a_duplicate_shows_the_label_by_one_half(stop, is_duplicate):
    baseline = standing((row(20, a=(0, 20)), row(20, p=(0, 20), q=(0, stop))), scores={"q": 0.8})
    assert baseline.is_duplicate.tolist() == [False, is_duplicate]
    assert baseline.is_matched.tolist() == [True]


def test_a_crowd_region_is_no_matched_label():
    baseline = standing((row(20, a=(0, 20), crowd="a"), row(20, p=(0, 20))))
    assert baseline.is_matched.tolist() == [False]


def test_the_grid_has_every_setting_once():
    baseline = standing(TWICE, scores={"q": 0.8})
    grid = evaluate_nms_grid(baseline)
    assert [o.parameter for o in grid if (o.family, o.method, o.per_class) == ("nms", "box", True)] == [
        0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
    ]  # fmt: skip
    assert len({(o.family, o.method, o.per_class) for o in grid}) == 1 + 6 + 4 + 4
    soft = [o for o in grid if o.method == "mask_linear" and o.family == "soft_nms"]
    assert [(o.parameter, o.predictions) for o in soft] == [(0.3, 1), (0.5, 1), (0.7, 1)]
    gaussian = [o for o in grid if o.method == "mask_gaussian"]
    # 0.8 x exp(-(17/23)^2 / sigma) is 0.13, 0.27 and 0.46 against a floor of 0.3.
    assert [(o.parameter, o.predictions) for o in gaussian if o.family == "soft_nms"] == [
        (0.3, 1), (0.5, 1), (1.0, 2),
    ]  # fmt: skip
    # 0.8 x exp(-sigma (17/23)^2) is 0.46 and 0.27.
    assert [(o.parameter, o.predictions) for o in gaussian if o.family == "matrix_nms"] == [
        (1.0, 2),
        (2.0, 1),
    ]
    linear = [o for o in grid if o.method == "box_linear" and o.family == "matrix_nms"]
    assert len(linear) == 1 and np.isnan(linear[0].parameter) and linear[0].predictions == 1


@pytest.mark.parametrize(("predictions", "is_recommended"), [(10, True), (17, False), (19, False)])
def test_a_setting_that_loses_some_objects_is_recommended_where_f1_rises_clearly(predictions, is_recommended):
    baseline = standing(*[TWICE] * 10, scores={"q": 0.8})
    assert baseline.outcome.predictions == 20 and baseline.is_matched.sum() == 10  # F1 = 20 / 30
    outcome = replace(
        baseline.outcome, family="nms", method="box", per_class=True, parameter=0.5,
        predictions=predictions, overlapping_pairs=0, objects_lost=1, f1=18 / (predictions + 10),
    )  # fmt: skip
    assert (recommend_nms(baseline, (outcome,)) is not None) == is_recommended  # F1 = 18 / 20, / 27 or / 29


def test_f1_counts_what_is_left_over_the_floor():
    s = standing(TWICE, scores={"q": 0.8})
    assert s.outcome.f1 == pytest.approx(2 / 3)  # one label, two predictions
    grid = evaluate_nms_grid(s)
    assert of(grid, "nms", "mask", True, 0.7).f1 == 1.0
    assert of(grid, "soft_nms", "mask_linear", True, 0.3).f1 == 1.0
