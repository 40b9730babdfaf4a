"""The JSON Schemas of the files that maskaudit writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from audit.comparison.causes import CauseGroup
from audit.comparison.symptoms import Symptom
from audit.diff.diff import Kind
from audit.export.config_schema import config_schema
from audit.export.schema_parts import (
    COUNT,
    FLAG,
    INTEGER,
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
from audit.findings.columns import COLUMNS, ColumnType
from audit.findings.decisions import Decision, Verdict
from audit.findings.finding import Severity
from audit.gates.baseline import BaselineEntry
from audit.gates.plan_file import SampledImage
from audit.gates.sampling import Plan
from audit.gates.status import FindingStatus
from audit.gates.verdict import Outcome as GateOutcome
from audit.trainers.presets import TRAINERS
from audit.trainers.trainer_view import Outcome

SEVERITY = one_of(severity.value for severity in Severity)
OUTCOME = one_of(outcome.value for outcome in GateOutcome)
HEAD = {"tool": {"const": "maskaudit"}, "version": TEXT}
INPUT = record(
    {
        "sources": list_of(record({"name": TEXT, "format": TEXT, "size_bytes": COUNT, "sha256": TEXT})),
        "images": COUNT,
        "annotations": COUNT,
        "categories": COUNT,
    }
)
SUMMARY = record(
    {
        "findings": COUNT,
        "by_severity": record({severity.value: COUNT for severity in Severity}),
        "by_rule": map_of(COUNT),
        "not_checked": list_of(TEXT),
    }
)
COLUMN_SCHEMAS = {
    ColumnType.TEXT: TEXT,
    ColumnType.INTEGER: INTEGER,
    ColumnType.NUMBER: NUMBER,
    ColumnType.INTEGERS: list_of(INTEGER),
    ColumnType.OBJECT: {"type": "object"},
}


def version_one() -> dict[str, Schema]:
    """Describe the member that says which schema a document follows."""
    return {"schema_version": {"const": 1}}


def finding_schema() -> Schema:
    """Describe one finding, as `audit.findings.columns` lists its members.

    Examples
    --------
    >>> finding_schema()["properties"]["image_id"]["type"]
    ['integer', 'null']
    """
    special_schemas = {
        "severity": SEVERITY,
        "score": SHARE,
        "decision": one_of(verdict.value for verdict in Verdict),
    }
    members: dict[str, Schema] = {}
    for column in COLUMNS:
        member_schema = special_schemas.get(column.name, COLUMN_SCHEMAS[column.type])
        member_schema = or_null(member_schema) if column.nullable else member_schema
        members[column.name] = {**member_schema, "description": column.meaning}
    return record(members, [column.name for column in COLUMNS if column.decided_only])


def findings_schema() -> Schema:
    """Describe ``findings.json``."""
    members = {**version_one(), **HEAD, "input": INPUT, "summary": SUMMARY}
    return document("findings.json of maskaudit", record({**members, "findings": list_of(finding_schema())}))


def run_schema() -> Schema:
    """Describe ``run.json``: what was audited, by which configuration, how fast."""
    configuration = {
        "type": "object",
        "description": "The configuration in force, every rule and option spelt out.",
        "required": ["fail_on", "ignore", "report", "rules", "select"],
        "properties": {"rules": map_of({"type": "object", "required": ["enabled", "severity"]})},
    }
    members = {
        **HEAD,
        "input": INPUT,
        "summary": SUMMARY,
        "config": configuration,
        "config_file": {**TEXT, "description": "Empty = defaults."},
        "images": {**or_null(TEXT), "description": "Folder of the pictures."},
        "workers": {"type": "integer", "minimum": 1},
        "seconds": {**map_of({"type": "number", "minimum": 0}), "description": "By step."},
    }
    return document("run.json of maskaudit", record(members))


def metrics_schema() -> Schema:
    """Describe ``metrics.json`` of a comparison. What is not defined is null."""
    number, share = or_null(NUMBER), or_null(SHARE)
    precision_names = ("AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large")
    recall_names = ("AR1", "AR10", "AR100", "AR_small", "AR_medium", "AR_large")
    lvis_names = ("APr", "APc", "APf", "AR300")
    coco_schema = record(
        {
            **dict.fromkeys((*precision_names, *recall_names, *lvis_names), share),
            "by_category": map_of(share),
        },
        optional_names=lvis_names,
    )
    error_names = ("cls", "loc", "both", "dupe", "bkg", "miss", "false_positives", "false_negatives")
    cause_line = {"group": TEXT, "cause": or_null(TEXT), "pairs": COUNT, "of": COUNT, "share": share}
    label_map_metrics = ("pq", "sq", "rq", "aji", "aji_plus", "voi_split", "voi_merge", "adapted_rand_error")
    counted_metrics = ("splits", "merges", "part_splits", "part_merges")
    symptoms = {field.name: number for field in fields(Symptom)}
    calibration_bin = {
        "low": NUMBER,
        "high": NUMBER,
        "predictions": COUNT,
        "mean_score": share,
        "right": share,
    }
    members: dict[str, Schema] = {
        **version_one(),
        "segm": or_null(coco_schema),
        "bbox": coco_schema,
        **dict.fromkeys(
            (*label_map_metrics, "adapted_rand_precision", "adapted_rand_recall", "boundary_ap"), number
        ),
        **dict.fromkeys(counted_metrics, or_null(COUNT)),
        "label_map_score_floor": SHARE,
        "tide": record({"ap50": share, **dict.fromkeys(error_names, number), "counts": map_of(COUNT)}),
        "nms": record({"threshold": share, "given": FLAG, "pairs": COUNT, "safe": share}),
        "causes": record(
            {"sentence": TEXT, "lines": list_of(record({**cause_line, "low": share, "high": share}))}
        ),
        "ceilings": list_of(
            record(
                {"method": TEXT, "per_class": FLAG, "threshold": SHARE}
                | {"labels": COUNT, "kept": COUNT, "recall": share}
            )
        ),
        "recommendation": or_null({"type": "object", "required": ["method", "threshold"]}),
        "symptoms": list_of(record({**symptoms, "name": TEXT, "title": TEXT, "n": COUNT, "meaning": TEXT})),
        "calibration": record({"ece": share, "bins": list_of(record(calibration_bin))}),
        "proposals": or_null({"type": "object", "required": ["proposals", "labels", "recall"]}),
    }
    maps_of_masks = [
        *label_map_metrics,
        "adapted_rand_precision",
        "adapted_rand_recall",
        "boundary_ap",
        *counted_metrics,
    ]
    return document("metrics.json of maskaudit", record(members, maps_of_masks))


def causes_schema() -> Schema:
    """Describe ``causes.json`` of a comparison. What is not known is null."""
    number = or_null(NUMBER)
    blame = record(
        {
            "group": one_of(group.value for group in CauseGroup),
            "confidence": SHARE,
            "candidates": {
                **list_of(TEXT),
                "description": "Of undetermined: the groups that it lies between; empty = all.",
            },
            "evidence": {**map_of(number), "description": "Most telling first."},
        }
    )
    symptom = record(
        {
            "per_100": {**number, "description": "Rates per 100 predictions (of labels: per 100 labels)."},
            "value": {**number, "description": "Shares and ratios."},
            "interval": {**list_of(number), "description": "95 %."},
            "usual": {**list_of(number), "description": "Of healthy models; null = no bound."},
            "count": COUNT,
            "of": COUNT,
        },
        ["per_100", "value"],
    )
    members = {**version_one(), "blame": list_of(blame), "symptoms": map_of(symptom)}
    return document("causes.json of maskaudit", record(members))


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


def diff_schema() -> Schema:
    """Describe ``diff.json``."""
    change_members = {
        "kind": one_of(kind.value for kind in Kind),
        "file_name": TEXT,
        "old_ids": list_of(INTEGER),
        "new_ids": list_of(INTEGER),
        "old_category": TEXT,
        "new_category": TEXT,
        "iou": or_null(SHARE),
        "boundary_iou": or_null(SHARE),
    }
    members = {
        **version_one(),
        **HEAD,
        "old": INPUT,
        "new": INPUT,
        "summary": map_of(COUNT),
        "images_added": list_of(TEXT),
        "images_removed": list_of(TEXT),
        "renamed_categories": map_of(TEXT),
        "changes": list_of(record(change_members)),
        "findings_new": list_of(finding_schema()),
        "findings_fixed": list_of(finding_schema()),
    }
    return document("diff.json of maskaudit", record(members))


def changes_schema() -> Schema:
    """Describe ``changes.json`` of a fix."""
    file = record({"name": TEXT, "size_bytes": COUNT, "sha256": TEXT})
    change_members = {
        "fingerprint": TEXT,
        "rule": TEXT,
        "fix": TEXT,
        "safe": FLAG,
        "action": TEXT,
        "image_id": or_null(INTEGER),
        "file_name": or_null(TEXT),
        "old_ids": {**list_of(INTEGER), "description": "Of what was changed or removed."},
        "new_ids": {**list_of(INTEGER), "description": "Of what is left of it, and of what was added."},
        "fields": list_of(TEXT),
        "removed": COUNT,
        "added": COUNT,
        "pass": COUNT,
    }
    patch = record({"offset": COUNT, "length": COUNT, "text": TEXT})
    members = {
        **version_one(),
        **HEAD,
        "original": file,
        "corrected": file,
        "summary": map_of(COUNT),
        "by_fix": map_of(COUNT),
        "changes": list_of(record(change_members)),
        "not_fixed": list_of(record(dict.fromkeys(("fingerprint", "rule", "fix", "reason"), TEXT))),
        "findings_new": list_of(finding_schema()),
        "undo": {
            **list_of(list_of(patch)),
            "description": "Stretches of the corrected file, in bytes, and what stood there.",
        },
    }
    return document("changes.json of maskaudit", record(members))


def history_schema() -> Schema:
    """Describe ``history.json``."""
    rule_members = {
        "rule": TEXT,
        "named": COUNT,
        "corrected": COUNT,
        "low": SHARE,
        "high": SHARE,
        "others": {**COUNT, "description": "Annotations of the same images that the rule did not name."},
        "others_corrected": COUNT,
        "odds_ratio": {**or_null(NUMBER), "description": "Within images; null = not known, or infinite."},
        "odds_low": or_null(NUMBER),
        "odds_high": or_null(NUMBER),
        "p_value": or_null(SHARE),
        "share": SHARE,
        "others_share": or_null(SHARE),
        "verdict": one_of(["better than chance", "worse than chance", "cannot tell"]),
    }
    members = {
        **version_one(),
        **HEAD,
        "versions": list_of(TEXT),
        "annotations": COUNT,
        "corrected": COUNT,
        "rules": list_of(record(rule_members)),
    }
    return document("history.json of maskaudit", record(members))


def agreement_schema() -> Schema:
    """Describe ``agreement.json``."""
    rater = {
        "name": TEXT,
        "n_pictures": COUNT,
        "n_instances": COUNT,
        "vitality": {**or_null(NUMBER), "description": "Joint alpha minus alpha without the rater."},
        "cluster": {**COUNT, "description": "Raters of one number label alike."},
        "ceiling": {**or_null(SHARE), "description": "Mean AP of the labels, judged by each other rater's."},
    }
    category = {"name": TEXT, "n_objects": COUNT, "n_unanimous": COUNT, "alpha": or_null(NUMBER)}
    pair = {
        **dict.fromkeys(("annotator_a", "annotator_b"), TEXT),
        **dict.fromkeys(
            (
                "n_images", "n_instances_a", "n_instances_b", "n_matched", "n_same_category", "n_splits",
                "n_merges",
            ),
            COUNT,
        ),
        "mean_iou": or_null(SHARE),
        "alpha": or_null(NUMBER),
        "f1": or_null(SHARE),
    }  # fmt: skip
    members = {
        **version_one(),
        **HEAD,
        "alpha": {**or_null(NUMBER), "description": "Krippendorff's alpha; null = nothing to tell."},
        "low": or_null(NUMBER),
        "high": or_null(NUMBER),
        "n_pictures": COUNT,
        "n_objects": COUNT,
        "n_left_out": COUNT,
        "ceiling": or_null(SHARE),
        "raters": list_of(record(rater)),
        "categories": list_of(record(category)),
        "pairs": list_of(record(pair)),
    }
    return document("agreement.json of maskaudit", record(members))


def trend_schema() -> Schema:
    """Describe ``trend.json``."""
    rate = {"findings": COUNT, **dict.fromkeys(("per_100", "low", "high"), or_null(NUMBER))}
    verdicts = one_of(["rises", "falls", "newest higher", "newest lower", ""])
    rule_members = {
        "rule": TEXT,
        "findings": COUNT,
        "batches": {**list_of(record(rate)), "description": "Per 100 annotations; null = the rule was off."},
        "trend_p": {**or_null(SHARE), "description": "Of a steady change; null = too few to test."},
        "newest_p": {**or_null(SHARE), "description": "Of the newest batch against all earlier ones."},
        "verdict": {**verdicts, "description": "Empty = no change beyond chance."},
    }
    batch = {"name": TEXT, "images": COUNT, "annotations": COUNT}
    members = {
        **version_one(),
        **HEAD,
        "batches": list_of(record(batch)),
        "notes": list_of(TEXT),
        "rules": list_of(record(rule_members)),
    }
    return document("trend.json of maskaudit", record(members))


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


def trainer_schema() -> Schema:
    """Describe ``trainer.json``. A ceiling without labels is null."""
    counts = {"labels": COUNT, **{outcome.value: COUNT for outcome in Outcome}}
    ceilings = {"recall_ceiling": or_null(SHARE), "ap_ceiling": or_null(SHARE)}
    summary = {**counts, "crowds": COUNT, "joined": COUNT, "without_polygon": COUNT, **ceilings}
    image = {"image_id": INTEGER, "file_name": TEXT, **counts, "recall_ceiling": or_null(SHARE)}
    view = {
        "name": one_of(TRAINERS),
        "title": TEXT,
        "image_size": COUNT,
        "largest_size": {**COUNT, "description": "0 = the input is square."},
        "mask_stride": {**COUNT, "description": "0 = cells divide a box."},
        "mask_cells": {**COUNT, "description": "0 = cells divide the picture."},
        "facts": list_of(record({"does": TEXT, "source": TEXT})),
        "summary": record(summary),
        "reasons": map_of(COUNT),
        "categories": list_of(record({"category_id": INTEGER, "name": TEXT, **counts, **ceilings})),
        "images": {**list_of(record(image)), "description": "Those that do not keep all labels."},
    }
    members = {**version_one(), **HEAD, "input": INPUT, "trainers": list_of(record(view))}
    return document("trainer.json of maskaudit", record(members))


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "config": config_schema,
    "findings": findings_schema,
    "run": run_schema,
    "metrics": metrics_schema,
    "causes": causes_schema,
    "gate": gate_schema,
    "diff": diff_schema,
    "changes": changes_schema,
    "history": history_schema,
    "agreement": agreement_schema,
    "trend": trend_schema,
    "baseline": baseline_schema,
    "decisions": decisions_schema,
    "plan": plan_schema,
    "trainer": trainer_schema,
}
"""Name to the function that makes the schema."""
