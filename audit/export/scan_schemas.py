"""The JSON Schemas of what a scan writes, and what other documents repeat of it."""

from __future__ import annotations

from audit.export.schema_parts import (
    COUNT,
    INTEGER,
    NUMBER,
    SHARE,
    TEXT,
    Schema,
    document,
    list_of,
    map_of,
    one_of,
    or_null,
    record,
)
from audit.findings.columns import COLUMNS, ColumnType
from audit.findings.decisions import Verdict
from audit.findings.finding import Severity

SEVERITY = one_of(severity.value for severity in Severity)


HEAD = {"tool": {"const": "maskaudit"}, "version": TEXT}


INPUT = record(
    {
        "sources": list_of(record({"name": TEXT, "format": TEXT, "size_bytes": COUNT, "sha256": TEXT})),
        "images": COUNT,
        "annotations": COUNT,
        "categories": COUNT,
    }
)


SUMMARY = record(
    {
        "findings": COUNT,
        "by_severity": record({severity.value: COUNT for severity in Severity}),
        "by_rule": map_of(COUNT),
        "not_checked": list_of(TEXT),
    }
)


COLUMN_SCHEMAS = {
    ColumnType.TEXT: TEXT,
    ColumnType.INTEGER: INTEGER,
    ColumnType.NUMBER: NUMBER,
    ColumnType.INTEGERS: list_of(INTEGER),
    ColumnType.OBJECT: {"type": "object"},
}


def version_one() -> dict[str, Schema]:
    """Describe the member that says which schema a document follows."""
    return {"schema_version": {"const": 1}}


def finding_schema() -> Schema:
    """Describe one finding, as `audit.findings.columns` lists its members.

    Examples
    --------
    >>> finding_schema()["properties"]["image_id"]["type"]
    ['integer', 'null']
    """
    special_schemas = {
        "severity": SEVERITY,
        "score": SHARE,
        "decision": one_of(verdict.value for verdict in Verdict),
    }
    members: dict[str, Schema] = {}
    for column in COLUMNS:
        member_schema = special_schemas.get(column.name, COLUMN_SCHEMAS[column.type])
        member_schema = or_null(member_schema) if column.nullable else member_schema
        members[column.name] = {**member_schema, "description": column.meaning}
    return record(members, [column.name for column in COLUMNS if column.decided_only])


def findings_schema() -> Schema:
    """Describe ``findings.json``."""
    members = {**version_one(), **HEAD, "input": INPUT, "summary": SUMMARY}
    return document("findings.json of maskaudit", record({**members, "findings": list_of(finding_schema())}))


def run_schema() -> Schema:
    """Describe ``run.json``: what was audited, by which configuration, how fast."""
    configuration = {
        "type": "object",
        "description": "The configuration in force, every rule and option spelt out.",
        "required": ["fail_on", "ignore", "report", "rules", "select"],
        "properties": {"rules": map_of({"type": "object", "required": ["enabled", "severity"]})},
    }
    members = {
        **HEAD,
        "input": INPUT,
        "summary": SUMMARY,
        "config": configuration,
        "config_file": {**TEXT, "description": "Empty = defaults."},
        "images": {**or_null(TEXT), "description": "Folder of the pictures."},
        "workers": {"type": "integer", "minimum": 1},
        "seconds": {**map_of({"type": "number", "minimum": 0}), "description": "By step."},
    }
    return document("run.json of maskaudit", record(members))
