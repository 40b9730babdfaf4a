"""Text that never breaks a terminal, and progress that only a person sees."""

import io
import os
import sys

import pytest

from audit.cli import terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_no_progress_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with terminal.progress_bar(True) as progress:
        assert progress is None
    assert sys.stderr.getvalue() == ""


def test_no_progress_where_none_is_wanted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    with terminal.progress_bar(False) as progress:
        assert progress is None
    assert sys.stderr.getvalue() == ""


def test_progress_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal.progress_bar(True) as progress:
        progress("read", 0, 0)
        progress("measure", 40, 120)
        progress("measure", 120, 120)
        progress("a step of an executor", 1, 2)
    shown = sys.stderr.getvalue()
    for text in ("reading", "measuring", "120/120", "a step of an executor"):
        assert text in shown


def test_a_step_without_a_count_is_over_when_the_next_begins(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal.progress_bar(True) as progress:
        progress("read", 0, 0)
        progress("measure", 40, 120)
    last_frame = sys.stderr.getvalue().rpartition("measuring")[0]
    reading = last_frame.rpartition("\n")[0].rpartition("\n")[2]
    assert "  reading" in reading.replace("\x1b[2K", ""), "the spinner stands still"
    assert "/?" not in last_frame and "1/1" not in last_frame, "nothing was counted"


def test_text_hangs_beside_what_it_belongs_to(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Screen())
    monkeypatch.setenv("COLUMNS", "40")
    assert terminal.hang_text("mask.tiny  ", "A mask that is hardly there at all") == (
        "mask.tiny  A mask that is hardly there\n           at all\n"
    )
    monkeypatch.setenv("COLUMNS", "20")
    assert terminal.hang_text("mask.tiny  ", "A mask that is") == "mask.tiny  A mask that is\n"


def test_letters_that_the_encoding_lacks_come_out_escaped(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    terminal.prepare_streams()
    terminal.emit("caf\u00e9 \u8336\n")
    assert written.getvalue() == b"caf\\xe9 \\u8336\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_pipe_that_nobody_reads_is_no_error(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        terminal.emit("x" * 100_000)
        terminal.emit("more")  # goes nowhere
        terminal.settle_streams()


def test_tables_are_plain_and_wide_in_a_pipe(capsys):
    from rich.table import Table

    table = Table()
    table.add_column("rule", style="bold red")
    table.add_row("x" * 90)
    terminal.show(table)
    shown = capsys.readouterr().out
    assert "x" * 90 in shown
    assert "\x1b" not in shown
