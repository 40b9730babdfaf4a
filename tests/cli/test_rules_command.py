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
