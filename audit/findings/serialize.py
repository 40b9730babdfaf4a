"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from audit.findings.finding import Finding
from audit.findings.plain import cell
from audit.findings.table import COLUMNS, encode, evidence_json, findings_table

SCHEMA_VERSION = 1

PARQUET = pa.schema(
    [
        *((name, pa.string()) for name in ("severity", "rule", "message")),
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        ("annotation_ids", pa.list_(pa.int64())),
        ("category_ids", pa.list_(pa.int64())),
        ("score", pa.float64()),
        *((name, pa.string()) for name in ("evidence", "source", "pointer", "fingerprint")),
    ]
)


def findings_json(head: Mapping[str, object], findings: Sequence[Finding]) -> bytes:
    r"""Write findings as one JSON document, one finding a line.

    Parameters
    ----------
    head : mapping
        What stands before ``findings``: ``tool``, ``version``, ``input``, ``summary``.
    findings : sequence of Finding
        In order.

    Returns
    -------
    bytes
        UTF-8, ends with a newline. Numbers that are not finite are null, lone surrogates are escapes.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px")
    >>> findings_json({"tool": "maskaudit"}, [tiny])[:52]
    b'{"schema_version":1,"tool":"maskaudit","findings":[\n'
    >>> findings_json({}, [])
    b'{"schema_version":1,"findings":[\n]}\n'
    """
    top = encode({"schema_version": SCHEMA_VERSION, **head})
    lines = b",\n".join(encode(record(f)) for f in findings)
    return b"".join([top[:-1], b',"findings":[\n', lines, b"\n" if findings else b"", b"]}\n"])


def record(f: Finding) -> dict[str, object]:
    """Return a finding as the JSON object of ``findings.json``.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> record(Finding("mask.tiny", Severity.INFO, "2 px"))["annotation_ids"]
    ()
    """
    return {
        "rule": f.rule,
        "severity": f.severity.value,
        "message": f.message,
        "image_id": f.image_id,
        "file_name": f.file_name,
        "annotation_ids": f.annotation_ids,
        "category_ids": f.category_ids,
        "score": f.score,
        "evidence": dict(sorted(f.evidence.items())),
        "source": f.source,
        "pointer": f.pointer,
        "fingerprint": f.fingerprint,
    }


def findings_csv(findings: Sequence[Finding]) -> bytes:
    """Write findings as CSV for a spreadsheet.

    Text is made printable and cells that a spreadsheet would run as a formula get an apostrophe; for exact
    values read the JSON or Parquet file.

    Returns
    -------
    bytes
        UTF-8, lines end with a newline; ids are separated by spaces, evidence is JSON text.

    Examples
    --------
    >>> findings_csv([]).decode()[:21]
    'severity,rule,message'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (
            f.severity.value,
            f.rule,
            cell(f.message),
            "" if f.image_id is None else f.image_id,
            cell(f.file_name or ""),
            cell(" ".join(map(str, f.annotation_ids))) if len(f.annotation_ids) != 1 else f.annotation_ids[0],
            cell(" ".join(map(str, f.category_ids))) if len(f.category_ids) != 1 else f.category_ids[0],
            f.score,
            cell(evidence_json(f.evidence)),
            cell(f.source),
            cell(f.pointer),
            f.fingerprint,
        )
        for f in findings
    )
    return text.getvalue().encode()


def findings_parquet(findings: Sequence[Finding]) -> bytes:
    """Write findings as a Parquet file with the columns of `findings_table` and the types of `PARQUET`.

    Examples
    --------
    >>> pq.read_table(io.BytesIO(findings_parquet([]))).num_rows
    0
    """
    table = pa.Table.from_pandas(findings_table(findings), schema=PARQUET, preserve_index=False)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(), out, compression="zstd")
    return out.getvalue()
