"""Sets the box to that of the mask.

Amodal boxes, which enclose hidden parts on purpose, are lost: leave them out with ``--ignore bbox``.
"""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair, is_number

RULES = ("bbox.mask_mismatch", "bbox.missing", "bbox.nonpositive", "bbox.outside", "bbox.type", "bbox.length")
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Set the boxes of the annotations of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding) or labels.rows_where(lambda record: not _is_box(record.get("bbox")))
    boxes = {row: labels.measured(row) for row in rows}
    edits = tuple(labels.change(row, bbox=box) for row, (area, box) in boxes.items() if area)
    if not edits:
        raise CannotFixError("there is no mask to measure")
    if len(edits) > 1:
        return Repair(
            finding, f"The boxes of {len(edits)} annotations were set to those of their masks.", edits
        )
    (box,) = (box for area, box in boxes.values() if area)
    return Repair(finding, f"The box was set to the mask's, {box}.", edits)


def _is_box(value: object) -> bool:
    return isinstance(value, list) and len(value) == 4 and all(map(is_number, value))
