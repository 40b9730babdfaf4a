"""Which pairs could be one object: a case at and a case beside each limit."""

from dataclasses import replace

import numpy as np
import pytest

from audit.measure.schema import CUTS, table
from audit.testing import measured, scene
from audit.touching.candidate_pairs import eligible_pairs, plausible_cuts, union_pairs
from audit.touching.evidence import cut_features, instance_features, pair_features, union_features
from audit.touching.reference_stats import reference_stats

MEANS = {
    "instances": [
        -0.07274,
        -0.4198,
        -13.18,
        0.008696,
        0.005983,
        0.9379,
        -0.001833,
        0.0007783,
        0.0007385,
        0.006305,
        0.006045,
        0.0006278,
        0.0003782,
        0.002206,
        0.00461,
        -2.747,
        0.002995,
        0.003269,
        0.1028,
        -0.03879,
        0,
        0.1676,
        5.293,
        5.365,
        0.0001537,
        0.0002046,
        0.0004055,
        0.001918,
        0.0001417,
    ],
    "unions": [
        0.5291,
        3.12,
        5.5516,
        0.2089,
        0.2062,
        0.8402,
        -0.0995,
        0.2124,
        0.2124,
        1.701,
        1.701,
        0.1807,
        0.02799,
        0.4958,
        0.502,
        -0.7939,
        0.6715,
        0.6864,
        0.7962,
        -0.03838,
        0,
        0.1674,
        5.894,
        5.365,
        0.09694,
        0.1147,
        0.1227,
        0.4653,
        0.04729,
    ],
    "pairs": [
        0.1999,
        0.008991,
        0.4984,
        0.5013,
        0.6941,
        0.7026,
        0.3322,
        -0.925,
        -0.9652,
        2,
        0.2089,
        0,
        0.2059,
        2.084,
        3.12,
        0.4899,
        0.1399,
        0.004386,
        1.7493,
    ],
    "cuts": [
        -0.1591,
        0.1674,
        0.3737,
        2.157,
        0.4494,
        0.5324,
        0.9234,
        -2.6059,
        -5.709,
        0,
        0.008358,
        0,
        0.2324,
        2.801,
        0.1818,
        0.2407,
        -0.07166,
        0.06329,
        14.9577,
    ],
}


def side_by_side(height, width_a, width_b, gap=0, drop=0):
    """Two rectangles beside each other, the second ``drop`` rows lower."""
    rows = []
    for y in range(height + drop):
        a = "a" * width_a if y < height else "." * width_a
        b = "b" * width_b if y >= drop else "." * width_b
        rows.append(a + "." * gap + b)
    return measured(scene("\n".join(rows)))


def could_be_one(m):
    return eligible_pairs(m, union_pairs(m)).tolist()


@pytest.mark.parametrize(("height", "eligible"), [(30, True), (29, False)])
def test_the_smaller_mask_has_at_least_30_pixels(height, eligible):
    assert could_be_one(side_by_side(height, 1, 2)) == [eligible]


@pytest.mark.parametrize(("width_b", "eligible"), [(10, True), (11, False)])
def test_the_smaller_mask_has_at_least_a_tenth_of_the_larger(width_b, eligible):
    assert could_be_one(side_by_side(30, 1, width_b)) == [eligible]


@pytest.mark.parametrize(("gap", "eligible"), [(0, [True]), (1, [True]), (2, [])])
def test_at_most_one_pixel_lies_between(gap, eligible):
    assert could_be_one(side_by_side(10, 5, 5, gap=gap)) == eligible


@pytest.mark.parametrize(("drop", "eligible"), [(9, True), (10, False)])
def test_they_meet_on_a_line_of_at_least_three_pixels(drop, eligible):
    assert could_be_one(side_by_side(10, 5, 5, drop=drop)) == [eligible]


@pytest.mark.parametrize(
    ("area", "share", "seam", "plausible"),
    [
        (300, 0.1, 3, True),
        (299, 0.1, 3, False),  # 29.9 px
        (3000, 0.0909091, 3, True),  # a tenth of the larger part
        (3000, 0.0909, 3, False),
        (300, 0.1, 2.9, False),
    ],
)
def test_cut_objects_obey_the_same_limits(area, share, seam, plausible):
    m = side_by_side(2, 2, 2)
    instances = m.instances.assign(area_px=[area, 1])
    columns = {name: [0] for name in CUTS} | {"seam_share": [share], "seam_px": [seam]}
    m = replace(m, instances=instances, cuts=table(CUTS, columns))
    assert plausible_cuts(m).tolist() == [plausible]
    stats = reference_stats(m)
    assert np.isfinite(cut_features(m, stats, np.zeros(2))).all()


def test_features_tell_size_relative_to_the_image(wrong):
    """The first: natural logarithm of the area over that of an isolated object there."""
    stats = reference_stats(wrong)
    rows = np.arange(50)
    features = instance_features(wrong, stats, rows)
    area = wrong.instances["area_px"].to_numpy()[rows]
    single = np.exp(stats.log_area)[stats.group[rows]]
    assert features[:, 0] == pytest.approx(np.log(area / single))
    assert features[:, 1] == pytest.approx(features[:, 0] / np.maximum(stats.spread[stats.group[rows]], 0.15))


def test_two_areas_are_weighed_against_one(wrong):
    """The third: log likelihood ratio of two typical areas against one, each term clipped."""
    stats, rows = reference_stats(wrong), np.arange(len(wrong.instances))
    features = instance_features(wrong, stats, rows)
    spread = np.maximum(stats.spread[stats.group], 0.15)
    excess, share = features[:, 0], wrong.shapes["cut_share"].to_numpy().astype(float)
    small, large = (excess + np.log(np.maximum(part, 1e-3)) for part in (share, 1 - share))
    expected = np.clip((excess / spread) ** 2 / 2, 0, 30) - np.log(spread)
    expected -= np.clip((small / spread) ** 2 / 2, 0, 15) + np.clip((large / spread) ** 2 / 2, 0, 15)
    assert features[:, 2] == pytest.approx(expected)


def test_features_stay_what_the_classifiers_were_judged_with(wrong):
    """Their means on drawn cells; scores of real data depend on every column."""
    stats, pairs = reference_stats(wrong), union_pairs(wrong)
    zeros = np.zeros(len(wrong.instances))
    tables = {
        "instances": instance_features(wrong, stats, np.arange(len(zeros))),
        "unions": union_features(wrong, stats, pairs),
        "pairs": pair_features(wrong, stats, pairs, np.full(len(pairs), 2.0)),
        "cuts": cut_features(wrong, stats, zeros),
    }
    means = {name: features.mean(axis=0) for name, features in tables.items()}
    for name, expected in MEANS.items():
        assert means[name] == pytest.approx(expected, abs=2e-3), name
