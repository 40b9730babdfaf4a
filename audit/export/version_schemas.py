"""The JSON Schemas of documents about versions and batches: changes, history, trend."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.export.scan_schemas import HEAD, INPUT, finding_schema, version_one
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
