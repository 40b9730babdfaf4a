"""A report replaces an earlier one as a whole, and touches nothing else."""

import json

import pytest

from audit.report.report_writer import write_report
from audit.report.staged_folder import MANIFEST, staged_report
from audit.testing import scene


def files(folder) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def linked(folder) -> set[str]:
    return set(json.loads((folder / MANIFEST).read_text())["files"]) | {MANIFEST}


def test_a_report_writes_what_its_manifest_says(full, pictures, tmp_path):
    out = tmp_path / "out"
    write_report(full(image_root=pictures({"scene_1.png": (12, 4)})), out)
    assert files(out) == linked(out)
    assert {"pictures/000001.jpg", "pictures/000001-small.jpg", "images/000003.html"} < files(out)


def test_an_earlier_report_is_replaced_whole_and_other_files_stay(full, result, pictures, tmp_path):
    out = tmp_path / "out"
    write_report(full(image_root=pictures({"scene_1.png": (12, 4)})), out)
    for name in ("findings.json", "images/mine.html", "pictures/000001.png", "assets/report-x.css"):
        (out / name).write_text("mine")
    write_report(result(scene("a")), out)
    mine = {"findings.json", "images/mine.html", "pictures/000001.png", "assets/report-x.css"}
    assert files(out) == linked(out) | mine
    assert not list(out.glob("images/0*.html"))
    assert {(out / name).read_text() for name in mine} == {"mine"}


def test_the_one_file_replaces_the_folder_and_the_other_way_round(full, tmp_path):
    out = tmp_path / "out"
    write_report(full(), out)
    folder = files(out)
    write_report(full(), out, single_file=True)
    assert files(out) == {"index.html", MANIFEST}
    assert sorted(path.name for path in out.iterdir()) == ["assets", "index.html"]
    write_report(full(), out)
    assert files(out) == folder


def test_a_report_that_fails_leaves_the_earlier_one(full, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_report(full(), out)
    before = {name: (out / name).read_bytes() for name in files(out)}

    def fail(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.report.page_folder.pack_findings", fail)
    with pytest.raises(OSError, match="No space"):
        write_report(full(hidden=7), out)
    assert {name: (out / name).read_bytes() for name in files(out)} == before


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        '{"files": 3}',
        '{"files": ["../../victim", "/etc/passwd", "notes.txt", 5, null, "images/../notes.txt"]}',
    ],
)
def test_a_broken_or_hostile_manifest_removes_nothing(full, tmp_path, manifest):
    out = tmp_path / "out"
    write_report(full(), out)
    (tmp_path / "victim").write_text("mine")
    (out / "notes.txt").write_text("mine")
    (out / MANIFEST).write_text(manifest)
    write_report(full(), out)
    assert (tmp_path / "victim").exists()
    assert (out / "notes.txt").exists()


@pytest.mark.parametrize("name", ["../index.html", "images/1.html", "x.html", "assets/report-x.css", ""])
def test_only_files_of_a_report_can_be_staged(tmp_path, name):
    with pytest.raises(ValueError, match="not a file of a report"), staged_report(tmp_path) as stage:
        stage.write(name, b"")
    assert list(tmp_path.iterdir()) == []


def test_linked_subfolders_are_neither_written_nor_emptied(full, result, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    write_report(full(), out)
    (out / "images").rename(elsewhere)
    (out / "images").symlink_to(elsewhere)
    before = files(elsewhere)
    with pytest.raises(OSError, match="a link to another folder"):
        write_report(full(), out)
    write_report(result(scene("a")), out)  # it has no image page: the manifest of the first names those there
    assert before
    assert files(elsewhere) == before
    assert (out / "images").is_symlink()
