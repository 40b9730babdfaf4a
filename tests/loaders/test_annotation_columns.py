"""The core reads what Python's json reads, and leaves everything odd to the careful reader."""

import json
import random
import struct
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.geometry.rle import decode_rle
from audit.loaders.annotation_columns import (
    COCO_LISTS,
    LABEL_FIELDS,
    RESULT_FIELDS,
    Field,
    RecordSpans,
    parse_annotations,
    split_lists,
)
from audit.loaders.defect_log import DefectLog
from audit.loaders.json_scanner import scan_records
from audit.loaders.parsed_segmentations import ParsedSegmentations
from audit.loaders.segmentations import read_segmentations

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
SQUARE = {**GOOD, "segmentation": {"size": [5, 5], "counts": [0, 10, 15]}}


def parse(*texts, required=LABEL_FIELDS):
    records = RecordSpans.of([text if isinstance(text, bytes) else text.encode() for text in texts])
    return parse_annotations(records, slice(0, len(texts)), required)


@pytest.mark.parametrize("record", [GOOD, RLE, {**GOOD, "attributes": {"a": {"b": [1, {"c": "x:y"}]}}}])
def test_sound_records_are_typed(record):
    columns = parse(json.dumps(record))
    assert columns["is_typed"].tolist() == [True]
    assert [columns[name].tolist() for name in ("id", "area", "bbox", "iscrowd")] == [
        [3],
        [8.5],
        [[0.0, 0.0, 4.0, 4.0]],
        [0],
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD).replace('"id": 3', '"id": 3, "id": 4'),
        json.dumps(GOOD).replace('"id": 3', '"id": 3, "\\u0069d": 4'),
        json.dumps(GOOD).replace('"area": 8.5', '"area": 8.5, "area": 8.5'),
        json.dumps(RLE).replace('"size": [5, 5]', '"size": [5, 5], "size": [5, 5]'),
        json.dumps({**GOOD, "more": 0}).replace('"more": 0', '"more": {"a": 1, "a": 2}'),
        json.dumps({**GOOD, "more": 0}).replace('"more": 0', '"more": [{"a": 1, "a": 2}]'),
        json.dumps({**GOOD, "more": 0}).replace('"more": 0', '"more": [1e400]'),
        json.dumps(GOOD).replace("8.5", "8.5" + "3" * 500),
        json.dumps(GOOD).replace("8.5", "NaN"),
        json.dumps(GOOD).replace("8.5", "-Infinity"),
        json.dumps({**GOOD, "iscrowd": 9}),
        json.dumps({**GOOD, "iscrowd": True}),
        json.dumps({**GOOD, "id": 2**63}),
        json.dumps({**GOOD, "id": 3.0}),
        json.dumps({**GOOD, "bbox": [1, 2, 3]}),
        json.dumps({**GOOD, "bbox": [1, 2, 3, 4, 5]}),
        json.dumps({**GOOD, "segmentation": [[None, 1]]}),
        json.dumps({**GOOD, "segmentation": [1, 2, 3, 4, 5, 6]}),
        json.dumps({**RLE, "segmentation": {"counts": "0:1"}}),
        json.dumps({**RLE, "segmentation": {"size": [5, 5]}}),
        json.dumps(RLE).replace("0:1", "0\\u003a1"),
        json.dumps({name: value for name, value in GOOD.items() if name != "segmentation"}),
        "null",
        "[]",
        '"{"',
    ],
)
def test_odd_records_leave_nothing_behind(text):
    columns = parse(json.dumps(GOOD), text, json.dumps(RLE))
    assert columns["is_typed"].tolist() == [True, False, True]
    assert columns["kind"].tolist() == [1, 0, 2]
    assert columns["n_rings"].tolist() == [1, 0, 0]
    assert columns["coordinates"].tolist() == [0, 0, 4, 0, 4, 4]
    assert columns["n_counts"].tolist() == [len(columns["counts"])]


