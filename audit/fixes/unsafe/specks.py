"""Removes stray specks from a mask: small parts beside a much larger one."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair

RULES = ("mask.fragments",)
CHANGE = Kind.RESHAPED
EVERY_NEIGHBOUR = np.ones((3, 3))
"""Parts hang together at corners too, as the rule counts them."""


def repair(labels: Labels, finding: Finding) -> Repair:
    """Remove the parts that are as small as the smallest, or within the rule's limits.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    mask = labels.mask(row)
    parts = ndimage.label(mask, structure=EVERY_NEIGHBOUR)[0]
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    options = labels.options(finding.rule)
    limit = min(options.max_px, options.max_share * mask.sum())
    is_speck = (sizes > 0) & (sizes <= max(limit, sizes[sizes > 0].min()))
    if is_speck.sum() == (sizes > 0).sum():
        raise CannotFixError("its parts are equally small")
    kept = mask & ~is_speck[parts]
    n_specks = int(is_speck.sum())
    what = "A speck" if n_specks == 1 else f"{n_specks} specks"
    action = f"{what} of {int(sizes[is_speck].sum())} px {'was' if n_specks == 1 else 'were'} removed."
    return Repair(finding, action, (labels.reshape(row, kept),))
