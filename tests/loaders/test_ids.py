"""Ids: at the edges of what can be one, and what is said of those that stand there twice."""

import numpy as np
import pytest

from audit.loaders.defect_log import DefectLog
from audit.loaders.ids import IdIndex, normalize_id, report_ids


def reported(entity, ids, index=None):
    log = DefectLog("a.json")
    report_ids(log, entity, np.array(ids), np.arange(len(ids)) if index is None else np.array(index))
    return log.defects


def test_every_later_record_of_an_id_names_the_first():
    """Positions in the file's list, not rows of the table: records before them may be missing."""
    defects = reported("images", [5, 7, 5, 7, 5], [2, 4, 6, 8, 9])
    assert [(d.rule, d.index, d.message) for d in defects] == [
        ("id.duplicate", 6, "number 2 of the list has the same id 5"),
        ("id.duplicate", 8, "number 4 of the list has the same id 7"),
        ("id.duplicate", 9, "number 2 of the list has the same id 5"),
    ]


@pytest.mark.parametrize(
    ("entity", "value", "rules"),
    [
        ("annotations", -1, ["id.range"]),
        ("annotations", 0, ["id.zero"]),
        ("annotations", 1, []),
        ("images", -1, ["id.range"]),
        ("images", 0, []),
        ("categories", 0, []),
    ],
)
def test_ids_below_one(entity, value, rules):
    assert [d.rule for d in reported(entity, [value])] == rules


def test_made_up_ids_are_not_reported():
    log = DefectLog("a.json")
    log.made_up.add(("images", 1))
    report_ids(log, "images", np.array([-7, -7]), np.array([1, 2]))
    assert [(d.rule, d.index) for d in log.defects] == [("id.range", 2)]


def test_references_at_and_beyond_the_ends():
    index = IdIndex(np.array([9, 3, 9]))
    assert index.find_rows(np.array([2, 3, 4, 8, 9, 10])).tolist() == [-1, 1, -1, -1, 0, -1]
    assert IdIndex(np.zeros(0, dtype=np.int64)).find_rows(np.array([0, 1])).tolist() == [-1, -1]
    assert index.find_id(" 9 ") == 9
    assert index.find_id("8") is None


def test_text_of_18_digits_is_a_number_and_of_19_is_text():
    assert normalize_id("9" * 18) == int("9" * 18)
    assert normalize_id("9" * 19) == "9" * 19
    assert normalize_id(7.5) is None


@pytest.mark.parametrize(
    "ids",
    [
        [4, 9, 5, 9],
        [7],
        [0, 1, 10**6],
        [-(2**63) + 1, 2**63 - 1],
        [2**63 - 3, 2**63 - 1, 2**63 - 2],
        [-5, -3],
    ],
)
def test_references_find_the_first_record_of_an_id_however_far_apart_ids_are(ids):
    references = [*ids, *(number + step for number in ids for step in (-1, 1)), 0, -(2**63), 2**63 - 1]
    references = [number for number in references if -(2**63) <= number < 2**63]
    rows = IdIndex(np.array(ids)).find_rows(np.array(references))
    assert rows.tolist() == [ids.index(number) if number in ids else -1 for number in references]
