"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables.

All three are written in batches, so that half a million findings need no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

import pyarrow as pa

from audit.findings.arrow_arrays import build_array, cast_table, repeat_text
from audit.findings.column_memory import CellStyle, read_text_memory
from audit.findings.columns import (
    ARROW_TYPES,
    COLUMN_NAMES,
    COLUMNS,
    DECIDED_KEYS,
    UNDECIDED_KEYS,
    ColumnType,
)
from audit.findings.csv_cells import make_texts_safe
from audit.findings.encode import encode_json
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable
from audit.findings.text_columns import join_columns
from audit.findings.write_parquet import open_parquet

SCHEMA_VERSION = 1
_LIST_NAMES = frozenset(column.name for column in COLUMNS if column.type is ColumnType.INTEGERS)
LINES = 8_192
"""Lines written together: so many stay in the cache."""
ROW_GROUP = 20_000
"""Rows of a Parquet file written together: how many shows in its bytes."""

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
    for batch in FindingTable.of(findings).split(LINES):
        binary_file.write(separator)
        binary_file.write(_join_json_lines(batch))
        separator = b",\n"
    binary_file.write(b"\n]}\n")


def _join_json_lines(table: FindingTable) -> memoryview:
    """Write findings as objects of ``findings.json``, with a comma and a line end between them."""
    literals, cells, ending = [], [], "{"
    for name in UNDECIDED_KEYS:
        before, after = ("[", "]") if name in _LIST_NAMES else ("", "")
        literals.append(f'{ending}"{name}":{before}')
        cells.append(table.array(name))
        ending = f"{after},"
    # Evidence is JSON already.
    styles = [CellStyle.PLAIN if name == "evidence" else CellStyle.JSON for name in UNDECIDED_KEYS]
    lines = join_columns(
        [*literals, ending[:-1], "},\n"], [*cells, _describe_decisions(table)], [*styles, CellStyle.PLAIN]
    )
    content, start = read_text_memory(lines)
    return content[start[0] : start[-1] - len(b",\n")].data


def _describe_decisions(table: FindingTable) -> pa.DictionaryArray:
    """Write the last members of each finding: decision and note where somebody decided."""
    n_rows, names = len(table), DECIDED_KEYS[len(UNDECIDED_KEYS) :]
    if set(table.count_texts("decision")) <= {""}:
        return repeat_text("", n_rows)
    texts = [
        f",{encode_json(dict(zip(names, values, strict=True))).decode()[1:-1]}" if values[0] else ""
        for values in zip(*(table.cells(name) for name in names), strict=True)
    ]
    return build_array(texts, pa.dictionary(pa.int32(), pa.string()))


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
    for batch in FindingTable.of(findings).split(LINES):
        binary_file.write(_join_csv_lines(batch))


def _join_csv_lines(table: FindingTable) -> memoryview:
    """Write lines; the csv module would look at every character and take twenty times as long."""
    cells = [_make_csv_cells(table.array(column.name), column.type) for column in COLUMNS]
    literals = ["", *[","] * (len(cells) - 1), "\n"]
    content, start = read_text_memory(join_columns(literals, cells, CellStyle.CSV))
    return content[start[0] : start[-1]].data


def _make_csv_cells(column: pa.Array, column_type: ColumnType) -> pa.Array:
    if column_type not in (ColumnType.TEXT, ColumnType.OBJECT):
        return column
    # Evidence begins with a brace, which starts no formula.
    return make_texts_safe(column, starts_matter=column_type is ColumnType.TEXT)


def write_findings_parquet(binary_file: IO[bytes], findings: Sequence[Finding]) -> None:
    """Write findings as a Parquet file with the columns and types of `PARQUET`.

    Parameters
    ----------
    binary_file : binary file
    findings : sequence of Finding

    Examples
    --------
    >>> import io, pyarrow.parquet
    >>> out = io.BytesIO()
    >>> write_findings_parquet(out, [])
    >>> pyarrow.parquet.read_table(out).num_rows
    0
    """
    with open_parquet(binary_file, PARQUET, "zstd") as parquet_writer:
        for batch in FindingTable.of(findings).split(ROW_GROUP):
            # In one piece: where pages end must not depend on where the columns lay.
            parquet_writer.write_table(
                cast_table(batch.columns.select(COLUMN_NAMES), PARQUET).combine_chunks()
            )
