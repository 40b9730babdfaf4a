import json

import pytest

from audit.loaders.loaded import UnreadableError
from audit.loaders.record_fields import extract_texts, list_field_names, read_record_fields


def write(path, **lists):
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": [], **lists}))
    return path


def test_reads_only_the_field(tmp_path):
    file = write(
        tmp_path / "a.json",
        images=[{"annotator": " Ann "}, {"attributes": {"annotator": 5}}],
        annotations=[{"annotator": None, "segmentation": [[1, 2]]}, {"attributes": None}],
    )
    found = read_record_fields(file, "annotator")
    assert found.images == ("Ann", "5")
    assert found.annotations == ("", "")
    assert list_field_names(file) == ("annotator", "segmentation")


def test_leads_into_objects():
    records = [b'{"extra": {"who": {"name": "A"}}}', b'{"extra": "B"}', b'{"extra": {"who": []}}']
    assert extract_texts(records, "extra.who.name") == ("A", "", "")
    assert extract_texts([b'{"attributes": {"job": 7}}'], "attributes.job") == ("7",)
    assert extract_texts([b'{"attributes": 7}'], "attributes") == ("7",)


def test_odd_names_and_records():
    records = [b'{"rater id": "x"}', b"[1]", b"null", b'{"rater id": {"a": 1}}', b'{"rater id": true}']
    assert extract_texts(records, "rater id") == ("x", "", "", "", "True")


def test_many_records_and_a_broken_one():
    records = [b'{"job": "%d"}' % k for k in range(4500)]
    records[3000] = b"3"
    found = extract_texts(records, "job")
    assert found[2999:3002] == ("2999", "", "3001")
    assert len(found) == 4500


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(UnreadableError):
        read_record_fields(tmp_path / "none.json", "job")
