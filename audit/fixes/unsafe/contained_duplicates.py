"""Removes an annotation that lies inside a larger one of the same category."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("overlap.contained",)
CHANGE = Kind.REMOVED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Remove the smaller annotation.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    rows = labels.rows(finding)
    if len(rows) > 2:
        raise CannotFixError(f"{len(rows):,} masks lie one in another: delete by hand those that are wrong")
    inner, outer = rows
    category = labels.dataset.annotations.category
    if category[inner] != category[outer]:
        raise CannotFixError("the two have different categories: both may be right")
    action = (
        f"Annotation {labels.annotation_id(inner)} was removed, which lies in {labels.annotation_id(outer)}."
    )
    return Repair(finding, action, (labels.remove(inner),))
