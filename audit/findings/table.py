"""Findings as a table for pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pandas as pd

from audit.findings.columns import COLUMNS, ColumnType, FindingColumn
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable

_DTYPES = {ColumnType.INTEGER: "Int64", ColumnType.NUMBER: "float64"}
"""All other columns hold objects. Integers may be missing, which int64 cannot say."""


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Lay findings out as a table, one row each, in their order.

    Parameters
    ----------
    findings : sequence of Finding

    Returns
    -------
    DataFrame
        The columns of `audit.findings.columns.COLUMNS`. ``image_id`` is nullable ``Int64``, ``score`` is
        float64, ``annotation_ids`` and ``category_ids`` hold lists of int, ``evidence`` holds a dictionary a
        row; the rest is text, ``file_name`` None where a finding has no image.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", image_id=7, evidence={"area_px": 2})
    >>> findings_table([tiny])[["rule", "image_id", "evidence"]].to_dict("records")
    [{'rule': 'mask.tiny', 'image_id': 7, 'evidence': {'area_px': 2}}]

    A column a number of one rule:

    >>> pd.json_normalize(findings_table([tiny])["evidence"])["area_px"].tolist()
    [2]
    >>> findings_table([]).shape
    (0, 14)
    """
    table = FindingTable.of(findings)
    return pd.DataFrame(
        {
            column.name: pd.Series(_list_cells(table, column), dtype=_DTYPES.get(column.type, object))
            for column in COLUMNS
        },
        copy=False,
    )


def _list_cells(table: FindingTable, column: FindingColumn) -> list[Any]:
    cells = table.cells(column.name)
    if column.type is not ColumnType.OBJECT:
        return cells
    return list(map(msgspec.json.Decoder().decode, cells))
