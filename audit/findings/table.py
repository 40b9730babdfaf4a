"""Findings as a table, for pandas and for Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pandas as pd

from audit.findings.finding import Evidence, Finding
from audit.findings.sanitize import encodable

COLUMNS = (
    "severity",
    "rule",
    "message",
    "image_id",
    "file_name",
    "annotation_ids",
    "category_ids",
    "score",
    "evidence",
    "source",
    "pointer",
    "fingerprint",
)


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Lay findings out as a table, one row each, in their order.

    Parameters
    ----------
    findings : sequence of Finding

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``image_id`` is nullable ``Int64``, ``score`` is float64, ``annotation_ids`` and
        ``category_ids`` hold lists of int, ``evidence`` holds JSON text; the rest is text, ``file_name``
        None where a finding has no image.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> one = Finding("mask.tiny", Severity.INFO, "2 px", image_id=7, evidence={"area_px": 2})
    >>> findings_table([one])[["rule", "image_id", "evidence"]].to_dict("records")
    [{'rule': 'mask.tiny', 'image_id': 7, 'evidence': '{"area_px":2}'}]
    >>> findings_table([]).shape
    (0, 12)
    """
    text: dict[str, list[Any]] = {
        "severity": [f.severity.value for f in findings],
        "rule": [f.rule for f in findings],
        "message": [encodable(f.message) for f in findings],
        "file_name": [None if f.file_name is None else encodable(f.file_name) for f in findings],
        "annotation_ids": [list(f.annotation_ids) for f in findings],
        "category_ids": [list(f.category_ids) for f in findings],
        "evidence": [evidence_json(f.evidence) for f in findings],
        "source": [encodable(f.source) for f in findings],
        "pointer": [encodable(f.pointer) for f in findings],
        "fingerprint": [f.fingerprint for f in findings],
    }
    numbers = {
        "image_id": pd.array([f.image_id for f in findings], dtype="Int64"),
        "score": pd.Series([f.score for f in findings], dtype="float64"),
    }
    texts = {name: pd.Series(values, dtype=object) for name, values in text.items()}
    columns: dict[str, Any] = {**texts, **numbers}
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def evidence_json(evidence: Evidence) -> str:
    """Write evidence as JSON with sorted keys; numbers that are not finite become null.

    Examples
    --------
    >>> evidence_json({"iou": 0.5, "area_px": 3, "ratio": float("nan")})
    '{"area_px":3,"iou":0.5,"ratio":null}'
    >>> evidence_json({})
    '{}'
    """
    return encode(dict(sorted(evidence.items()))).decode()


def encode(value: object) -> bytes:
    r"""Write a value as compact UTF-8 JSON: numpy's numbers as numbers, lone surrogates as escapes.

    Examples
    --------
    >>> encode({"a": float("inf")})
    b'{"a":null}'
    >>> print(encode("\ud800").decode())
    "\\ud800"
    >>> encode(())
    b'[]'
    """
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _ENCODER.encode(_encodable(value))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(part) for key, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> object:
    """Turn numpy's scalars and arrays into Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
