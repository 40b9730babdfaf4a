"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables.

All three are written in batches, so that half a million findings need no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audit.findings.arrow_arrays import cast_table
from audit.findings.columns import (
    ARROW_TYPES,
    COLUMN_NAMES,
    COLUMNS,
    DECIDED_KEYS,
    UNDECIDED_KEYS,
    ColumnType,
    FindingColumn,
)
from audit.findings.encode import encode_json
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable, IntArray
from audit.findings.sanitize import csv_safe, csv_safe_texts, printable

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
    for batch in FindingTable.of(findings).split(BATCH):
        binary_file.write(separator)
        # Line ends inside texts are escaped, so those that are left stand between findings.
        binary_file.write(_ENCODER.encode_lines(_json_records(batch))[:-1].replace(b"\n", b",\n"))
        separator = b",\n"
    binary_file.write(b"\n]}\n")


def _json_records(table: FindingTable) -> list[msgspec.Struct]:
    """Make what the encoder writes as the objects of ``findings.json``."""
    cells = {name: table.cells(name) for name in DECIDED_KEYS}
    cells["evidence"] = [msgspec.Raw(text.encode()) for text in cells["evidence"]]
    records = map(_DECIDED, *(cells[name] for name in DECIDED_KEYS))
    if not any(cells["decision"]):
        return list(map(_UNDECIDED, *(cells[name] for name in UNDECIDED_KEYS)))
    undecided = map(_UNDECIDED, *(cells[name] for name in UNDECIDED_KEYS))
    pairs = zip(records, undecided, cells["decision"], strict=True)
    return [whole if decision else short for whole, short, decision in pairs]


_ENCODER = msgspec.json.Encoder()
_DECIDED, _UNDECIDED = (
    msgspec.defstruct("Record", [(name, Any) for name in names], gc=False)
    for names in (DECIDED_KEYS, UNDECIDED_KEYS)
)
"""The members of a finding, with a decision and without: a struct is made and written without a dict."""


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
    for batch in FindingTable.of(findings).split(BATCH):
        binary_file.write("".join(_csv_lines(batch)).encode())


def _csv_lines(table: FindingTable) -> Iterator[str]:
    """Write lines; the csv module would look at every character and take twice as long."""
    columns = [_csv_cells(column, table) for column in COLUMNS]
    return (f"{line}\n" for line in map(",".join, zip(*columns, strict=True)))


def _csv_cells(column: FindingColumn, table: FindingTable) -> Iterable[str]:
    if pa.types.is_dictionary(table.columns.schema.field(column.name).type):
        codes, texts = table.codes(column.name)
        safe_texts = [*(_quote(csv_safe(text)) for text in texts), ""]  # the last for -1, no text
        return map(safe_texts.__getitem__, codes.tolist())
    if column.type is ColumnType.INTEGERS:
        return _join_ids(*table.lists(column.name))
    cells = table.cells(column.name)
    if column.type in (ColumnType.INTEGER, ColumnType.NUMBER):
        return ["" if cell_value is None else str(cell_value) for cell_value in cells]
    if column.type is ColumnType.OBJECT:  # begins with a brace, which starts no formula
        return _quote_texts(_printable_texts(cells))
    return _quote_texts(csv_safe_texts(cells))


def _printable_texts(texts: Sequence[str]) -> Sequence[str]:
    """Do as `printable` with many texts: one look at all of them shows that there is nothing to do."""
    return texts if "".join(texts).isprintable() else list(map(printable, texts))


def _quote_texts(texts: Sequence[str]) -> Sequence[str]:
    """Quote those cells that need it: one look at all shows where none does."""
    all_text = "".join(texts)
    if '"' not in all_text:
        return [f'"{text}"' if "," in text else text for text in texts] if "," in all_text else texts
    # Doubled in all of them at once; none of the texts has a line end.
    doubled = "\n".join(texts).replace('"', '""').split("\n")
    return [f'"{text}"' if "," in text or '"' in text else text for text in doubled]


def _quote(cell_text: str) -> str:
    """Quote a cell that has a comma or a quote; it has no line breaks, for it is printable."""
    if '"' in cell_text:
        cell_text = cell_text.replace('"', '""')
    elif "," not in cell_text:
        return cell_text
    return f'"{cell_text}"'


def _join_ids(lengths: IntArray, ids: IntArray) -> Sequence[str]:
    """Write lists of numbers, given how long each is and the members of all."""
    numbers = list(map(str, ids.tolist()))
    if (lengths == 1).all():  # a minus sign in front of a single number makes no formula of it
        return numbers
    ends = np.cumsum(lengths)
    joined = [
        numbers[start] if end - start == 1 else " ".join(numbers[start:end])
        for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True)
    ]
    # A text that is known to begin with a digit is safe: nothing else of it has to be looked at.
    is_list = lengths > 1
    for row in np.flatnonzero(is_list)[ids[(ends - lengths)[is_list]] < 0].tolist():
        joined[row] = csv_safe(joined[row])
    return joined


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
        for batch in FindingTable.of(findings).split(BATCH):
            # In one piece: where pages end must not depend on where the columns lay.
            parquet_writer.write_table(
                cast_table(batch.columns.select(COLUMN_NAMES), PARQUET).combine_chunks()
            )
