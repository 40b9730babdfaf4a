"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables.

All three are written in batches, so that half a million findings need no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from audit.findings.columns import (
    ARROW_TYPES,
    COLUMN_NAMES,
    COLUMNS,
    DECIDED_KEYS,
    UNDECIDED_KEYS,
    ColumnType,
    FindingColumn,
    table_cells,
)
from audit.findings.encode import encode_json
from audit.findings.finding import Finding
from audit.findings.sanitize import csv_safe

SCHEMA_VERSION = 1
BATCH = 20_000
"""Findings written together."""

PARQUET = pa.schema(
    [
        pa.field(column.name, ARROW_TYPES[column.type], column.nullable, {"meaning": column.meaning})
        for column in COLUMNS
    ]
)
"""Every column says in its metadata what it holds."""


def write_findings_json(
    binary_file: IO[bytes], header: Mapping[str, object], findings: Sequence[Finding]
) -> None:
    r"""Write findings as one JSON document, one finding a line.

    UTF-8, ends with a newline. Numbers that are not finite are null, lone surrogates are escapes.

    Parameters
    ----------
    binary_file : binary file
    header : mapping
        What stands before ``findings``: ``tool``, ``version``, ``input``, ``summary``.
    findings : sequence of Finding
        In order.

    Examples
    --------
    >>> import io
    >>> from audit.findings.finding import Severity
    >>> out = io.BytesIO()
    >>> write_findings_json(out, {"tool": "maskaudit"}, [Finding("mask.tiny", Severity.INFO, "2 px")])
    >>> out.getvalue()[:52]
    b'{"schema_version":1,"tool":"maskaudit","findings":[\n'
    >>> none = io.BytesIO()
    >>> write_findings_json(none, {}, [])
    >>> none.getvalue()
    b'{"schema_version":1,"findings":[\n]}\n'
    """
    binary_file.write(encode_json({"schema_version": SCHEMA_VERSION, **header})[:-1])
    binary_file.write(b',"findings":[')
    separator = b"\n"
    for batch in _batches(findings):
        binary_file.write(separator)
        binary_file.write(b",\n".join([encode_json(finding_record(finding)) for finding in batch]))
        separator = b",\n"
    binary_file.write(b"\n]}\n")


def finding_record(finding: Finding) -> dict[str, object]:
    """Return a finding as the JSON object of ``findings.json``; the evidence's keys are sorted.

    ``decision`` and ``note`` are there only where somebody decided about it.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> list(finding_record(Finding("mask.tiny", Severity.INFO, "2 px")))[:3]
    ['rule', 'severity', 'message']
    """
    column_names = DECIDED_KEYS if finding.decision else UNDECIDED_KEYS
    record = {column_name: getattr(finding, column_name) for column_name in column_names}
    record["evidence"] = dict(sorted(finding.evidence.items()))
    return record


def write_findings_csv(binary_file: IO[bytes], findings: Sequence[Finding]) -> None:
    """Write findings as CSV for a spreadsheet.

    UTF-8, lines end with a newline; ids are separated by spaces, evidence is JSON text. Text is made
    printable and cells that a spreadsheet would run as a formula get an apostrophe; for exact values
    read the JSON or Parquet file.

    Parameters
    ----------
    binary_file : binary file
    findings : sequence of Finding

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> write_findings_csv(out, [])
    >>> out.getvalue()[:21]
    b'severity,rule,message'
    """
    binary_file.write((",".join(COLUMN_NAMES) + "\n").encode())
    for batch in _batches(findings):
        binary_file.write("".join(_csv_lines(batch)).encode())


def _csv_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Write lines; the csv module would look at every character and take twice as long."""
    columns = [_csv_cells(column, findings) for column in COLUMNS]
    return (",".join(cells) + "\n" for cells in zip(*columns, strict=True))


def _csv_cells(column: FindingColumn, findings: Sequence[Finding]) -> list[str]:
    cells = table_cells(column, findings)
    if column.type is ColumnType.INTEGERS:
        return [_join_ids(ids) for ids in cells]
    if column.type in (ColumnType.INTEGER, ColumnType.NUMBER):
        return ["" if cell_value is None else str(cell_value) for cell_value in cells]
    return [_quote(csv_safe(cell_text or "")) for cell_text in cells]


def _quote(cell_text: str) -> str:
    """Quote a cell that has a comma or a quote; it has no line breaks, for it is printable."""
    if '"' in cell_text:
        cell_text = cell_text.replace('"', '""')
    elif "," not in cell_text:
        return cell_text
    return f'"{cell_text}"'


def _join_ids(annotation_ids: Sequence[int]) -> str:
    """Write a single number as it is: a minus sign in front makes no formula of it."""
    return (
        str(annotation_ids[0]) if len(annotation_ids) == 1 else csv_safe(" ".join(map(str, annotation_ids)))
    )


def write_findings_parquet(binary_file: IO[bytes], findings: Sequence[Finding]) -> None:
    """Write findings as a Parquet file with the columns and types of `PARQUET`.

    Parameters
    ----------
    binary_file : binary file
    findings : sequence of Finding

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> write_findings_parquet(out, [])
    >>> pq.read_table(out).num_rows
    0
    """
    with pq.ParquetWriter(binary_file, PARQUET, compression="zstd") as parquet_writer:
        for batch in _batches(findings):
            parquet_writer.write_table(_arrow_table(batch))


def _arrow_table(findings: Sequence[Finding]) -> pa.Table:
    column_arrays = []
    for column in COLUMNS:
        cells = table_cells(column, findings)
        is_list = column.type is ColumnType.INTEGERS
        column_arrays.append(_id_lists(cells) if is_list else pa.array(cells, ARROW_TYPES[column.type]))
    return pa.Table.from_arrays(column_arrays, schema=PARQUET)


def _id_lists(id_tuples: Sequence[tuple[int, ...]]) -> pa.Array:
    list_starts = pa.array([0, *accumulate(map(len, id_tuples))], pa.int32())
    return pa.ListArray.from_arrays(
        list_starts,
        pa.array([annotation_id for finding_ids in id_tuples for annotation_id in finding_ids], pa.int64()),
    )


def _batches(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    return (findings[batch_start : batch_start + BATCH] for batch_start in range(0, len(findings), BATCH))
