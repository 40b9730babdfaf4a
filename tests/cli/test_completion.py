"""Shell completion, as shells ask for it."""

import os
import subprocess
import sys

import pytest

PROGRAM = "from audit.cli.main import run; run()"


def ask(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("maskaudit sc", {"scan", "schema"}),
        ("maskaudit ba", {"baseline"}),
        ("maskaudit baseline pr", {"prune"}),
        ("maskaudit scan --fail", {"--fail-on"}),
        ("maskaudit scan --fail-on w", {"warning"}),
        ("maskaudit export cv", {"cvat"}),
    ],
)
def test_bash_gets_commands_options_and_choices(words, expected):
    number = str(words.count(" "))
    ran = ask(_MASKAUDIT_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=number)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(ran.stdout.split()) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_shown(shell):
    ran = ask("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "_MASKAUDIT_COMPLETE=complete_" + shell in ran.stdout
    assert "maskaudit" in ran.stdout


def test_the_script_of_a_shell_is_installed(tmp_path):
    home = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    ran = ask("--install-completion", "bash", **home)
    assert ran.returncode == 0, ran.stderr
    assert "bash completion installed in" in ran.stdout
    scripts = [path for path in tmp_path.rglob("*") if path.is_file() and "maskaudit" in path.read_text()]
    assert scripts
