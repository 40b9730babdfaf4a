"""Gives a sliver along a shared border to the annotation above: the later one in the file."""

from __future__ import annotations

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("overlap.sliver",)
CHANGE = Kind.RESHAPED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Take the shared pixels from the annotation below.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    below, above = sorted(labels.rows(finding), key=labels.index)
    mask = labels.mask(below)
    shared = mask & labels.mask(above)
    if not shared.any() or shared.sum() == mask.sum():
        raise CannotFixError("nothing would be left of the annotation below")
    n_shared = int(shared.sum())
    action = (
        f"{n_shared} px {'was' if n_shared == 1 else 'were'} taken from annotation "
        f"{labels.annotation_id(below)}; "
        f"{labels.annotation_id(above)} lies above and keeps {'it' if n_shared == 1 else 'them'}."
    )
    return Repair(finding, action, (labels.reshape(below, mask & ~shared),))
