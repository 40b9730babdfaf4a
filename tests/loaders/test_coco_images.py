"""Image records: what the core passes is what the careful reader makes of them."""

import json

import pytest

from audit.loaders.annotation_columns import RecordSpans
from audit.loaders.coco_images import read_images
from audit.loaders.defect_log import DefectLog

GOOD = {"id": 5, "file_name": "a.png", "height": 4, "width": 6}


def read(*texts):
    log = DefectLog("a.json")
    images, index, original_ids = read_images(RecordSpans.of([text.encode() for text in texts]), log)
    rows = list(
        zip(images.id.tolist(), images.file_name, images.height.tolist(), images.width.tolist(), strict=True)
    )
    return rows, [(defect.rule, defect.index) for defect in log.defects], index, images, original_ids


def test_sound_records_are_rows():
    rows, defects, index, *_ = read(
        json.dumps(GOOD), '{"width":1,"height":2,"more":[{"a":"x:y"}],"id":-0,"file_name":"é b.png"}'
    )
    assert rows == [(5, "a.png", 4, 6), (0, "é b.png", 2, 1)]
    assert defects == []
    assert index.find_rows(index.ids).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "row", "rules"),
    [
        ('{"id": 7, "file_name": "\\u0062\\/c.png", "height": 1, "width": 2}', (7, "b/c.png", 1, 2), []),
        (
            '{"id": 7, "file_name": "\\ud800", "height": 1, "width": 2}',
            (7, "\ud800", 1, 2),
            ["path.invalid", "text.surrogate"],
        ),
        ('{"id": "7", "file_name": "b", "height": 1, "width": 2}', (7, "b", 1, 2), ["id.type"]),
        ('{"id": 7, "file_name": "b", "height": 1.0, "width": 2}', (7, "b", 1, 2), ["image.size"]),
        ('{"id": 7, "file_name": "b", "height": 1}', (7, "b", 0, 0), ["image.size"]),
        ('{"id": 7, "file_name": 3, "height": 1, "width": 2}', (7, "", 1, 2), ["path.invalid"]),
        (
            '{"id": 7, "id": 7, "file_name": "b", "height": 1, "width": 2}',
            (7, "b", 1, 2),
            ["json.duplicate_key"],
        ),
        (
            '{"id": 7, "file_name": "b", "height": 1, "width": 2, "x": NaN}',
            (7, "b", 1, 2),
            ["number.nonfinite"],
        ),
    ],
)
def test_odd_records_go_to_the_careful_reader(text, row, rules):
    rows, defects, index, *_ = read(json.dumps(GOOD), text, json.dumps({**GOOD, "id": 9, "file_name": "z"}))
    assert rows == [(5, "a.png", 4, 6), row, (9, "z", 4, 6)]
    assert defects == [(rule, 1) for rule in rules]
    assert index.find_id(row[0]) == row[0]


def test_what_is_no_record_has_no_row_and_moves_none():
    odd = json.dumps({**GOOD, "id": "x", "file_name": "c"})
    rows, defects, index, images, original_ids = read(
        "5", json.dumps(GOOD), "null", odd, json.dumps({**GOOD, "id": 9, "file_name": "d"})
    )
    assert images.index.tolist() == [1, 3, 4]
    assert [name for _, name, _, _ in rows] == ["a.png", "c", "d"]
    assert original_ids == {("images", 1): '"x"'}
    assert index.find_id("x") == rows[1][0]
    assert [defect for defect in defects if defect[0] == "schema.type"] == [
        ("schema.type", 0),
        ("schema.type", 2),
    ]


def test_names_that_stand_there_twice_are_told_of():
    assert read(json.dumps(GOOD), json.dumps({**GOOD, "id": 6}))[1] == [("image.duplicate_file", 1)]
    assert read(json.dumps({**GOOD, "file_name": ""}))[1] == [("path.invalid", 0)]
