"""Limits at and beside the numbers that decide."""

import pytest

from audit.findings.finding import Finding, Severity
from audit.gates.bounds import clopper_pearson_lower, clopper_pearson_upper
from audit.gates.policy import Limit
from audit.gates.rate_units import count_outside_units, count_units
from audit.gates.verdict import Outcome, evaluate_limit, worst_outcome
from audit.testing import measured, scene

TEN = measured(*(scene("a", file_name=f"{k}.png") for k in range(10)))
"""Ten images of one annotation each: independent units."""


def findings(count, rule="mask.tiny"):
    return [Finding(rule, Severity.INFO, "", image_row=k, instance_rows=(k,)) for k in range(count)]


def outcome(n_findings, **limit):
    return evaluate_limit(Limit("mask", **limit), findings(n_findings), TEN)


@pytest.mark.parametrize(("count", "expected"), [(2, "pass"), (3, "fail")])
def test_a_count_is_kept_at_the_limit(count, expected):
    assert outcome(count, max_count=2).outcome.value == expected


@pytest.mark.parametrize(("count", "expected"), [(2, "pass"), (3, "fail")])
def test_a_rate_is_kept_at_the_limit(count, expected):
    result = outcome(count, max_rate=0.2)
    assert (result.outcome.value, result.rate) == (expected, count / 10)


@pytest.mark.parametrize(("needed", "expected"), [(10, "pass"), (11, "undecided")])
def test_as_many_units_as_are_needed_are_enough(needed, expected):
    assert outcome(0, max_rate=0.2, min_sample=needed).outcome.value == expected


def test_few_units_fail_where_the_rate_is_surely_too_high():
    """Five of ten: with 95 % confidence the rate is above 22.2 %, with 90 % above 26.7 %."""
    surely = clopper_pearson_lower(5, 10, 0.95)
    for max_rate, expected in ((surely - 1e-6, "fail"), (surely + 1e-6, "undecided")):
        assert outcome(5, max_rate=max_rate, min_sample=99).outcome.value == expected
    surely = clopper_pearson_lower(5, 10, 0.9)
    for max_rate, expected in ((surely - 1e-6, "fail"), (surely + 1e-6, "undecided")):
        result = outcome(5, max_rate=max_rate, min_sample=99, confidence=0.9)
        assert result.outcome.value == expected


def test_confidence_decides_at_the_bound():
    """None of ten: the rate may be up to 25.9 %."""
    best_case = clopper_pearson_upper(0, 10, 0.95)
    for max_rate, expected in ((best_case, "undecided"), (best_case + 1e-6, "pass")):
        assert outcome(0, max_rate=max_rate, confidence=0.95).outcome.value == expected
    bound = clopper_pearson_upper(1, 10, 0.95)
    for max_rate, expected in ((bound, "fail"), (bound + 1e-6, "pass")):
        result = outcome(1, max_rate=max_rate, confidence=0.95)
        assert (result.outcome.value, result.upper_bound) == (expected, pytest.approx(bound))


def test_fail_is_worse_than_undecided_and_this_than_pass():
    order = [Outcome.PASS, Outcome.UNDECIDED, Outcome.FAIL]
    for k, worse in enumerate(order):
        assert worst_outcome(order[: k + 1]) is worse
        assert worst_outcome(order[: k + 1][::-1]) is worse


def test_all_touching_pairs_of_a_finding_count():
    """A row of touching objects: every neighbour is a pair; a finding names them all."""
    row = measured(scene("abcdefghij"))
    finding = Finding("touching.split", Severity.INFO, "", image_row=0, instance_rows=tuple(range(10)))
    assert count_units("pair", row, [finding]).n_defective == 9
    first_nine = Finding("touching.split", Severity.INFO, "", image_row=0, instance_rows=tuple(range(9)))
    assert count_units("pair", row, [first_nine]).n_defective == 8
    last_two = Finding("touching.split", Severity.INFO, "", image_row=0, instance_rows=(8, 9))
    assert count_units("pair", row, [last_two]).n_defective == 1


def test_units_that_a_finding_is_not_about():
    m = measured(scene("ab.c"))
    far = Finding("overlap.partial", Severity.INFO, "", image_row=0, instance_rows=(0, 2))
    near = Finding("overlap.partial", Severity.INFO, "", image_row=0, instance_rows=(0, 1))
    assert count_outside_units("pair", m, [near, far]) == 1
    whole = Finding("dataset.empty", Severity.INFO, "")
    first_image = Finding("image.empty", Severity.INFO, "", image_row=0)
    assert count_outside_units("image", m, [whole, first_image]) == 1
    assert count_outside_units("annotation", m, [first_image, near]) == 1
