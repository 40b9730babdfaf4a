"""An empty path, as of a variable that is not set: one line, exit code 2, and nothing is written."""

from pathlib import Path

import pytest
from typer.main import get_command

from audit.cli.empty_paths import _is_path
from audit.cli.main import build_app

BEFORE = {
    "baseline write": ["clean.json"], "baseline show": ["clean.json"], "baseline prune": ["clean.json", "clean.json"],
    "rules new": ["acme.stripe"], "demo": [], "export": ["cvat", "clean.json"],
}  # fmt: skip
"""Arguments of the commands for which one file is not right."""


def list_paths(command, names=()):
    """Yield the words of each command with each of its parameters that is a path."""
    for name, below in getattr(command, "commands", {}).items():
        yield from list_paths(below, (*names, name))
    yield from ((names, parameter) for parameter in command.params if _is_path(parameter))


PATHS = list(list_paths(get_command(build_app())))


def test_every_command_that_writes_has_such_a_parameter():
    options = {names[0] for names, parameter in PATHS if "--out" in parameter.opts}
    assert {
        "scan",
        "compare",
        "gate",
        "diff",
        "fix",
        "sample",
        "export",
        "demo",
        "history",
        "trend",
    } <= options
    assert len(PATHS) > 60


@pytest.mark.parametrize(
    ("names", "parameter"),
    PATHS,
    ids=[f"{' '.join(names)} {parameter.opts[0]}" for names, parameter in PATHS],
)
def test_an_empty_path_is_refused(run, here, names, parameter):
    before = sorted(Path().iterdir())
    arguments = BEFORE.get(" ".join(names), ["clean.json"])
    if parameter.param_type_name == "argument":
        arguments = ["cvat", ""] if names == ("export",) else ["", ""] if parameter.nargs == -1 else [""]
        arguments = ["", "clean.json"] if names == ("compare",) else arguments
        if parameter.name not in ("ground_truth", "gt", "file", "files", "reports", "versions"):
            arguments = ["clean.json", ""]
    else:
        arguments = [*arguments, parameter.opts[0], ""]
    ran = run(*names, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.line.startswith("maskaudit: Invalid value for ")
    assert "the path is empty (see maskaudit " in ran.line
    assert sorted(Path().iterdir()) == before


def test_the_working_folder_has_a_name(run, here):
    assert run("scan", "clean.json", "--no-html", "--quiet", "--out", ".").code == 0
    assert Path("findings.json").exists()


def test_an_empty_title_is_a_title_and_an_empty_group_is_none(run, here):
    assert run("scan", "clean.json", "--quiet", "--title", "").code == 0
    assert run("scan", "clean.json", "--quiet", "--group-by", "").code == 2
