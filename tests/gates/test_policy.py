import tomllib
from datetime import date

import pytest

from audit.findings.finding import Finding, Severity
from audit.gates.policy import Limit, Policy, load_policy, matches_rule, parse_policy
from audit.pipeline.validation import ConfigError

GOOD = """
[gate]
undecided = "pass"
ratchet = true

[[gate.limits]]
rule = "overlap.*"
max_rate = 0.01
per = "pair"
confidence = 0.95
min_sample = 200

[[gate.limits]]
severity = "error"
max_count = 0

[[gate.waivers]]
rule = "overlap.partial"
category = "bottle"
reason = "caps are drawn over bottles until the guide is changed"
until = 2027-01-31
"""


def test_reads_everything(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(GOOD)
    policy = load_policy(file)
    assert policy.undecided == "pass"
    assert policy.ratchet
    assert policy.limits[0] == Limit("overlap.*", None, None, 0.01, "pair", 0.95, 200)
    assert policy.limits[1] == Limit(severity=Severity.ERROR, max_count=0)
    assert policy.waivers[0].until == date(2027, 1, 31)
    assert policy.file == str(file)


def test_reads_pyproject(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[[tool.maskaudit.gate.limits]]\nrule = "mask"\nmax_count = 3\n')
    assert load_policy(file).limits == (Limit("mask", max_count=3),)
    file.write_text("[[tool.maskaudit.gate.limits]]\nmax_count = 3\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml: tool\.maskaudit\.gate\.limits\[0\]: "):
        load_policy(file)


def test_the_default_forbids_errors_and_many_warnings():
    assert [(x.severity, x.max_count, x.max_rate) for x in Policy().limits] == [
        (Severity.ERROR, 0, None),
        (Severity.WARNING, None, 0.05),
    ]


LIMIT = '[[gate.limits]]\nrule = "mask"\n'
WAIVER = '[[gate.waivers]]\nrule = "mask.tiny"\nreason = "r"\nuntil = 2027-01-01\nfile = "*"\n'

MISTAKES = {
    "unknown key": ("[gate]\nundecide = 1\n", 'gate.undecide: unknown key; did you mean "undecided"?'),
    "wrong choice": (
        '[gate]\nundecided = "ignore"\n',
        "gate.undecided: expected one of fail, pass, got 'ignore'",
    ),
    "ratchet no flag": ('[gate]\nratchet = "yes"\n', "gate.ratchet: expected bool, got str"),
    "limits no list": ("[gate.limits]\nrule = 1\n", "gate.limits: expected a list of tables"),
    "no limits": ("[gate]\nlimits = []\n", "gate.limits: there is no limit in it"),
    "limit no table": ("[gate]\nlimits = [3]\n", "gate.limits[0]: expected a table, got 3"),
    "limit key": (
        LIMIT + "max_rates = 0.1\n",
        'gate.limits[0].max_rates: unknown key; did you mean "max_rate"?',
    ),
    "unknown rule": (
        '[[gate.limits]]\nrule = "overlap.dupe"\nmax_count = 0\n',
        'gate.limits[0].rule: no rule or family is called "overlap.dupe"; did you mean "overlap',
    ),
    "unknown severity": (
        '[[gate.limits]]\nseverity = "fatal"\nmax_count = 0\n',
        "gate.limits[0].severity: expected one of error, warning, info, got 'fatal'",
    ),
    "nothing limited": (
        "[[gate.limits]]\nmax_count = 0\n",
        "gate.limits[0]: says what is limited by neither",
    ),
    "no number": (LIMIT, "gate.limits[0]: give either max_count or max_rate"),
    "two numbers": (
        LIMIT + "max_count = 1\nmax_rate = 0.1\n",
        "gate.limits[0]: give either max_count or max_rate",
    ),
    "negative count": (LIMIT + "max_count = -1\n", "gate.limits[0].max_count: expected 0 or more, got -1"),
    "text for a number": (LIMIT + 'max_count = "0"\n', "gate.limits[0].max_count: expected int"),
    "rate above 1": (
        LIMIT + "max_rate = 5\n",
        "gate.limits[0].max_rate: expected a share from 0 to 1, got 5",
    ),
    "rate not finite": (LIMIT + "max_rate = nan\n", "gate.limits[0].max_rate: expected a finite number"),
    "unknown unit": (
        LIMIT + 'max_rate = 0.1\nper = "images"\n',
        "gate.limits[0].per: expected one of annotation, pair, image, got 'images'; did you mean \"image\"?",
    ),
    "confidence 95": (
        LIMIT + "max_rate = 0.1\nconfidence = 95\n",
        "gate.limits[0].confidence: expected a value from 0.5 to below 1",
    ),
    "confidence of a count": (
        LIMIT + "max_count = 1\nconfidence = 0.9\n",
        "gate.limits[0].confidence: belongs to max_rate",
    ),
    "confidence of no rate": (
        LIMIT + "max_rate = 0\nconfidence = 0.9\n",
        "gate.limits[0].max_rate: no batch can show",
    ),
    "negative sample": (
        LIMIT + "max_rate = 0.1\nmin_sample = -1\n",
        "gate.limits[0].min_sample: expected 0 or more",
    ),
    "waiver key": (
        WAIVER + 'untill = "x"\n',
        'gate.waivers[0].untill: unknown key; did you mean "until"?',
    ),
    "waiver without reason": (
        WAIVER.replace('reason = "r"\n', ""),
        "gate.waivers[0]: there is no reason; a waiver needs rule, reason and until",
    ),
    "waiver with empty reason": (WAIVER.replace('"r"', '" "'), "gate.waivers[0].reason: is empty"),
    "waiver for everything": (
        WAIVER.replace('file = "*"\n', ""),
        "gate.waivers[0]: names neither fingerprint, category nor file",
    ),
    "waiver for ever": (WAIVER.replace("2027-01-01", '"never"'), "gate.waivers[0].until: "),
    "waiver of no rule": (WAIVER.replace("mask.tiny", "mask.tinny"), 'did you mean "mask.tiny"?'),
    "not a policy": ("[gates]\n", "there is no table [gate]"),
    "tables at the top": (
        '[[limits]]\nrule = "mask"\n',
        "there is no table [gate]; write [[gate.limits]], not [[limits]]",
    ),
    "more than a policy": (
        'select = ["mask"]\n[gate]\n',
        "select: a policy has only [gate]; give the rest with --config",
    ),
    "no TOML": ("gate = [", "not valid TOML"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_place(name, tmp_path):
    text, message = MISTAKES[name]
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_policy(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said():
    from pathlib import Path

    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_policy(Path("none.toml"))


def test_limits_cover_by_rule_and_severity():
    found = Finding("overlap.partial", Severity.WARNING, "")
    assert Limit("overlap.*", max_count=0).covers(found)
    assert Limit("*", Severity.WARNING, max_count=0).covers(found)
    assert not Limit("overlap", Severity.ERROR, max_count=0).covers(found)
    assert not Limit("mask", max_count=0).covers(found)
    assert not matches_rule("overlap.part", "overlap.partial")


def test_the_configuration_keeps_the_table(tmp_path):
    from audit.pipeline.config import load_config

    file = tmp_path / "maskaudit.toml"
    file.write_text('ignore = ["mask"]\n' + GOOD)
    assert parse_policy(load_config(file).gate) == parse_policy(tomllib.loads(GOOD)["gate"])
