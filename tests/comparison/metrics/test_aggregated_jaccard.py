"""AJI, AJI+, splits and merges, against definitions written out and by hand."""

import numpy as np
import pytest
from hypothesis import given
from painted_maps import both_maps, maps_of, without_crowds
from random_scenes import datasets
from row_scenes import row
from scipy.optimize import linear_sum_assignment

from audit.comparison.metrics.aggregated_jaccard import aggregated_jaccard, count_splits_and_merges
from audit.testing import scene

TOLERANCE = 1e-9


def jaccards_by_definition(pictures, nudge=0.0):
    found = []
    for g, p in pictures:
        labels, predictions = sorted(set(np.unique(g)) - {0}), sorted(set(np.unique(p)) - {0})
        if not labels and not predictions:
            continue
        shared = np.array([[((g == i) & (p == j)).sum() for j in predictions] for i in labels], dtype=float)
        shared = shared.reshape(len(labels), len(predictions))
        a, b = np.array([(g == i).sum() for i in labels]), np.array([(p == j).sum() for j in predictions])
        union = a[:, None] + b[None, :] - shared
        iou = shared / union if shared.size else shared
        both, whole, used = 0.0, 0.0, set()
        for k in range(len(labels)):
            best = int(iou[k].argmax()) if predictions else -1
            if best < 0 or shared[k, best] == 0:
                whole += a[k]
            else:
                both, whole = both + shared[k, best], whole + union[k, best]
                used.add(best)
        whole += sum(b[j] for j in range(len(predictions)) if j not in used)
        rows, columns = linear_sum_assignment(iou + nudge * shared, maximize=True) if iou.size else ([], [])
        pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if shared[i, j] > 0]
        plus = sum(shared[i, j] for i, j in pairs)
        plus_union = sum(union[i, j] for i, j in pairs)
        plus_union += sum(v for k, v in enumerate(a) if k not in {i for i, _ in pairs})
        plus_union += sum(v for k, v in enumerate(b) if k not in {j for _, j in pairs})
        found.append((both / whole, plus / plus_union))
    return np.mean(found, axis=0) if found else (float("nan"),) * 2


@given(datasets())
def test_aggregated_jaccard_is_its_definition(data):
    tables, maps, pictures = both_maps(data)
    plain = without_crowds(tables, pictures)
    aji, aji_plus = aggregated_jaccard(maps.without_crowds())
    expected, _ = jaccards_by_definition(plain)
    assert aji == pytest.approx(expected, abs=TOLERANCE, nan_ok=True)
    # Where two assignments have the same sum of IoUs, either is right: the nudges find both.
    either = [jaccards_by_definition(plain, nudge)[1] for nudge in (-1e-9, 1e-9)]
    assert np.isnan(aji_plus) or min(either) - TOLERANCE <= aji_plus <= max(either) + TOLERANCE


def test_aggregated_jaccard_by_hand():
    # a (4 px) and b (2 px) against p over both (6 px) and q beside (2 px), worked out on paper:
    # a takes p: 4 of 6; b takes p again: 2 of 6; q is left over: 2. AJI = 6 / 14.
    # One to one: a takes p, b and q are left over: 4 / (6 + 2 + 2) = AJI+.
    maps = maps_of(scene("aaaabb...."), scene("pppppp..qq"))
    assert aggregated_jaccard(maps) == pytest.approx((6 / 14, 4 / 10))


def test_splits_and_merges_by_hand():
    maps = maps_of(scene("aaaaaaaabbbb...cc"), scene("pppqqqqqrrrrrrssd"))
    assert count_splits_and_merges(maps) == {"splits": 2, "merges": 0, "part_splits": 2, "part_merges": 0}


@pytest.mark.parametrize(("stop", "splits"), [(2, 0), (3, 1)])
def test_a_label_is_split_by_what_exceeds_an_iou_of_one_tenth(stop, splits):
    maps = maps_of(row(30, a=(0, 20)), row(30, p=(0, stop), q=(10, 20)))
    assert count_splits_and_merges(maps)["splits"] == splits


@pytest.mark.parametrize(("stop", "merges"), [(22, 0), (23, 1)])
def test_a_prediction_merges_what_exceeds_an_iou_of_one_tenth(stop, merges):
    # The second label has 2 or 3 of 20 px in the prediction's 20.
    maps = maps_of(row(60, a=(10, 20), b=(20, stop)), row(60, p=(stop - 20, stop)))
    assert count_splits_and_merges(maps)["merges"] == merges


@pytest.mark.parametrize(("first", "part_splits"), [(2, 1), (3, 0)])
def test_a_prediction_is_a_part_of_a_label_by_one_half(first, part_splits):
    # Of the 4 px of the first prediction 2 or 1 lie in the label, and all of the second.
    maps = maps_of(row(30, a=(first, 20)), row(30, p=(0, 4), q=(10, 20)))
    assert count_splits_and_merges(maps)["part_splits"] == part_splits


@pytest.mark.parametrize(("stop", "part_merges"), [(14, 1), (13, 0)])
def test_a_label_lies_in_a_prediction_by_one_half(stop, part_merges):
    maps = maps_of(row(30, a=(0, 10), b=(10, 18)), row(30, p=(0, stop)))
    assert count_splits_and_merges(maps)["part_merges"] == part_merges
