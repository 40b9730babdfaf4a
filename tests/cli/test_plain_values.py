"""Values of the command line that Typer need not look at."""

from pathlib import Path

import pytest
import typer
from typer.main import get_command

from audit.cli.main import main
from audit.cli.plain_values import _NOT_PLAIN, take_value


def conditions(**options):
    return typer.Option(**options)


@pytest.mark.parametrize(
    ("value", "annotation", "options"),
    [
        ("a", Path, {"exists": True}),
        ("a", Path, {"file_okay": False}),
        ("a\0b", Path, {}),
        (3, Path, {}),
        ("5", int, {"max": 4}),
        ("-1", int, {"min": 0}),
        ("٣", int, {}),
        ("1" * 5000, int, {}),
        (True, int, {}),
        ("yes", bool, {}),
        ("0.5", float, {}),
        (["1", "x"], list[int], {}),
        ("a", str, {"parser": str.upper}),
    ],
)
def test_typer_looks_at_whatever_has_conditions(value, annotation, options):
    assert take_value(value, annotation, conditions(**options)) is _NOT_PLAIN


@pytest.mark.parametrize(
    ("value", "annotation", "options", "expected"),
    [
        ("a/b.json", Path, {}, Path("a/b.json")),
        (Path("a"), Path, {}, Path("a")),
        ("12", int, {"min": 1}, 12),
        (("a", "b"), list[str], {}, ["a", "b"]),
        ("", str, {}, ""),
    ],
)
def test_plain_values_become_what_typer_makes_of_them(value, annotation, options, expected):
    assert take_value(value, annotation, conditions(**options)) == expected

    option = conditions(default=None, **options)

    def command(value: annotation = option):
        return value

    app = typer.Typer()
    app.command()(command)
    words = value if isinstance(value, tuple) else (value,)
    arguments = [word for part in words for word in ("--value", str(part))]
    assert get_command(app)(args=arguments, standalone_mode=False) == expected


def test_a_wrong_value_is_told_in_typers_words(capsys):
    assert main(["scan", "a.json", "--workers", "many"]) == 2
    assert "--workers" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_told_with_what_is_alike(capsys):
    assert main(["scna"]) == 2
    assert "scan" in capsys.readouterr().err
