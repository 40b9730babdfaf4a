"""Cutting, joining and adding, from findings made by hand: the rules behind them need large datasets."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.findings.finding import Finding, Severity
from audit.fixes.labels import CannotFixError, Labels
from audit.fixes.proof import FixRefusedError, prove
from audit.fixes.source_text import SourceText
from audit.fixes.unsafe import cut_merged, join_split, unlabelled_objects
from audit.pipeline.run import scan
from tests.fixes.conftest import annotation, decode, document, draw

SIZE = (8, 24)
PAIR = draw("aaaaaaaaa.bbbbbbbb......\n" * 8)


@pytest.fixture
def labels_of(tmp_path):
    """Return a function that reads a document as fixes do."""

    def read(content, images=None):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        file = tmp_path / "labels.json"
        file.write_bytes(data)
        result = scan(file, images=images, workers=1)
        return Labels(SourceText("labels.json", data), result, list(result.findings))

    return read


def make(labels_of, labels, repair):
    """Make one repair, prove it, and return the records."""
    edited = labels.text.apply(repair.edits)
    prove(labels, labels_of(edited.data), edited, [repair])
    return json.loads(edited.data)["annotations"]


def finding(rule, *rows, **evidence):
    return Finding(
        rule, Severity.WARNING, "", evidence=evidence, fingerprint="0a", instance_rows=rows, image_row=0
    )


def test_a_cut_makes_a_record_that_says_where_it_comes_from(labels_of):
    mask = draw(
        "aaaaaaaaaa..aaaaaaa.....\n" * 3 + "aaaaaaaaaaaaaaaaaaa.....\n" + "aaaaaaaaaa..aaaaaaa.....\n" * 4
    )
    mask = mask == "a"
    labels = labels_of(document(SIZE, [annotation(7, mask, note="x"), annotation(9, mask[:, ::-1])]))
    merged = finding("touching.merged", 0, typical_single_px=70.0, cut_line=[11.0, 0.0, 11.0, 8.0])
    first, other, new = make(labels_of, labels, cut_merged.repair(labels, merged))
    assert np.array_equal(decode(first, SIZE) | decode(new, SIZE), mask)
    assert not (decode(first, SIZE) & decode(new, SIZE)).any()
    assert (first["id"], other["id"], new["id"], new["note"]) == (7, 9, 10, "x")
    assert new["maskaudit"] == {"fix": "cut_merged", "finding": "0a", "from": [7]}
    assert first["area"] == decode(first, SIZE).sum() > new["area"] == decode(new, SIZE).sum()
    with pytest.raises(CannotFixError):
        cut_merged.repair(labels, finding("touching.merged", 0, typical_single_px=70.0, cut_line=[0.0] * 4))


def test_joining_closes_the_slit(labels_of):
    labels = labels_of(document(SIZE, [annotation(7, PAIR == "a"), annotation(9, PAIR == "b")]))
    (record,) = make(labels_of, labels, join_split.repair(labels, finding("touching.split", 0, 1)))
    assert record["id"] == 7
    assert np.array_equal(decode(record, SIZE), draw("aaaaaaaaaaaaaaaaaa......\n" * 8) == "a")


def test_a_proof_fails_where_a_mask_is_not_the_one_that_was_meant(labels_of):
    labels = labels_of(document(SIZE, [annotation(7, PAIR == "a"), annotation(9, PAIR == "b")]))
    repair = join_split.repair(labels, finding("touching.split", 0, 1))
    changed, removed = repair.edits
    meant = replace(changed, mask=labels.reshape(1, PAIR == "b").mask)
    edited = labels.text.apply(repair.edits)
    with pytest.raises(FixRefusedError, match="other pixels"):
        prove(labels, labels_of(edited.data), edited, [replace(repair, edits=(meant, removed))])


def test_an_unlabelled_object_becomes_a_flagged_proposal(labels_of, tmp_path):
    grey = np.full(SIZE, 10, dtype=np.uint8)
    objects = draw(
        "........................\n" + ".aaaaaa.....bbbbbb......\n" * 6 + "........................\n"
    )
    grey[objects != "."] = 200
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.fromarray(grey).save(pictures / "a.png")
    labels = labels_of(document(SIZE, [annotation(7, objects == "a", note="x")]), pictures)
    missing = replace(finding("image.unlabelled_object", x=12, y=1, w=6, h=6), file_name="a.png")
    _, new = make(labels_of, labels, unlabelled_objects.repair(labels, missing))
    assert np.array_equal(decode(new, SIZE), objects == "b")
    assert (new["id"], new["note"]) == (8, "x")
    assert new["maskaudit"] == {"fix": "unlabelled_objects", "finding": "0a", "proposal": True}
    with pytest.raises(CannotFixError):
        unlabelled_objects.repair(labels, replace(missing, evidence={**missing.evidence, "places": 30}))
