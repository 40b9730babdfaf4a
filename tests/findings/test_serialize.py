import csv
import io
import json
import math

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from audit.findings import serialize
from audit.findings.columns import COLUMN_NAMES
from audit.findings.encode import encode_json
from audit.findings.finding import Finding, Severity
from audit.findings.sanitize import csv_safe
from audit.findings.serialize import (
    PARQUET,
    finding_record,
    write_findings_csv,
    write_findings_json,
    write_findings_parquet,
)

HOSTILE = Finding(
    "image.missing",
    Severity.ERROR,
    "no picture, \u202efor\nsure",
    image_id=-4,
    file_name="=cmd|'/c calc'!A1\ud800.png",
    annotation_ids=(-5, 7),
    category_ids=(2,),
    evidence={"ratio": math.nan, "name": '"quoted", \ud800'},
    source="-gt.json",
    pointer="/images/3",
    fingerprint="0123456789abcdef",
)


def written(write, *arguments):
    out = io.BytesIO()
    write(out, *arguments)
    return out.getvalue()


def test_json_has_the_published_keys():
    document = json.loads(written(write_findings_json, {"tool": "maskaudit"}, [HOSTILE]))
    assert document["schema_version"] == 1
    (found,) = document["findings"]
    assert found.keys() == {
        *("rule", "severity", "message", "image_id", "file_name", "annotation_ids", "category_ids"),
        *("score", "evidence", "source", "pointer", "fingerprint"),
    }
    assert found["evidence"] == {"name": '"quoted", \\ud800', "ratio": None}
    assert found["annotation_ids"] == [-5, 7]


def test_json_is_one_finding_a_line():
    lines = written(write_findings_json, {}, [HOSTILE, HOSTILE]).splitlines()
    assert len(lines) == 4
    assert json.loads(lines[1].rstrip(b",")) == json.loads(lines[2])


def test_csv_cells_are_printable_and_no_formulas():
    text = written(write_findings_csv, [HOSTILE]).decode()
    header, row = list(csv.reader(io.StringIO(text)))
    cells = dict(zip(header, row, strict=True))
    assert cells["file_name"] == "'=cmd|'/c calc'!A1\\ud800.png"
    assert cells["message"] == r"no picture, \u202efor\nsure"
    assert cells["annotation_ids"] == "'-5 7"
    assert cells["source"] == "'-gt.json"
    assert cells["image_id"] == "-4"
    assert json.loads(cells["evidence"])["ratio"] is None


@given(st.text(), st.text(), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3))
def test_csv_is_quoted_as_the_standard_library_does(message, name, ids):
    found = Finding("a.b", Severity.INFO, message, file_name=name, annotation_ids=tuple(ids), source=message)
    text = written(write_findings_csv, [found]).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    again = io.StringIO()
    csv.writer(again, lineterminator="\n").writerows(rows)
    assert again.getvalue() == text


def test_csv_reads_with_pandas():
    frame = pd.read_csv(io.BytesIO(written(write_findings_csv, [HOSTILE])))
    assert frame["image_id"].tolist() == [-4]


def test_parquet_has_its_schema_even_when_empty():
    for findings in ([], [HOSTILE]):
        table = pq.read_table(io.BytesIO(written(write_findings_parquet, findings)))
        assert table.schema.equals(PARQUET)
        assert table.num_rows == len(findings)


def test_batches_do_not_show(monkeypatch):
    many = [HOSTILE, Finding("dataset.empty", Severity.INFO, "nothing")] * 3
    whole = [written(write_findings_json, {}, many), written(write_findings_csv, many)]
    monkeypatch.setattr(serialize, "LINES", 2)
    monkeypatch.setattr(serialize, "ROW_GROUP", 2)
    assert [written(write_findings_json, {}, many), written(write_findings_csv, many)] == whole
    table = pq.read_table(io.BytesIO(written(write_findings_parquet, many)))
    assert table["rule"].to_pylist() == [f.rule for f in many]
    assert table["annotation_ids"].to_pylist() == [list(f.annotation_ids) for f in many]
    assert json.loads(whole[0])["findings"][1]["evidence"] == {}


ODD_TEXTS = st.text(max_size=6) | st.sampled_from(
    ["\ud800", "\x00\x1f\x7f\x80", "\u2028\u2029\ufeff", '"\\\r\n\t,', "\U0010ffff", "=1", "＝1"]
)
"""With halves of characters, as broken files have them."""
ODD_INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**63 - 1, -(2**63)])
ODD_NUMBERS = st.floats() | st.sampled_from([-0.0, 1e22, 1e-7, 5e-324, 1e16, math.inf, math.nan])

CSV_PLACES = [COLUMN_NAMES.index(name) for name in ("message", "file_name", "pointer")]


@given(
    st.lists(
        st.builds(
            Finding,
            rule=st.sampled_from(["mask.tiny", 'odd "rule"']),
            severity=st.sampled_from(Severity),
            message=ODD_TEXTS,
            score=ODD_NUMBERS,
            image_id=st.none() | ODD_INTEGERS,
            file_name=st.none() | ODD_TEXTS,
            annotation_ids=st.lists(ODD_INTEGERS, max_size=3).map(tuple),
            category_ids=st.lists(ODD_INTEGERS, max_size=2).map(tuple),
            evidence=st.dictionaries(ODD_TEXTS, ODD_NUMBERS | ODD_INTEGERS | ODD_TEXTS, max_size=2),
            source=ODD_TEXTS,
            pointer=ODD_TEXTS,
            fingerprint=ODD_TEXTS,
            decision=st.sampled_from(["", "", "real"]),
            note=ODD_TEXTS,
        ),
        max_size=4,
    )
)
def test_lines_are_those_of_the_encoder(findings):
    lines = written(write_findings_json, {}, findings).splitlines(keepends=True)
    expected = [encode_json(finding_record(finding)) for finding in findings]
    assert b"".join(lines[1:-1]) == b",\n".join(expected) + (b"\n" if expected else b"")
    text = written(write_findings_csv, findings).decode()
    _, *rows = csv.reader(io.StringIO(text))
    cells = [[csv_safe(f.message), csv_safe(f.file_name or ""), csv_safe(f.pointer)] for f in findings]
    assert [[row[k] for k in CSV_PLACES] for row in rows] == cells
