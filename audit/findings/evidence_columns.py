"""Evidence as columns: its numbers as JSON text, and the order in which the rule gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from audit.findings.arrow_arrays import build_array, repeat_text
from audit.findings.column_memory import CellStyle, Column
from audit.findings.encode import encode_evidence_texts, encode_json
from audit.findings.finding import Evidence
from audit.findings.table_columns import TEXT
from audit.findings.text_columns import join_columns


def make_evidence_columns(evidence: Sequence[Evidence]) -> dict[str, list[str]]:
    """Write evidence as JSON text: the columns ``evidence`` and ``evidence_order``.

    Examples
    --------
    >>> make_evidence_columns([{"iou": 0.5, "area_px": 3}])
    {'evidence': ['{"area_px":3,"iou":0.5}'], 'evidence_order': ['["iou","area_px"]']}
    >>> make_evidence_columns([])
    {'evidence': [], 'evidence_order': []}
    """
    orders = list(map(tuple, evidence))
    order_texts = {names: encode_json(names).decode() for names in dict.fromkeys(orders)}
    return {
        "evidence": encode_evidence_texts(evidence),
        "evidence_order": list(map(order_texts.__getitem__, orders)),
    }


def write_evidence_columns(evidence: Mapping[str, Column], n_rows: int) -> dict[str, pa.Array]:
    """Do as `make_evidence_columns` with evidence that is laid out as columns.

    Parameters
    ----------
    evidence : mapping
        Numbers, truth values or texts by name, all (n_rows,).
    n_rows : int

    Examples
    --------
    >>> import numpy as np
    >>> columns = write_evidence_columns({"iou": np.array([0.5]), "area_px": np.array([3])}, 1)
    >>> columns["evidence"].to_pylist(), columns["evidence_order"].to_pylist()
    (['{"area_px":3,"iou":0.5}'], ['["iou","area_px"]'])
    >>> write_evidence_columns({}, 1)["evidence"].to_pylist()
    ['{}']
    """
    names = sorted(evidence)
    order = repeat_text(encode_json(tuple(evidence)).decode(), n_rows)
    if not names:
        return {"evidence": build_array(["{}"] * n_rows, TEXT), "evidence_order": order}
    keys = [f"{'{' if name == names[0] else ','}{encode_json(name).decode()}:" for name in names]
    cells = [evidence[name] for name in names]
    return {"evidence": join_columns([*keys, "}"], cells, CellStyle.JSON), "evidence_order": order}
