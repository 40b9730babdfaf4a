"""The verdict for machines: ``gate.json``."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from audit.agreement.pairwise import Agreement
from audit.findings.encode import encode_json
from audit.gates.gate import GateResult
from audit.gates.groups import GroupRate
from audit.gates.reviewed import Acceptance
from audit.gates.verdict import LimitResult
from audit.pipeline.outputs import describe_inputs
from audit.report.gate_wording import describe_group_rate

SCHEMA_VERSION = 1


def export_gate_json(result: GateResult) -> bytes:
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
    >>> gate = judge_batch(nothing, Policy(), today=date(2026, 1, 1))
    >>> msgspec.json.decode(export_gate_json(gate))["outcome"]
    'pass'
    """
    baseline = result.baseline
    content: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": result.scan.version,
        "input": describe_inputs(result.scan),
        "outcome": result.outcome.value,
        "exit_code": result.exit_code,
        "undecided": result.policy.undecided,
        "findings": result.count_by_status(),
        "limits": [_limit_record(limit_result) for limit_result in result.limits],
        "waivers": [
            {
                "waiver": waiver.title,
                "reason": waiver.reason,
                "until": waiver.until.isoformat(),
                "findings": n_waived,
                "expired": waiver.has_expired(result.today),
            }
            for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True)
        ],
        "baseline": None
        if baseline is None
        else {
            "known": sum(baseline.known),
            "stale": [msgspec.to_builtins(entry) for entry in baseline.stale],
            "elsewhere": baseline.n_absent,
            "grown": [dict(zip(("rule", "before", "now"), rule, strict=True)) for rule in result.regressions],
        },
        "reviews": [{**asdict(review), "precision": review.precision} for review in result.scan.reviews],
        "acceptance": None if result.acceptance is None else _acceptance_record(result.acceptance),
        "groups": None if result.groups is None else _group_records(result),
        "new": [finding.fingerprint for finding in result.new_findings()],
    }
    return msgspec.json.format(encode_json(content), indent=1) + b"\n"


def _limit_record(result: LimitResult) -> dict[str, object]:
    limit = result.limit
    return {
        "rule": limit.rule or "*",
        "severity": limit.severity,
        "max_count": limit.max_count,
        "max_rate": limit.max_rate,
        "per": limit.per if limit.max_rate is not None else None,
        "confidence": limit.confidence,
        "min_sample": limit.min_sample,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "findings": result.n_findings,
        "units": result.n_units,
        "defective": result.n_defective,
        "rate": result.rate,
        "bound": result.upper_bound,
        "uncounted": result.n_outside_units,
    }


def _group_records(result: GateResult) -> dict[str, object]:
    groups = result.groups
    if groups is None:
        return {}
    return {
        "by": groups.by,
        "rates": [_rate_record(rate) for rate in groups.rates],
        "named": [describe_group_rate(rate) for rate in groups.differing()],
        "too_small": list(groups.too_small),
        "agreements": [_agreement_record(agreement) for agreement in groups.agreements],
    }


def _rate_record(rate: GroupRate) -> dict[str, object]:
    return {
        "group": rate.group,
        "what": rate.subject,
        "annotations": rate.n_annotations,
        "found": rate.n_found,
        "low": rate.low,
        "high": rate.high,
        "p_value": rate.p_value,
        "differs": rate.differs,
        "rest_rate": rate.rest_rate,
        "rate": rate.rate,
    }


def _agreement_record(agreement: Agreement) -> dict[str, object]:
    return {
        "one": agreement.annotator_a,
        "other": agreement.annotator_b,
        "images": agreement.n_images,
        "instances_one": agreement.n_instances_a,
        "instances_other": agreement.n_instances_b,
        "matched": agreement.n_matched,
        "mean_iou": agreement.mean_iou,
        "same_category": agreement.n_same_category,
        "splits": agreement.n_splits,
        "merges": agreement.n_merges,
        "alpha": agreement.alpha,
        "f1": agreement.f1,
    }


def _acceptance_record(acceptance: Acceptance) -> dict[str, object]:
    return {
        "outcome": acceptance.outcome,
        "reason": acceptance.reason,
        "plan": asdict(acceptance.plan),
        "reviewed": acceptance.n_reviewed,
        "wrong": acceptance.n_wrong,
        "bound": acceptance.upper_bound,
        "absent": acceptance.absent_files,
    }
