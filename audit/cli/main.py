"""The command: ``maskaudit``. What a command needs is imported when it runs, so that ``--help`` is quick."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated

import typer
from typer.main import get_command

from audit import __version__
from audit.cli.common_options import with_option_groups
from audit.cli.empty_paths import refuse_empty_paths
from audit.cli.exit_codes import INTERNAL, INTERRUPTED, describe_failure
from audit.cli.plain_values import use_plain_values
from audit.cli.terminal import complain, emit, prepare_streams, settle_streams
from audit.cli.termination import clean_up_when_terminated
from audit.findings.sanitize import printable

_COMPLETION = "_MASKAUDIT_COMPLETE"
"""The environment variable by which a shell asks for completions."""

COMMANDS = {
    "demo": ("demo:demo", "Make a small dataset with planted errors, and audit it."),
    "scan": ("scan:scan", "Audit a dataset: findings, measurements, HTML report."),
    "compare": ("compare:compare", "Compare predictions with labels; say why predictions overlap."),
    "gate": ("gate:gate", "Pass or fail a batch of labels by a policy."),
    "baseline": ("baseline:app", None),
    "diff": ("diff:diff", "Say what changed between two versions, by their masks."),
    "trainer-view": ("trainer_view:trainer_view", "Say which labels vanish or change on the way to a loss."),
    "fix": ("fix:fix", "Mend labels into a copy, with a list and a proof."),
    "agreement": ("agreement:agreement", "Say how far raters of the same pictures agree."),
    "history": ("history:history", "Say which rules were right, by later corrections."),
    "trend": ("trend:trend", "Say whether findings get more or fewer, batch by batch."),
    "sample": ("sample:sample", "Draw the images to review, to accept a batch by a sample."),
    "export": ("export:export", "Write a review list for CVAT, Label Studio or FiftyOne."),
    "bench": ("bench:app", None),
    "rules": ("rules:app", None),
    "explain": ("rules:explain", "Print the manual page of a rule."),
    "schema": ("schema:schema", "Print a JSON Schema, of the configuration or an output."),
}
"""Commands in the order of the help text, each with its module in this package and its name there, and its
line in that text: a function, or the app of a command that has commands of its own, which brings its line."""


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(f"maskaudit {__version__}\n")
        raise typer.Exit


def _main(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        emit(context.get_help() + "\n")
        raise typer.Exit(2)


@cache
def _build_command(only: str = "") -> Callable[..., object]:
    """Build the command with all its commands, or with one of them: the others take longer than a small scan.

    Once for each: a program that calls `main` often would spend a fifth of each call on it.
    """
    command = get_command(build_app([only] if only else COMMANDS))
    use_plain_values(command)
    refuse_empty_paths(command)
    return command


def build_app(command_names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Build the command line with some of its commands.

    Parameters
    ----------
    command_names : iterable of str
        Of `COMMANDS`; left out, all.

    Examples
    --------
    >>> [command.name for command in build_app(["scan"]).registered_commands]
    ['scan']
    """
    app = typer.Typer(
        name="maskaudit",
        help="Audit instance-segmentation labels: find overlapping, merged, split and broken masks.",
        epilog="New here? Run `maskaudit demo`. Exit codes: 0 clean, 1 findings at or above --fail-on "
        "or a gate that does not pass, 2 input or usage, 3 internal or I/O error, 130 interrupted.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_main)
    for command_name in command_names:
        place, short_help = COMMANDS[command_name]
        module_name, _, attribute = place.partition(":")
        command = getattr(import_module(f"audit.cli.{module_name}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=command_name)
        else:
            app.command(command_name, short_help=short_help)(with_option_groups(command))
    return app


def _choose_command(arguments: Sequence[str]) -> str:
    """Name the one command that is needed; empty where the name is unknown or the shell asks for all."""
    is_completion = _COMPLETION in os.environ
    return arguments[0] if arguments and arguments[0] in COMMANDS and not is_completion else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        0 clean, 1 findings at or above ``--fail-on``, 2 input not auditable or usage, 3 internal or I/O
        error, 130 interrupted.

    Examples
    --------
    >>> main(["--version"])
    maskaudit 0.2.0
    0
    """
    argument_list = list(sys.argv[1:] if arguments is None else arguments)
    prepare_streams()
    handler = _log_to_stderr(logging.DEBUG if "--debug" in argument_list else logging.WARNING)
    try:
        command = _build_command(_choose_command(argument_list))
        exit_code = command(args=argument_list, prog_name="maskaudit", standalone_mode=False)
        if exit_code == INTERRUPTED:
            raise KeyboardInterrupt  # newer versions of Typer make an exit code of it, without a word
        return exit_code if isinstance(exit_code, int) else 0
    except SystemExit as stopped:
        if isinstance(stopped.__context__, BrokenPipeError):  # ``--help | head``: Typer would end with 1
            return 0
        raise
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in argument_list and not isinstance(error, KeyboardInterrupt | typer.Abort):
            import traceback

            complain(traceback.format_exc().rstrip())
        exit_code, message = _describe(error)
        complain(f"maskaudit: {message}")
        return exit_code
    finally:
        _stop_log(handler)
        settle_streams()


def _describe(error: BaseException) -> tuple[int, str]:
    """Say what ended the command, even where memory is too short to load what tells errors apart."""
    try:
        return describe_failure(error)
    except (ImportError, MemoryError, OSError):
        reason = " ".join(str(error).split())
        return INTERNAL, f"internal error: {type(error).__name__}: {reason} (too little memory?)"


class _LogToTerminal(logging.Handler):
    """Writes records as the command writes its own lines: names in them are data."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"maskaudit: {printable(record.getMessage())}")
        if record.exc_info:
            complain(logging.Formatter().formatException(record.exc_info))


def _log_to_stderr(level: int) -> logging.Handler:
    """Let the log speak: warnings as the command's other lines, with ``--debug`` all that is done."""
    logger = logging.getLogger("maskaudit")
    handler = _LogToTerminal()
    logger.addHandler(handler)
    logger.setLevel(level)
    return handler


def _stop_log(handler: logging.Handler) -> None:
    """Leave the log as it was: the command may run inside another program."""
    logger = logging.getLogger("maskaudit")
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def run() -> None:
    """Run the command as a process."""
    # Matrices here are small: more threads of the linear algebra would only wait for work, at full CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with clean_up_when_terminated():
        exit_code = main()
    if exit_code == INTERNAL:
        # A library that found too little memory to load may crash when the interpreter ends: another code.
        atexit._run_exitfuncs()
        os._exit(INTERNAL)
    sys.exit(exit_code)
