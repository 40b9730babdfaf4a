"""The command: ``maskaudit``. What a command needs is imported when it runs, so that ``--help`` is quick."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated

import typer
from typer.main import get_command

from audit import __version__
from audit.cli import (
    agreement,
    baseline,
    bench,
    compare,
    demo,
    diff,
    export,
    fix,
    gate,
    history,
    rules,
    sample,
    scan,
    schema,
    trainer_view,
    trend,
)
from audit.cli.common_options import with_option_groups
from audit.cli.exit_codes import INTERRUPTED, describe_failure
from audit.cli.terminal import complain, emit, prepare_streams, settle_streams
from audit.findings.sanitize import printable

_COLLECT_AFTER = 50_000
"""New objects after which cycles are looked for; Python's own number is 700."""

app = typer.Typer(
    name="maskaudit",
    help="Audit instance-segmentation labels: find overlapping, merged, split and broken masks.",
    epilog="New here? Run `maskaudit demo`. Exit codes: 0 clean, 1 findings at or above --fail-on "
    "or a gate that does not pass, 2 input or usage, 3 internal or I/O error, 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo", short_help="Make a small dataset with planted errors, and audit it.")(demo.demo)
app.command("scan", short_help="Audit a dataset: findings, measurements, HTML report.")(
    with_option_groups(scan.scan)
)
app.command("compare", short_help="Compare predictions with labels; say why predictions overlap.")(
    with_option_groups(compare.compare)
)
app.command("gate", short_help="Pass or fail a batch of labels by a policy.")(with_option_groups(gate.gate))
app.add_typer(baseline.app, name="baseline")
app.command("diff", short_help="Say what changed between two versions, by their masks.")(
    with_option_groups(diff.diff)
)
app.command("trainer-view", short_help="Say which labels vanish or change on the way to a loss.")(
    trainer_view.trainer_view
)
app.command("fix", short_help="Mend labels into a copy, with a list and a proof.")(fix.fix)
app.command("agreement", short_help="Say how far raters of the same pictures agree.")(
    with_option_groups(agreement.agreement)
)
app.command("history", short_help="Say which rules were right, by later corrections.")(
    with_option_groups(history.history)
)
app.command("trend", short_help="Say whether findings get more or fewer, batch by batch.")(trend.trend)
app.command("sample", short_help="Draw the images to review, to accept a batch by a sample.")(
    with_option_groups(sample.sample)
)
app.command("export", short_help="Write a review list for CVAT, Label Studio or FiftyOne.")(
    with_option_groups(export.export)
)
app.add_typer(bench.app, name="bench")
app.add_typer(rules.app, name="rules")
app.command("explain", short_help="Print the manual page of a rule.")(rules.explain)
app.command("schema", short_help="Print a JSON Schema, of the configuration or an output.")(schema.schema)


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(f"maskaudit {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
def _build_command() -> Callable[..., object]:
    """Build the command once: a program that calls `main` often would spend a fifth of each call on it."""
    return get_command(app)


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
        exit_code = _build_command()(args=argument_list, prog_name="maskaudit", standalone_mode=False)
        if exit_code == INTERRUPTED:
            raise KeyboardInterrupt  # newer versions of Typer make an exit code of it, without a word
        return exit_code if isinstance(exit_code, int) else 0
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in argument_list and not isinstance(error, KeyboardInterrupt | typer.Abort):
            import traceback

            complain(traceback.format_exc().rstrip())
        exit_code, message = describe_failure(error)
        complain(f"maskaudit: {message}")
        return exit_code
    finally:
        _stop_log(handler)
        settle_streams()


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
    # Imports make many objects that stay: to look for cycles among them takes a tenth of a small scan.
    gc.set_threshold(_COLLECT_AFTER)
    # Matrices here are small: more threads of the linear algebra would only wait for work, at full CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
