"""Texts of whole files: records go, come and change; the way back is exact."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.fixes.source_text import Edit, SourceText, undo_patches

BOM = b"\xef\xbb\xbf"


def document(n_annotations: int, indent: int | None = None) -> bytes:
    content = {
        "info": {"é": [1.0, "x"]},
        "annotations": [{"id": number, "note": "ß"} for number in range(n_annotations)],
        "images": [],
        "categories": [{"id": 1, "name": "cell"}],
    }
    return json.dumps(content, indent=indent, ensure_ascii=False).encode()


@given(
    st.integers(1, 6),
    st.sets(st.integers(0, 5)),
    st.dictionaries(st.integers(0, 5), st.integers(10, 99)),
    st.integers(0, 2),
    st.sampled_from([None, 0, 3]),
    st.booleans(),
)
def test_edits_make_what_they_say_and_can_be_undone(n_records, removed, changed, n_added, indent, has_bom):
    data = BOM * has_bom + document(n_records, indent)
    removed = {index for index in removed if index < n_records}
    changed = {i: value for i, value in changed.items() if i < n_records and i not in removed}
    if len(removed) == n_records:
        n_added = 0
    edits = [Edit(index) for index in sorted(removed)]
    edits += [Edit(index, {"id": value}) for index, value in changed.items()]
    edits += [Edit(0, {"id": 200 + k, "new": True}, is_new=True) for k in range(n_added)]
    text = SourceText("a.json", data)
    edited = text.apply(edits)
    expected = json.loads(document(n_records))
    records = [
        {**record, "id": changed.get(index, record["id"])}
        for index, record in enumerate(expected["annotations"])
        if index not in removed
    ]
    records += [{"id": 200 + k, "note": "ß", "new": True} for k in range(n_added)]
    assert json.loads(edited.data.decode("utf-8-sig")) == {**expected, "annotations": records}
    assert edited.data.startswith(BOM) == has_bom
    assert undo_patches(edited.data, edited.patches) == data
    assert SourceText("a.json", edited.data).frame() == text.frame() or len(removed) == n_records


@pytest.mark.parametrize("indent", [None, 2])
def test_nothing_to_do_leaves_every_byte(indent):
    data = document(3, indent)
    assert SourceText("a.json", data).apply([]).data == data
