"""``maskaudit rules`` and ``maskaudit explain``."""

import json

import pytest

from audit.detectors.registry import all_rules


def test_lists_every_rule_once(run):
    ran = run("rules")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == list(all_rules())


def test_json(run):
    listed = json.loads(run("rules", "--format", "json").out)
    assert [rule["id"] for rule in listed] == list(all_rules())
    assert {rule["severity"] for rule in listed} == {"error", "warning", "info"}
    assert all(rule["title"] and rule["manual"] for rule in listed)


def test_markdown(run):
    head, line, *rows = run("rules", "--format", "markdown").out.splitlines()
    assert (head, line) == ("| rule | severity | what it says |", "|---|---|---|")
    assert len(rows) == len(all_rules())
    assert all(row.count("|") - row.count("\\|") == 4 for row in rows)


@pytest.mark.parametrize("rule", ["overlap.duplicate", "json.syntax", "label.format", "internal.worker_died"])
def test_explains(run, rule):
    ran = run("explain", rule)
    assert ran.code == 0
    assert ran.out.startswith(f"{rule} (")
    for section in ("What it finds", "Why it matters"):
        assert section in ran.out


def test_a_name_that_is_like_no_other_points_at_the_list(run):
    ran = run("explain", "xyz")
    assert ran.code == 2
    assert "`maskaudit rules` lists all" in ran.line


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Stand in a folder of what looks like a checkout."""
    (tmp_path / "audit/detectors/mask").mkdir(parents=True)
    (tmp_path / "audit/detectors/registry.py").touch()
    (tmp_path / "audit/detectors/mask/__init__.py").touch()
    (tmp_path / "tests/detectors").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "tests")
    return tmp_path


def test_a_new_rule_goes_into_the_checkout(run, checkout):
    ran = run("rules", "new", "mask.stripe")
    assert ran.code == 0
    assert ran.out.splitlines()[:2] == [
        "audit/detectors/mask/stripe.py",
        "tests/detectors/mask/test_stripe.py",
    ]
    assert "What it finds" in (checkout / "audit/detectors/mask/stripe.py").read_text("utf-8")
    assert 'hits("mask.stripe"' in (checkout / "tests/detectors/mask/test_stripe.py").read_text("utf-8")


def test_a_new_family_gets_its_package(run, checkout):
    assert "audit/detectors/acme/__init__.py" in run("rules", "new", "acme.stripe").out
    assert (checkout / "audit/detectors/acme/__init__.py").is_file()


def test_a_plugins_rule_works_at_once(run, tmp_path):
    ran = run("rules", "new", "acme.stripe", "--out", str(tmp_path / "acme_rules"))
    assert ran.code == 0
    assert '"acme.stripe" = "YOUR_PACKAGE.stripe"' in ran.out
    file = tmp_path / "acme_rules/test_stripe.py"
    names = {"__file__": str(file)}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), names)
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("stripe", "is no rule id"),
        ("Mask.stripe", "is no rule id"),
        ("mask.class", "is no rule id"),
        ("mask.tiny", "there is a rule mask.tiny already"),
        ("mask.there", "there.py is there already"),
    ],
)
def test_no_rule_is_written_over_another(run, checkout, rule, what):
    (checkout / "audit/detectors/mask/there.py").touch()
    ran = run("rules", "new", rule)
    assert ran.code == 2
    assert what in ran.line
    assert not list(checkout.glob("tests/detectors/*/*.py"))


def test_outside_of_a_checkout_a_folder_is_asked_for(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("rules", "new", "mask.stripe")
    assert ran.code == 2
    assert "--out" in ran.line


def test_of_a_family_all_rules_are_named(run):
    answer = run("explain", "touching")
    assert answer.code == 2
    assert '"touching" is a family of rules: name one of touching.' in answer.line
    assert "touching.merged" in answer.line and "touching.split" in answer.line
