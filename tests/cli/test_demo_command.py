"""``maskaudit demo``: made, audited, scored, and the score printed."""

import json
import re
from pathlib import Path

import pytest


@pytest.fixture
def small(monkeypatch):
    """Make the demo with half of its pictures."""
    import audit.synthetic.make as made

    whole = made.make_demo
    monkeypatch.setattr(made, "make_demo", lambda folder, **how: whole(folder, images=20, **how))


def test_finds_what_was_planted(run):
    ran = run("demo", "--out", "d")
    assert (ran.code, ran.err) == (0, "")
    found, planted = map(int, re.search(r"Found (\d+) of (\d+) planted errors", ran.out).groups())
    assert found == planted > 100
    assert Path("d/dataset/instances.json").exists()
    assert Path("d/report/index.html").exists()
    planted_rules = {p["rule"] for p in json.loads(Path("d/dataset/planted.json").read_text())}
    for rule in planted_rules:
        assert rule in ran.out


def test_says_where_to_look(run, small):
    ran = run("demo", "--out", "d", "--seed", "3")
    assert ran.code == 0
    assert f"Open {Path('d/report/index.html')} in a browser." in ran.out
    assert json.loads(Path("d/dataset/instances.json").read_text())["info"]["seed"] == 3


def test_a_folder_that_cannot_be_written_is_noticed_before_the_work(run):
    Path("file").write_text("")
    ran = run("demo", "--out", "file")
    assert ran.code == 2
    assert ran.line.startswith("maskaudit: ")
    assert "file" in ran.line
