"""One list of columns: every form of findings has all of them, in its order."""

import csv
import io
import json
from dataclasses import fields

import pyarrow.parquet as pq
import pytest

from audit.findings.columns import ARROW_TYPES, COLUMN_NAMES, COLUMNS
from audit.findings.finding import Finding, Severity
from audit.findings.serialize import write_findings_csv, write_findings_json, write_findings_parquet
from audit.findings.table import findings_table

DECIDED = Finding(
    "mask.tiny", Severity.INFO, "2 px", fingerprint="0a", decision="fine", note="=so small,\n“on purpose”"
)
UNDECIDED = Finding("mask.tiny", Severity.INFO, "2 px", fingerprint="0b")


def written(write, *arguments) -> bytes:
    out = io.BytesIO()
    write(out, *arguments)
    return out.getvalue()


def test_columns_stay_in_their_published_order():
    assert (
        *("severity", "rule", "message", "image_id", "file_name", "annotation_ids", "category_ids", "score"),
        *("evidence", "source", "pointer", "fingerprint", "decision", "note"),
    ) == COLUMN_NAMES


def test_every_attribute_but_the_rows_is_a_column():
    attributes = {field.name for field in fields(Finding)}
    assert attributes - set(COLUMN_NAMES) == {"image_row", "instance_rows", "prediction_rows"}
    assert set(COLUMN_NAMES) <= attributes


def test_decision_and_note_are_in_every_form():
    findings = [DECIDED, UNDECIDED]
    rows = list(csv.DictReader(io.StringIO(written(write_findings_csv, findings).decode())))
    assert [(r["decision"], r["note"]) for r in rows] == [("fine", "'=so small,\\n“on purpose”"), ("", "")]
    table = pq.read_table(io.BytesIO(written(write_findings_parquet, findings)))
    assert table.select(["decision", "note"]).to_pylist() == [
        {"decision": "fine", "note": DECIDED.note},
        {"decision": "", "note": ""},
    ]
    frame = findings_table(findings)
    assert frame["decision"].tolist() == ["fine", ""]
    decided, undecided = json.loads(written(write_findings_json, {}, findings))["findings"]
    assert list(decided) == ["rule", "severity", *COLUMN_NAMES[2:]]
    assert list(undecided) == ["rule", "severity", *COLUMN_NAMES[2:-2]]


def test_parquet_says_what_its_columns_hold():
    schema = pq.read_schema(io.BytesIO(written(write_findings_parquet, [])))
    assert schema.names == list(COLUMN_NAMES)
    for column in COLUMNS:
        assert schema.field(column.name).type == ARROW_TYPES[column.type]
        assert schema.field(column.name).metadata[b"meaning"].decode() == column.meaning


@pytest.mark.parametrize("column", COLUMNS, ids=COLUMN_NAMES)
def test_cells_are_missing_only_where_the_list_says_so(column):
    table = pq.read_table(io.BytesIO(written(write_findings_parquet, [UNDECIDED])))
    assert (table[column.name].null_count == 1) == column.nullable
    assert (findings_table([UNDECIDED])[column.name].isna().sum() == 1) == column.nullable
