"""Exit codes, and what a command that fails says in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.terminal import complain
from audit.findings.number_format import format_count
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.findings.finding import Finding
    from audit.pipeline.config import Config

FINDINGS, UNUSABLE, INTERNAL, INTERRUPTED = 1, 2, 3, 130

_BAD_NAMES = frozenset({
    errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENXIO,
})  # fmt: skip
"""What no disk is to blame for, but who wrote the name: links in a loop, a file where a folder is meant, a
place where this user may not write, or nobody; a pipe that nobody reads."""
_NO_SUCH_FILE = os.strerror(errno.ENOENT)
"""Without a name, only `os.getcwd` says so."""
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Typer's usage error, wherever the installed version keeps it."""


class LeastSeverity(StrEnum):
    """The least severity that makes the command fail."""

    error = "error"
    warning = "warning"
    never = "never"


FailOn = Annotated[
    LeastSeverity | None,
    typer.Option(help="Exit with 1 if a finding is at least this severe [default: never]."),
]


def override_fail_on(config: Config, fail_on: LeastSeverity | None) -> Config:
    """Put what was asked for on top of what is configured.

    Parameters
    ----------
    config : Config
    fail_on : LeastSeverity, optional
        None leaves it as it is configured.
    """
    return config if fail_on is None else replace(config, fail_on=fail_on.value)


def count_failing(findings: Iterable[Finding], fail_on: str) -> int:
    """Count the findings that make a command fail: those decided to be fine do not.

    Parameters
    ----------
    findings : iterable of Finding
    fail_on : str
        The least severity that counts, or ``never``.

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> findings = [Finding("mask.tiny", severity, "2 px") for severity in Severity]
    >>> [count_failing(findings, fail_on) for fail_on in ("error", "warning", "never")]
    [1, 2, 0]
    >>> count_failing([], "warning")
    0
    """
    from audit.findings.decisions import Verdict, hide_decided
    from audit.findings.finding import Severity
    from audit.findings.finding_table import FindingTable

    if fail_on == "never":
        return 0
    undecided = hide_decided(FindingTable.of(findings), Verdict.FINE)
    return int((undecided.severity_ranks() <= Severity(fail_on).rank).sum())


def exit_if_failing(findings: Iterable[Finding], fail_on: str, *, quiet: bool) -> None:
    """End the command with 1 where findings are at or above ``fail_on``.

    Parameters
    ----------
    findings : iterable of Finding
    fail_on : str
        The least severity that counts, or ``never``.
    quiet : bool
        Say nothing about it.

    Raises
    ------
    typer.Exit
        If there are such findings.
    """
    n_failing = count_failing(findings, fail_on)
    if n_failing:
        if not quiet:
            verb = "is" if n_failing == 1 else "are"
            complain(f"maskaudit: {format_count(n_failing, 'finding')} {verb} at or above {fail_on}")
        raise typer.Exit(FINDINGS)


def describe_failure(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the message for an error.

    Parameters
    ----------
    error : BaseException
        What ended the command.

    Returns
    -------
    tuple
        Exit code; one printable line.

    Examples
    --------
    >>> describe_failure(FileExistsError(17, "File exists", "report"))
    (2, 'report: File exists')
    >>> describe_failure(KeyboardInterrupt())
    (130, 'interrupted')
    """
    exit_code, message = _classify(error)
    return exit_code, printable(" ".join(message.split()))


def _classify(error: BaseException) -> tuple[int, str]:
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return INTERRUPTED, "interrupted"
    if isinstance(error, _UsageError):
        return UNUSABLE, _usage_message(error)
    # Imported late: at the start of a command this would cost more than all the rest.
    from audit.export.exporters import ExportError
    from audit.findings.decisions import DecisionsError
    from audit.fixes.changes_file import ChangesError
    from audit.fixes.proof import FixRefusedError
    from audit.gates.errors import GateError
    from audit.loaders.loaded import UnreadableError
    from audit.pipeline.engines import EngineError
    from audit.pipeline.executors import WorkersError
    from audit.pipeline.rule_selection import UnknownRuleError
    from audit.pipeline.validation import ConfigError

    unusable = UnreadableError | ConfigError | UnknownRuleError | DecisionsError | GateError | EngineError
    if isinstance(error, unusable | ChangesError | FixRefusedError):
        return UNUSABLE, str(error)
    if isinstance(error, FileNotFoundError) and (error.filename, error.strerror) == (None, _NO_SUCH_FILE):
        return UNUSABLE, "the working folder does not exist any more"
    if isinstance(error, OSError):
        location = f"{error.filename}: " if error.filename else ""
        exit_code = UNUSABLE if error.errno in _BAD_NAMES else INTERNAL
        return exit_code, f"{location}{error.strerror or error}"
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):
        return UNUSABLE, str(error)  # how pathlib says ELOOP
    if isinstance(error, MemoryError):
        return INTERNAL, "out of memory; use fewer workers, or audit the files one by one"
    if isinstance(error, WorkersError | ExportError):
        return INTERNAL, str(error)
    return INTERNAL, f"internal error: {type(error).__name__}: {error} (--debug shows where)"


def _usage_message(error: Exception) -> str:
    message = str(error.format_message()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "maskaudit"
    return f"{message.rstrip('.')} (see {command} --help)"
