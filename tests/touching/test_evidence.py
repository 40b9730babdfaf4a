"""Which pairs could be one object: a case at and a case beside each limit."""

from dataclasses import replace

import numpy as np
import pytest

from audit.measure.schema import CUTS, table
from audit.testing import measured, scene
from audit.touching.evidence import (
    cut_features,
    eligible_pairs,
    instance_features,
    plausible_cuts,
    union_pairs,
)
from audit.touching.reference_stats import reference_stats


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
