"""What changed masks would make of the predictions."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import picture
from row_scenes import row

from audit.comparison.label_maps import prepare_label_maps
from audit.comparison.measuring import measure_comparison
from audit.comparison.options import CompareOptions
from audit.comparison.whatif import evaluate_baseline
from audit.comparison.whatif_masks import evaluate_mask_variants
from audit.testing import compared, scene


def standing(*pairs, scores=None, **options):
    labels, predictions = compared(*pairs, scores=scores)
    m = measure_comparison(labels, predictions)
    return evaluate_baseline(m, prepare_label_maps(m), CompareOptions(**options))


TWICE = picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28))


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


def variants(*pairs, scores=None, **options):
    """Return the outcomes by method and radius (0 where there is none)."""
    outcomes, _ = evaluate_mask_variants(standing(*pairs, scores=scores, **options))
    return {
        (o.method, 0 if np.isnan(o.parameter) else int(o.parameter)): o
        for o in outcomes
        if o.family == "masks"
    }


def test_every_variant_is_tried_once_and_in_order():
    assert list(variants(TWICE)) == [
        ("as_is", 0), ("open", 1), ("open", 3), ("close", 1), ("close", 3),
        ("fill_holes", 0), ("largest_part", 0), ("exclusive_by_score", 0), ("exclusive_smaller", 0),
    ]  # fmt: skip


def test_a_large_opening_takes_a_small_mask_away_and_loses_its_label():
    small = picture(a=(5, 5, 9, 9), b=(20, 20, 40, 40))
    found = variants((small, picture(p=(5, 5, 9, 9), q=(20, 20, 40, 40))))
    assert [(found["open", k].predictions, found["open", k].objects_lost) for k in (1, 3)] == [(2, 0), (1, 1)]
    assert found["open", 3].ap == pytest.approx(51 / 101 / 2)  # the emptied one is wrong, and comes first
    assert found["as_is", 0].ap == pytest.approx(1.0)


def test_the_largest_part_leaves_the_rest():
    found = variants((picture(a=(5, 5, 25, 25)), picture(p=[(5, 5, 25, 25), (40, 40, 44, 44)])))
    assert found["largest_part", 0].pq == pytest.approx(1.0)
    assert found["as_is", 0].pq == pytest.approx(400 / 416)


def test_shared_pixels_go_to_the_better_score_or_to_the_smaller_mask():
    labels, predictions = row(40, a=(0, 10), b=(10, 30)), row(40, p=(0, 14), q=(10, 30))
    found = variants((labels, predictions), scores={"q": 0.95})
    # p gives its 4 px to q, or keeps them, being smaller.
    assert found["exclusive_by_score", 0].boundary_iou == pytest.approx(1.0)
    assert found["exclusive_by_score", 0].overlapping_pairs == 0
    assert found["exclusive_smaller", 0].boundary_iou == pytest.approx((10 / 14 + 16 / 20) / 2)


def test_an_unsure_prediction_takes_no_pixels():
    pair = row(40, a=(0, 10)), row(40, p=(0, 10), q=(3, 9), categories={"q": "another"})
    assert variants(pair, scores={"q": 0.3})["exclusive_smaller", 0].objects_lost == 1  # 4 of 10 px are left
    unsure = variants(pair, scores={"q": 0.29})["exclusive_smaller", 0]
    assert (unsure.objects_lost, unsure.predictions) == (0, 1)


def test_without_matches_no_outline_is_compared():
    found = variants((row(40, a=(0, 10)), row(40, p=(20, 30))))["as_is", 0]
    assert np.isnan(found.boundary_iou)
    crowd = variants((row(40, a=(0, 10), crowd="a"), row(40, p=(0, 10))))["as_is", 0]
    assert np.isnan(crowd.boundary_iou) and crowd.objects_lost == 0


@pytest.mark.parametrize(("max_predictions", "looked_at"), [(3, 3), (2, 2), (1, 1), (0, 1)])
def test_images_are_drawn_where_there_are_more_predictions(max_predictions, looked_at):
    one = scene("aa"), scene("pp")
    _, images = evaluate_mask_variants(standing(one, one, one), max_predictions)
    assert images == (looked_at, 3)


HALVES = picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 30), q=(5, 15, 25, 45))
"""One label in two halves that overlap: IoU 15 / 40, share of the smaller 15 / 25."""


def merged(standing):
    return {(o.method, o.parameter): o for o in evaluate_mask_variants(standing)[0] if o.family == "merge"}


def test_merging_makes_one_of_two_halves():
    s = standing(HALVES, scores={"q": 0.8})
    found = merged(s)
    assert set(found) == {("mask", 0.3), ("mask", 0.5), ("mask_ios", 0.5)}
    for united in (found["mask", 0.3], found["mask_ios", 0.5]):
        assert (united.predictions, united.overlapping_pairs, united.ap) == (1, 0, pytest.approx(1.0))
        assert (united.f1, united.pq, united.boundary_iou, united.per_class) == (1.0, 1.0, 1.0, True)
    apart = found["mask", 0.5]
    assert (apart.predictions, apart.overlapping_pairs, apart.f1) == (2, 1, pytest.approx(2 / 3))
    assert apart.ap == pytest.approx(s.outcome.ap)


def test_merging_counts_duplicates_and_leaves_other_categories():
    assert merged(standing(TWICE, scores={"q": 0.8}))["mask", 0.5].duplicates_removed == 1
    of_two = HALVES[0], replace(HALVES[1], categories={"q": "another"})
    assert merged(standing(of_two, scores={"q": 0.8}))["mask", 0.3].predictions == 2


def test_merging_many_images_is_merging_each():
    scenes = [HALVES, TWICE, (picture(), picture()), HALVES]
    together = merged(standing(*scenes, scores={"q": 0.8}))["mask", 0.3]
    assert (together.predictions, together.overlapping_pairs) == (3, 0)
