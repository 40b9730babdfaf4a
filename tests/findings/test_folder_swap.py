"""A folder has one run's files, whenever its writer is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audit.findings import folder_swap
from audit.findings.atomic_write import staged_folder
from audit.findings.folder_swap import hold_folder, remove_leftovers, replace_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders are changed in place there")


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "report"
    write_run(folder, "old")
    (folder / "notes.txt").write_text("mine")
    return folder


def write_run(folder, text):
    folder.mkdir(exist_ok=True)
    for name in ("a", "images/b"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }


OLD = {"a": "old", "images/b": "old", "notes.txt": "mine"}
NEW = {**OLD, "a": "new", "images/b": "new"}


def test_the_folder_changes_in_one_step_and_keeps_other_files(report):
    mode = report.stat().st_mode
    with replace_folder(report) as folder:
        write_run(folder, "new")
        assert contents(report) == OLD
    assert contents(report) == NEW
    assert report.stat().st_mode == mode
    assert names_in(report.parent) == ["report"]


def test_what_is_removed_is_gone_and_what_came_meanwhile_stays(report):
    with replace_folder(report) as folder:
        (folder / "a").unlink()
        (report / "late.txt").write_text("later")
    assert contents(report) == {"images/b": "old", "notes.txt": "mine", "late.txt": "later"}


def test_an_error_leaves_everything_as_it_was(report):
    with pytest.raises(ZeroDivisionError), replace_folder(report) as folder:
        write_run(folder, "new")
        raise ZeroDivisionError
    assert contents(report) == OLD
    assert names_in(report.parent) == ["report"]


def test_an_error_names_the_folder_that_was_to_change(report):
    with pytest.raises(OSError, match="No such file") as caught, replace_folder(report) as folder:
        (folder / "none" / "a.txt").read_text()
    assert caught.value.filename == str(report / "none" / "a.txt")


def test_a_new_folder_is_like_any_other(tmp_path):
    with replace_folder(tmp_path / "deep" / "report") as folder:
        write_run(folder, "new")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "deep" / "report").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert contents(tmp_path / "deep" / "report") == {"a": "new", "images/b": "new"}


def test_links_are_kept_and_followed(report, tmp_path):
    (report / "link").symlink_to("images")
    (tmp_path / "alias").symlink_to(report)
    with replace_folder(tmp_path / "alias") as folder:
        write_run(folder, "new")
    assert (report / "link").readlink() == Path("images")
    assert (tmp_path / "alias").readlink() == report
    assert contents(report)["a"] == "new"


@pytest.mark.parametrize("reason", ["working directory", "many files", "no hard links"])
def test_what_cannot_be_exchanged_is_changed_in_place(report, monkeypatch, reason):
    if reason == "working directory":
        monkeypatch.chdir(report / "images")
    elif reason == "many files":
        monkeypatch.setattr(folder_swap, "MAX_ENTRIES", 2)
    else:
        monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(OSError("none here")))
    with replace_folder(report) as folder:
        assert folder == report
        write_run(folder, "new")
    assert contents(report) == NEW
    assert names_in(report.parent) == ["report"]


def test_without_an_exchange_two_renames_do(report, monkeypatch):
    monkeypatch.setattr(folder_swap, "_swap_names", lambda *_: False)
    with replace_folder(report) as folder:
        write_run(folder, "new")
    assert contents(report) == NEW
    assert names_in(report.parent) == ["report"]


KILLED = """
import os, signal, sys
from pathlib import Path
from audit.findings import folder_swap

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

report, place = Path(sys.argv[1]), sys.argv[2]
exchange = folder_swap._exchange
if place == "before":
    folder_swap._exchange = die
elif place == "after":
    folder_swap._keep_newcomers = die
elif place == "between":
    folder_swap._swap_names = lambda *_: False
    rename, calls = Path.rename, []
    def rename_once(self, target):
        if calls:
            die()
        calls.append(self)
        return rename(self, target)
    Path.rename = rename_once
with folder_swap.replace_folder(report) as folder:
    for name in ("a", "images/b"):
        (folder / name).unlink()
        (folder / name).write_text("new")
        if place == name:
            die()
"""


@pytest.mark.parametrize(
    ("place", "expected"), [("a", OLD), ("images/b", OLD), ("before", OLD), ("after", NEW), ("between", OLD)]
)
def test_a_killed_writer_leaves_one_runs_files(report, place, expected, monkeypatch):
    code = subprocess.run([sys.executable, "-c", KILLED, report, place], check=False).returncode
    assert code == -signal.SIGKILL
    if place != "between":  # there, the next run takes the earlier folder back
        assert contents(report) == expected
    monkeypatch.setattr(folder_swap, "MIN_AGE_S", 0.0)
    with replace_folder(report) as folder:
        assert contents(folder) == expected
    assert names_in(report.parent) == ["report"]


def test_leftovers_are_removed_but_not_what_is_young_or_held(tmp_path, monkeypatch):
    for name in (".partial-a", ".partial-b", "other"):
        (tmp_path / name).mkdir()
    remove_leftovers(tmp_path, ".partial-")
    assert len(names_in(tmp_path)) == 3
    monkeypatch.setattr(folder_swap, "MIN_AGE_S", 0.0)
    with hold_folder(tmp_path / ".partial-a"):
        remove_leftovers(tmp_path, ".partial-")
    assert names_in(tmp_path) == [".partial-a", "other"]
    with staged_folder(tmp_path):
        pass
    assert names_in(tmp_path) == ["other"]
