"""The changes between two versions for machines: ``diff.json``."""

from __future__ import annotations

from dataclasses import asdict

from audit.diff.diff import DiffResult
from audit.findings.encode import encode_json
from audit.findings.serialize import finding_record
from audit.pipeline.outputs import describe_inputs

SCHEMA_VERSION = 1


def export_diff_json(result: DiffResult) -> bytes:
    """Write changes as one JSON document, one change or finding a line.

    Parameters
    ----------
    result : DiffResult

    Returns
    -------
    bytes
        UTF-8.

    Examples
    --------
    >>> from audit.diff.diff import diff
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    >>> b'"changes":[]' in export_diff_json(diff(empty, empty))
    True
    """
    header = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": result.new.version,
        "old": describe_inputs(result.old),
        "new": describe_inputs(result.new),
        "summary": {
            **result.counts(),
            "masks_added": result.masks_added,
            "masks_removed": result.masks_removed,
            "recategorised_and_reshaped": result.reshaped_too,
            "without_mask_old": result.without_mask[0],
            "without_mask_new": result.without_mask[1],
            "findings_new": len(result.findings_new),
            "findings_fixed": len(result.findings_fixed),
            "findings_remaining": result.findings_remaining,
        },
        "images_added": result.images_added,
        "images_removed": result.images_removed,
        "renamed_categories": dict(result.renamed),
    }
    records = {
        "changes": [encode_json(asdict(change)) for change in result.changes],
        "findings_new": [encode_json(finding_record(finding)) for finding in result.findings_new],
        "findings_fixed": [encode_json(finding_record(finding)) for finding in result.findings_fixed],
    }
    document_parts = [encode_json(header)[:-1]]
    for list_name, encoded_lines in records.items():
        list_body = b"\n" + b",\n".join(encoded_lines) + b"\n" if encoded_lines else b""
        document_parts.append(b'"%s":[%s]' % (list_name.encode(), list_body))
    return b",".join(document_parts) + b"}\n"
