from dataclasses import replace
from datetime import date

import pytest

from audit.findings.decisions import Decision, Verdict
from audit.findings.finding import Finding, Severity
from audit.gates.baseline import make_baseline
from audit.gates.gate import judge_batch
from audit.gates.policy import Limit, Policy, Waiver
from audit.gates.reviewed import Acceptance
from audit.gates.sampling import Plan
from audit.gates.verdict import Outcome
from audit.testing import scene

TODAY = date(2026, 6, 1)
TWICE = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....", file_name="twice.png")
CLEAN = scene("aa..\naa..\n...b", file_name="clean.png")


def gate(scan, *limits, **fields):
    settings = {k: fields.pop(k) for k in ("waivers", "undecided", "ratchet") if k in fields}
    return judge_batch(
        scan, Policy(limits, **settings) if limits else Policy(**settings), today=TODAY, **fields
    )


def test_a_clean_batch_passes(batch):
    result = gate(batch(CLEAN))
    assert result.outcome.value == "pass"
    assert result.exit_code == 0


def test_an_error_fails_by_default(batch):
    result = gate(batch(TWICE, CLEAN))
    assert [f.rule for f in result.new_findings()] == ["overlap.duplicate"]
    assert result.outcome.value == "fail"
    assert result.exit_code == 1
    assert result.limits[0].reason == "1 found, 0 allowed."


def test_what_the_baseline_knows_does_not_fail(batch):
    scan = batch(TWICE, CLEAN)
    result = gate(scan, baseline=make_baseline(scan.findings))
    assert result.outcome.value == "pass"
    assert result.count_by_status() == {"dismissed": 0, "waived": 0, "known": 1, "new": 0}


def test_what_was_dismissed_does_not_fail(batch):
    (found,) = batch(TWICE).findings
    scan = batch(TWICE, decisions={found.fingerprint: Decision(Verdict.FINE)})
    assert gate(scan).outcome.value == "pass"
    assert gate(batch(TWICE, decisions={found.fingerprint: Decision(Verdict.UNSURE)})).failed
    assert scan.reviews[0].precision == 0.0


def test_a_waiver_that_expired_fails_even_a_clean_batch(batch):
    old = Waiver("overlap", "r", date(2026, 5, 31), file="*")
    result = gate(batch(CLEAN), waivers=(old,))
    assert result.outcome.value == "fail"
    assert not gate(batch(TWICE), waivers=(Waiver("overlap", "r", TODAY, file="twice*"),)).failed


def test_a_ratchet_lets_findings_be_swapped_but_not_grow(batch):
    other = scene("cccc\ncccc\n....", "dddd\ndddd\n....", "....\n....\n.e..", file_name="other.png")
    lenient = Limit("*", max_count=9)
    known = make_baseline(batch(TWICE, CLEAN).findings)
    assert not gate(batch(TWICE, CLEAN), lenient, baseline=known, ratchet=True).failed
    grown = gate(batch(TWICE, other), lenient, baseline=known, ratchet=True)
    assert grown.regressions == (("overlap.duplicate", 1, 2),)
    assert grown.failed


@pytest.mark.parametrize(
    ("limit", "outcome", "said"),
    [
        (Limit("overlap", max_count=1), "pass", "1 found, 1 allowed"),
        (Limit("mask", max_count=0), "pass", "0 found"),
        (Limit("overlap", max_rate=0.5), "pass", "2 of 4 annotations (50.00 %), 50 % allowed"),
        (Limit("overlap", max_rate=0.4), "fail", "2 of 4 annotations (50.00 %), 40 % allowed"),
        (Limit("overlap", max_rate=0.4, per="image"), "fail", "1 of 2 images (50.00 %), 40 % allowed"),
        (Limit("overlap", max_rate=0.4, per="pair"), "fail", "1 of 1 pairs (100 %), 40 % allowed"),
        (
            Limit("overlap", max_rate=0.6, min_sample=100),
            "undecided",
            "2 of 4 annotations (50.00 %): 100 are needed",
        ),
        (Limit("mask", max_rate=0.01, confidence=0.95), "undecided", "so few could not show it"),
        (Limit("mask", max_rate=0.8, confidence=0.95), "pass", "0 of 4 annotations (0 %), at most 77.64 %"),
        (Limit("overlap", max_rate=0.8, confidence=0.95), "fail", "but the rate may be up to"),
    ],
)
def test_limits(batch, limit, outcome, said):
    (line,) = gate(batch(TWICE, CLEAN), limit).limits
    assert line.outcome.value == outcome
    assert said in line.reason


def test_few_can_still_be_surely_too_many(batch):
    scenes = [scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....", file_name=f"{k}.png") for k in range(10)]
    (line,) = gate(batch(*scenes), Limit("overlap", max_rate=0.01, min_sample=1000)).limits
    assert line.outcome.value == "fail"
    assert "a small batch, but surely above 1 %" in line.reason


def test_undecided_fails_unless_the_policy_says_otherwise(batch):
    few = Limit("overlap", max_rate=0.1, min_sample=100)
    assert gate(batch(CLEAN), few).exit_code == 1
    result = gate(batch(CLEAN), few, undecided="pass")
    assert result.outcome.value == "undecided"
    assert result.exit_code == 0


def test_no_policy_lets_pass_what_was_seen_above_the_limit(batch):
    scan = batch(TWICE)
    n_units = len(scan.measurements.instances)
    few = Limit("overlap", max_rate=1 / n_units, min_sample=100)
    result = gate(scan, few, undecided="pass")
    assert (result.outcome.value, result.limits[0].n_defective) == ("undecided", 2)
    assert result.exit_code == 1
    at_the_limit = Limit("overlap", max_rate=2 / n_units, min_sample=100)
    assert gate(scan, at_the_limit, undecided="pass").exit_code == 0


def test_a_review_of_another_batch_passes_under_no_policy(batch):
    scan = batch(CLEAN)
    review = Acceptance(Outcome.UNDECIDED, "", Plan(2, 0, 9, 0.5, 0.9), 1, 0, 1.0, ())
    assert gate(scan, acceptance=review).exit_code == 1
    assert gate(scan, undecided="pass", acceptance=review).exit_code == 0
    elsewhere = replace(review, is_of_batch=False)
    assert gate(scan, undecided="pass", acceptance=elsewhere).exit_code == 1


def test_findings_that_no_rate_can_see_are_said(batch):
    scan = batch(CLEAN)
    whole = Finding("dataset.unused_category", Severity.WARNING, "unused")
    (line,) = gate(replace(scan, findings=(whole,)), Limit("*", max_rate=0.1)).limits
    assert line.outcome.value == "pass"
    assert line.n_outside_units == 1
    assert "1 finding is about no annotation" in line.reason


def test_an_empty_batch_passes_counts_and_does_not_show_rates(batch):
    assert gate(batch()).outcome.value == "pass"
    (line,) = gate(batch(), Limit("overlap", max_rate=0.1, confidence=0.9)).limits
    assert line.outcome.value == "undecided"


def test_a_ratchet_does_not_count_what_was_dismissed(batch):
    (found,) = batch(TWICE).findings
    dismissed = batch(TWICE, decisions={found.fingerprint: Decision(Verdict.FINE)})
    assert gate(dismissed, Limit("*", max_count=9), baseline=(), ratchet=True).regressions == ()
    assert gate(batch(TWICE), Limit("*", max_count=9), baseline=(), ratchet=True).failed
