"""The page for those who come from 0.1 names what exists, and no more what it says is gone."""

import importlib
import re
from pathlib import Path

import pytest

import audit
from audit.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in (ROOT / "docs" / "upgrade.md")
    .read_text(encoding="utf-8")
    .split("And these work otherwise")[0]
    .splitlines()
    if line.startswith("|") and "---" not in line
][1:]
COLUMNS = ("shape_measured", "merge_log_odds", "isolated", "auroc", "pair_auroc", "learned")


def row_of(name):
    (row,) = [row for row in ROWS if f"`{name}`" in row[2]]
    return row


@pytest.mark.parametrize("name", COLUMNS)
def test_new_columns_are_in_the_tables_and_old_ones_are_not(name):
    row = row_of(name)
    place = re.findall(r"`(\w+)`", row[2]).index(name)
    old = re.findall(r"`(\w+)`", row[1])[place]
    text = (ROOT / "audit" / "measure" / "schema.py").read_text(encoding="utf-8")
    assert f'"{name}"' in text
    assert f'"{old}"' not in text


def test_new_names_of_python_exist():
    assert audit.Comparison
    assert not hasattr(audit, "Compared")
    assert callable(audit.compare)
    for package in ("audit.pipeline", "audit.loaders", "audit.comparison"):
        assert f"`{package}`" in row_of("audit.pipeline")[2]
        assert importlib.import_module(package)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("audit.engine")


def test_new_options_exist(capsys):
    main(["gate", "--help"])
    shown = capsys.readouterr().out
    assert "--sample-plan" in shown
    assert "--plan " in shown
