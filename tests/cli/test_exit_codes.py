"""What ended a command, in one line, and its code."""

import pytest
import typer

from audit.cli.exit_codes import describe_failure
from audit.findings.decisions import DecisionsError
from audit.loaders.loaded import UnreadableError
from audit.pipeline.config import ConfigError
from audit.pipeline.executors import WorkersError
from audit.pipeline.rule_selection import UnknownRuleError

UNREADABLE = UnreadableError("json.empty", "a.json", "byte 0", "the file is empty", "export it again")


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UNREADABLE, 2, "a.json: byte 0: the file is empty; export it again [json.empty]"),
        (ConfigError("no key is called x"), 2, "no key is called x"),
        (UnknownRuleError("no rule is called x"), 2, "no rule is called x"),
        (DecisionsError("d.json", "it is no JSON"), 2, "d.json"),
        (typer.BadParameter("no such value."), 2, "no such value (see maskaudit --help)"),
        (PermissionError(13, "Permission denied", "report"), 2, "report: Permission denied"),
        (OSError(30, "Read-only file system", "report"), 2, "report: Read-only file system"),
        (FileNotFoundError(2, "No such file or directory"), 2, "the working folder does not exist any more"),
        (OSError(28, "No space left on device", "report"), 3, "report: No space left on device"),
        (FileExistsError(17, "File exists", "report"), 2, "report: File exists"),
        (NotADirectoryError(20, "is not a folder", "/dev/null"), 2, "/dev/null: is not a folder"),
        (RuntimeError("Symlink loop from 'a'"), 2, "Symlink loop from 'a'"),
        (OSError("disk on fire"), 3, "disk on fire"),
        (MemoryError(), 3, "out of memory"),
        (WorkersError("the pool is broken"), 3, "the pool is broken"),
        (ValueError("a\nb\x1b"), 3, "internal error: ValueError: a b"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (typer.Abort(), 130, "interrupted"),
    ],
)
def test_code_and_line(error, code, says):
    got, message = describe_failure(error)
    assert got == code
    assert says in message
    assert message.isprintable()
