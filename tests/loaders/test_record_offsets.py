"""A record is at the byte that was noted for it, however the file is written."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.loaders.json_file import JsonFile, split_coco_lists, split_results

TEXT = st.text(alphabet='aé漢😀\n"\\,[]', max_size=5)
RECORDS = st.lists(st.dictionaries(TEXT, st.one_of(st.integers(), TEXT), max_size=3), max_size=6)
SPACES = st.lists(st.text(alphabet=" \t\r\n", max_size=3), min_size=1, max_size=4)


def file_of(text: str | bytes) -> JsonFile:
    data = text if isinstance(text, bytes) else text.encode()
    return JsonFile("a.json", data, len(data), "", False)


def written(records: list[dict], spaces: list[str]) -> str:
    """Write a list whose gaps are as uneven as JSON allows."""
    gaps = [(spaces[k % len(spaces)], spaces[(k + 1) % len(spaces)]) for k in range(len(records) + 1)]
    parts = [json.dumps(r, ensure_ascii=False) + gaps[k][0] for k, r in enumerate(records)]
    return "[" + gaps[-1][1] + ",".join(gaps[k][1] + part for k, part in enumerate(parts)) + "]"


def check(file: JsonFile, lists) -> None:
    assert lists.offsets.keys() == lists.records.keys()
    for name, records in lists.records.items():
        offsets = lists.offsets[name].tolist()
        assert len(offsets) == len(records)
        for offset, record in zip(offsets, records, strict=True):
            assert file.data[offset : offset + len(record)] == bytes(record)
            assert file.data[offset : offset + 1] == b"{"


@given(RECORDS, RECORDS, SPACES)
@example([{}, {}, {}], [{}], [""])
@example([{}, {}, {}], [{"é": 1}, {}], ["", " ", "  "])
def test_both_ways_of_reading_note_the_same_places(images, annotations, spaces):
    lists = f'"images": {written(images, spaces)}, "note":"ü", "annotations":{written(annotations, spaces)}'
    quick = file_of("{" + lists + ', "categories": []}')
    check(quick, split_coco_lists(quick))
    # Nested too deeply for the quick way, not for the careful one.
    careful = file_of("{" + lists + ', "categories": [], "info": ' + "[" * 150 + "]" * 150 + "}")
    check(careful, split_coco_lists(careful))
    for name in ("images", "annotations"):
        assert (
            split_coco_lists(quick).offsets[name].tolist() == split_coco_lists(careful).offsets[name].tolist()
        )


@given(RECORDS, SPACES)
def test_results_are_one_list(records, spaces):
    file = file_of(spaces[0] + written(records, spaces))
    check(file, split_results(file))


def test_a_longer_gap_later_is_seen():
    """All gaps begin like the first one, so only what follows tells."""
    file = file_of(b"[{},{}, {},\n{}]")
    assert split_results(file).offsets[""].tolist() == [1, 4, 8, 12]


def test_a_damaged_file_has_the_places_of_what_is_left():
    file = file_of('{"images": [{}], "annotations": [{"é": 1}, {"id"'.encode())
    lists = split_coco_lists(file, salvage=True)
    check(file, lists)
    assert lists.offsets["annotations"].tolist() == [33]


@pytest.mark.parametrize("indent", [None, 1])
def test_records_that_are_no_objects_have_a_place_too(indent):
    text = json.dumps({"images": [5, None], "annotations": [], "categories": []}, indent=indent)
    offsets = split_coco_lists(file_of(text)).offsets["images"].tolist()
    assert [text[at] for at in offsets] == ["5", "n"]
