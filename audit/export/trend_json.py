"""How findings change from batch to batch, for machines: ``trend.json``."""

from __future__ import annotations

import math
from dataclasses import asdict

from audit import __version__
from audit.diff.trend import Trend
from audit.findings.encode import encode_json

SCHEMA_VERSION = 1


def export_trend_json(trend: Trend) -> bytes:
    r"""Write a trend as one JSON document.

    Parameters
    ----------
    trend : Trend

    Returns
    -------
    bytes
        UTF-8; what is not known is null.

    Examples
    --------
    >>> export_trend_json(Trend((), (), (), (), ()))[-23:]
    b'"notes":[],"rules":[]}\n'
    """
    batches = zip(trend.names, trend.images, trend.annotations, strict=True)
    content = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": __version__,
        "batches": [
            {"name": name, "images": images, "annotations": annotations}
            for name, images, annotations in batches
        ],
        "notes": list(trend.notes),
        "rules": [
            {
                "rule": rule.rule,
                "findings": rule.findings,
                "batches": [
                    {name: _finite(value) for name, value in asdict(batch).items()} for batch in rule.batches
                ],
                "trend_p": _finite(rule.trend_p),
                "newest_p": _finite(rule.newest_p),
                "verdict": rule.verdict,
            }
            for rule in trend.rules
        ],
    }
    return encode_json(content) + b"\n"


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
