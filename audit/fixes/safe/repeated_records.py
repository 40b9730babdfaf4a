"""Removes an annotation whose record repeats an earlier one in everything but its id."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("annotation.duplicate",)
CHANGE = Kind.REMOVED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Remove the later one of two equal records.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    kept, copy = sorted(labels.rows(finding), key=labels.index)
    records = [dict(labels.record(row)) for row in (kept, copy)]
    for record in records:
        record.pop("id", None)
    if records[0] != records[1]:
        names = sorted(
            name
            for name in records[0].keys() | records[1].keys()
            if records[0].get(name) != records[1].get(name)
        )
        raise CannotFixError(f"the two records differ in {', '.join(names)}")
    action = f"The copy was removed; annotation {labels.annotation_id(kept)} stays."
    return Repair(finding, action, (labels.remove(copy),))
