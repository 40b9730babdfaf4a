"""Encodes a mask again whose RLE has runs of length 0."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("rle.noncanonical",)
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Encode the masks of a finding; counts that were a list stay one.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding) or labels.rows_where(
        lambda record: isinstance(record.get("segmentation"), dict)
    )
    rows = [
        row for row in rows if labels.has_mask(row) and isinstance(labels.record(row)["segmentation"], dict)
    ]
    edits = []
    for row in rows:
        encoded = labels.write_mask(row, labels.mask(row))
        if encoded.text != labels.value_text(row, "segmentation"):
            edits.append(labels.change(row, segmentation=encoded))
    if not edits:
        raise CannotFixError("its RLE cannot be read")
    place = "The mask was" if len(edits) == 1 else f"{len(edits)} masks were"
    return Repair(finding, f"{place} encoded again.", tuple(edits))
