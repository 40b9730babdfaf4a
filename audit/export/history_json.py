"""Which rules were right, for machines: ``history.json``."""

from __future__ import annotations

import math
from dataclasses import asdict

from audit.diff.history import History
from audit.findings.encode import encode_json

SCHEMA_VERSION = 1


def export_history_json(history: History) -> bytes:
    r"""Write a history as one JSON document.

    Parameters
    ----------
    history : History

    Returns
    -------
    bytes
        UTF-8; what is not known or infinite is null.

    Examples
    --------
    >>> export_history_json(History(("a", "b"), 0, 0, (), "1"))[-12:]
    b'"rules":[]}\n'
    """
    rules = []
    for record in history.records:
        values = asdict(record) | {"share": record.share, "others_share": record.others_share}
        numbers = {name: _finite(value) for name, value in values.items()}
        rules.append(numbers | {"verdict": record.verdict})
    content = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": history.version,
        "versions": list(history.versions),
        "annotations": history.annotations,
        "corrected": history.corrected,
        "rules": rules,
    }
    return encode_json(content) + b"\n"


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
