import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.loaders.record_lines import Spot, record_lines

TEXT = st.text(alphabet='aé漢😀\n"\\', max_size=5)
RECORDS = st.lists(st.dictionaries(TEXT, st.one_of(st.integers(), TEXT), max_size=3), max_size=6)


@given(RECORDS, RECORDS, st.sampled_from([None, 1]), st.booleans())
def test_the_record_stands_at_its_place(tmp_path_factory, images, annotations, indent, ascii_only):
    file = tmp_path_factory.mktemp("r") / "a.json"
    document = {"images": images, "note": "ünicode", "annotations": annotations, "categories": []}
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    file.write_text(text, encoding="utf-8")
    wanted = {f"/images/{k}/file_name": r for k, r in enumerate(images)}
    wanted |= {f"/annotations/{k}": r for k, r in enumerate(annotations)}
    found = record_lines(file, wanted)
    assert set(found) == set(wanted)
    lines = text.split("\n")
    for pointer, spot in found.items():
        rest = "\n".join([lines[spot.line - 1][spot.column - 1 :], *lines[spot.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == wanted[pointer]


def test_a_file_that_only_the_careful_reader_reads(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(
        '{"images": [], "annotations": [{"é": NaN},\n {"id": 1}], "categories": []}', encoding="utf-8"
    )
    assert record_lines(file, ["/annotations/1", "/annotations/0/area"]) == {
        "/annotations/1": Spot(2, 2),
        "/annotations/0/area": Spot(1, 32),
    }


def test_a_byte_order_mark_is_no_column(tmp_path):
    file = tmp_path / "a.json"
    file.write_bytes(b'\xef\xbb\xbf{"images": [{}], "annotations": [], "categories": []}')
    assert record_lines(file, ["/images/0"]) == {"/images/0": Spot(1, 13)}


def test_results_are_one_list(tmp_path):
    file = tmp_path / "r.json"
    file.write_text("[{},\n{}]")
    assert record_lines(file, ["/1/score", "/7", ""], results=True) == {"/1/score": Spot(2, 1)}


@pytest.mark.parametrize("pointer", ["", "/info", "/annotations", "/annotations/x", "/annotations/9"])
def test_pointers_to_nowhere(tmp_path, pointer):
    file = tmp_path / "a.json"
    file.write_text('{"images": [], "annotations": [{}], "categories": []}')
    assert record_lines(file, [pointer]) == {}
