from dataclasses import replace

import numpy as np
import pytest

from audit.findings.finding import Severity
from audit.geometry.pairs import MAX_GAP
from audit.report.distributions import count_distributions
from audit.testing import scene

PAIRS = scene(
    """
    aaaa....eeee
    aaaa....eeee
    aaaa....eeee
    """,
    """
    ....cc......
    .bbbcc......
    .bbb..dddd..
    """,
)
"""a over b (6 px); c touches b; d overlaps e; d and b, c near."""


@pytest.fixture
def charts(result, said):
    """Give the charts of the scene, with the masks a, b flagged by a warning and c by a note."""
    findings = (
        said("overlap.partial", 1, 2, image=1),
        said("mask.tiny", 3, image=1, severity=Severity.INFO),
    )
    found = result(PAIRS, findings=findings)
    drawn = count_distributions(found)
    return found.measurements, {chart.name: chart for chart in drawn}


def test_every_mask_is_counted_and_those_with_a_warning_are_flagged(charts):
    m, named = charts
    for name in ("area", "solidity"):
        assert named[name].total == len(m.instances) == 5
        assert named[name].total_flagged == 2


def test_pairs_are_split_into_those_that_overlap_and_those_that_do_not(charts):
    m, named = charts
    over = (m.pairs["intersection_px"] > 0).to_numpy()
    assert 0 < over.sum() < len(over)
    assert named["iou"].total == named["depth"].total == over.sum()
    assert named["gap"].total == (~over).sum()
    assert named["contact"].total == (m.pairs["contact_px"].to_numpy()[~over] >= 1).sum()


def test_a_pair_is_flagged_where_both_masks_are(charts):
    _, named = charts
    assert named["iou"].total_flagged == 1
    assert named["gap"].total_flagged == 0


def test_gaps_have_a_bin_a_pixel(charts):
    m, named = charts
    over = m.pairs["intersection_px"].to_numpy() > 0
    gaps = m.pairs["gap_px"].to_numpy()[~over]
    assert named["gap"].counts == tuple(np.bincount(gaps, minlength=MAX_GAP + 1))


def test_empty_masks_are_no_small_masks(result):
    found = result(scene("a"), findings=())
    empty = found.measurements.instances.assign(area_px=0)
    nothing = replace(found, measurements=replace(found.measurements, instances=empty))
    assert count_distributions(nothing) == ()
