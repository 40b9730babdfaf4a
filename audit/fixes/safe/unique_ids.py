"""Gives an annotation a new id where it has none, or that of an earlier one.

The first annotation with an id keeps it, and with it whatever refers to it. Images and categories with one
id are not touched: nobody can tell which of them an annotation means.
"""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("id.duplicate", "id.missing")
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Number the annotation of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    if not finding.pointer.startswith("/annotations"):
        raise CannotFixError("annotations refer to this id, and which record they mean cannot be told")
    rows = labels.rows(finding)
    if not rows:  # said once for many
        if finding.rule == "id.duplicate":
            rows = labels.rows_with_repeated_id()
        else:
            rows = labels.rows_where(lambda record: record.get("id") is None)
    new_ids = [labels.fresh_id() for _ in rows]
    edits = tuple(labels.change(row, id=new_id) for row, new_id in zip(rows, new_ids, strict=True))
    if not edits:
        raise CannotFixError("no annotation needs it")
    if len(edits) > 1:
        return Repair(finding, f"{len(edits)} annotations got new ids, {new_ids[0]} to {new_ids[-1]}.", edits)
    return Repair(finding, f"It got the id {new_ids[0]}.", edits)
