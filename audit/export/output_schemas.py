"""The JSON Schemas of the files that maskaudit writes, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audit.export.comparison_schemas import causes_schema, metrics_schema
from audit.export.config_schema import config_schema
from audit.export.gate_schemas import baseline_schema, decisions_schema, gate_schema, plan_schema
from audit.export.scan_schemas import HEAD, INPUT, findings_schema, run_schema, version_one
from audit.export.schema_parts import (
    COUNT,
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
)
from audit.export.version_schemas import changes_schema, diff_schema, history_schema, trend_schema
from audit.trainers.presets import TRAINERS
from audit.trainers.trainer_view import Outcome


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
