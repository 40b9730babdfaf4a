"""The common odds ratio against published numbers, scipy and plain sums."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import odds_ratio

from audit.diff.mantel_haenszel import association_p_value, common_odds_ratio

CELLS = st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=5)


def columns(tables):
    return [np.array(column) for column in zip(*tables, strict=True)]


def test_admissions_to_berkeley():
    """The data of R's UCBAdmissions; `mantelhaen.test` prints 0.9046968, 0.7719074 to 1.0603298, p 0.2323."""
    admitted = [512, 353, 120, 138, 53, 22], [313, 207, 205, 279, 138, 351]
    women = [89, 17, 202, 131, 94, 24], [19, 8, 391, 244, 299, 317]
    found = common_odds_ratio(*(np.array(column) for column in (*admitted, *women)))
    assert found == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=1e-6)
    p_value = association_p_value(*(np.array(column) for column in (*admitted, *women)))
    assert p_value == pytest.approx(0.2323, abs=1e-4), "R: X-squared = 1.4269, df = 1"


@given(st.tuples(*[st.integers(1, 30)] * 4))
def test_one_table_is_the_sample_odds_ratio(cells):
    a, b, c, d = cells
    ratio, low, high = common_odds_ratio(*columns([cells]))
    expected = odds_ratio([[a, b], [c, d]], kind="sample")
    interval = expected.confidence_interval(0.95)
    assert ratio == pytest.approx(expected.statistic)
    assert (low, high) == pytest.approx((interval.low, interval.high), rel=1e-6)


@given(CELLS)
def test_equals_the_sums_of_the_definition(tables):
    up = sum(a * d / max(a + b + c + d, 1) for a, b, c, d in tables)
    down = sum(b * c / max(a + b + c + d, 1) for a, b, c, d in tables)
    ratio, low, high = common_odds_ratio(*columns(tables))
    if up and down:
        assert ratio == pytest.approx(up / down)
        assert low <= ratio <= high
    else:
        assert math.isnan(low)
        assert math.isnan(ratio) == (not up and not down)


@given(CELLS)
def test_turns_around_with_the_outcome(tables):
    ratio, low, high = common_odds_ratio(*columns(tables))
    turned = common_odds_ratio(*columns([(b, a, d, c) for a, b, c, d in tables]))
    if not math.isnan(low):
        assert turned == pytest.approx((1 / ratio, 1 / high, 1 / low))
