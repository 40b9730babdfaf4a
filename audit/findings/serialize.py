"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables.

All three are written in batches, so that half a million findings need no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from audit.findings.finding import Finding
from audit.findings.sanitize import cell, encodable
from audit.findings.table import COLUMNS, encode, evidence_json

SCHEMA_VERSION = 1
BATCH = 20_000
"""Findings written together."""

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


def write_json(file: IO[bytes], head: Mapping[str, object], findings: Sequence[Finding]) -> None:
    r"""Write findings as one JSON document, one finding a line.

    UTF-8, ends with a newline. Numbers that are not finite are null, lone surrogates are escapes.

    Parameters
    ----------
    file : binary file
    head : mapping
        What stands before ``findings``: ``tool``, ``version``, ``input``, ``summary``.
    findings : sequence of Finding
        In order.

    Examples
    --------
    >>> import io
    >>> from audit.findings.finding import Severity
    >>> out = io.BytesIO()
    >>> write_json(out, {"tool": "maskaudit"}, [Finding("mask.tiny", Severity.INFO, "2 px")])
    >>> out.getvalue()[:52]
    b'{"schema_version":1,"tool":"maskaudit","findings":[\n'
    >>> none = io.BytesIO()
    >>> write_json(none, {}, [])
    >>> none.getvalue()
    b'{"schema_version":1,"findings":[\n]}\n'
    """
    file.write(encode({"schema_version": SCHEMA_VERSION, **head})[:-1])
    file.write(b',"findings":[')
    separator = b"\n"
    for batch in _batches(findings):
        file.write(separator)
        file.write(b",\n".join([encode(record(f)) for f in batch]))
        separator = b",\n"
    file.write(b"\n]}\n")


def record(f: Finding) -> dict[str, object]:
    """Return a finding as the JSON object of ``findings.json``; the evidence's keys are sorted.

    ``decision`` and ``note`` are there only where somebody decided about it.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> record(Finding("mask.tiny", Severity.INFO, "2 px"))["annotation_ids"]
    ()
    """
    decided = {"decision": f.decision, "note": f.note} if f.decision else {}
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
        **decided,
    }


def write_csv(file: IO[bytes], findings: Sequence[Finding]) -> None:
    """Write findings as CSV for a spreadsheet.

    UTF-8, lines end with a newline; ids are separated by spaces, evidence is JSON text. Text is made
    printable and cells that a spreadsheet would run as a formula get an apostrophe; for exact values
    read the JSON or Parquet file.

    Parameters
    ----------
    file : binary file
    findings : sequence of Finding

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> write_csv(out, [])
    >>> out.getvalue()[:21]
    b'severity,rule,message'
    """
    file.write((",".join(COLUMNS) + "\n").encode())
    for batch in _batches(findings):
        file.write("".join([_csv_line(f) for f in batch]).encode())


def _csv_line(f: Finding) -> str:
    """Write one line; the csv module would look at every character and take twice as long."""
    cells = (
        f.severity,
        f.rule,
        _quoted(cell(f.message)),
        "" if f.image_id is None else str(f.image_id),
        _quoted(cell(f.file_name or "")),
        _ids(f.annotation_ids),
        _ids(f.category_ids),
        repr(f.score),
        _quoted(cell(evidence_json(f.evidence))),
        _quoted(cell(f.source)),
        _quoted(f.pointer if f.pointer.isprintable() else cell(f.pointer)),
        f.fingerprint,
    )
    return ",".join(cells) + "\n"


def _quoted(text: str) -> str:
    """Quote a cell that has a comma or a quote; it has no line breaks, for it is printable."""
    if '"' in text:
        text = text.replace('"', '""')
    elif "," not in text:
        return text
    return f'"{text}"'


def _ids(ids: Sequence[int]) -> str:
    """Write a single number as it is: a minus sign in front makes no formula of it."""
    return str(ids[0]) if len(ids) == 1 else cell(" ".join(map(str, ids)))


def write_parquet(file: IO[bytes], findings: Sequence[Finding]) -> None:
    """Write findings as a Parquet file with the columns and types of `PARQUET`.

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> write_parquet(out, [])
    >>> pq.read_table(out).num_rows
    0
    """
    with pq.ParquetWriter(file, PARQUET, compression="zstd") as writer:
        for batch in _batches(findings):
            writer.write_table(_arrow(batch))


def _arrow(findings: Sequence[Finding]) -> pa.Table:
    columns = {
        "severity": [f.severity.value for f in findings],
        "rule": [f.rule for f in findings],
        "message": [encodable(f.message) for f in findings],
        "image_id": [f.image_id for f in findings],
        "file_name": [None if f.file_name is None else encodable(f.file_name) for f in findings],
        "annotation_ids": _lists([f.annotation_ids for f in findings]),
        "category_ids": _lists([f.category_ids for f in findings]),
        "score": [f.score for f in findings],
        "evidence": [evidence_json(f.evidence) for f in findings],
        "source": [encodable(f.source) for f in findings],
        "pointer": [encodable(f.pointer) for f in findings],
        "fingerprint": [f.fingerprint for f in findings],
    }
    arrays = [
        values if isinstance(values, pa.Array) else pa.array(values, PARQUET.field(name).type)
        for name, values in columns.items()
    ]
    return pa.Table.from_arrays(arrays, schema=PARQUET)


def _lists(ids: Sequence[tuple[int, ...]]) -> pa.Array:
    starts = pa.array([0, *accumulate(map(len, ids))], pa.int32())
    return pa.ListArray.from_arrays(starts, pa.array([i for own in ids for i in own], pa.int64()))


def _batches(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    return (findings[start : start + BATCH] for start in range(0, len(findings), BATCH))
