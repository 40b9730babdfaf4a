"""``maskaudit fix``: files, exit codes, undoing, and what a killed run leaves."""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from audit.cli.main import main
from audit.export.version_schemas import changes_schema
from audit.findings import atomic_write

SQUARE = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 5, 5], "area": 99}
SQUARE |= {"segmentation": [[0, 0, 5, 0, 5, 5, 0, 5]]}
BROKEN = SQUARE | {"id": 2, "segmentation": [[0, 0, 9, 9]]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "gt.json", [SQUARE])
    return tmp_path


def write(file: Path, records: list[dict[str, object]]) -> None:
    image = {"id": 1, "file_name": "a.png", "height": 9, "width": 9}
    content = {"images": [image], "annotations": records, "categories": [{"id": 1, "name": "cell"}]}
    file.write_text(json.dumps(content))


def test_copy_list_and_way_back(folder, capsys):
    before = (folder / "gt.json").read_bytes()
    assert main(["fix", "gt.json", "--out", "new/corrected.json", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert "1 finding mended" in printed
    assert "No warning and no error is left" in printed
    assert (folder / "gt.json").read_bytes() == before
    corrected = folder / "new" / "corrected.json"
    assert json.loads(corrected.read_text())["annotations"] == [{**SQUARE, "area": 25}]
    changes = json.loads((folder / "new" / "changes.json").read_text())
    Draft202012Validator(changes_schema()).validate(changes)
    assert changes["changes"][0]["fingerprint"] in (folder / "new" / "changes.md").read_text()
    assert main(["fix", "--undo", "new/changes.json", "--out", "back.json"]) == 0
    assert (folder / "back.json").read_bytes() == before
    assert (
        main(["fix", "new/corrected.json", "--undo", "new/changes.json", "--out", "back.json", "--quiet"])
        == 0
    )
    corrected.write_text(corrected.read_text() + "\n")
    assert main(["fix", "--undo", "new/changes.json", "--out", "back.json"]) == 2
    assert "changed since" in capsys.readouterr().err


def test_exit_code_says_that_something_is_left(folder):
    write(folder / "gt.json", [SQUARE, BROKEN])
    assert main(["fix", "gt.json", "--out", "a.json", "--dry-run", "--quiet", "--workers", "1"]) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["gt.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gt.json", "--out", "gt.json"], "in place"),
        (["gt.json", "--out", "a.json", "--changes", "gt.json"], "in place"),
        (["gt.json", "--out", "a.json", "--changes", "a.json"], "would be one file"),
        (["gt.json"], "give --out, or --dry-run"),
        (["gt.json", "--out", "a.json", "--select", "aera"], "aera"),
        (["none.json", "--out", "a.json"], "no such file"),
        (["--out", "a.json"], "LABELS"),
        (["--undo", "gt.json", "--out", "a.json"], "not a list of changes"),
        (["--undo", "gt.json"], "where the original goes"),
    ],
)
def test_refused(folder, capsys, arguments, message):
    assert main(["fix", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["gt.json"]


def test_the_list_of_another_file_is_not_lost(folder, capsys):
    assert main(["fix", "gt.json", "--out", "a.json", "--quiet", "--workers", "1"]) == 0
    first = (folder / "changes.json").read_bytes()
    assert main(["fix", "gt.json", "--out", "b.json", "--quiet"]) == 2
    assert "lists the changes of a.json" in capsys.readouterr().err
    assert (folder / "changes.json").read_bytes() == first
    assert main(["fix", "gt.json", "--out", "a.json", "--quiet", "--workers", "1"]) == 0


@pytest.mark.parametrize("survivors", range(4))
def test_killed_between_two_files(folder, monkeypatch, survivors):
    """No corrected file stands without its list, and nothing half written is left."""
    replace, moved = atomic_write.replace_inside, []

    def replace_some(finished_file, target_folder, name):
        if len(moved) == survivors:
            raise KeyboardInterrupt
        moved.append(name)
        return replace(finished_file, target_folder, name)

    monkeypatch.setattr(atomic_write, "replace_inside", replace_some)
    exit_code = main(["fix", "gt.json", "--out", "a.json", "--quiet", "--workers", "1"])
    monkeypatch.undo()
    names = sorted(path.name for path in folder.iterdir())
    assert exit_code == (130 if survivors < 3 else 0)
    assert names == sorted(["gt.json", *["changes.json", "changes.md", "a.json"][:survivors]])
    assert main(["fix", str(folder / "gt.json"), "--out", str(folder / "a.json"), "--quiet"]) == 0


def test_packed_files_are_packed_again(folder, capsys):
    text = (folder / "gt.json").read_bytes()
    (folder / "gt.json.gz").write_bytes(gzip.compress(text))
    assert main(["fix", "gt.json.gz", "--out", "new/corrected.json.gz", "--workers", "1"]) == 0
    corrected = gzip.decompress((folder / "new" / "corrected.json.gz").read_bytes())
    assert json.loads(corrected)["annotations"] == [{**SQUARE, "area": 25}]
    assert main(["fix", "--undo", "new/changes.json", "--out", "back.json.gz"]) == 0
    assert gzip.decompress((folder / "back.json.gz").read_bytes()) == text
    assert main(["fix", "gt.json.gz", "--out", "plain.json", "--workers", "1"]) == 0
    assert (folder / "plain.json").read_bytes() == corrected
    assert main(["scan", "new/corrected.json.gz"]) == 0


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([SQUARE, BROKEN], "1 error is left."),
        ([SQUARE, BROKEN, BROKEN | {"id": 3}], "2 errors are left."),
    ],
)
def test_counts_are_told_in_the_right_number(folder, capsys, records, line):
    write(folder / "gt.json", records)
    assert main(["fix", "gt.json", "--dry-run", "--ignore", "bbox", "--workers", "1"]) == 1
    printed = capsys.readouterr().out
    assert line in printed
    assert "1 finding mended in 1 annotation" in printed