def test_what_is_absent_is_told_by_type():
    columns = parse(
        '{"image_id": 1, "category_id": 2, "segmentation": [], "score": 1}', required=RESULT_FIELDS
    )
    assert columns["is_typed"].tolist() == [True]
    assert Field(int(columns["fields"][0])) == RESULT_FIELDS
    assert np.isnan(columns["area"]).all()
    assert np.isnan(columns["bbox"]).all()
    assert columns["iscrowd"].tolist() == [9]


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.floats(0, 5000).map(lambda value: round(value, 3)),
    st.integers(-(2**70), 2**70),
)


@given(st.lists(numbers, max_size=8), st.randoms())
@example([0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2**53 + 1, 9007199254740993, -0.0], random.Random(0))
def test_numbers_are_the_doubles_that_python_reads(values, rng):
    texts = [rng.choice([repr, json.dumps, "{:.17g}".format, "{:.3f}".format])(value) for value in values]
    text = json.dumps({**GOOD, "segmentation": []}).replace("[]", f"[[{', '.join(texts)}]]", 1)
    columns = parse(text)
    if not columns["is_typed"][0]:  # beyond 19 digits or far from 1: for the careful reader
        return
    expected = [float(json.loads(number)) for number in texts]
    assert [struct.pack("d", v) for v in columns["coordinates"].tolist()] == [
        struct.pack("d", v) for v in expected
    ]


@given(st.integers(0, 2**64 - 1), st.integers(0, 27))
@example(9007199254740993, 0)
@example(2**64 - 1, 27)
def test_every_short_decimal_is_rounded_to_the_nearest_double(mantissa, places):
    digits = str(mantissa).rjust(places + 1, "0")
    number = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    columns = parse(json.dumps(GOOD).replace("8.5", number))
    if mantissa < 10**19:
        assert columns["is_typed"].tolist() == [True]
        assert columns["area"].tolist() == [float(number)]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=9), st.text("0123PQRo\\/", max_size=6))
def test_run_lengths_are_decoded_as_everywhere(counts, string):
    columns = parse(
        json.dumps({**GOOD, "segmentation": {"size": [7, 9], "counts": counts}}),
        json.dumps({**GOOD, "segmentation": {"counts": string, "size": [8, 6]}}),
    )
    decoded = decode_rle([string.encode()])
    assert columns["is_typed"].tolist() == [True, True]
    assert columns["counts"].tolist() == [*counts, *decoded.counts.tolist()]
    assert columns["rle_fault"].tolist() == [0, *decoded.fault.tolist()]
    assert (columns["rle_height"].tolist(), columns["rle_width"].tolist()) == ([7, 8], [9, 6])


def test_equal_masks_have_equal_hashes():
    texts = [
        json.dumps({**GOOD, "score": 1, "segmentation": segmentation})
        for segmentation in (
            [[0, 0, 4, 0, 4, 4]],
            [[0.0, -0.0, 4, 0, 4, 4]],
            [[0, 0, 4, 0, 4, 5]],
            [[0, 0, 4], [0, 4, 4]],
            {"size": [5, 5], "counts": "0:1"},
            {"size": [5, 6], "counts": "0:1"},
            {"size": [5, 5], "counts": [0, 10, 1]},
            {"size": [5, 5], "counts": "!"},
        )
    ]
    hashes = parse(*texts, required=RESULT_FIELDS)["mask_hash"].tolist()
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 7


@pytest.mark.parametrize(
    "segmentation",
    [
        [],
        [[0, 0, 4, 0, 4, 4], []],
        [[0, 0, 4, 0]],
        [[0, 0, 4, 0, 4, 4, 2]],
        [[0, 0, 4, 0, 4, 1e8 + 1]],
        [[0, 0, 3e6, 0, 3e6, 3e6]],
        [[0, 0, 4, 0, 4, 4]] * 10_001,
        {"size": [5, 5], "counts": [0, 10, 14]},
        {"size": [5, 5], "counts": [0, 10, 0, 15]},
        {"size": [5, 5], "counts": [0, 10, -1, 16]},
        {"size": [5, 5], "counts": [25]},
        {"size": [5, 5], "counts": ""},
        {"size": [0, 5], "counts": [0, 0]},
        {"size": [2**17 + 1, 1], "counts": [0, 2**17 + 1]},
        {"size": [2**17, 2**17], "counts": [0, 2**34]},
    ],
)
def test_what_may_have_a_fault_is_not_passed(segmentation):
    columns = parse(json.dumps(GOOD), json.dumps({**GOOD, "segmentation": segmentation}), json.dumps(SQUARE))
    assert columns["is_typed"].all()
    assert columns["are_drawable"].tolist() == [0]
    assert parse(json.dumps(GOOD), json.dumps(SQUARE))["are_drawable"].tolist() == [1]
    assert parse(json.dumps(GOOD), "{}")["are_drawable"].tolist() == [0]


