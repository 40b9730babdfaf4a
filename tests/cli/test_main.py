"""Exit codes and one-line messages, whatever goes wrong."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from audit import __version__
from audit.__main__ import run as run_process
from audit.cli.main import main
from audit.cli.main import run as run_command


def test_version(run):
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"maskaudit {__version__}\n")


def test_help(run):
    ran = run("--help")
    assert ran.code == 0
    for command in ("demo", "scan", "compare", "gate", "rules", "explain", "diff"):
        assert command in ran.out
    assert "130 interrupted" in " ".join(ran.out.split())


def test_no_command_shows_the_help_and_is_a_usage_error(run):
    ran = run()
    assert ran.code == 2
    assert "Usage: maskaudit" in ran.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scna"], "scna"),
        (["scan"], "give LABELS or --from-measurements"),
        (["scan", "clean.json", "--nonsense"], "--nonsense"),
        (["scan", "clean.json", "--fail-on", "always"], "always"),
        (["scan", "clean.json", "--workers", "0"], "--workers"),
        (["scan", "clean.json", "--images", "nowhere"], "nowhere"),
        (["scan", "clean.json", "--select", "overlap.duplicat"], "overlap.duplicate"),
        (["scan", "clean.json", "--ignore", "overlaps"], "overlap"),
        (["scan", "clean.json", "--from-measurements", "r"], "give LABELS or --from-measurements"),
        (["scan", "nowhere.json"], "nowhere.json"),
        (["scan", "broken.json"], "broken.json: line 1, column 13"),
        (["scan", "--from-measurements", "nowhere"], "there are no measurements here"),
        (["scan", "clean.json", "--predictions", "nowhere.json"], "nowhere.json"),
        (["scan", "clean.json", "--predictions", "."], "this is a folder"),
        (["scan", "--from-measurements", "clean.json"], "there are no measurements here"),
        (["scan", "/dev/zero"], "this is a device"),
        (["scan", "clean.json", "--predictions", "clean.json"], "they are labels, not results"),
        (["scan", "clean.json", "--decisions", "nowhere.json"], "nowhere.json"),
        (["scan", "clean.json", "--config", "nowhere.toml"], "nowhere.toml"),
        (["explain", "overlap.duplicat"], "overlap.duplicate"),
        (["rules", "--format", "xml"], "xml"),
        (["demo", "--seed", "-1"], "--seed"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, here, arguments, says):
    ran = run(*arguments)
    assert ran.code == 2
    assert says in ran.line
    assert ran.out == ""
    assert sorted(path.name for path in here.iterdir()) == ["bad.json", "broken.json", "clean.json"]


def test_a_folder_that_is_a_file_is_a_mistake_of_use(run, here):
    Path("file").write_text("")
    ran = run("scan", "clean.json", "--out", "file")
    assert ran.code == 2
    assert "file" in ran.line
    assert run("scan", "clean.json", "--out", "file/below").code == 2


def test_an_error_of_our_own(run, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr("audit.pipeline.run.read_and_measure", fails)
    ran = run("scan", "clean.json")
    assert ran.code == 3
    assert ran.line == (
        "maskaudit: internal error: ZeroDivisionError: division by zero (--debug shows where)"
    )
    assert "Traceback" in run("scan", "clean.json", "--debug").err


def test_no_memory(run, monkeypatch):
    def fails(*_, **__):
        raise MemoryError

    monkeypatch.setattr("audit.pipeline.run.read_and_measure", fails)
    ran = run("scan", "clean.json")
    assert ran.code == 3
    assert "out of memory" in ran.line


def test_debug_shows_where_a_broken_file_was_found(run):
    ran = run("scan", "broken.json", "--debug")
    assert ran.code == 2
    assert "UnreadableError" in ran.err
    assert ran.err.rstrip().splitlines()[-1].startswith("maskaudit: broken.json: ")


def test_interrupted_while_it_measures(run, here, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("audit.pipeline.run.read_and_measure", interrupted)
    for arguments in (["scan", "clean.json"], ["scan", "clean.json", "--debug"]):
        ran = run(*arguments)
        assert ran.code == 130
        assert ran.line == "maskaudit: interrupted"


def test_messages_show_hostile_names_escaped(run, here):
    name = "a\x1b[31m\u202e.json"
    Path(name).write_text("{")
    line = run("scan", name).line
    assert line.isprintable()
    assert "\\x1b" in line


def test_labels_may_come_through_a_pipe(here):
    command = f"{sys.executable} -m audit scan <(cat clean.json) --no-html --quiet"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(Path("maskaudit-report/findings.json").read_text())["input"]["annotations"] == 2


@contextmanager
def open_when_read(fifo: str) -> Iterator[None]:
    """Open a pipe for writing as soon as somebody reads it, and write nothing."""
    while True:
        try:
            descriptor = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO
            time.sleep(0.02)
        else:
            break
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_process_that_is_interrupted_cleans_up(here, sent, code):
    """Who sends SIGTERM sees that it ended the process; Ctrl-C ends with 130."""
    os.mkfifo("slow.json")  # reading waits for a writer
    # Started in the background of a shell, these tests ignore the signal, and their children would too.
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from audit.cli.main import run; print('ready', flush=True); run()"
    )
    command = [sys.executable, "-c", script, "scan", "slow.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            with open_when_read("slow.json"):
                process.send_signal(sent)
                _, err = process.communicate()
        finally:
            process.kill()
    assert process.returncode == code
    assert err == "maskaudit: interrupted\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a C library with sysv_signal")
def test_a_process_that_hangs_in_native_code_ends_by_a_second_signal():
    script = (
        "import itertools, signal; signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "from audit.cli.termination import clean_up_when_terminated\n"
        "with clean_up_when_terminated():\n"
        "    print('ready', flush=True); sum(itertools.repeat(0))"  # never looks for signals
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            for _ in range(600):  # those sent before the first is acted on count as one
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    break
        finally:
            process.kill()
    assert process.returncode == -signal.SIGTERM


def test_interrupted_while_it_is_imported(monkeypatch, capsys):
    from audit import __main__

    class Interrupted:
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "audit.cli.main", Interrupted())
    with pytest.raises(SystemExit) as ended:
        __main__.run()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "maskaudit: interrupted\n"


def test_a_reader_that_has_gone_is_no_error(here):
    command = f"{sys.executable} -m audit rules | head -1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("\n") == 1


def test_main_uses_the_arguments_of_the_process(here, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["maskaudit", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"maskaudit {__version__}\n"


@pytest.mark.parametrize("command", [["scan"], ["scan", "clean.json", "--out", "x"]])
def test_nothing_is_written_where_nothing_was_audited(run, here, document, command):
    Path("clean.json").write_text(json.dumps(document())[:-5])
    assert run(*command).code == 2
    assert not Path("x").exists()


@pytest.mark.parametrize(("code", "at_once"), [(3, [3]), (2, []), (1, []), (0, [])])
def test_after_a_fault_the_interpreter_has_no_chance_to_crash(monkeypatch, code, at_once):
    """Libraries that were loaded in part for want of memory do so, with a signal for an exit code."""
    ended = []
    monkeypatch.setattr("audit.cli.main.main", lambda: code)
    monkeypatch.setattr("atexit._run_exitfuncs", lambda: None)
    monkeypatch.setattr("os._exit", ended.append)
    with pytest.raises(SystemExit) as left:
        run_command()
    assert (ended, left.value.code) == (at_once, code)


def test_too_little_memory_to_tell_errors_apart_is_no_failed_gate(run, here, monkeypatch):
    def fail(error):
        raise ImportError("failed to map segment from shared object")

    monkeypatch.setattr("audit.cli.main.describe_failure", fail)
    ran = run("gate", "nowhere.json")
    assert ran.code == 3
    assert "internal error: UnreadableError" in ran.line


def test_a_command_that_cannot_be_imported_says_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "audit.cli.main", None)
    with pytest.raises(SystemExit) as ended:
        run_process()
    assert ended.value.code == 3
    assert capsys.readouterr().err.startswith("maskaudit: cannot start: ModuleNotFoundError: ")
