"""The CI snippets call the command with options that exist."""

import re
from pathlib import Path

import pytest

from audit import __version__
from audit.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
SNIPPETS = [*sorted((ROOT / "examples" / "ci").iterdir()), ROOT / ".pre-commit-hooks.yaml"]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.name)
def test_options_exist(snippet, capsys):
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", snippet.read_text(encoding="utf-8")))
    assert options
    assert main(["gate", "--help"]) == 0
    known = capsys.readouterr().out
    assert [option for option in sorted(options) if option not in known] == []


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.name)
def test_what_is_installed_has_a_place_and_a_version_that_exists(snippet):
    """A tag that nobody has made yet ends the job of whoever copies the file."""
    text = snippet.read_text(encoding="utf-8")
    assert not re.search(r"pip install .*maskaudit", text), "no package index has it"
    installed = re.findall(r"git\+https://\S+@(\S+)|^    rev: (\S+)", text, re.MULTILINE)
    assert {version for versions in installed for version in versions if version} <= {"main"}
    assert ("pip install" in text) <= bool(installed)


def test_the_hook_that_is_configured_is_defined():
    (wanted,) = re.findall(r"- id: ([\w-]+)", (ROOT / "examples/ci/pre-commit-config.yaml").read_text())
    assert f"- id: {wanted}\n" in (ROOT / ".pre-commit-hooks.yaml").read_text()


def test_the_action_calls_options_that_exist_with_inputs_that_it_declares(capsys):
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert main(["gate", "--help"]) == 0
    known = capsys.readouterr().out
    options = re.findall(r"(?<=[( ])--[a-z-]+", text[text.index("options=") :])
    assert {"--github", "--sarif", "--baseline"} <= set(options)
    assert [option for option in options if option not in known] == []
    declared = set(re.findall(r"^  ([a-z-]+):$", text[: text.index("outputs:")], re.MULTILINE))
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == declared


def test_actions_have_one_version_everywhere_and_ours_exists():
    files = [ROOT / "action.yml", *ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/ci/*.yml")]
    used = {
        found
        for file in [*files, ROOT / "docs/gate.md"]
        for found in re.findall(r"uses: (\S+)@(\S+)", file.read_text(encoding="utf-8"))
    }
    versions = dict(used)
    assert len(versions) == len(used) >= 4
    assert versions["maskaudit/maskaudit"] == "main"


def test_the_citation_is_of_this_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
