"""Rules over stored measurements: which run, how severe, in which order."""

import pytest

from audit.detectors.base import Hit
from audit.detectors.registry import all_rules, dataset_rules
from audit.detectors.rule import Rule
from audit.findings.finding import Finding, Severity
from audit.loaders.loaded import UNRATED
from audit.pipeline.config import Config, parse_config
from audit.pipeline.evaluate import apply_rule_defaults, evaluate_rules, list_not_checked, run_rules
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


def test_a_stack_of_copied_records_is_said_by_its_copies():
    stack = measured(scene(*(name * 4 for name in "abcdefghijkl")))
    stored = StoredMeasurements(stack, (), ())
    assert rules_of(stored, Config(select=("annotation", "overlap"))) == ["annotation.duplicate"] * 11
    (said_once,) = evaluate_rules(stored, Config(select=("overlap.duplicate",)), Timer())
    assert sorted(said_once.instance_rows) == list(range(12))


def test_judging_changes_no_table(stored):
    before = stored.measurements.instances.copy(), stored.measurements.pairs.copy()
    evaluate_rules(stored, Config(), Timer())
    assert stored.measurements.instances.equals(before[0])
    assert stored.measurements.pairs.equals(before[1])


def test_not_checked_names_what_was_selected(stored):
    said = " ".join(list_not_checked(stored.measurements, Config(select=("overlap",))))
    assert "Every rule but those selected: overlap." in said
    assert "none were given" in said


def test_clock_adds_up_and_times_failures(monkeypatch):
    readings = iter([1.0, 1.5, 4.0, 6.0])
    monkeypatch.setattr("audit.pipeline.timer.perf_counter", lambda: next(readings))
    clock = Timer()
    with clock.step("a"):
        pass
    assert clock.seconds == {"a": 0.5}
    with pytest.raises(RuntimeError), clock.step("a"):
        raise RuntimeError
    assert clock.seconds == {"a": 2.5}


def failing(origin):
    """Make a rule that stops after its first hit."""

    def detect(measurements, options):
        yield Hit("the first", evidence={"number": 1})
        raise ValueError("two\nlines")

    return Rule("acme.broken", Severity.ERROR, "Broken", "Broken.", detect=detect, origin=origin)


@pytest.fixture
def rules_with(monkeypatch):
    """Put a rule among those of this package."""

    def add(rule):
        known = {**all_rules(), rule.id: rule}
        monkeypatch.setattr("audit.pipeline.config.all_rules", lambda: known)
        return {rule.id: rule, **dataset_rules()}

    return add


def test_a_plugins_rule_that_fails_is_named_and_no_other_suffers(stored, rules_with):
    m, failures = stored.measurements, []
    rules = rules_with(failing("acme-rules"))
    found = list(run_rules(rules, m, m, Config(), Timer(), failures))
    assert found == list(run_rules(dataset_rules(), m, m, Config(), Timer()))
    assert failures == ["Rule acme.broken of acme-rules failed: ValueError: two lines."]


def test_a_rule_of_this_package_that_fails_is_a_bug(stored, rules_with):
    m = stored.measurements
    with pytest.raises(ValueError, match="two"):
        list(run_rules(rules_with(failing("")), m, m, Config(), Timer(), []))


def test_what_loaders_report_gets_severity_and_title_from_the_registry():
    reported = [
        Finding("json.bom", UNRATED, "{title}: 3 of 3 files."),
        Finding("json.bom", UNRATED, "A text with {title}: inside."),
        Finding("acme.unknown", UNRATED, "{title}: stays."),
    ]
    rated = list(apply_rule_defaults(reported))
    assert [f.severity for f in rated] == [Severity.INFO, Severity.INFO, UNRATED]
    title = all_rules()["json.bom"].title
    assert [f.message for f in rated] == [
        f"{title}: 3 of 3 files.",
        "A text with {title}: inside.",
        "{title}: stays.",
    ]


def test_not_checked_names_modules_that_are_no_rules(stored, monkeypatch):
    monkeypatch.setattr(
        "audit.pipeline.evaluate.rule_problems", lambda: ("Rule acme.a of acme: no SEVERITY",)
    )
    assert "Rule acme.a of acme: no SEVERITY." in list(list_not_checked(stored.measurements, Config()))


def test_a_copied_record_is_said_once():
    def stored(*scenes):
        return StoredMeasurements(measured(*scenes), (), ())

    def pairs(config, *scenes):
        found = evaluate_rules(stored(*scenes), config, Timer())
        return [(f.rule, f.instance_rows) for f in found if f.rule.endswith(".duplicate")]

    three = scene("aa.", "bb.", "cc.")
    assert pairs(Config(), three) == [("annotation.duplicate", (0, 1)), ("annotation.duplicate", (0, 2))]
    redrawn = [("overlap.duplicate", rows) for rows in ((0, 1), (0, 2), (1, 2))]
    assert pairs(Config(ignore=("annotation",)), three) == redrawn
    drawn_again = scene("aaaaa", "bbbbb", "cccc.")
    assert pairs(Config(), drawn_again) == [("annotation.duplicate", (0, 1)), *redrawn[1:]]
