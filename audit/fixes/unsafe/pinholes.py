"""Fills pinholes of a mask that no other annotation fills."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("mask.holes",)
CHANGE = Kind.RESHAPED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Fill the holes that are within the rule's limits.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    mask = labels.mask(row)
    # What surrounds 8-connected parts is 4-connected, and so are holes.
    holes = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)[0]
    sizes = np.bincount(holes.ravel())
    options = labels.options(finding.rule)
    is_pinhole = (sizes <= options.max_px) & (sizes <= options.max_share * mask.sum())
    is_pinhole[0] = False
    filled = is_pinhole[holes] & ~labels.others([row])
    if not filled.any():
        raise CannotFixError("another annotation fills it")
    n_filled = len(np.unique(holes[filled]))
    what, verb = ("A pinhole", "was") if n_filled == 1 else (f"{n_filled} pinholes", "were")
    action = f"{what} of {int(filled.sum())} px {verb} filled."
    return Repair(finding, action, (labels.reshape(row, mask | filled),))
