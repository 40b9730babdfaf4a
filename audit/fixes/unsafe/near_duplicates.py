"""Removes the later one of two annotations that draw one object with nearly the same mask."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("overlap.duplicate", "annotation.duplicate")
CHANGE = Kind.REMOVED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Remove the annotation that stands later in the file.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding)
    if len(rows) > 2:
        raise CannotFixError(
            f"{len(rows):,} masks repeat or hold one another: delete by hand those that are wrong"
        )
    kept, copy = sorted(rows, key=labels.index)
    action = f"Annotation {labels.annotation_id(copy)} was removed; {labels.annotation_id(kept)} stays."
    return Repair(finding, action, (labels.remove(copy),))
