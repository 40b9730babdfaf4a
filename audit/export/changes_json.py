"""What a fix changed, for machines: ``changes.json``, with the way back."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from audit.findings.encode import encode_json
from audit.findings.serialize import finding_record
from audit.fixes.changes_file import SCHEMA_VERSION
from audit.fixes.mend import hash_bytes
from audit.fixes.result import Done, FixResult


def export_changes_json(result: FixResult, target: Path) -> bytes:
    """Write what was changed as one JSON document, one change a line.

    Parameters
    ----------
    result : FixResult
    target : Path
        Where the corrected file goes.

    Returns
    -------
    bytes
        UTF-8.
    """
    header = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": result.after.version,
        "original": _describe_file(result.source, result.original),
        "corrected": _describe_file(str(target), result.corrected),
        "summary": {
            "repairs": len(result.done),
            "passes": len(result.patches),
            "not_fixed": len(result.skipped),
            "findings_before": len(result.before.findings),
            "findings_after": len(result.after.findings),
            "findings_new": len(result.findings_new),
            "remaining": len(result.remaining),
            "masks_proven": result.n_decoded,
        },
        "by_fix": dict(sorted(Counter(done.repair.fix for done in result.done).items())),
    }
    records = {
        "changes": [encode_json(change_record(done)) for done in result.done],
        "not_fixed": [
            encode_json(
                {
                    "fingerprint": skipped.finding.fingerprint,
                    "rule": skipped.finding.rule,
                    "fix": skipped.fix,
                    "reason": skipped.reason,
                }
            )
            for skipped in result.skipped
        ],
        "findings_new": [encode_json(finding_record(finding)) for finding in result.findings_new],
        "undo": [encode_json([asdict(patch) for patch in patches]) for patches in result.patches],
    }
    parts = [encode_json(header)[:-1]]
    for name, lines in records.items():
        body = b"\n" + b",\n".join(lines) + b"\n" if lines else b""
        parts.append(b'"%s":[%s]' % (name.encode(), body))
    return b",".join(parts) + b"}\n"


def change_record(done: Done) -> dict[str, object]:
    """Describe one change.

    Parameters
    ----------
    done : Done
    """
    repair = done.repair
    names = {name for edit in repair.edits for name in edit.fields or ()}
    return {
        "fingerprint": repair.finding.fingerprint,
        "rule": repair.finding.rule,
        "fix": repair.fix,
        "safe": done.is_safe,
        "action": repair.action,
        "image_id": repair.finding.image_id,
        "file_name": repair.finding.file_name,
        "old_ids": list(done.old_ids),
        "new_ids": list(done.new_ids),
        "fields": sorted(names),
        "removed": sum(edit.fields is None for edit in repair.edits),
        "added": sum(edit.is_new for edit in repair.edits),
        "pass": done.pass_number,
    }


def _describe_file(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "size_bytes": len(data), "sha256": hash_bytes(data)}
