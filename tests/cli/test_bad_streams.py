"""Inputs that are no files, and outputs that nobody reads: one line, and an exit code that means what it says."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli.main import main
from audit.cli.write_report import cache_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files and shells")
INPUTS = {
    "--config": ["scan", "clean.json", "--config", "PATH"],
    "--decisions": ["scan", "clean.json", "--decisions", "PATH"],
    "--policy": ["gate", "clean.json", "--policy", "PATH"],
    "--baseline": ["gate", "clean.json", "--baseline", "PATH"],
    "baseline show": ["baseline", "show", "PATH"],
    "--sample-plan": ["gate", "clean.json", "--reviewed", "review.csv", "--sample-plan", "PATH"],
    "--reviewed": ["gate", "clean.json", "--reviewed", "PATH", "--sample-plan", "plan.json"],
    "--group-by": ["gate", "clean.json", "--group-by", "csv:PATH"],
    "--training-log": ["compare", "clean.json", "results.json", "--training-log", "PATH"],
}
LABELS = {
    "LABELS": ["scan", "PATH"],
    "PREDICTIONS": ["compare", "clean.json", "PATH"],
    "--predictions": ["scan", "clean.json", "--predictions", "PATH"],
    "--proposals": ["compare", "clean.json", "results.json", "--proposals", "PATH"],
    "--training-labels": ["compare", "clean.json", "results.json", "--training-labels", "PATH"],
    "--images": ["scan", "clean.json", "--images", "PATH"],
    "--from-measurements": ["scan", "--from-measurements", "PATH"],
}


@pytest.fixture
def inputs(here, run):
    """A plan, predictions, and paths that are no files."""
    assert run("sample", "clean.json", "--out", "drawn", "--no-html", "--quiet").code == 0
    Path("drawn/plan.json").rename("plan.json")
    result = {"image_id": 1, "category_id": 1, "bbox": [2, 2, 6, 6], "score": 0.9}
    Path("results.json").write_text(json.dumps([{**result, "segmentation": [[2, 2, 8, 2, 8, 8, 2, 8]]}]))
    os.mkfifo("pipe.csv")
    Path("device.csv").symlink_to("/dev/zero")
    Path("loop").symlink_to("loop")
    with Path("huge.csv").open("wb") as file:
        file.truncate(2**40)


@pytest.mark.parametrize("option", INPUTS)
def test_only_a_regular_file_of_some_size_is_read(run, inputs, option):
    names = {
        "device.csv": "a device, not a regular file",
        "pipe.csv": "a pipe, not a regular file",
        "huge.csv": "larger than",
        "loop": "Too many levels of symbolic links",
        "x" * 300: "File name too long",
        ".": "s a directory",
    }
    for name, says in names.items():
        ran = run(*(argument.replace("PATH", name) for argument in INPUTS[option]))
        assert ran.code == 2
        assert says in ran.line
        assert ran.out == ""


@pytest.mark.parametrize("name", ["loop", "x" * 300, "drawn/" + "y" * 300 + "/z.json"])
def test_a_name_that_cannot_be_is_a_mistake_of_use(run, inputs, name):
    for arguments in LABELS.values():
        ran = run(*(argument.replace("PATH", name) for argument in arguments))
        assert ran.code == 2
        assert name in ran.line


OUTPUTS = {
    "scan": "scan clean.json --out PATH",
    "compare": "compare clean.json results.json --out PATH",
    "gate": "gate clean.json --out PATH",
    "sample": "sample clean.json --out PATH",
    "export": "export cvat clean.json --out PATH",
    "bench labels": "bench labels clean.json --out PATH",
    "demo": "demo --out PATH",
    "rules new": "rules new acme.stripe --out PATH",
    "diff": "diff clean.json clean.json --out PATH",
}


@pytest.mark.parametrize("command", OUTPUTS)
def test_an_output_folder_that_cannot_be_one_is_a_mistake_of_use(run, inputs, command):
    names = ["loop", "loop/x", "clean.json", "clean.json/x", "pipe.csv", "/dev/null", "x" * 300]
    for name in names if command != "diff" else ["clean.json"]:  # which looks only after its work
        ran = run(*OUTPUTS[command].replace("PATH", name).split())
        assert (ran.code, ran.out) == (2, "") or command == "diff"
        assert Path(name).name in ran.line or Path(name).parent.name in ran.line


@pytest.mark.parametrize(
    "command",
    [
        "gate clean.json --junit",
        "gate clean.json --sarif",
        "gate clean.json --gitlab",
        "gate clean.json --summary-md",
        "scan clean.json --no-html --out report --summary-md",
        "baseline write clean.json --out",
    ],
)
def test_a_pipe_that_nobody_reads_is_given_up(run, inputs, monkeypatch, command):
    monkeypatch.setattr("audit.findings.stream_file.READER_WAIT_S", 0)
    ran = run(*command.split(), "pipe.csv")
    assert (ran.code, ran.line) == (2, "maskaudit: pipe.csv: nobody reads this pipe")
    assert Path("pipe.csv").is_fifo()


@pytest.mark.parametrize("page", ["pipe.csv", "loop", "nowhere/x.md", ".", "x" * 300, "/dev/full"])
@pytest.mark.parametrize(("labels", "code"), [("clean.json", 0), ("bad.json", 1)])
def test_a_summary_page_of_ci_that_cannot_be_written_changes_no_verdict(
    run, inputs, monkeypatch, page, labels, code
):
    monkeypatch.setattr("audit.findings.stream_file.READER_WAIT_S", 0)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", page)
    ran = run("gate", labels, "--github")
    assert ran.code == code
    warning, *rest = ran.err.splitlines()
    assert warning.startswith(f"maskaudit: warning: GITHUB_STEP_SUMMARY: {page}: ")
    assert len(rest) == code
    assert "gate" in ran.out


@pytest.mark.parametrize("changes", [(), ("--changes", "pipe.csv")])
def test_fix_leaves_no_list_beside_a_pipe_that_it_refuses(run, inputs, changes):
    before = sorted(Path().iterdir())
    ran = run("fix", "bad.json", "--out", "copy.json" if changes else "pipe.csv", *changes)
    assert ran.code == 2
    assert "pipe.csv: is no file that could be replaced" in ran.line
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize("command", ["baseline write", "fix"])
def test_no_file_takes_the_place_of_a_socket(run, inputs, command):
    """Of a device, when root runs the command, this would break the machine."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    ran = run(*command.split(), "bad.json", "--out", "socket")
    assert ran.code == 2
    assert "socket: is no file that could be replaced" in ran.line
    assert Path("socket").is_socket()


