"""The log is silent by default, and tells what is done when it is asked for."""

import logging
import re
import subprocess
import sys

import audit
from audit.cli.main import main

LABELS = (
    '{"images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 4}], "categories": [],'
    ' "annotations": [{"id": 1, "image_id": 1, "area": NaN}], "info": ' + "[" * 150 + "]" * 150 + "}"
)


def test_reading_and_measuring_say_what_they_do(tmp_path, caplog):
    file = tmp_path / "labels.json"
    file.write_text(LABELS)
    with caplog.at_level(logging.DEBUG, "maskaudit"):
        audit.scan(file)
    names = {record.name for record in caplog.records}
    assert {"maskaudit.loaders", "maskaudit.pipeline"} <= names
    assert f"read {file} (coco, {len(LABELS)} bytes): 1 images, 0 categories, 1 annotations, " in caplog.text
    assert re.search(r"measure 1 annotations in shards of 1000: 1 at a time, by \d+ threads", caplog.text)
    assert any(message.startswith("read: ") and message.endswith(" s") for message in caplog.messages)
    assert f"{file}: walked character by character, as it is not as it should be" in caplog.messages


def test_library_is_silent_by_default(tmp_path):
    file = tmp_path / "labels.json"
    file.write_text(LABELS)
    code = f"import audit; audit.scan({str(file)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout
    assert not done.stderr


def test_command_says_more_with_debug_and_leaves_no_handler(tmp_path, capsys):
    file = tmp_path / "labels.json"
    file.write_text(LABELS)
    handlers = list(logging.getLogger("maskaudit").handlers)
    arguments = ["scan", str(file), "--out", str(tmp_path / "report"), "--no-html", "--quiet"]
    assert main(arguments) == 0
    assert not capsys.readouterr().err
    assert main([*arguments, "--debug"]) == 0
    assert "maskaudit: measure 1 annotations" in capsys.readouterr().err
    assert logging.getLogger("maskaudit").handlers == handlers


def test_a_dataset_is_measured_in_eight_shards(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("audit.pipeline.measuring.MIN_SHARD", 1)
    file = tmp_path / "labels.json"
    image = '{"id": 1, "file_name": "a.png", "height": 4, "width": 4}'
    annotations = ", ".join(f'{{"id": {k + 1}, "image_id": 1}}' for k in range(32))
    file.write_text(f'{{"images": [{image}], "categories": [], "annotations": [{annotations}]}}')
    with caplog.at_level(logging.INFO, "maskaudit"):
        audit.scan(file)
    assert "measure 32 annotations in shards of 4: 1 at a time, by" in caplog.text
