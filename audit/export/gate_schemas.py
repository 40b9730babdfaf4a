"""The JSON Schemas of gates: their verdict, known findings, decisions and sampling plans."""

from __future__ import annotations

from dataclasses import fields

from audit.export.scan_schemas import HEAD, INPUT, SEVERITY, version_one
from audit.export.schema_parts import (
    COUNT,
    FLAG,
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
    schema_of_type,
    settings_schema,
)
from audit.findings.decisions import Decision
from audit.gates.baseline import BaselineEntry
from audit.gates.plan_file import SampledImage
from audit.gates.sampling import Plan
from audit.gates.status import FindingStatus
from audit.gates.verdict import Outcome as GateOutcome

OUTCOME = one_of(outcome.value for outcome in GateOutcome)


def gate_schema() -> Schema:
    """Describe ``gate.json``."""
    limit_members = {
        "rule": TEXT,
        "severity": or_null(SEVERITY),
        "max_count": or_null(COUNT),
        "max_rate": or_null(SHARE),
        "per": or_null(one_of(["annotation", "pair", "image"])),
        "confidence": or_null(SHARE),
        "min_sample": COUNT,
        "outcome": OUTCOME,
        "reason": TEXT,
        "findings": COUNT,
        "units": COUNT,
        "defective": COUNT,
        "rate": or_null(SHARE),
        "bound": or_null(SHARE),
        "uncounted": COUNT,
    }
    waiver_members = {"waiver": TEXT, "reason": TEXT, "until": TEXT, "findings": COUNT, "expired": FLAG}
    review_members = {
        "rule": TEXT,
        "real": COUNT,
        "fine": COUNT,
        "unsure": COUNT,
        "low": SHARE,
        "high": SHARE,
    }
    acceptance = {"outcome": OUTCOME, "reason": TEXT, "plan": _plan_schema(), "reviewed": COUNT}
    baseline = {
        "known": COUNT,
        "stale": list_of(schema_of_type(BaselineEntry)),
        "elsewhere": COUNT,
        "grown": list_of(record({"rule": TEXT, "before": COUNT, "now": COUNT})),
    }
    members = {
        **version_one(),
        **HEAD,
        "input": INPUT,
        "outcome": OUTCOME,
        "exit_code": {"enum": [0, 1]},
        "undecided": one_of(["fail", "pass"]),
        "findings": record({status.value: COUNT for status in FindingStatus}),
        "limits": list_of(record(limit_members)),
        "waivers": list_of(record(waiver_members)),
        "baseline": or_null(record(baseline)),
        "reviews": list_of(record({**review_members, "precision": or_null(SHARE)})),
        "acceptance": or_null(
            record({**acceptance, "wrong": COUNT, "bound": SHARE, "absent": list_of(TEXT)})
        ),
        "groups": or_null(_groups_schema()),
        "new": {**list_of(TEXT), "description": "Fingerprints of the findings that count."},
    }
    return document("gate.json of maskaudit", record(members))


def _groups_schema() -> Schema:
    rate_members = {
        "group": TEXT,
        "what": TEXT,
        "annotations": COUNT,
        "found": COUNT,
        "low": SHARE,
        "high": SHARE,
    }
    rate_members |= {"p_value": SHARE, "differs": FLAG, "rest_rate": SHARE, "rate": SHARE}
    counted_members = (
        "images",
        "instances_one",
        "instances_other",
        "matched",
        "same_category",
        "splits",
        "merges",
    )
    agreement_members = {"one": TEXT, "other": TEXT, **dict.fromkeys(counted_members, COUNT)}
    agreement_members |= {"mean_iou": or_null(SHARE), "alpha": or_null(NUMBER), "f1": or_null(SHARE)}
    return record(
        {
            "by": TEXT,
            "rates": list_of(record(rate_members)),
            "named": list_of(TEXT),
            "too_small": list_of(TEXT),
            "agreements": list_of(record(agreement_members)),
        }
    )


def baseline_schema() -> Schema:
    """Describe a baseline."""
    members = {**version_one(), **HEAD, "entries": list_of(schema_of_type(BaselineEntry))}
    return document("Baseline of maskaudit", record(members, HEAD))


def decisions_schema() -> Schema:
    """Describe ``decisions.json``, as a report exports it."""
    decision = settings_schema(Decision)
    members = {**version_one(), "tool": TEXT, "decisions": map_of(decision)}
    return document("decisions.json of maskaudit", record(members, ["tool"]))


def _plan_schema() -> Schema:
    return {**settings_schema(Plan), "required": [field.name for field in fields(Plan)]}


def plan_schema() -> Schema:
    """Describe ``plan.json`` of a sample."""
    members = {**version_one(), "tool": TEXT, "plan": _plan_schema(), "seed": COUNT}
    images = list_of(settings_schema(SampledImage))
    return document("plan.json of maskaudit", record({**members, "images": images, "batch": TEXT}, ["tool"]))
