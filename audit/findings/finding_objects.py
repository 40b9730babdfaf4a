"""From `Finding` objects to columns, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from audit.findings.evidence_columns import make_evidence_columns
from audit.findings.finding import Finding, Severity
from audit.findings.table_columns import join_tuples

_SEVERITY_OF_NAME = {severity.value: severity for severity in Severity}


def lay_out_findings(findings: Sequence[Finding]) -> dict[str, Any]:
    """List the attributes of findings by name, as `FindingTable.build` takes them.

    Examples
    --------
    >>> lay_out_findings([Finding("a.b", Severity.INFO, "x")])["rule"], lay_out_findings([])["rule"]
    (['a.b'], [])
    """
    return {
        "severity": [finding.severity.value for finding in findings],
        "rule": [finding.rule for finding in findings],
        "message": [finding.message for finding in findings],
        "image_id": [finding.image_id for finding in findings],
        "file_name": [finding.file_name for finding in findings],
        "annotation_ids": join_tuples([finding.annotation_ids for finding in findings]),
        "category_ids": join_tuples([finding.category_ids for finding in findings]),
        "score": [finding.score for finding in findings],
        **make_evidence_columns([finding.evidence for finding in findings]),
        "source": [finding.source for finding in findings],
        "pointer": [finding.pointer for finding in findings],
        "fingerprint": [finding.fingerprint for finding in findings],
        "decision": [finding.decision for finding in findings],
        "note": [finding.note for finding in findings],
        "image_row": [finding.image_row for finding in findings],
        "instance_rows": join_tuples([finding.instance_rows for finding in findings]),
        "prediction_rows": join_tuples([finding.prediction_rows for finding in findings]),
    }


def make_findings(cells: dict[str, list[Any]], unencodable_names: Mapping[str, str]) -> Iterator[Finding]:
    """Make an object of each row.

    Parameters
    ----------
    cells : dict of str to list
        The columns of `TABLE_SCHEMA`, as `FindingTable.cells` gives them.
    unencodable_names : mapping
        File names that UTF-8 cannot hold, by what stands for them in the column.

    Examples
    --------
    >>> from audit.findings.finding_table import FindingTable
    >>> from audit.findings.table_columns import TABLE_SCHEMA
    >>> table = FindingTable.of([Finding("mask.tiny", Severity.INFO, "2 px", evidence={"area_px": 2})])
    >>> cells = {name: table.cells(name) for name in TABLE_SCHEMA.names}
    >>> [(finding.rule, dict(finding.evidence)) for finding in make_findings(cells, {})]
    [('mask.tiny', {'area_px': 2})]
    >>> list(make_findings({name: [] for name in cells}, {}))
    []
    """
    names_in_order = {text: msgspec.json.decode(text) for text in set(cells["evidence_order"])}
    columns = dict(cells)
    decode = msgspec.json.Decoder().decode
    for name in ("annotation_ids", "category_ids", "instance_rows", "prediction_rows"):
        columns[name] = list(map(tuple, columns[name]))
    columns["severity"] = [_SEVERITY_OF_NAME[name] for name in columns["severity"]]
    columns["evidence"] = [
        _in_order(decode(text), names_in_order[order])
        for text, order in zip(columns["evidence"], columns.pop("evidence_order"), strict=True)
    ]
    if unencodable_names:
        columns["file_name"] = [unencodable_names.get(name, name) for name in columns["file_name"]]
    attribute_names = tuple(columns)
    for values in zip(*columns.values(), strict=True):
        yield Finding(**dict(zip(attribute_names, values, strict=True)))


def _in_order(numbers: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: numbers[name] for name in names}
