"""Finding rules: in this package and in plugins, and what is said of modules that are none."""

import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

import audit.detectors.mask as family
from audit.detectors import registry
from audit.detectors.registry import all_rules, dataset_rules, reload_rules, rule_problems
from audit.detectors.rule import Judges, NoOptions, rule_from_module
from audit.findings.finding import Severity

RULE = '''"""A rule of the tests."""

from audit.findings.finding import Severity

SEVERITY = Severity.INFO


def detect(m, o):
    """Find nothing."""
    return []
'''


@pytest.fixture(autouse=True)
def fresh_registry(monkeypatch):
    """Look for rules anew in every test, and forget what it found."""
    before = set(sys.modules)
    reload_rules()
    yield
    monkeypatch.undo()
    reload_rules()
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def in_family(tmp_path, monkeypatch):
    """Put a file beside the rules of the family ``mask``."""

    def write(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.setattr(family, "__path__", [*family.__path__, str(tmp_path)])
        reload_rules()

    yield write
    for name in [key for key in vars(family) if f"{tmp_path}" in str(vars(family)[key])]:
        delattr(family, name)


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Install entry points: name, module, and the files of the plugin's package."""

    def install(*named, files):
        folder = tmp_path / "site"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        found = []
        for name, value in named:
            point = EntryPoint(name, value, registry.ENTRY_POINTS)
            vars(point).update(dist=SimpleNamespace(name="acme-rules"))
            found.append(point)
        monkeypatch.setattr(
            registry, "entry_points", lambda group: found if group == registry.ENTRY_POINTS else []
        )
        reload_rules()

    return install


def test_rules_are_sorted_and_divided_by_what_they_judge():
    rules = all_rules()
    assert list(rules) == sorted(rules)
    judged = {judges: [r for r in rules.values() if r.judges is judges] for judges in Judges}
    assert all(judged.values())
    assert list(dataset_rules().values()) == judged[Judges.DATASET]
    assert all(
        (rule.detect is None) == (rule.judges in (Judges.FILES, Judges.RUN)) for rule in rules.values()
    )


def test_a_file_in_a_family_is_a_rule_and_may_be_called_base(in_family):
    in_family("base.py", RULE)
    assert all_rules()["mask.base"].severity is Severity.INFO
    assert dataset_rules()["mask.base"].options is NoOptions
    assert rule_problems() == ()


def test_a_leading_underscore_marks_a_helper(in_family):
    in_family("_base.py", "raise RuntimeError")
    assert not [rule for rule in all_rules() if "base" in rule]
    assert rule_problems() == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (RULE.replace("SEVERITY", "WEIGHT"), "a rule needs SEVERITY"),
        (RULE.replace("Severity.INFO", "'info'"), "a rule needs SEVERITY"),
        (RULE.replace("def detect", "def find"), "a rule needs detect"),
        (RULE.replace('"""A rule of the tests."""', ""), "a rule needs a docstring"),
        (RULE + "\nJUDGES = 'files'\n", "JUDGES is to be one of Judges"),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("def broken(:", "cannot be imported: SyntaxError"),
    ],
)
def test_a_module_that_is_no_rule_is_named_and_breaks_nothing(in_family, text, what):
    in_family("stripe.py", text)
    (problem,) = rule_problems()
    assert problem.startswith("Rule mask.stripe: ")
    assert "stripe" in problem.removeprefix("Rule mask.stripe")
    assert what in problem
    assert "\n" not in problem
    assert "mask.stripe" not in all_rules()
    assert "mask.tiny" in all_rules()


def test_a_plugin_names_one_rule(plugin):
    plugin(
        ("acme.stripe", "acme_rules.lines"), files={"acme_rules/__init__.py": "", "acme_rules/lines.py": RULE}
    )
    rule = all_rules()["acme.stripe"]
    assert (rule.origin, rule.title) == ("acme-rules", "A rule of the tests")
    assert dataset_rules()["acme.stripe"] is rule
    assert rule_problems() == ()


def test_a_plugin_names_a_package_of_rules(plugin):
    files = {"acme_rules/__init__.py": "", "acme_rules/stripe.py": RULE, "acme_rules/_shared.py": "1 / 0"}
    plugin(("acme", "acme_rules"), files=files | {"acme_rules/dot.py": RULE})
    assert [rule.id for rule in all_rules().values() if rule.origin] == ["acme.dot", "acme.stripe"]
    assert rule_problems() == ()


def test_a_plugin_may_add_to_a_family_but_not_replace_a_rule(plugin):
    files = {"acme_rules/__init__.py": "", "acme_rules/stripe.py": RULE, "acme_rules/tiny.py": RULE}
    plugin(("mask", "acme_rules"), files=files)
    assert all_rules()["mask.stripe"].origin == "acme-rules"
    assert all_rules()["mask.tiny"].origin == ""
    assert rule_problems() == ("Rule mask.tiny of acme-rules: this id is taken by a rule of maskaudit",)


@pytest.mark.parametrize(
    ("name", "module", "what"),
    [
        ("acme.stripe", "acme_nowhere", "acme_nowhere cannot be imported: ModuleNotFoundError"),
        ("acme", "acme_nowhere", "acme_nowhere cannot be imported: ModuleNotFoundError"),
        ("acme", "acme_rules.stripe", "this is no package"),
        ("Acme.Stripe", "acme_rules.stripe", "small letters"),
        ("acme.a.b", "acme_rules.stripe", "a rule's id is family.name"),
    ],
)
def test_what_is_wrong_with_a_plugin_is_one_line(plugin, name, module, what):
    plugin((name, module), files={"acme_rules/__init__.py": "", "acme_rules/stripe.py": RULE})
    (problem,) = rule_problems()
    assert problem.startswith(f"Rule {name} of acme-rules: ")
    assert what in problem
    assert "\n" not in problem
    assert not any(rule.origin for rule in all_rules().values())


def test_the_manual_page_ends_with_the_options():
    manual = all_rules()["overlap.duplicate"].manual
    assert manual.partition("Options\n-------\n")[2].startswith("min_iou ")
    assert "Options" not in all_rules()["json.syntax"].manual


def test_a_rule_without_options_gets_none():
    from audit.detectors.json import syntax

    assert rule_from_module(syntax, "json.syntax").options() == NoOptions()