@pytest.mark.parametrize("image", [None, (5, 5), (5, 6)])
def test_masks_that_are_passed_are_as_the_closer_look_leaves_them(image):
    """Also where images are of another size, or not known: then all are looked at."""
    parsed = ParsedSegmentations.of(parse(json.dumps(GOOD), json.dumps(SQUARE), json.dumps(GOOD)))
    height, width = (np.full(3, side) for side in image or (0, 0))
    logs = DefectLog("a.json"), DefectLog("a.json")
    passed, looked_at = (
        read_segmentations(np.arange(3), replace(parsed, are_drawable=passes), str, height, width, log)
        for passes, log in zip((True, False), logs, strict=True)
    )
    assert parsed.fit(height, width) == (image == (5, 5))
    assert logs[0].defects == logs[1].defects
    for member in fields(passed):
        values = [getattr(masks, member.name) for masks in (passed, looked_at)]
        assert values[0].dtype == values[1].dtype
        assert values[0].tolist() == values[1].tolist()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(['"', "\\", "é", "\n"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(json_values, max_size=4),
    st.sampled_from([None, 0, 1]),
    st.booleans(),
    st.integers(0, 200),
    st.randoms(),
)
def test_places_are_those_of_the_careful_scanner(records, indent, ascii_only, cut, rng):
    document = dict.fromkeys(rng.sample(COCO_LISTS, 3), records) | {"info": records}
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    if cut < 60:  # spoil it somewhere
        place = rng.randrange(len(text) + 1)
        text = (
            text[:place]
            + rng.choice(["", "x", ",", "[", '"', "\\", "0", "\x01"])
            + text[place + rng.randrange(2) :]
        )
    data = text.encode()
    found = split_lists(data, COCO_LISTS)
    spans, faults = scan_records(text, COCO_LISTS)
    if found is None:  # the careful way is taken, and finds a fault or a name that only it can read
        assert faults or "\\" in text
        return
    assert not faults
    for name in COCO_LISTS:
        assert [record.decode() for record in found[name]] == [text[a:b] for a, b in spans[name]]


@pytest.mark.parametrize(
    "text",
    [
        '{"images": [], "annotations": [], "categories": []} x',
        '{"images": [], "annotations": [], "categories": [], "images": []}',
        '{"images": [], "annotations": [], "categories": [], "im\\u0061ges": []}',
        '{"images": [], "annotations": [], "categories": [],}',
        '{"images": [], "annotations": {}, "categories": []}',
        '{"images": [], "annotations": [01], "categories": []}',
        '{"images": [], "annotations": [1.], "categories": []}',
        '{"images": [], "annotations": ["\\x"], "categories": []}',
        '{"images": [], "annotations": [nul], "categories": []}',
        '{{"images": [], "annotations": [{}1{}], "categories": []}}'.format("[" * 500, "]" * 500),
        '{"images": [], "categories": []}',
        "[]",
        "",
        "\0",
    ],
)
def test_what_is_not_surely_sound_goes_the_careful_way(text):
    assert split_lists(text.encode(), COCO_LISTS) is None


def test_the_end_of_the_text_is_never_passed():
    text = json.dumps(
        {"images": [], "annotations": [GOOD, RLE, {"a": "\\u00e9\n"}], "categories": []}
    ).encode()
    assert split_lists(text, COCO_LISTS) is not None
    for size in range(len(text)):
        assert split_lists(bytes(bytearray(text[:size])), COCO_LISTS) is None
    record = json.dumps({**RLE, "more": [True, None, -1.5e-3, "\\u00e9"]})
    assert parse(record)["is_typed"].tolist() == [True]
    for size in range(len(record)):
        assert parse(record[:size])["is_typed"].tolist() == [False]
