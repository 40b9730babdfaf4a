"""The files of a report folder appear together or not at all."""

import json

import pytest

from audit.pipeline.outputs import RUN_FILE, inputs, staged, summary, write_outputs
from audit.pipeline.run import scan

TEXT = '{"images": [], "annotations": [], "categories": []}'


@pytest.fixture
def result(tmp_path):
    (tmp_path / "a.json").write_text(TEXT)
    return scan(tmp_path / "a.json")


def test_files_come_when_the_block_has_ended(tmp_path):
    out = tmp_path / "report"
    with staged(out) as folder:
        (folder / "a.txt").write_text("1")
        (folder / "below").mkdir()
        (folder / "below" / "b.txt").write_text("2")
        assert not (out / "a.txt").exists()
    assert (out / "a.txt").read_text() == "1"
    assert (out / "below" / "b.txt").read_text() == "2"
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "below"]


def test_a_failure_leaves_all_as_it_was(tmp_path):
    out = tmp_path / "report"
    out.mkdir()
    (out / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), staged(out) as folder:
        (folder / "a.txt").write_text("new")
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("a.txt", "old")]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "report").write_text("")
    with pytest.raises(OSError), staged(tmp_path / "report"):
        pytest.fail("must not be reached")


def test_what_stands_beside_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with staged(tmp_path) as folder:
        (folder / "a.txt").write_text("1")
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_run_file(result, tmp_path):
    write_outputs(result, tmp_path)
    run = json.loads((tmp_path / RUN_FILE).read_text())
    assert run["tool"] == "maskaudit"
    assert run["config"] == json.loads(json.dumps(result.effective_config))
    assert run["workers"] == 1
    assert run["images"] is None
    assert set(run["seconds"]) == set(result.seconds)
    assert run["input"]["sources"][0]["size_bytes"] == len(TEXT)


def test_no_clock_in_the_findings(result, tmp_path):
    write_outputs(result, tmp_path)
    text = (tmp_path / "findings.json").read_text()
    assert "seconds" not in text
    assert "workers" not in text


def test_counts(result):
    assert summary(result)["findings"] == len(result.findings) > 0
    assert summary(result)["by_rule"]["dataset.empty"] == 1
    assert inputs(result)["images"] == 0
