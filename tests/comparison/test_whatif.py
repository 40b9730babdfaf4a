from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import picture
from random_scenes import datasets

from audit.comparison.average_precision import evaluate_detections, mask_candidates, rank_by_score
from audit.comparison.label_maps import prepare_label_maps
from audit.comparison.measuring import measure_comparison
from audit.comparison.nms_threshold import find_safe_threshold
from audit.comparison.options import CompareOptions
from audit.comparison.recall_upper_bound import recall_upper_bound
from audit.comparison.whatif import evaluate_baseline, evaluate_nms_grid, recommend_nms
from audit.comparison.whatif_masks import evaluate_mask_variants
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


def test_masks_smoothed_filled_and_made_exclusive():
    spur = picture(a=(5, 5, 25, 25)), picture(p=[(5, 5, 25, 25), (10, 25, 11, 60)])
    s = standing(spur)
    found = {(o.method, o.parameter): o for o in evaluate_mask_variants(s)[0] if o.parameter == o.parameter}
    as_is = evaluate_mask_variants(s)[0][0]
    assert found["open", 1.0].pq == pytest.approx(1.0)
    assert found["open", 1.0].boundary_iou == pytest.approx(1.0)
    assert as_is.pq < 1 and as_is.boundary_iou < 1
    assert found["close", 1.0].pq == pytest.approx(as_is.pq)


def test_exclusive_pixels_leave_no_overlap():
    s = standing(TWICE, scores={"q": 0.8})
    found = {o.method: o for o in evaluate_mask_variants(s)[0]}
    assert found["as_is"].overlapping_pairs == 1
    assert found["exclusive_by_score"].overlapping_pairs == found["exclusive_smaller"].overlapping_pairs == 0


def test_of_many_predictions_some_images_stand_for_all():
    scenes = [
        (replace(picture(a=(5, 5, 25, 25)), file_name=f"{name}.png"),
         replace(picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28)), file_name=f"{name}.png"))
        for name in "abcdef"
    ]  # fmt: skip

    def few(*scenes):
        labels, predictions = compared(*scenes)
        m = measure_comparison(labels, predictions)
        return evaluate_mask_variants(evaluate_baseline(m, prepare_label_maps(m)), max_predictions=5)

    (found, images), (turned, _) = few(*scenes), few(*scenes[::-1])
    assert images == (2, 6)
    assert found[0].predictions == 4
    assert found[0].overlapping_pairs == 2
    assert [o.ap for o in found] == [o.ap for o in turned]


def test_the_ceiling_of_labels():
    labels = picture(a=(5, 5, 25, 25), b=(5, 8, 25, 28), c=(5, 60, 25, 80), d=(40, 5, 50, 15), crowd="d")
    m = measure_comparison(*compared((labels, picture())))
    strict, loose = (recall_upper_bound(m, method="box", threshold=t) for t in (0.7, 0.8))
    assert (strict.n_labels, strict.n_kept, strict.recall) == (3, 2, 2 / 3)
    assert loose.recall == 1.0
    assert strict.by_category.tolist() == [[3, 2]]
    assert strict.by_density.tolist() == [[3, 2], [0, 0], [0, 0], [0, 0]]
    assert find_safe_threshold(m) == 0.75
    assert find_safe_threshold(m, max_loss=0.5) == 0.1


def test_masks_may_allow_what_boxes_do_not():
    cross = picture(a=(5, 5, 9, 45), b=[(5, 5, 6, 45), (10, 5, 30, 45)])
    m = measure_comparison(*compared((cross, picture())))
    one, other = (
        recall_upper_bound(m, method="box", threshold=0.1),
        recall_upper_bound(m, method="mask", threshold=0.1),
    )
    assert one.n_kept == 1 and other.n_kept == 2
