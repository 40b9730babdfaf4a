import numpy as np
import pytest
from pictures import picture
from row_scenes import row

from audit.comparison.measuring import measure_comparison
from audit.comparison.nms_threshold import find_safe_threshold
from audit.comparison.recall_upper_bound import (
    evaluated_labels,
    find_conflicts,
    measure_overlap,
    recall_upper_bound,
)
from audit.testing import compared


def tables_of(labels, predictions=None):
    return measure_comparison(*compared((labels, predictions or row(20))))


def test_the_upper_bound_of_labels():
    labels = picture(a=(5, 5, 25, 25), b=(5, 8, 25, 28), c=(5, 60, 25, 80), d=(40, 5, 50, 15), crowd="d")
    tables = tables_of(labels, picture())
    strict, loose = (recall_upper_bound(tables, method="box", threshold=t) for t in (0.7, 0.8))
    assert (strict.n_labels, strict.n_kept, strict.recall) == (3, 2, 2 / 3)
    assert loose.recall == 1.0
    assert strict.by_category.tolist() == [[3, 2]]
    assert strict.by_density.tolist() == [[3, 2], [0, 0], [0, 0], [0, 0]]
    assert find_safe_threshold(tables) == 0.75
    assert find_safe_threshold(tables, max_loss=0.5) == 0.1


def test_masks_may_allow_what_boxes_do_not():
    cross = picture(a=(5, 5, 9, 45), b=[(5, 5, 6, 45), (10, 5, 30, 45)])
    tables = tables_of(cross, picture())
    by_box, by_mask = (recall_upper_bound(tables, method=m, threshold=0.1) for m in ("box", "mask"))
    assert by_box.n_kept == 1 and by_mask.n_kept == 2


@pytest.mark.parametrize(("threshold", "n_conflicts"), [(0.59, 1), (0.6, 0)])
@pytest.mark.parametrize("method", ["box", "mask"])
def test_an_overlap_at_the_threshold_is_no_conflict(method, threshold, n_conflicts):
    tables = tables_of(row(20, a=(0, 8), b=(2, 10)))  # 6 of 10 px
    conflicts = find_conflicts(tables, tables.label_pairs, method, threshold, per_class=True)
    assert len(conflicts) == n_conflicts
    bound = recall_upper_bound(tables, method=method, threshold=threshold)
    assert bound.n_kept == 2 - n_conflicts


def test_categories_conflict_only_where_they_shall():
    labels = row(20, a=(0, 8), b=(2, 10), categories={"b": "another"})
    tables = tables_of(labels, labels)
    for pairs in (tables.label_pairs, tables.prediction_pairs):
        assert [len(find_conflicts(tables, pairs, "box", 0.5, per_class)) for per_class in (True, False)] == [
            0,
            1,
        ]
    assert recall_upper_bound(tables, method="box", threshold=0.5, per_class=False).n_kept == 1
    assert recall_upper_bound(tables, method="box", threshold=0.5).n_kept == 2


def test_what_nms_compares():
    tables = tables_of(picture(a=(0, 0, 10, 10), b=[(0, 0, 5, 10), (20, 20, 30, 30)]), picture())
    pairs = tables.label_pairs
    assert measure_overlap(pairs, "box").tolist() == [100 / 900]
    assert measure_overlap(pairs, "mask").tolist() == [50 / 200]
    assert measure_overlap(pairs, "mask_ios").tolist() == [50 / 100]


@pytest.mark.parametrize(
    ("n_labels", "density"), [(1, 0), (5, 0), (6, 1), (15, 1), (16, 2), (50, 2), (51, 3)]
)
def test_densities_at_their_limits(n_labels, density):
    names = [chr(0x4E00 + k) for k in range(n_labels)]
    tables = tables_of(row(n_labels, **{name: (k, k + 1) for k, name in enumerate(names)}), row(n_labels))
    expected = np.zeros((4, 2), dtype=int)
    expected[density] = n_labels
    assert recall_upper_bound(tables, method="box", threshold=0.5).by_density.tolist() == expected.tolist()


def test_crowds_and_empty_masks_are_not_expected():
    labels, predictions = compared((row(20, a=(0, 8), b=(8, 10), crowd="b"), row(20)))
    assert evaluated_labels(measure_comparison(labels, predictions)).tolist() == [True, False]
    assert np.isnan(recall_upper_bound(tables_of(row(20)), method="box", threshold=0.5).recall)
