"""The CI snippets call the command with options that exist."""

import re
from pathlib import Path

import pytest

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


def test_the_hook_that_is_configured_is_defined():
    (wanted,) = re.findall(r"- id: ([\w-]+)", (ROOT / "examples/ci/pre-commit-config.yaml").read_text())
    assert f"- id: {wanted}\n" in (ROOT / ".pre-commit-hooks.yaml").read_text()
