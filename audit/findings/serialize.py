"""The files that findings are written to: JSON for machines, CSV for spreadsheets, Parquet for tables.

All three are written in batches, so that half a million findings need no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters, digits
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audit.findings.arrow_arrays import build_array, cast_table, read_numbers, repeat_text
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
from audit.findings.sanitize import csv_safe, printable
from audit.findings.text_columns import (
    Column,
    TextStyle,
    code_texts,
    join_columns,
    quote_json_texts,
    read_text_memory,
)

SCHEMA_VERSION = 1
_IS_HARMLESS_START = np.isin(np.arange(256), [ord(letter) for letter in f"{ascii_letters}{digits}_./"])
"""Whether a text that begins with a byte is no formula, whatever follows."""
_LIST_NAMES = frozenset(column.name for column in COLUMNS if column.type is ColumnType.INTEGERS)
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
        binary_file.write(_join_json_lines(batch))
        separator = b",\n"
    binary_file.write(b"\n]}\n")


def _join_json_lines(table: FindingTable) -> bytes:
    """Write findings as objects of ``findings.json``, with a comma and a line end between them."""
    literals, cells, ending = [], [], "{"
    for name in UNDECIDED_KEYS:
        before, after = ("[", "]") if name in _LIST_NAMES else ("", "")
        literals.append(f'{ending}"{name}":{before}')
        cells.append(_write_json_cells(table, name))
        ending = f"{after},"
    lines = join_columns([*literals, ending[:-1], "},\n"], [*cells, _describe_decisions(table)])
    content, start = read_text_memory(lines)
    return content[start[0] : start[-1] - len(b",\n")].tobytes()


def _write_json_cells(table: FindingTable, name: str) -> Column:
    column = table.array(name)
    if name == "evidence" or name in _LIST_NAMES:  # evidence is JSON already
        return column
    if name == "image_id" and column.null_count:
        texts = ["null" if image_id is None else str(image_id) for image_id in table.cells(name)]
        return build_array(texts, pa.large_string())
    if pa.types.is_large_string(column.type):
        return join_columns(["", ""], [column], TextStyle.JSON)
    return quote_json_texts(read_numbers(column) if pa.types.is_primitive(column.type) else column)


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
    for batch in FindingTable.of(findings).split(BATCH):
        binary_file.write(_join_csv_lines(batch))


def _join_csv_lines(table: FindingTable) -> bytes:
    """Write lines; the csv module would look at every character and take twenty times as long."""
    columns = [_csv_column(column, table) for column in COLUMNS]
    literals = ["", *[","] * (len(columns) - 1), "\n"]
    content, start = read_text_memory(join_columns(literals, columns, TextStyle.PLAIN, list_separator=" "))
    return content[start[0] : start[-1]].tobytes()


def _csv_column(column: FindingColumn, table: FindingTable) -> Column:
    array = table.array(column.name)
    if pa.types.is_dictionary(array.type):
        codes, texts = table.codes(column.name)
        safe_texts = [*(_quote(csv_safe(text)) for text in texts), ""]  # the last for -1, no text
        return code_texts(codes, safe_texts)
    if column.type is ColumnType.INTEGERS:
        lengths, ids = table.lists(column.name)
        # A list that begins with a minus sign might be taken for a formula.
        return array if (ids >= 0).all() else build_array(_join_ids(lengths, ids), pa.large_string())
    if column.type is ColumnType.INTEGER and not array.null_count:
        return read_numbers(array)
    if column.type in (ColumnType.INTEGER, ColumnType.NUMBER):
        texts = ["" if value is None else str(value) for value in table.cells(column.name)]
        return build_array(texts, pa.large_string())
    # Evidence begins with a brace, which starts no formula.
    if not _are_harmless(array, ignores_starts=column.type is ColumnType.OBJECT):
        safe = printable if column.type is ColumnType.OBJECT else csv_safe
        array = build_array(list(map(safe, table.cells(column.name))), pa.large_string())
    return join_columns(["", ""], [array], TextStyle.CSV)


def _are_harmless(texts: pa.LargeStringArray, *, ignores_starts: bool) -> bool:
    """Tell by one look at all texts whether each is safe as a cell as it is; no may be wrong."""
    content, start = read_text_memory(texts)
    first_bytes = content[start[:-1][np.diff(start) > 0]]
    is_harmless = ignores_starts or bool(_IS_HARMLESS_START[first_bytes].all())
    return is_harmless and content[start[0] : start[-1]].tobytes().decode().isprintable()


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
