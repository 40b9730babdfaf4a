"""What a failed command says, in one line, and the code it exits with."""

from __future__ import annotations

import typer

from audit.findings.sanitize import printable

UNUSABLE, INTERNAL, INTERRUPTED = 2, 3, 130

_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Typer's usage error, wherever the installed version keeps it."""


def failure(error: BaseException) -> tuple[int, str]:
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
    >>> failure(FileExistsError(17, "File exists", "report"))
    (3, 'report: File exists')
    >>> failure(KeyboardInterrupt())
    (130, 'interrupted')
    """
    code, message = _failure(error)
    return code, printable(" ".join(message.split()))


def _failure(error: BaseException) -> tuple[int, str]:
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return INTERRUPTED, "interrupted"
    if isinstance(error, _UsageError):
        return UNUSABLE, _usage(error)
    # Imported late: at the start of a command this would cost more than all the rest.
    from audit.findings.decisions import DecisionsError
    from audit.gates.errors import GateError
    from audit.loaders.loaded import UnreadableError
    from audit.pipeline.executors import WorkersError
    from audit.pipeline.rule_selection import UnknownRuleError
    from audit.pipeline.validation import ConfigError

    if isinstance(error, UnreadableError | ConfigError | UnknownRuleError | DecisionsError | GateError):
        return UNUSABLE, str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return INTERNAL, f"{place}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return INTERNAL, "out of memory; use fewer workers, or audit the files one by one"
    if isinstance(error, WorkersError):
        return INTERNAL, str(error)
    return INTERNAL, f"internal error: {type(error).__name__}: {error} (--debug shows where)"


def _usage(error: Exception) -> str:
    message = str(error.format_message()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "maskaudit"
    return f"{message.rstrip('.')} (see {command} --help)"
