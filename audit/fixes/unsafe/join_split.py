"""Joins two annotations that draw one object; a slit of a pixel between them is closed."""

from __future__ import annotations

from scipy import ndimage

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import Labels, Repair

RULES = ("touching.split",)
CHANGE = Kind.MERGED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Give the first annotation both masks, and remove the second.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    kept, joined = sorted(labels.rows(finding), key=labels.index)
    first, second = labels.mask(kept), labels.mask(joined)
    # A pixel that neighbours both along a row or a column lies in the slit, those at its corners do not.
    slit = ndimage.binary_dilation(first) & ndimage.binary_dilation(second)
    union = first | second | (slit & ~labels.others([kept, joined]))
    action = f"Annotation {labels.annotation_id(joined)} was joined to {labels.annotation_id(kept)}."
    return Repair(finding, action, (labels.reshape(kept, union), labels.remove(joined)))
