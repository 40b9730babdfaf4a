"""Panoptic quality, against its definition."""

import numpy as np
import pytest
from hypothesis import given
from painted_maps import both_maps, maps_of
from random_scenes import datasets
from row_scenes import row

from audit.comparison.metrics.panoptic import panoptic_quality

TOLERANCE = 1e-9


def panoptic_by_definition(tables, pictures):
    """Kirillov et al., with crowd regions as the COCO panoptic API has them."""
    tp, fp, fn, total = (dict.fromkeys(range(tables.categories), 0) for _ in range(4))
    for g, p in pictures:
        matched_g, matched_p = set(), set()
        for i in set(np.unique(g)) - {0}:
            for j in set(np.unique(p)) - {0}:
                if (
                    tables.labels.iscrowd[i - 1]
                    or tables.labels.category[i - 1] != tables.predictions.category[j - 1]
                ):
                    continue
                iou = ((g == i) & (p == j)).sum() / ((g == i) | (p == j)).sum()
                if iou > 0.5:
                    category = int(tables.labels.category[i - 1])
                    tp[category] += 1
                    total[category] += iou
                    matched_g.add(i)
                    matched_p.add(j)
        for i in set(np.unique(g)) - {0} - matched_g:
            if not tables.labels.iscrowd[i - 1]:
                fn[int(tables.labels.category[i - 1])] += 1
        for j in set(np.unique(p)) - {0} - matched_p:
            category = int(tables.predictions.category[j - 1])
            crowd = np.isin(
                g, 1 + np.flatnonzero(tables.labels.iscrowd & (tables.labels.category == category))
            )
            if (crowd & (p == j)).sum() <= 0.5 * (p == j).sum():
                fp[category] += 1
    some = [c for c in tp if tp[c] + fp[c] + fn[c]]
    pq = [total[c] / (tp[c] + 0.5 * fp[c] + 0.5 * fn[c]) for c in some]
    return np.mean(pq) if pq else float("nan")


@given(datasets())
def test_panoptic_quality_is_its_definition(data):
    tables, maps, pictures = both_maps(data)
    pq, _, _ = panoptic_quality(maps)
    assert pq == pytest.approx(panoptic_by_definition(tables, pictures), abs=TOLERANCE, nan_ok=True)


@pytest.mark.parametrize(("stop", "pq"), [(10, 0.0), (11, 0.55)])
def test_segments_match_by_more_than_one_half(stop, pq):
    assert panoptic_quality(maps_of(row(20, a=(0, 20)), row(20, p=(0, stop))))[0] == pytest.approx(pq)


@pytest.mark.parametrize(("stop", "pq"), [(10, 2 / 3), (11, 1.0)])
def test_more_than_half_in_a_crowd_region_counts_neither_way(stop, pq):
    labels = row(60, a=(0, stop), b=(40, 60), crowd="a")
    found = panoptic_quality(maps_of(labels, row(60, p=(0, 20), q=(40, 60))))
    assert found == pytest.approx((pq, 1.0, pq))


def test_a_crowd_region_of_another_category_excuses_nothing():
    labels = row(60, a=(0, 20), b=(40, 60), crowd="a", categories={"a": "another"})
    assert panoptic_quality(maps_of(labels, row(60, p=(0, 20), q=(40, 60))))[0] == pytest.approx(2 / 3)


def test_pq_is_the_mean_of_the_categories_products():
    labels = row(60, a=(0, 20), b=(30, 50), categories={"b": "another"})
    pq, sq, rq = panoptic_quality(maps_of(labels, row(60, p=(0, 15))))
    assert (pq, sq, rq) == pytest.approx((0.75 / 2, 0.75 / 2, 0.5))
