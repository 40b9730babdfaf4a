"""The quick way reads what the careful way reads, and leaves everything odd to it."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.loaders import typed_records as module
from audit.loaders.coco import parse_coco
from audit.loaders.json_file import JsonFile, split_coco_lists
from audit.loaders.typed_records import AnnotationRow, CategoryRow, decode_records

GOOD = {
    "id": 3,
    "image_id": 1,
    "category_id": 1,
    "segmentation": [[0, 0, 4, 0, 4, 4]],
    "bbox": [0, 0, 4, 4],
    "area": 8.5,
    "iscrowd": 0,
}
RLE = {**GOOD, "segmentation": {"size": [5, 5], "counts": "0:1"}}


def first(text):
    return next(decode_records([text.encode() if isinstance(text, str) else text], AnnotationRow))[0]


@pytest.mark.parametrize("record", [GOOD, RLE, {**GOOD, "attributes": {"a": {"b": [1, {"c": "x:y"}]}}}])
def test_sound_records_are_typed(record):
    row = first(json.dumps(record))
    assert row is not None
    assert (row.id, row.area, row.bbox) == (3, 8.5, (0.0, 0.0, 4.0, 4.0))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD).replace('"id": 3', '"id": 3, "id": 4'),
        json.dumps(GOOD).replace('"area": 8.5', '"area": 8.5, "area": 8.5'),
        json.dumps(RLE).replace('"size": [5, 5]', '"size": [5, 5], "size": [5, 5]'),
        json.dumps({**GOOD, "more": 0}).replace('"more": 0', '"more": {"a": 1, "a": 2}'),
        json.dumps({**GOOD, "more": 0}).replace('"more": 0', '"more": [{"a": 1, "a": 2}]'),
        json.dumps(GOOD).replace("8.5", "8.5" + "3" * 500),
        json.dumps({**GOOD, "iscrowd": 9}),
        json.dumps({**GOOD, "iscrowd": True}),
        json.dumps({**GOOD, "id": 2**63}),
        json.dumps({**GOOD, "bbox": [1, 2, 3]}),
        json.dumps({**GOOD, "segmentation": [[None, 1]]}),
        "null",
    ],
)
def test_odd_records_get_a_closer_look(text):
    assert first(text) is None


def test_one_odd_record_leaves_its_neighbours_typed():
    texts = [json.dumps(GOOD).encode(), b"null", json.dumps(RLE).encode()]
    found = next(decode_records(texts, AnnotationRow))
    assert [row is None for row in found] == [False, True, False]


@pytest.mark.parametrize("kind", [AnnotationRow, CategoryRow])
def test_chunks_keep_the_order(monkeypatch, kind):
    monkeypatch.setattr(module, "CHUNK_SIZE", 3)
    records = [json.dumps({**GOOD, "id": i, "name": "n"}).encode() for i in range(8)]
    found = list(decode_records(records, kind))
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
    # A NaN that nobody reads sends the whole file the careful way.
    careful = parse_coco(file_of(json.dumps({**whole, "info": float("nan")})))
    assert quick.findings == careful.findings
    assert quick.dataset.annotations.id.tolist() == careful.dataset.annotations.id.tolist()
    one, other = quick.dataset.annotations.segmentation, careful.dataset.annotations.segmentation
    assert one.kind.tolist() == other.kind.tolist()
    assert one.xy.tolist() == other.xy.tolist()


def file_of(text):
    data = text.encode(errors="surrogatepass")
    return JsonFile("a.json", data, len(data), "", False)


def test_the_quick_cut_is_taken_for_sound_files():
    lists = split_coco_lists(file_of('{"images": [], "annotations": [{}], "categories": []}'))
    assert isinstance(lists.records["annotations"][0], msgspec.Raw)
    careful = split_coco_lists(file_of('{"images": [], "annotations": [{}], "categories": [], "info": NaN}'))
    assert careful.records["annotations"][0] == b"{}"
