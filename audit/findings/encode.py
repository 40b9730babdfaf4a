"""JSON text of values that a dataset or numpy may have made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from audit.findings.finding import Evidence
from audit.findings.sanitize import encodable


def encode_evidence(evidence: Evidence) -> str:
    """Write evidence as JSON with sorted keys; numbers that are not finite become null.

    Examples
    --------
    >>> encode_evidence({"iou": 0.5, "area_px": 3, "ratio": float("nan")})
    '{"area_px":3,"iou":0.5,"ratio":null}'
    >>> encode_evidence({})
    '{}'
    """
    try:
        return _SORTING_ENCODER.encode(evidence).decode()
    except UnicodeEncodeError:
        return encode_json(dict(sorted(evidence.items()))).decode()


def encode_evidence_texts(evidence: Sequence[Evidence]) -> list[str]:
    """Write the evidence of many findings, each as `encode_evidence` does.

    Examples
    --------
    >>> encode_evidence_texts([{"iou": 0.5, "area_px": 3}, {}])
    ['{"area_px":3,"iou":0.5}', '{}']
    >>> encode_evidence_texts([])
    []
    """
    try:
        joined = _SORTING_ENCODER.encode_lines(evidence).decode()
    except UnicodeEncodeError:
        return list(map(encode_evidence, evidence))
    return joined.split("\n")[:-1]  # line ends inside texts are escaped


def encode_json(content: object) -> bytes:
    r"""Write a value as compact UTF-8 JSON: numpy's numbers as numbers, lone surrogates as escapes.

    Examples
    --------
    >>> encode_json({"a": float("inf")})
    b'{"a":null}'
    >>> print(encode_json("\ud800").decode())
    "\\ud800"
    >>> encode_json(())
    b'[]'
    """
    try:
        return _ENCODER.encode(content)
    except UnicodeEncodeError:
        return _ENCODER.encode(_encodable(msgspec.to_builtins(content, enc_hook=_as_python)))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(member) for key, member in value.items()}
    return [_encodable(member) for member in value] if isinstance(value, list | tuple) else value


def _as_python(value: Any) -> object:
    """Turn numpy's scalars and arrays into Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_ENCODER = msgspec.json.Encoder(enc_hook=_as_python)
_SORTING_ENCODER = msgspec.json.Encoder(enc_hook=_as_python, order="sorted")
