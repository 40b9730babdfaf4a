"""Findings as columns say the same as the objects that they were made of."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings import finding_table
from audit.findings.finding import Finding, Severity, sort_findings
from audit.findings.finding_table import TABLE_SCHEMA, FindingTable

WHOLE = Finding(
    "overlap.partial",
    Severity.WARNING,
    "größer als gedacht",
    score=0.25,
    image_id=-7,
    file_name="a.png",
    annotation_ids=(3, -1),
    category_ids=(2,),
    evidence={"iou": 0.1, "area_px": 3, "is_open": True, "names": ["b", "a"], "nothing": None},
    source="gt.json",
    pointer="/annotations/3/segmentation",
    fingerprint="0a",
    decision="real",
    note="seen",
    image_row=4,
    instance_rows=(8, 9),
    prediction_rows=(1,),
)
BARE = Finding("dataset.empty", Severity.INFO, "nothing")


def rebuilt(findings):
    """Return the objects that are made of columns, not those that the columns were made of."""
    return list(FindingTable(FindingTable.of(findings).columns))


def test_objects_come_back_whole_and_in_order():
    assert rebuilt([WHOLE, BARE, WHOLE]) == [WHOLE, BARE, WHOLE]
    assert list(rebuilt([WHOLE])[0].evidence) == list(WHOLE.evidence)
    assert rebuilt([]) == []


def test_batches_of_objects_do_not_show(monkeypatch):
    monkeypatch.setattr(finding_table, "OBJECT_BATCH", 2)
    assert rebuilt([WHOLE, BARE, BARE, WHOLE, BARE]) == [WHOLE, BARE, BARE, WHOLE, BARE]


def test_a_table_is_a_sequence():
    table = FindingTable.of([WHOLE, BARE])
    assert table[1] == BARE
    assert table[-2:] == (WHOLE, BARE)
    assert BARE in table
    assert table == [WHOLE, BARE]
    assert table != [BARE]
    assert FindingTable.of(table) is table
    assert repr(table) == "<FindingTable: 2 findings>"


def test_file_names_that_utf8_cannot_hold_find_their_pictures():
    hostile = replace(BARE, file_name="a\ud800.png", message="\ud801")
    table = FindingTable.of([WHOLE, hostile])
    for part in (table, table.take(np.array([1, 0])), FindingTable.concat([table, table]), table.sort()):
        names = {finding.file_name for finding in FindingTable(part.columns, part._unencodable_names)}
        assert names == {"a.png", "a\ud800.png"}
    assert table.cells("message")[1] == r"\ud801"


def test_numbers_that_are_not_finite_are_none():
    assert rebuilt([replace(BARE, evidence={"ratio": float("nan")})])[0].evidence == {"ratio": None}


def test_tables_of_different_rules_are_put_together():
    tables = [
        FindingTable.of([WHOLE]),
        FindingTable.of([]),
        FindingTable.of([BARE, replace(BARE, rule="a.b")]),
    ]
    both = FindingTable.concat(tables)
    assert both.cells("rule") == ["overlap.partial", "dataset.empty", "a.b"]
    assert both.count_texts("rule") == {"a.b": 1, "dataset.empty": 1, "overlap.partial": 1}
    assert list(both.take(np.array([2, 0]))) == [replace(BARE, rule="a.b"), WHOLE]
    assert list(FindingTable.concat([both.filter(both.severity_ranks() == 2), both])) == [
        *both[1:],
        *both,
    ]


def test_pieces_have_their_own_rows():
    first, second = FindingTable.of([WHOLE, BARE, WHOLE]).split(2)
    assert [part.lists("instance_rows")[1].tolist() for part in (first, second)] == [[8, 9], [8, 9]]
    assert second.cells("annotation_ids") == [[3, -1]]
    assert list(FindingTable(second.columns)) == [WHOLE]


def test_a_column_is_exchanged_without_touching_others():
    table = FindingTable.of([WHOLE, BARE]).replace("severity", ["error", "error"])
    assert [f.severity for f in table] == [Severity.ERROR] * 2
    assert table[0] == replace(WHOLE, severity=Severity.ERROR)


FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["a.b", "a.c", "b.a"]),
    severity=st.sampled_from(Severity),
    message=st.sampled_from(["x", "y"]),
    image_id=st.sampled_from([None, -1, 0, 5]),
    annotation_ids=st.lists(st.integers(-2, 2), max_size=4).map(tuple),
    source=st.sampled_from(["", "s"]),
    pointer=st.sampled_from(["/1", "/2"]),
    fingerprint=st.sampled_from(["0", "1"]),
)


@given(st.lists(FINDINGS, max_size=12))
def test_the_order_is_that_of_the_objects(findings):
    assert tuple(FindingTable.of(findings).sort()) == sort_findings(findings)


def test_the_order_does_not_depend_on_where_findings_stood():
    findings = [replace(WHOLE, pointer=str(i % 5), annotation_ids=(1, 2, i % 3)) for i in range(40)]
    shuffled = random.Random(0).sample(findings, len(findings))
    assert FindingTable.of(shuffled).sort() == FindingTable.of(findings).sort()


@pytest.mark.parametrize("name", TABLE_SCHEMA.names)
def test_every_column_has_cells_for_empty_tables_too(name):
    assert FindingTable.of([]).cells(name) == []
    assert len(FindingTable.of([WHOLE, BARE]).cells(name)) == 2