def test_beside_the_root_nothing_is_kept():
    assert cache_folder(Path("/")) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("gate clean.json", 0),
        ("gate bad.json", 1),
        ("gate nowhere.json", 2),
        ("scan bad.json --fail-on error", 1),
    ],
)
@pytest.mark.parametrize("redirected", [">&-", "2>/dev/full", ">&- 2>&- <&-", "| head -c0"])
def test_lost_words_change_no_exit_code(here, arguments, code, redirected):
    command = f"{sys.executable} -m audit {arguments} --quiet --debug {redirected}"
    if arguments.startswith("gate"):
        command = command.replace("--quiet", "")
    ran = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == code
    assert ("Traceback" in ran.stderr) == (code == 2 and not redirected.startswith(("2", ">&- 2")))


def test_nothing_is_written_into_a_file_that_took_the_number_of_a_closed_stream(here):
    command = f"{sys.executable} -m audit gate bad.json --out report >&- 2>&- <&-"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 1
    assert json.loads(Path("report/gate.json").read_text())["outcome"] == "fail"


def test_a_full_disk_behind_the_standard_output_is_an_error_of_the_disk(here):
    command = f"{sys.executable} -m audit gate clean.json > /dev/full"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (3, "maskaudit: No space left on device\n")


def test_help_that_nobody_reads_is_no_failure(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    stream = open(writer, "w")  # noqa: PTH123, SIM115 (a number, not a path; closing it fails, as it must)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    with contextlib.suppress(BrokenPipeError):
        stream.close()
