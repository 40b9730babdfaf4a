from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from audit.findings.finding import Severity
from audit.gates.gate import judge_batch
from audit.gates.grouping import Grouping
from audit.gates.policy import Limit, Policy, Waiver
from audit.report.gate_page import build_gate_page, gate_extra_page, group_new_findings, keep_new_findings
from audit.report.gate_wording import describe_bound, describe_group_findings, describe_observed, measure_use
from audit.report.report_writer import write_report
from audit.testing import scene

TWICE = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....", file_name="twice.png")
CLEAN = scene("cc..\ncc..\n....", file_name="clean.png")


def page(result, *limits, **fields):
    policy = Policy(limits, waivers=fields.pop("waivers", ()), ratchet="baseline" in fields)
    return build_gate_page(judge_batch(result, policy, today=date(2026, 6, 1), **fields))


def test_says_the_verdict_and_how_far_the_limits_are_used(scanned):
    shown = page(
        scanned(TWICE, CLEAN),
        Limit("overlap", max_rate=0.5),
        Limit("overlap", max_count=4),
        Limit("overlap", max_count=0),
        Limit("overlap", max_rate=0.9, confidence=0.5),
    )
    assert (shown.outcome.value, shown.failed) == ("fail", True)
    used = [measure_use(judged) for judged in shown.limits]
    assert used == [pytest.approx(4 / 3), None, 0.25, pytest.approx(2 / 2.7)]
    assert list(map(describe_observed, shown.limits)) == ["2 of 3 (66.7 %)", "1", "1", "2 of 3 (66.7 %)"]
    assert [describe_bound(judged)[-2:] for judged in shown.limits] == ["", "", "", " %"]
    assert shown.rules == (("overlap.duplicate", Severity.ERROR, 1),)
    assert shown.new_findings[0].rule == "overlap.duplicate"


def test_what_counts_is_counted_by_rule_and_severity_the_most_severe_first(result, said):
    tiny = [said("mask.tiny", number, severity=Severity.INFO) for number in (1, 2)]
    findings = (*tiny, said("mask.tiny", 3), said("overlap.duplicate", 1, 2, severity=Severity.ERROR))
    shown = page(result(TWICE, CLEAN, findings=findings), Limit("*", max_count=9))
    assert [(rule, severity.value, count) for rule, severity, count in shown.rules] == [
        ("overlap.duplicate", "error", 1),
        ("mask.tiny", "warning", 1),
        ("mask.tiny", "info", 2),
    ]


def test_notes_what_somebody_must_do(scanned):
    old = Waiver("mask", "until the camera is changed", date(2026, 1, 1), file="*")
    idle = Waiver("mask", "r", date(2027, 1, 1), file="*")
    shown = page(scanned(TWICE), Limit("*", max_count=9), waivers=(old, idle), baseline=())
    assert shown.notes == (
        "Waiver expired on 2026-01-01: mask, file * (until the camera is changed).",
        "Waiver forgives nothing and can go: mask, file *.",
        "Ratchet: overlap.duplicate grew from 0 to 1 finding.",
    )


def test_groups_have_their_rate_and_interval(scanned):
    names = np.array(["Ann", "Ben"], dtype=object)
    result = scanned(TWICE, CLEAN)
    groups = Grouping("annotator", names[result.measurements.instances["image"].to_numpy()], names)
    shown = page(result, Limit("*", max_count=9), grouping=groups)
    assert shown.grouped_by == "annotator"
    assert [(rate.group, rate.n_annotations, describe_group_findings(rate)[0]) for rate in shown.groups] == [
        ("Ann", 2, "2 (100 %)"),
        ("Ben", 1, "0 (0 %)"),
    ]
    assert all(rate.low <= rate.rate <= rate.high for rate in shown.groups)
    assert page(result, Limit("*", max_count=9)).grouped_by == ""


def test_each_new_finding_says_whose_it_is_and_the_groups_lead_to_their_sheet(scanned, tmp_path):
    names = np.array(["Ann", "Ben"], dtype=object)
    scan = scanned(TWICE, CLEAN)
    groups = Grouping("annotator", names[scan.measurements.instances["image"].to_numpy()], names)
    gate = judge_batch(scan, Policy((Limit("*", max_count=0),)), today=date(2026, 1, 1), grouping=groups)
    assert group_new_findings(gate) == ("annotator", ("Ann",))
    by, of_findings = group_new_findings(gate)
    write_report(
        keep_new_findings(gate), tmp_path, extras=[gate_extra_page(gate)], grouped_by=by, groups=of_findings
    )
    assert 'href="findings.html#group=Ann&amp;view=pictures"' in (tmp_path / "gate.html").read_text()
    assert '<label>Annotator <select id="filter-group">' in (tmp_path / "findings.html").read_text()


def test_a_limit_that_passes_but_cannot_count_all_says_so(scanned, said):
    scan = scanned(TWICE, CLEAN)
    about_dataset = replace(scan, findings=(*scan.findings, said("overlap.habitual")))
    shown = page(about_dataset, Limit("overlap", max_rate=1.0))
    assert shown.outcome.value == "pass"
    assert len(shown.notes) == 1 and shown.notes[0].startswith("overlap: ")
    assert page(scan, Limit("overlap", max_rate=1.0)).notes == ()


def test_what_failed_comes_before_what_is_undecided(scanned):
    undecided = Limit("mask", max_rate=0.01, confidence=0.95)
    shown = page(
        scanned(TWICE), undecided, Limit("overlap", max_count=9), Limit("overlap.duplicate", max_count=0)
    )
    assert [judged.outcome.value for judged in shown.limits] == ["fail", "undecided", "pass"]
    assert [note.partition(":")[0] for note in shown.notes] == [
        "overlap.duplicate",
        "mask",
    ]
