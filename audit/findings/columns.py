"""The columns of findings: name, type, meaning and origin, in one place.

``findings.json``, ``findings.csv``, ``findings.parquet`` and the table for pandas are written from this
list, so a column that is added here is in all of them. Its order is that of the tables.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

from audit.carriers import dataclass


class ColumnType(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    INTEGERS = "list of integers"
    OBJECT = "object"
    """Names with values; JSON text where a table has no such cells."""


ARROW_TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.INTEGERS: pa.list_(pa.int64()),
    ColumnType.OBJECT: pa.string(),
}


@dataclass(frozen=True, slots=True)
class FindingColumn:
    """One column of the findings, read from the attribute of `Finding` that has its name."""

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = False
    """Whether a cell may be empty because nothing is there."""
    decided_only: bool = False
    """Whether ``findings.json`` has it only where somebody decided about the finding."""


COLUMNS = (
    FindingColumn("severity", ColumnType.TEXT, "error, warning or info"),
    FindingColumn("rule", ColumnType.TEXT, "id of the rule: maskaudit explain RULE prints its manual page"),
    FindingColumn("message", ColumnType.TEXT, "one sentence for a labeller, with the deciding number"),
    FindingColumn("image_id", ColumnType.INTEGER, "as in the file; none = about no image", nullable=True),
    FindingColumn("file_name", ColumnType.TEXT, "of the image; none = about no image", nullable=True),
    FindingColumn("annotation_ids", ColumnType.INTEGERS, "as in the file; of results their positions"),
    FindingColumn("category_ids", ColumnType.INTEGERS, "as in the file"),
    FindingColumn("score", ColumnType.NUMBER, "0 to 1: how strong the evidence is, within a rule"),
    FindingColumn("evidence", ColumnType.OBJECT, "the numbers behind the finding, sorted by name"),
    FindingColumn("source", ColumnType.TEXT, "name of the file that the pointer points into"),
    FindingColumn("pointer", ColumnType.TEXT, "RFC 6901 JSON pointer of the record or field"),
    FindingColumn("fingerprint", ColumnType.TEXT, "identity that survives a re-export with new ids"),
    FindingColumn(
        "decision", ColumnType.TEXT, "real, fix, fine or unsure; empty = nobody decided", decided_only=True
    ),
    FindingColumn("note", ColumnType.TEXT, "what who decided added in words", decided_only=True),
)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
_RULE_FIRST = sorted(COLUMNS, key=lambda column: column.name != "rule")
DECIDED_KEYS = tuple(column.name for column in _RULE_FIRST)
"""The members of a finding in ``findings.json``, in order: there the rule comes first."""
UNDECIDED_KEYS = tuple(column.name for column in _RULE_FIRST if not column.decided_only)
