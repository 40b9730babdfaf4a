"""Sets the area to the pixels of the mask.

Nothing else of the annotation changes. A number that was written with a point keeps one.
"""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair, is_number

RULES = ("area.mismatch", "area.missing", "area.negative", "area.type")
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Set the areas of the annotations of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding) or labels.rows_where(
        lambda record: not is_number(record.get("area")) or record["area"] < 0
    )
    areas = {row: labels.measured(row)[0] for row in rows}
    edits = tuple(labels.change(row, area=area) for row, area in areas.items() if area)
    if not edits:
        raise CannotFixError("there is no mask to measure")
    if len(edits) > 1:
        return Repair(
            finding, f"The areas of {len(edits)} annotations were set to their masks' pixels.", edits
        )
    return Repair(finding, f"The area was set to the {max(areas.values())} px of the mask.", edits)
