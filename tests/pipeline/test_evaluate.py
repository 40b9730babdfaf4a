"""Rules over stored measurements: which run, how severe, in which order."""

import pytest

from audit.findings.finding import Finding, Severity
from audit.pipeline.config import Config, parse_config
from audit.pipeline.evaluate import evaluate_rules, list_not_checked
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer
from audit.testing import measured, scene

READ = (
    Finding("polygon.odd", Severity.ERROR, "half a point", image_id=1),
    Finding("json.bom", Severity.INFO, "a mark"),
)


@pytest.fixture
def stored():
    twice = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....")
    return StoredMeasurements(measured(twice, scene("c..")), READ, ())


def rules_of(stored, config):
    return [f.rule for f in evaluate_rules(stored, config, Timer())]


def test_detectors_and_readers_both_speak(stored):
    found = evaluate_rules(stored, Config(), Timer())
    assert {"annotation.duplicate", "polygon.odd", "json.bom"} <= {f.rule for f in found}
    assert list(found) == sorted(found, key=lambda f: f.sort_key)


def test_rules_that_are_off_do_not_run(stored):
    clock = Timer()
    assert {f.rule for f in evaluate_rules(stored, Config(select=("polygon",)), clock)} == {"polygon.odd"}
    assert not any(step.startswith("rule overlap") for step in clock.seconds)
    assert rules_of(stored, Config(select=("annotation",))) == ["annotation.duplicate"]
    assert "json.bom" not in rules_of(stored, Config(ignore=("json",)))


def test_severity_is_a_matter_of_configuration(stored):
    config = parse_config(
        {"rules": {"json.bom": {"severity": "error"}, "annotation.duplicate": {"severity": "info"}}}
    )
    severity = {f.rule: f.severity for f in evaluate_rules(stored, config, Timer())}
    assert severity["json.bom"] is Severity.ERROR
    assert severity["annotation.duplicate"] is Severity.INFO
    assert severity["polygon.odd"] is Severity.ERROR


def test_judging_changes_no_table(stored):
    before = stored.measurements.instances.copy(), stored.measurements.pairs.copy()
    evaluate_rules(stored, Config(), Timer())
    assert stored.measurements.instances.equals(before[0])
    assert stored.measurements.pairs.equals(before[1])


def test_not_checked_names_what_was_selected(stored):
    said = " ".join(list_not_checked(stored.measurements, Config(select=("overlap",))))
    assert "Every rule but those selected: overlap." in said
    assert "none were given" in said


def test_clock_adds_up_and_times_failures():
    clock = Timer()
    with clock.step("a"):
        pass
    first = clock.seconds["a"]
    with pytest.raises(RuntimeError), clock.step("a"):
        raise RuntimeError
    assert clock.seconds["a"] > first
