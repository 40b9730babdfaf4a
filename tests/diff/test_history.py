"""What rules named, and what the next version made of it."""

import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from audit.cli.main import main
from audit.diff.history import measure_history
from audit.export.history_json import export_history_json
from audit.export.output_schemas import SCHEMAS
from audit.pipeline.run import scan
from tests.fixes.conftest import annotation, document

SIZE = (12, 40)


def block(column, hole=False):
    mask = np.zeros(SIZE, dtype=bool)
    mask[2:10, column : column + 8] = True
    mask[5, column + 3] = not hole
    return mask


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Three blocks with a pinhole, of which two are mended later, and one without, which is moved."""
    monkeypatch.chdir(tmp_path)
    old = [annotation(k, block(9 * k, hole=k < 3)) for k in range(4)]
    old += [annotation(9, block(0, hole=True), image_id=2), annotation(10, block(20), image_id=2)]
    new = [annotation(k, block(9 * k, hole=k == 2)) for k in range(3)] + [annotation(3, block(30))]
    for name, records, n_images in (("old", old, 2), ("new", new, 1), ("newest", new, 1)):
        content = document(SIZE, records)
        content["images"] = [
            {**content["images"][0], "id": k + 1, "file_name": f"{k}.png"} for k in range(n_images)
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


def test_counts_within_images_that_both_versions_have(files):
    history = measure_history(
        [scan(f"{name}.json", select=["mask.holes"], workers=1) for name in ("old", "new")]
    )
    assert (history.annotations, history.corrected) == (4, 3)
    (record,) = history.records
    assert (record.rule, record.named, record.corrected) == ("mask.holes", 3, 2)
    assert (record.others, record.others_corrected) == (1, 1)
    # a = 2, b = 1, c = 1, d = 0: nothing speaks for the rule.
    assert record.odds_ratio == 0
    assert record.verdict == "cannot tell"


def test_steps_are_added(files):
    scans = [scan(f"{name}.json", select=["mask.holes"], workers=1) for name in ("old", "new", "newest")]
    (record,) = measure_history(scans).records
    assert (record.named, record.corrected) == (4, 2)


def test_command(files, capsys):
    arguments = ["history", "old.json", "new.json", "--select", "mask.holes", "--workers", "1"]
    assert main([*arguments, "--out", "out"]) == 0
    printed = capsys.readouterr().out
    assert "67 % (21 to 94)" in printed
    document_written = json.loads((files / "out" / "history.json").read_text())
    Draft202012Validator(SCHEMAS["history"]()).validate(document_written)
    assert document_written["rules"][0]["odds_low"] is None
    page = (files / "out" / "history.html").read_text()
    assert "mask.holes" in page
    assert "3 (75\u00a0%) were corrected" in page
    assert "Too little was corrected to tell whether the rule is right more often than chance." in page
    assert "Too little was corrected" in printed
    assert main([*arguments, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == document_written
    assert main(["history", "old.json"]) == 2
    assert export_history_json(measure_history([])).endswith(b'"rules":[]}\n')
