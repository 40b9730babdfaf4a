"""What a plugin's author tests: each part by itself, without a command."""

from pathlib import Path

import pytest
from acme_labels import checklist, outlines, stripe

import audit
from audit.testing import measured, scene

EXAMPLE = Path(__file__).resolve().parents[1] / "example.outlines"


def test_format_is_recognized_by_its_content(tmp_path):
    renamed = tmp_path / "labels.txt"
    renamed.write_bytes(EXAMPLE.read_bytes())
    assert outlines.recognizes(renamed)
    renamed.write_text('{"images": []}')
    assert not outlines.recognizes(renamed)
    assert not outlines.recognizes(tmp_path)


def test_lines_become_annotations():
    dataset = outlines.load(EXAMPLE, salvage=False, pictures=None).dataset
    assert dataset.categories.name == ("cell", "cable")
    assert dataset.annotations.category.tolist() == [0, 0, 1]


def test_wrong_line_is_named_or_left_out(tmp_path):
    file = tmp_path / "labels.outlines"
    file.write_text("outlines 1\nimage a.png 9 9\ncell 1,1 five\ncell 1,1 5,1 5,5\n")
    with pytest.raises(audit.UnreadableError, match="line 3"):
        outlines.load(file, salvage=False, pictures=None)
    assert len(outlines.load(file, salvage=True, pictures=None).dataset.annotations) == 1


def test_rule_finds_a_line_but_no_bar():
    measurements = measured(scene("aaaaaa\n......\nbbbbbb\nbbbbbb"))
    (hit,) = stripe.detect(measurements, stripe.Options())
    assert hit.evidence == {"length_px": 6}
    assert not list(stripe.detect(measurements, stripe.Options(min_length=7)))


def test_checklist_of_nothing():
    class Scan:
        findings = ()

    assert checklist.write_checklist(Scan(), []) == {"checklist.md": b"# 0 findings\n"}
