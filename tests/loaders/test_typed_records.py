"""The quick way reads what the careful way reads, and leaves everything odd to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.loaders import typed_records as module
from audit.loaders.coco import parse_coco
from audit.loaders.json_file import JsonFile
from audit.loaders.typed_records import CategoryRow, decode_records

GOOD = {
    "id": 3,
    "image_id": 1,
    "category_id": 1,
    "segmentation": [[0, 0, 4, 0, 4, 4]],
    "bbox": [0, 0, 4, 4],
    "area": 8.5,
    "iscrowd": 0,
}


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 3, "name": "a", "name": "b"}',
        '{"id": 3, "name": "a", "more": {"a": 1, "a": 2}}',
        '{"id": 3, "name": "a", "more": 1e400}',
        '{"id": 3.5, "name": "a"}',
        '{"id": 9223372036854775808, "name": "a"}',
        "null",
    ],
)
def test_odd_records_get_a_closer_look(text):
    assert next(decode_records([text.encode()], CategoryRow)) == [None]


def test_one_odd_record_leaves_its_neighbours_typed():
    good = b'{"id": 3, "name": "a:b", "more": {"c": "d:e"}}'
    found = next(decode_records([good, b"null", good], CategoryRow))
    assert [row is None for row in found] == [False, True, False]


def test_chunks_keep_the_order(monkeypatch):
    monkeypatch.setattr(module, "CHUNK_SIZE", 3)
    records = [json.dumps({"id": i, "name": "n"}).encode() for i in range(8)]
    found = list(decode_records(records, CategoryRow))
    assert [len(chunk) for chunk in found] == [3, 3, 2]
    assert [row.id for chunk in found for row in chunk] == list(range(8))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, width=32)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(sorted(GOOD)), values, max_size=3),
    st.lists(st.sampled_from(sorted(GOOD)), max_size=2),
)
def test_both_ways_read_the_same(changes, absent):
    record = {k: v for k, v in {**GOOD, **changes}.items() if k not in absent}
    whole = {
        "images": [{"id": 1, "file_name": "a", "height": 9, "width": 9}],
        "annotations": [GOOD, record],
        "categories": [{"id": 1, "name": "n"}],
    }
    quick = parse_coco(file_of(json.dumps(whole)))
    # A member that nobody reads, nested deeply, sends the whole file the careful way.
    careful = parse_coco(file_of(json.dumps(whole)[:-1] + ', "info": ' + "[" * 150 + "]" * 150 + "}"))
    assert quick.findings == careful.findings
    assert quick.dataset.annotations.id.tolist() == careful.dataset.annotations.id.tolist()
    one, other = quick.dataset.annotations.segmentation, careful.dataset.annotations.segmentation
    assert one.kind.tolist() == other.kind.tolist()
    assert one.xy.tolist() == other.xy.tolist()


def file_of(text):
    data = text.encode(errors="surrogatepass")
    return JsonFile("a.json", data, len(data), "", False)
