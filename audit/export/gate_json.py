"""The verdict for machines: ``gate.json``."""

from __future__ import annotations

import math
from dataclasses import asdict

import msgspec

from audit.findings.table import encode
from audit.gates.gate import GateResult
from audit.gates.verdict import LimitLine
from audit.pipeline.outputs import inputs

SCHEMA_VERSION = 1


def gate_json(result: GateResult) -> bytes:
    """Write a gate as JSON.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    bytes
        UTF-8; the same gate gives the same bytes.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> msgspec.json.decode(gate_json(judge_batch(nothing, Policy(), today=date(2026, 1, 1))))["outcome"]
    'pass'
    """
    baseline = result.baseline
    content: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": result.scan.version,
        "input": inputs(result.scan),
        "outcome": result.outcome.value,
        "exit_code": result.exit_code,
        "undecided": result.policy.undecided,
        "findings": result.counts(),
        "limits": [_limit(line) for line in result.lines],
        "waivers": [
            {
                "waiver": use.waiver.title,
                "reason": use.waiver.reason,
                "until": use.waiver.until.isoformat(),
                "findings": use.findings,
                "expired": use.expired,
            }
            for use in result.standings.waivers
        ],
        "baseline": None
        if baseline is None
        else {
            "known": sum(baseline.known),
            "stale": [msgspec.to_builtins(entry) for entry in baseline.stale],
            "elsewhere": baseline.elsewhere,
            "grown": [asdict(grown) for grown in result.grown],
        },
        "reviews": [{**asdict(r), "precision": r.precision} for r in result.scan.reviews],
        "acceptance": None if result.acceptance is None else asdict(result.acceptance),
        "groups": None if result.groups is None else _groups(result),
        "new": [f.fingerprint for f in result.new()],
    }
    return msgspec.json.format(encode(content), indent=1) + b"\n"


def _limit(line: LimitLine) -> dict[str, object]:
    limit = line.limit
    return {
        "rule": limit.rule or "*",
        "severity": limit.severity,
        "max_count": limit.max_count,
        "max_rate": limit.max_rate,
        "per": limit.per if limit.max_rate is not None else None,
        "confidence": limit.confidence,
        "min_sample": limit.min_sample,
        "outcome": line.outcome.value,
        "reason": line.reason,
        "findings": line.findings,
        "units": line.units,
        "defective": line.defective,
        "rate": line.rate,
        "bound": line.bound,
        "uncounted": line.uncounted,
    }


def _groups(result: GateResult) -> dict[str, object]:
    groups = result.groups
    if groups is None:
        return {}
    return {
        "by": groups.by,
        "rates": [{**asdict(r), "rate": r.rate} for r in groups.rates],
        "named": [r.sentence for r in groups.named()],
        "agreements": [{**asdict(a), "f1": None if math.isnan(a.f1) else a.f1} for a in groups.agreements],
    }
