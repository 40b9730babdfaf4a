"""The whole way: what is kept, what is refused, what a second run does, what decisions mean."""

import json
from dataclasses import replace

import pytest

from audit.fixes import mend as mend_module
from audit.fixes.mend import mend, refuse_same_file
from audit.fixes.proof import FixRefusedError
from audit.fixes.source_text import SourceText, undo_patches
from audit.loaders.loaded import UnreadableError
from tests.fixes.conftest import annotation, annotations, document, draw

SIZE = (6, 9)
A = draw("aaaa.....\naaaa.....\naaaa.....\n.........\n.........\n.........") == "a"
B = draw(".........\n.....bbbb\n.....bbbb\n.....bbbb\n.........\n.........") == "b"


def dirty(**fields):
    content = document(SIZE, [annotation(1, A, area=99.5, score="ü"), annotation(1, B), annotation(3, A)])
    return content | fields


def test_what_is_not_mended_keeps_every_byte_and_the_second_run_changes_nothing(mended, tmp_path):
    data = json.dumps(dirty(extra={"b": [1.50, 1e3]}), indent=3, ensure_ascii=False).encode()
    data = data.replace(b"99.5", b"9.95E+1")
    result = mended(data)
    assert {done.repair.fix for done in result.done} == {"area", "unique_ids"}
    lines_before, lines_after = data.splitlines(), result.corrected.splitlines()
    different = [(a, b) for a, b in zip(lines_before, lines_after, strict=True) if a != b]
    assert different == [
        (b'         "area": 9.95E+1,', b'         "area": 12.0,'),
        (b'         "id": 1,', b'         "id": 4,'),
    ]
    assert not result.findings_new
    again = mended(result.corrected)
    assert not again.is_changed
    assert again.corrected == result.corrected
    data_again = result.corrected
    for patches in result.patches:
        data_again = undo_patches(data_again, patches)
    assert data_again == data


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"id": 3,', b'"id": 8,', "not listed"),
        (b'"extra": 5', b'"extra": 6', "around the records"),
        (b'"note": 1', b'"note": 2', "fields that are not listed"),
        (b'"name": "cell"', b'"name": "cel1"', "not listed"),
    ],
)
def test_a_change_that_is_not_listed_refuses_everything(mended, monkeypatch, old, new, reason):
    apply = SourceText.apply

    def apply_and_spoil(self, edits):
        edited = apply(self, edits)
        assert old in edited.data
        return replace(edited, data=edited.data.replace(old, new))

    monkeypatch.setattr(SourceText, "apply", apply_and_spoil)
    content = dirty(extra=5)
    content["annotations"][0]["note"] = 1
    with pytest.raises(FixRefusedError, match=reason):
        mended(content)


def test_other_pixels_than_meant_are_refused(mended, monkeypatch):
    apply = SourceText.apply

    def apply_and_spoil(self, edits):
        spoiled = [
            replace(edit, fields={**edit.fields, "segmentation": annotation(1, B)["segmentation"]})
            if edit.fields and "area" in edit.fields
            else edit
            for edit in edits
        ]
        edited = apply(self, spoiled)
        edits[:] = spoiled
        return edited

    monkeypatch.setattr(SourceText, "apply", apply_and_spoil)
    with pytest.raises(FixRefusedError):
        mended(dirty())


def test_what_somebody_found_fine_is_left(mended, tmp_path):
    (area,) = [d.repair.finding for d in mended(dirty()).done if d.repair.fix == "area"]
    decisions = tmp_path / "decisions.json"
    fine = {"schema_version": 1, "decisions": {area.fingerprint: {"verdict": "fine"}}}
    decisions.write_text(json.dumps(fine))
    result = mended(dirty(), decisions=decisions)
    assert {done.repair.fix for done in result.done} == {"unique_ids"}
    assert annotations(result)[0]["area"] == 99.5


def test_select_and_ignore(mended, tmp_path):
    assert {done.repair.fix for done in mended(dirty(), "id").done} == {"unique_ids"}
    file = tmp_path / "labels.json"
    result = mend(file, selection=mend_module.Selection((), ("id",)), workers=1)
    assert {done.repair.fix for done in result.done} == {"area"}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"images": [', b"\x89PNG"])
def test_what_is_no_dataset_is_refused(tmp_path, content):
    file = tmp_path / "labels.json"
    file.write_bytes(content)
    with pytest.raises(UnreadableError):
        mend(file)
    with pytest.raises(UnreadableError, match="mend COCO files"):
        mend(tmp_path)


def test_never_in_place(tmp_path):
    file, hard, soft = (tmp_path / name for name in ("a.json", "hard.json", "soft.json"))
    file.write_text("{}")
    hard.hardlink_to(file)
    soft.symlink_to(file)
    for target in (file, hard, soft, tmp_path / "x" / ".." / "a.json"):
        with pytest.raises(FixRefusedError, match="in place"):
            refuse_same_file(file, target)
    refuse_same_file(file, tmp_path / "b.json")
