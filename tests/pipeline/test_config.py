import json
from dataclasses import replace

import pytest

from audit.detectors.registry import all_rules, dataset_rules
from audit.findings.finding import Severity
from audit.pipeline.config import Config, find_config, load_config, parse_config
from audit.pipeline.validation import ConfigError

GOOD = """
select = ["overlap", "ref"]
ignore = ["overlap.identical"]
fail_on = "warning"
workers = 2
[report]
html = false
[rules."overlap.duplicate"]
min_iou = 1
severity = "info"
[rules.ref.image]
enabled = false
"""


@pytest.fixture
def good(tmp_path):
    text = GOOD.replace('"overlap.identical"', '"overlap.duplicate"')
    (tmp_path / "maskaudit.toml").write_text(text)
    return load_config(tmp_path / "maskaudit.toml")


def test_values_arrive_typed(good):
    assert good.select == ("overlap", "ref")
    assert (good.fail_on, good.workers, good.report.html) == ("warning", 2, False)
    assert good.options("overlap.duplicate").min_iou == 1.0
    assert isinstance(good.options("overlap.duplicate").min_iou, float)
    assert good.severity("overlap.duplicate") is Severity.INFO
    assert not good.is_on("overlap.duplicate")
    assert not good.is_on("ref.image")


def test_the_defaults_of_unnamed_rules_stay(good):
    for rule in dataset_rules().values():
        if rule.id != "overlap.duplicate":
            assert good.options(rule.id) == rule.options()


def test_effective_config_spells_everything_out(good):
    effective = good.effective()
    assert list(effective["rules"]) == list(all_rules())
    assert effective["rules"]["overlap.duplicate"]["min_iou"] == 1.0
    assert effective["rules"]["ref.image"]["enabled"] is False
    assert "workers" not in effective
    json.dumps(effective, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('selcet = ["overlap"]', 'selcet: unknown key; did you mean "select"?'),
        ("color = 1", "color: unknown key; known: select, ignore, fail_on, workers, partition_size, report, rules"),
        ('select = "overlap"', "select: expected"),
        ("select = [1]", "select: expected str, got int, at ["),
        ('select = ["overlaps"]', 'select: no rule or family is called "overlaps"; did you mean "overlap"?'),
        ('ignore = ["qqqq"]', "ignore: no rule or family is called"),
        ('fail_on = "warnings"', 'expected one of error, warning, never, got \'warnings\'; did you mean "warning"?'),
        ("fail_on = 1", "fail_on: expected one of error, warning, never, got 1"),
        ("workers = 0", "workers: expected 1 or more, got 0"),
        ("workers = -1", "workers: expected 1 or more, got -1"),
        ("partition_size = 0", "partition_size: expected 1 or more, got 0"),
        ("workers = true", "workers: expected"),
        ("report = 1", "report: expected a table, got 1"),
        ("[report]\nhtlm = true", 'report.htlm: unknown key; did you mean "html"?'),
        ("[report]\nhtml = 1", "report.html: expected bool, got int"),
        ("rules = []", "rules: expected a table"),
        ('[rules."overlap.duplicat"]', 'rules."overlap.duplicat": no rule has this name; did you mean "overlap.duplicate"'),
        ("[rules.overlap]", 'rules."overlap": no rule has this name'),
        ('[rules.overlap.duplicate]\n[rules."overlap.duplicate"]', 'rules."overlap.duplicate": is given twice'),
        ('[rules."overlap.duplicate"]\nmin_iuo = 0.5', 'min_iuo: unknown key; did you mean "min_iou"?'),
        ('[rules."overlap.duplicate"]\nmin_iou = "0.5"', 'rules."overlap.duplicate".min_iou: expected float, got str'),
        ('[rules."overlap.duplicate"]\nmin_iou = 2', "expected a value from 0 to 1 (IoU), got 2.0"),
        ('[rules."overlap.duplicate"]\nmin_iou = nan', "expected a finite number, got nan"),
        ('[rules."overlap.duplicate"]\nseverity = "warn"', 'info, got \'warn\'; did you mean "warning"?'),
        ('[rules."overlap.duplicate"]\nenabled = "no"', "enabled: expected bool, got str"),
        ('[rules."ref.image"]\nmin_iou = 0.5', 'rules."ref.image".min_iou: unknown key'),
        ("select = [", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_file_the_key_and_the_remedy(tmp_path, text, answer):
    file = tmp_path / "maskaudit.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert answer in message
    assert "\n" not in message


def test_lists_become_the_tuples_that_options_hold(monkeypatch):
    from dataclasses import dataclass

    from audit.detectors.base import option

    @dataclass(frozen=True, slots=True)
    class Options:
        allow: tuple[tuple[str, str], ...] = option((), unit="-", help="pairs that may overlap")

    Options.__annotations__["allow"] = tuple[tuple[str, str], ...]
    rule = replace(all_rules()["overlap.duplicate"], options=Options)
    changed = {**all_rules(), rule.id: rule}
    monkeypatch.setattr("audit.pipeline.config.all_rules", lambda: changed)
    config = parse_config({"rules": {"overlap.duplicate": {"allow": [["plate", "table"]]}}})
    assert config.options("overlap.duplicate").allow == (("plate", "table"),)
    assert config.effective()["rules"]["overlap.duplicate"]["allow"] == [["plate", "table"]]
    with pytest.raises(ConfigError, match="allow: expected"):
        parse_config({"rules": {"overlap.duplicate": {"allow": [["plate"]]}}})


def test_unreadable_files_are_config_errors(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'select = ["\xe9"]')
    with pytest.raises(ConfigError, match=r"latin\.toml: not valid TOML"):
        load_config(tmp_path / "latin.toml")
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_the_nearest_file_above_is_found(tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    project = tmp_path / "pyproject.toml"
    project.write_text('[tool.maskaudit]\nignore = ["overlap"]\n')
    (below / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_config(below) == project
    assert load_config(project).ignore == ("overlap",)
    own = tmp_path / "a" / "maskaudit.toml"
    own.write_text("")
    assert find_config(below) == own
    assert load_config(own) == Config(file=str(own))


def test_a_project_file_names_its_table(tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.maskaudit]\nworker = 1\n")
    with pytest.raises(ConfigError, match=r"tool\.maskaudit\.worker: unknown key"):
        load_config(project)
    project.write_text("")
    with pytest.raises(ConfigError, match="there is no table"):
        load_config(project)


def test_a_single_worker_is_enough():
    assert parse_config({"workers": 1}).workers == 1
