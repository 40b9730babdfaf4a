"""Removes an annotation without a pixel, and one that lies over nothing."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("segm.empty", "rle.empty", "mask.no_contrast")
CHANGE = Kind.REMOVED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Remove the annotations of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding)
    if finding.rule != "mask.no_contrast":
        rows = [row for row in rows if not labels.measured(row)[0]]
    if not rows:
        raise CannotFixError("there are other pixels in it")
    return Repair(finding, "The annotation was removed.", tuple(labels.remove(row) for row in rows))
