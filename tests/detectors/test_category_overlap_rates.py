from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from audit.detectors.category_overlap_rates import flag_habitual_pairs, measure_overlap_rates
from audit.detectors.classify_pairs import PairThresholds
from audit.findings.rates import wilson_interval
from audit.testing import measured, scene

NAMES = {"a": "bottle", "b": "cap", "c": "cap"}
ON = scene("aaaaaaaaaa\n" * 10, "..bb...cc.\n" + "..........\n" * 9, categories=NAMES)
APART = scene("aaa......bb", categories=NAMES)
TOUCHING = scene("aaabbb", categories=NAMES)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(counts):
    hits, n = counts
    low, high = wilson_interval(np.array([hits]), np.array([n]))
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_counts_images_and_pairs():
    habits = measure_overlap_rates(measured(ON, ON, APART, TOUCHING))
    assert habits.category_a.tolist() == [0]
    assert habits.category_b.tolist() == [1]
    assert habits.images_together.tolist() == [4]
    assert habits.images_overlapping.tolist() == [2]
    assert habits.pairs.tolist() == [4]
    assert habits.rate.tolist() == [0.5]


def test_one_category_counts_only_images_where_two_come_near():
    overlapping = scene("aaaaaa....\n" * 6, "..bbbbbbbb\n" * 6)
    far = scene("a.........b")
    habits = measure_overlap_rates(measured(overlapping, far, scene("ab")))
    assert habits.images_together.tolist() == [2]
    assert habits.images_overlapping.tolist() == [1]


def test_crowd_regions_do_not_count():
    crowd = scene("aaaaaaaaaa\n" * 10, "..bb......\n" + "..........\n" * 9, categories=NAMES, crowd="a")
    assert len(measure_overlap_rates(measured(crowd)).rate) == 0
    assert measure_overlap_rates(measured(ON, crowd)).images_together.tolist() == [1]


def test_slivers_and_duplicates_do_not_count():
    sliver = scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbbb\n" * 6, categories=NAMES)
    same = scene("aa", "bb", categories=NAMES)
    assert measure_overlap_rates(measured(sliver, same)).images_overlapping.tolist() == [0]
    assert measure_overlap_rates(
        measured(sliver, same), PairThresholds(sliver_depth=0)
    ).images_overlapping.tolist() == [1]


def test_three_categories_are_kept_apart():
    inside = "..bb..cc..\n" + "..........\n" * 9
    three = scene("aaaaaaaaaa\n" * 10, inside, categories={"a": "bottle", "b": "cap", "c": "label"})
    habits = measure_overlap_rates(measured(three, APART))
    assert habits.category_a.tolist() == [0, 0, 1]
    assert habits.category_b.tolist() == [1, 2, 2]
    assert habits.images_together.tolist() == [2, 1, 1]
    assert habits.images_overlapping.tolist() == [1, 1, 0]


def test_habitual_and_unusual_pairs():
    habitual, unusual = flag_habitual_pairs(measured(*[ON] * 8))
    assert habitual.all()
    assert not unusual.any()
    habitual, unusual = flag_habitual_pairs(measured(ON, *[APART] * 30))
    assert not habitual.any()
    assert unusual.all()


def test_one_category_is_unusual_and_never_habitual():
    habitual, unusual = flag_habitual_pairs(measured(*[scene("aaaaaa....\n" * 6, "..bbbbbbbb\n" * 6)] * 20))
    assert not habitual.any()
    assert unusual.all()


def test_nothing():
    habitual, unusual = flag_habitual_pairs(measured())
    assert habitual.tolist() == unusual.tolist() == []


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=6, max_size=6))
def test_counts_agree_with_counting_one_by_one(categories):
    overlapping, near = {0, 3}, {0, 2, 3}
    scenes = [ON, APART, TOUCHING, ON, APART, scene("a.........b")]
    m = measured(*[replace(drawn, masks={name: drawn.masks[name] for name in "ab"}) for drawn in scenes])
    m = replace(
        m,
        instances=m.instances.assign(category=np.array(categories).ravel()),
        categories=m.categories.take(np.zeros(5, dtype=np.int64)),
    )
    held = [tuple(sorted(pair)) for pair in categories]
    expected = []
    for pair in sorted({held[image] for image in near if held[image][0] >= 0}):
        images = [image for image in range(6) if held[image] == pair]
        together = [image for image in images if pair[0] != pair[1] or image in near]
        expected.append((*pair, len(together), len(overlapping.intersection(images))))
    rates = measure_overlap_rates(m)
    columns = (rates.category_a, rates.category_b, rates.images_together, rates.images_overlapping)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    assert rates.pairs.tolist() == rates.images_overlapping.tolist()
