"""Fixes of the fields of a record: area, box, flag, id, copies."""

from typing import Any

import pytest

from tests.fixes.conftest import annotation, annotations, document, draw

SIZE = (4, 8)
A = draw("aaa.....\naaa.....\naaa.....\n........") == "a"
B = draw("........\n.....bb.\n.....bb.\n........") == "b"


def test_area_is_the_masks_and_keeps_its_point(mended):
    result = mended(document(SIZE, [annotation(1, A, area=99.0), annotation(2, B, area=4.0)]))
    assert [record["area"] for record in annotations(result)] == [9.0, 4.0]
    assert b'"area": 9.0' in result.corrected
    assert [done.repair.finding.rule for done in result.done] == ["area.mismatch"]
    assert [finding.rule for finding in result.remaining] == ["mask.tiny", "mask.tiny"]


@pytest.mark.parametrize("area", [None, "9", -9])
def test_an_area_that_is_none_is_measured(mended, area: Any):
    (record,) = annotations(mended(document(SIZE, [annotation(1, A, area=area)])))
    assert record["area"] == 9


@pytest.mark.parametrize("box", [None, [0, 0, 9], "box", [0, 0, 0, 0], [4.0, 2.0, 3.0, 1.0], [-40, 0, 90, 3]])
def test_box_is_the_masks(mended, box: Any):
    (record,) = annotations(mended(document(SIZE, [annotation(1, A, bbox=box)])))
    assert record["bbox"] == [0, 0, 3, 3]


def test_a_missing_field_is_written_as_its_neighbours_are(mended):
    record = annotation(1, A)
    del record["iscrowd"]
    result = mended(document(SIZE, [record]))
    assert annotations(result)[0]["iscrowd"] == 0
    assert list(annotations(result)[0])[-1] == "iscrowd"


@pytest.mark.parametrize(("flag", "read"), [("1", 0), (None, 0), (2, 1), (0.5, 0)])
def test_flag_is_written_as_it_was_read(mended, flag: Any, read: int):
    (record,) = annotations(mended(document(SIZE, [annotation(1, A, iscrowd=flag)]), "iscrowd"))
    assert record["iscrowd"] == read


def test_what_is_said_once_for_a_file_is_mended_everywhere(mended):
    records = [annotation(number, A, area=number) for number in range(1, 41)]
    for record in records:
        del record["iscrowd"]
    result = mended(document(SIZE, records), "iscrowd")
    assert len(result.done) == 1
    assert [record["iscrowd"] for record in annotations(result)] == [0] * 40
    assert [record["area"] for record in annotations(result)] == list(range(1, 41)), "was not selected"


def test_copies_go_and_the_first_stays(mended):
    result = mended(
        document(SIZE, [annotation(5, A, note="x"), annotation(6, A, note="x"), annotation(7, B)])
    )
    assert [record["id"] for record in annotations(result)] == [5, 7]
    (done,) = result.done
    assert (done.old_ids, done.new_ids, done.is_safe) == ((6,), (), True)


def test_a_copy_with_another_unknown_field_is_no_copy(mended):
    result = mended(document(SIZE, [annotation(5, A, note="x"), annotation(6, A, note="y")]))
    assert not result.is_changed
    assert [skipped.reason for skipped in result.skipped][:1] == ["the two records differ in note"]


def test_ids_become_unique_and_the_first_keeps_its(mended):
    first, second, third = annotation(7, A), annotation(7, B), annotation(0, B[:, ::-1])
    del third["id"]
    result = mended(document(SIZE, [first, second, third]))
    assert [record["id"] for record in annotations(result)] == [7, 8, 9]


def test_doubled_ids_of_images_are_left_alone(mended):
    content = document(SIZE, [annotation(1, A)])
    content["images"].append({**content["images"][0], "file_name": "b.png"})
    result = mended(content, "id")
    assert not result.is_changed
    assert "cannot be told" in result.skipped[0].reason
