"""Label maps, against maps that are painted pixel by pixel."""

import numpy as np
from hypothesis import given
from painted_maps import both_maps, maps_of
from random_scenes import datasets
from row_scenes import row

from audit.comparison.label_maps import prepare_label_maps, rank_labels
from audit.comparison.measuring import measure_comparison
from audit.testing import compared


@given(datasets())
def test_maps_are_those_of_pixels(data):
    tables, maps, pictures = both_maps(data)
    g = np.concatenate([g.ravel() for g, _ in pictures])
    p = np.concatenate([p.ravel() for _, p in pictures])
    assert maps.label_area.tolist() == np.bincount(g, minlength=len(tables.labels) + 1)[1:].tolist()
    assert maps.prediction_area.tolist() == np.bincount(p, minlength=len(tables.predictions) + 1)[1:].tolist()
    for i, j, pixels in zip(maps.pairs.a, maps.pairs.b, maps.pairs.intersection, strict=True):
        assert pixels == ((g == i + 1) & (p == j + 1)).sum()
    assert maps.pairs.intersection.sum() == ((g > 0) & (p > 0)).sum()


def test_the_better_prediction_and_the_smaller_label_win():
    maps = maps_of(row(20, a=(0, 10), b=(8, 14)), row(20, p=(0, 10), q=(6, 14)), q=0.95)
    assert (maps.label_area.tolist(), maps.prediction_area.tolist()) == ([8, 6], [6, 8])
    pairs = maps.pairs
    shared = list(zip(pairs.a.tolist(), pairs.b.tolist(), pairs.intersection.tolist(), strict=True))
    assert shared == [(0, 0, 6), (0, 1, 2), (1, 1, 6)]
    assert (pairs.area_a.tolist(), pairs.area_b.tolist()) == ([8, 8, 6], [6, 8, 8])


def test_of_equal_ones_the_earlier_wins():
    maps = maps_of(row(20, a=(0, 10), b=(5, 15)), row(20, p=(0, 10), q=(5, 15)))
    assert (maps.label_area.tolist(), maps.prediction_area.tolist()) == ([10, 5], [10, 5])


def test_a_crowd_region_loses_to_every_label_and_can_be_left_out():
    maps = maps_of(row(20, a=(0, 4), b=(2, 20), crowd="a"), row(20, p=(0, 20)))
    assert maps.label_area.tolist() == [2, 18]
    assert maps.without_crowds().label_area.tolist() == [0, 18]
    assert maps.without_crowds().pairs.a.tolist() == [1]


def test_labels_are_ranked_by_crowd_then_area_then_place():
    labels = row(20, a=(0, 6), b=(6, 8), c=(8, 10), d=(10, 11), crowd="d")
    assert rank_labels(measure_comparison(*compared((labels, row(20))))).tolist() == [2, 0, 1, 3]


def test_another_order_gives_pixels_to_another_prediction():
    data = compared((row(20, a=(0, 10)), row(20, p=(0, 10), q=(5, 15))))
    builder = prepare_label_maps(measure_comparison(*data))
    assert builder.draw(rank=np.array([1, 0])).prediction_area.tolist() == [5, 10]
    assert builder.draw(np.array([True, False])).prediction_area.tolist() == [10, 0]


def test_maps_do_not_depend_on_how_many_masks_are_measured_together(monkeypatch):
    pair = row(20, a=(0, 10), b=(8, 14)), row(20, p=(0, 10), q=(6, 14))
    data = compared(pair, pair, pair, scores={"q": 0.95})
    together = prepare_label_maps(measure_comparison(*data)).draw()
    monkeypatch.setattr("audit.measure.cross_pairs.BLOCK", 1)
    apart = prepare_label_maps(measure_comparison(*data)).draw()
    assert apart.prediction_area.tolist() == together.prediction_area.tolist() == [6, 8] * 3
    assert apart.label_area.tolist() == together.label_area.tolist() == [8, 6] * 3
    for name in ("a", "b", "intersection"):
        assert getattr(apart.pairs, name).tolist() == getattr(together.pairs, name).tolist()
