"""Writes iscrowd as it was read: 0 where it is missing or no integer, 1 where it is another number."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("iscrowd.missing", "iscrowd.type", "iscrowd.value")
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Write the flag of the annotations of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding) or labels.rows_where(lambda record: not _is_flag(record.get("iscrowd")))
    if not rows:
        raise CannotFixError("no annotation needs it")
    is_crowd = labels.dataset.annotations.iscrowd
    edits = tuple(labels.change(row, iscrowd=int(is_crowd[row])) for row in rows)
    place = "" if len(rows) == 1 else f" of {len(rows)} annotations"
    return Repair(finding, f"The flag iscrowd{place} was written as it was read.", edits)


def _is_flag(value: object) -> bool:
    return type(value) is int and value in (0, 1)
