"""The tables and the record of a run."""

import json

import pytest

from audit.geometry.native_runs import thread_count
from audit.pipeline.outputs import RUN_FILE, describe_inputs, summarise_counts, write_scan_files
from audit.pipeline.run import scan

TEXT = '{"images": [], "annotations": [], "categories": []}'


@pytest.fixture
def result(tmp_path):
    (tmp_path / "a.json").write_text(TEXT)
    return scan(tmp_path / "a.json")


def test_run_file(result, tmp_path):
    write_scan_files(result, tmp_path)
    run = json.loads((tmp_path / RUN_FILE).read_text())
    assert run["tool"] == "maskaudit"
    assert run["config"] == json.loads(json.dumps(result.effective_config))
    assert run["workers"] == thread_count()
    assert run["images"] is None
    assert set(run["seconds"]) == set(result.seconds)
    assert run["input"]["sources"][0]["size_bytes"] == len(TEXT)


@pytest.mark.parametrize("name", ["write_findings_json", "write_findings_csv", "write_measurements"])
def test_the_error_of_any_file_is_that_of_all(result, tmp_path, monkeypatch, name):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"audit.pipeline.outputs.{name}", fail)
    with pytest.raises(OSError, match="No space"):
        write_scan_files(result, tmp_path)
    assert not (tmp_path / RUN_FILE).exists()


def test_no_clock_in_the_findings(result, tmp_path):
    write_scan_files(result, tmp_path)
    text = (tmp_path / "findings.json").read_text()
    assert "seconds" not in text
    assert "workers" not in text


def test_counts(result):
    assert summarise_counts(result)["findings"] == len(result.findings) > 0
    assert summarise_counts(result)["by_rule"]["dataset.empty"] == 1
    assert describe_inputs(result)["images"] == 0
