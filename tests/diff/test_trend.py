import math

import numpy as np
import pytest

from audit.diff.stored_runs import StoredRun
from audit.diff.trend import measure_trend

ON = {"enabled": True, "severity": "warning", "min_px": 4}


def run(name, *findings, annotations=5, images=200, settings=ON, version="1"):
    """Make a batch whose first images have a finding of ``mask.tiny`` each, as often as given."""
    counts = np.zeros(images + 1, dtype=np.int64)
    counts[: len(findings)] = findings
    labelled = np.append(np.full(images, annotations), 0)
    rules = {"mask.tiny": settings} if settings else {}
    return StoredRun(name, version, rules, labelled, {"mask.tiny": counts} if counts.any() else {})


def only(*runs):
    (rule,) = measure_trend(runs).rules
    return rule


def test_rates_have_the_score_interval_of_a_poisson_mean():
    first, second = only(run("a", *[1] * 10), run("b", *[1] * 10)).batches
    assert first == second
    assert first.findings == 10
    assert first.per_100 == 1.0
    # (10 + 1.96**2 / 2 -+ 1.96 * sqrt(10 + 1.96**2 / 4)) / 1000 annotations
    assert (first.low, first.high) == pytest.approx((0.5432, 1.8409), abs=1e-4)


def test_findings_that_come_together_count_less():
    spread, together = (only(run("a", *counts), run("b", *counts)).batches[0] for counts in ([1] * 20, [20]))
    assert spread.per_100 == together.per_100 == 2.0
    assert together.high - together.low > 3 * (spread.high - spread.low)
    assert only(run("a", *[1] * 20), run("b")).verdict == "newest lower"
    assert only(run("a", 20), run("b")).verdict == "", "one bad image is no trend"


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((2, 8, 15, 22, 30), "rises"),
        ((30, 22, 15, 8, 2), "falls"),
        ((5, 6, 5, 4, 25), "newest higher"),
        ((10, 11, 9, 12, 10), ""),
        ((1, 0, 2), ""),
        ((0, 4), ""),
    ],
)
def test_a_change_is_named_only_beyond_chance(counts, verdict):
    rule = only(*(run(str(k), *[1] * count) for k, count in enumerate(counts)))
    assert rule.verdict == verdict


def test_two_batches_agree_with_the_binomial_test():
    from scipy.stats import binomtest

    rule = only(run("a", *[1] * 12), run("b", *[1] * 33))
    assert math.isnan(rule.trend_p)
    assert rule.newest_p == pytest.approx(binomtest(33, 45, 0.5).pvalue, abs=0.002)


def test_many_rules_raise_the_bar():
    def batch(name, count):
        findings = {f"r.{k}": np.append(np.repeat([1, 0], [count if not k else 20, 180 + (20 - count if not k else 0)]), 0)
                    for k in range(30)}  # fmt: skip
        return StoredRun(name, "1", dict.fromkeys(findings, ON), np.append(np.full(200, 5), 0), findings)

    alone = measure_trend([run("a", *[1] * 20), run("b", *[1] * 38)])
    among = measure_trend([batch("a", 20), batch("b", 38)])
    assert alone.rules[0].verdict == "newest higher"
    assert not any(rule.verdict for rule in among.rules)


def test_a_rule_that_was_off_is_not_zero():
    trend = measure_trend(
        [run("x/a", settings=None), run("x/b", *[1] * 30), run("x/c", *[1] * 30, version="2")]
    )
    (rule,) = trend.rules
    assert math.isnan(rule.batches[0].per_100)
    assert rule.verdict == ""
    assert trend.names == ("a", "b", "c")
    assert trend.notes == (
        "The reports were made by versions 1, 2 of maskaudit.",
        "Off in some batches, and not compared there: mask.tiny.",
    )
    other = measure_trend([run("a", 1), run("b", 1, settings=ON | {"min_px": 9})])
    assert other.notes == ("Other settings in some batches: mask.tiny.",)


def test_batches_without_annotations_tell_nothing():
    rule = only(run("a", 1, annotations=0), run("b", *[1] * 9))
    assert math.isnan(rule.batches[0].per_100)
    assert rule.verdict == ""
