"""The JSON Schemas of what a comparison of predictions with labels writes."""

from __future__ import annotations

from dataclasses import fields

from audit.comparison.cause_names import CauseGroup
from audit.comparison.symptoms import Symptom
from audit.export.scan_schemas import version_one
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
)


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
